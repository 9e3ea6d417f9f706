import { AppError, messageOf } from '#domain/errors'
import type { InstrumentId } from '#domain/ids'
import type { BarEvent, BookView } from '#domain/market'
import type { MarketSubscription } from '#ports/venue'
import { BarFeed } from '#venues/shared/bar-feed'
import { BookFeed } from '#venues/shared/book-feed'
import { LagWatch } from '#venues/shared/lag-watch'
import { fullJitterMs } from '#venues/shared/retry'
import { StreamSocket } from '#venues/shared/stream-socket'
import { Subscriptions } from '#venues/shared/subscriptions'
import { parseTime } from '#venues/shared/venue-clock'
import { BarPoller } from './bar-poller'
import { type BookFrame, CoinbaseBook } from './book'
import { barOf } from './candles'
import { readFrame } from './frames'
import type { MarketStreamDeps } from './market-deps'
import { Prints } from './prints'
import { Quotes } from './quotes'
import { readAs } from './schema'
import * as schema from './schema-stream'
import { SequenceWatch } from './sequence'
import { planOf, STREAMED } from './wanted'

/**
 * Quotes, prints, books and bars, supervised by itself: a lost connection withdraws what it told and is opened again; down after too long.
 */
export class MarketStream {
  readonly #deps: MarketStreamDeps
  readonly #topics: Subscriptions
  readonly #books: BookFeed<BookFrame>
  readonly #held = new Map<string, CoinbaseBook>()
  readonly #bars: BarFeed
  readonly #poller: BarPoller
  readonly #quotes = new Quotes()
  readonly #lag: LagWatch
  readonly #prints = new Prints()
  /** Instruments whose book is withdrawn. */
  readonly #withdrawn = new Set<InstrumentId>()
  #sequence = new SequenceWatch()
  #unknownWanted: readonly string[] = []
  #wanted: readonly MarketSubscription[] = []
  #venueAtMs = Number.NaN
  #socket: StreamSocket | null = null
  #state: 'up' | 'silent' | 'down' = 'down'
  #settleConnect: ((error: Error | null) => void) | null = null
  #restore: { readonly untilUs: number; attempt: number; timer: unknown } | null = null
  #isWanted = false
  #requestId = 0
  malformed = 0
  reconnects = 0

  constructor(deps: MarketStreamDeps) {
    this.#deps = deps
    const { clock, config, venueClock } = deps
    this.#lag = new LagWatch(clock, venueClock, config.venueLagMsMax, config.venueLagRunMs)
    const fault = (code: string, text: string): void => deps.listener().onFault({ code, text })
    this.#topics = new Subscriptions({
      clock,
      config,
      send: (text) => this.#socket?.send(text) ?? false,
      nextRequestId: () => ++this.#requestId,
      frame: (type, topics) => JSON.stringify({ type, product_ids: topics.map(({ symbol }) => symbol), channel: topics[0].channel }),
      onRefused: (topic, reason) => {
        if (topic.channel === 'level2') this.#books.withdraw(topic.symbol)
        fault('SUBSCRIPTION_REFUSED', `${topic.channel} ${topic.symbol}: ${reason}`)
      },
      onActive: (topic) => {
        if (topic.channel === 'level2') this.#books.onSubscribed(topic.symbol)
      },
    })
    this.#books = new BookFeed({
      clock,
      config,
      onBook: (instrumentId, book) => this.#onBook(instrumentId, book),
      onFault: fault,
      resubscribe: (symbols) => this.#topics.renew(symbols.map((symbol) => ({ channel: 'level2', symbol, interval: null }))),
      giveUp: (reason) => this.#socket?.silence(reason),
    })
    const onBar = (event: BarEvent): void => deps.listener().onBar(event)
    const bars = { clock, venueClock, graceMs: config.barGraceMs, history: deps.history, onFault: fault, onBar }
    this.#bars = new BarFeed(bars)
    this.#poller = new BarPoller(bars)
  }

  get state(): 'up' | 'silent' | 'down' {
    return this.#state
  }

  refused(): readonly string[] {
    return [...this.#topics.refused(), ...this.#unknownWanted.map((id) => `${id}: unknown instrument`)]
  }

  /** Opens the stream and subscribes the wanted set. @throws {AppError} `VENUE_UNAVAILABLE` when the connection fails. */
  connect(): Promise<void> {
    this.#isWanted = true
    return new Promise<void>((resolve, reject) => {
      this.#settleConnect = (error) => (error === null ? resolve() : reject(error))
      this.#open()
    })
  }

  disconnect(reason: string): void {
    this.#isWanted = false
    this.#endRestore()
    this.#socket?.drop(reason)
    this.#poller.stop()
    this.#setState('down', reason)
  }

  /** Replaces the wanted set; unknown instruments are recorded as refused. */
  subscribe(wanted: readonly MarketSubscription[]): void {
    this.#wanted = wanted
    if (!this.#deps.reference.isLoaded) return
    this.#applyWanted()
    if (this.#socket?.isOpen === true) this.#subscribeStatus()
  }

  #open(): void {
    this.#sequence = new SequenceWatch()
    const handlers = {
      onOpen: () => this.#onOpen(socket),
      onText: (text: string) => this.#onText(text),
      onSilent: (reason: string) => this.#setState('silent', reason),
      onDown: (reason: string) => this.#onDown(socket, reason),
    }
    const socket: StreamSocket = new StreamSocket(this.#deps, handlers, null)
    this.#socket = socket
    socket.open(this.#deps.config.marketStreamUrl)
  }

  #applyWanted(): void {
    const { bookDepth, crossedMsMax } = this.#deps.config
    const { topics, books, streamed, polled, unknown } = planOf(this.#wanted, this.#deps.reference.table)
    for (const [symbol, instrumentId] of books) {
      if (this.#held.has(symbol)) continue
      const book = new CoinbaseBook(instrumentId, bookDepth, crossedMsMax)
      this.#held.set(symbol, book)
      this.#books.add(symbol, book)
    }
    this.#unknownWanted = unknown
    for (const symbol of [...this.#held.keys()]) {
      if (books.has(symbol)) continue
      this.#held.delete(symbol)
      this.#books.remove(symbol)
    }
    this.#bars.setWanted(streamed)
    this.#poller.setWanted(polled)
    this.#topics.setWanted(topics)
  }

  #onOpen(socket: StreamSocket): void {
    // First of all: a connection that subscribes nothing is closed, and one without heartbeats dies in a quiet market.
    socket.send('{"type":"subscribe","channel":"heartbeats"}')
    this.#applyWanted()
    this.#subscribeStatus()
    this.#topics.onConnected()
    this.#bars.onConnected()
    this.#poller.start()
    void this.#topics.settled().then(() => {
      if (this.#socket !== socket || !socket.isOpen) return
      if (this.#restore !== null) this.reconnects++
      this.#endRestore()
      this.#setState('up', 'subscribed')
      this.#settleConnect?.(null)
      this.#settleConnect = null
    })
  }

  /** A help alone: the states of products are asked for besides. */
  #subscribeStatus(): void {
    const ids = [...planOf(this.#wanted, this.#deps.reference.table).symbols]
    if (ids.length > 0) this.#socket?.send(JSON.stringify({ type: 'subscribe', product_ids: ids, channel: 'status' }))
  }

  #onDown(socket: StreamSocket, reason: string): void {
    if (this.#socket !== socket) return
    this.#socket = null
    this.#topics.onDisconnected()
    this.#bars.onDisconnected()
    this.#books.clear()
    this.#held.clear()
    this.#quotes.clear()
    this.#lag.reset()
    if (this.#settleConnect !== null) {
      this.#isWanted = false
      this.#setState('down', reason)
      this.#settleConnect(new AppError(`Coinbase's market stream is gone: ${reason}`, { code: 'VENUE_UNAVAILABLE', disposition: 'retry' }))
      this.#settleConnect = null
      return
    }
    if (!this.#isWanted || !this.#comeBack(reason)) this.#giveUp(reason)
  }

  /** Plans the next attempt; false when the time for it is over. */
  #comeBack(reason: string): boolean {
    const { clock, config, random } = this.#deps
    const restore = this.#restore ?? { untilUs: clock.monotonicUs() + config.marketRestoreMs * 1_000, attempt: 0, timer: null }
    if (clock.monotonicUs() >= restore.untilUs) return false
    this.#restore = restore
    // What was told holds no longer: nothing is traded on it until the stream is back.
    for (const { instrumentId } of this.#wanted) if (this.#deps.reference.product(instrumentId) !== null) this.#withdraw(instrumentId)
    this.#setState('silent', reason)
    restore.attempt++
    restore.timer = clock.setTimeout(
      () => {
        this.#open()
      },
      fullJitterMs(random, restore.attempt, config.reconnectBaseMs, config.reconnectMaxMs),
    )
    return true
  }

  #giveUp(reason: string): void {
    this.#isWanted = false
    this.#endRestore()
    this.#poller.stop()
    this.#withdrawn.clear()
    this.#setState('down', reason)
  }

  #endRestore(): void {
    if (this.#restore !== null) this.#deps.clock.clearTimeout(this.#restore.timer)
    this.#restore = null
  }

  #setState(state: 'up' | 'silent' | 'down', reason: string): void {
    if (this.#state === state) return
    this.#state = state
    this.#deps.listener().onStream({ stream: 'public', state, reason })
  }

  #onText(text: string): void {
    let act: () => boolean
    try {
      act = this.#read(text)
    } catch (error) {
      this.malformed++
      this.#deps.listener().onFault({ code: 'MESSAGE_MALFORMED', text: `market stream: ${messageOf(error)}` })
      return
    }
    if (act()) this.#deps.listener().onAlive('public')
    else if (this.#lag.isFrozen) this.#socket?.silence('only old data comes')
  }

  /** Reads a frame whole; what it returns hands the result out and tells whether the frame shows life. */
  #read(text: string): () => boolean {
    const read = readFrame(text)
    if (read.kind === 'complaint') throw new AppError(`Coinbase complains: ${read.text}`, { code: 'VENUE_PROTOCOL', severity: 'LOW' })
    const { frame } = read
    const act = this.#readEvents(frame)
    return () => {
      const verdict = this.#sequence.check(frame.sequence_num)
      if (verdict === 'repeat') return true
      this.#venueAtMs = parseTime(frame.timestamp)
      if (verdict === 'gap') this.#onGap(frame.sequence_num)
      return act()
    }
  }

  #readEvents({ channel, events, timestamp }: schema.Envelope): () => boolean {
    const venueAtMs = parseTime(timestamp)
    const all = <T extends Parameters<typeof readAs>[0]>(type: T) => events.map((event) => readAs(type, event, `${channel} event`))
    switch (channel) {
      case 'l2_data': {
        const books = all(schema.bookEvent)
        return () => books.every((event) => this.#onBookEvent(event, venueAtMs))
      }
      case 'ticker': {
        const tickers = all(schema.tickerEvent).flatMap((event) => event.tickers)
        return () => this.#onTickers(tickers)
      }
      case 'market_trades': {
        const trades = all(schema.tradesEvent)
        return () => trades.every((event) => this.#onTrades(event))
      }
      case 'candles': {
        const candles = all(schema.candlesEvent).flatMap((event) => event.candles)
        return () => this.#onCandles(candles)
      }
      case 'status': {
        const products = all(schema.statusEvent).flatMap((event) => event.products)
        return () => {
          for (const { id, status } of products) this.#deps.onStatus(id, status)
          return true
        }
      }
      case 'subscriptions': {
        const lists = all(schema.listEvent)
        return () => this.#onList(lists, venueAtMs)
      }
      default:
        return () => this.#checkCrossed()
    }
  }

  /** Frames were lost: no book of the connection can be trusted, and candles may be missing. */
  #onGap(sequence: number): void {
    this.#deps.listener().onFault({ code: 'SEQUENCE_GAP', text: `frames of the market stream before number ${sequence} were lost` })
    this.#bars.suspend()
    this.#books.resync([...this.#held.keys()], 'frames were lost')
  }

  #onList(lists: readonly { readonly subscriptions: Readonly<Record<string, readonly string[]>> }[], venueAtMs: number): boolean {
    this.#deps.venueClock.observe(venueAtMs)
    const { table } = this.#deps.reference
    for (const { subscriptions } of lists) {
      this.#topics.onList(({ channel, symbol }) => (subscriptions[channel] ?? []).some((id) => table.canonicalOf(id) === symbol))
    }
    return true
  }

  #onBookEvent(event: { type: string; product_id: string; updates: BookFrame['updates'] }, venueAtMs: number): boolean {
    const symbol = this.#deps.reference.table.canonicalOf(event.product_id)
    const isSnapshot = event.type === 'snapshot'
    const isOld = !isSnapshot && Number.isFinite(venueAtMs) && this.#lag.isOld(venueAtMs)
    this.#books.onFrame(symbol, { isSnapshot, updates: event.updates, receivedUs: this.#deps.clock.monotonicUs() }, isOld)
    return !isOld
  }

  /** A book that stays crossed is fetched anew. */
  #checkCrossed(): boolean {
    const nowUs = this.#deps.clock.monotonicUs()
    for (const [symbol, book] of this.#held) if (book.check(nowUs).kind === 'unsound') this.#books.resync([symbol], 'crossed')
    return true
  }

  /** A book of the feed, which bears one instrument of the family: each that is wanted gets its own. */
  #onBook(instrumentId: InstrumentId, book: BookView | null): void {
    const symbol = this.#deps.reference.product(instrumentId)?.canonicalId ?? ''
    for (const { wanted, isBook } of this.#wantedOf(symbol)) {
      if (book === null) this.#withdraw(wanted)
      else this.#publish(symbol, { ...book, instrumentId: wanted }, isBook)
    }
  }

  #publish(symbol: string, book: BookView, isBook: boolean): void {
    const { instrumentId, bids, asks } = book
    // A quote that is gone cannot be taken back: a market with an empty side is marked as not to be traded on.
    if (bids.length === 0 || asks.length === 0) return this.#withdraw(instrumentId)
    const quote = this.#quotes.quoteOf(symbol, book, this.#venueAtMs)
    if (quote !== null) this.#deps.listener().onQuote(quote)
    if (this.#withdrawn.delete(instrumentId) || isBook) this.#deps.listener().onBook(instrumentId, book)
  }

  #withdraw(instrumentId: InstrumentId): void {
    if (this.#withdrawn.has(instrumentId)) return
    this.#withdrawn.add(instrumentId)
    this.#quotes.forget(instrumentId)
    this.#deps.listener().onBook(instrumentId, null)
  }

  #wantedOf(symbol: string): readonly { readonly wanted: InstrumentId; readonly isBook: boolean }[] {
    const { reference } = this.#deps
    return this.#wanted.flatMap(({ instrumentId, channels }) => {
      const isHere = reference.product(instrumentId)?.canonicalId === symbol
      return isHere && channels.some((channel) => channel !== 'trade') ? [{ wanted: instrumentId, isBook: channels.includes('book') }] : []
    })
  }

  #onTickers(
    tickers: readonly {
      product_id: string
      price: BookView['bids'][number]['price'] | null
      volume_24_h: BookView['bids'][number]['price'] | null
    }[],
  ): boolean {
    for (const { product_id: id, price, volume_24_h: volume24h } of tickers) {
      // Frames with empty fields come for markets in which nothing is known.
      if (price === null) continue
      const symbol = this.#deps.reference.table.canonicalOf(id)
      const isNews = this.#quotes.onTicker(symbol, { lastPrice: price, volume24h })
      const view = isNews ? this.#books.view(symbol) : null
      if (view === null) continue
      for (const { wanted } of this.#wantedOf(symbol)) {
        const quote = this.#withdrawn.has(wanted) ? null : this.#quotes.quoteOf(symbol, { ...view, instrumentId: wanted }, this.#venueAtMs)
        if (quote !== null) this.#deps.listener().onQuote(quote)
      }
    }
    return true
  }

  #onTrades(event: schema.TradesEvent): boolean {
    const { reference, listener } = this.#deps
    const isWanted = ({ instrumentId, channels }: MarketSubscription, symbol: string): boolean =>
      channels.includes('trade') && reference.product(instrumentId)?.canonicalId === symbol
    const wanted = (symbol: string): readonly InstrumentId[] =>
      this.#wanted.filter((one) => isWanted(one, symbol)).map(({ instrumentId }) => instrumentId)
    for (const trade of this.#prints.take(event, (id) => reference.table.canonicalOf(id), wanted)) listener().onTrade(trade)
    return true
  }

  #onCandles(candles: ReturnType<typeof schema.candlesEvent.parse>['candles']): boolean {
    const { table } = this.#deps.reference
    const streamed = candles.flatMap((row) =>
      table.family(table.canonicalOf(row.product_id)).map(({ instrumentId }) => ({ instrumentId, bar: barOf(row, STREAMED) })),
    )
    this.#bars.onBars(streamed)
    return true
  }
}
