import { AppError, messageOf } from '#domain/errors'
import { TIMEFRAME_MS, type Timeframe } from '#domain/time'
import type { LogPort } from '#ports/alerter'
import type { MarketSubscription, VenueListener } from '#ports/venue'
import { BarFeed, type BarFeedDeps } from '#venues/shared/bar-feed'
import { BookFeed } from '#venues/shared/book-feed'
import { LagWatch } from '#venues/shared/lag-watch'
import { StreamSocket } from '#venues/shared/stream-socket'
import { Subscriptions, type Topic } from '#venues/shared/subscriptions'
import { parseTime, type VenueClock } from '#venues/shared/venue-clock'
import { KrakenBook } from './book'
import { type KrakenSocketDeps, krakenPings } from './config'
import { answerOf, topicFrame, type MarketChannel } from './topics'
import { type BookFrame, readMarketFrame, type TickerFrame } from './market-frames'
import { parseRaw } from './numbers'
import { QuoteFeed } from './quotes'
import type { Reference } from './reference'
import * as schema from './schema-stream'
import type { Pair } from './symbols'

/** What the public stream needs and whom it tells. */
export interface PublicStreamDeps extends KrakenSocketDeps {
  readonly venueClock: VenueClock
  readonly reference: Reference
  readonly log: LogPort
  readonly listener: () => VenueListener
  readonly history: BarFeedDeps['history']
}

/** The public stream: quotes, prints, books, closed bars and the instruments' state. One connection at a time. */
export class PublicStream {
  readonly #deps: PublicStreamDeps
  readonly #topics: Subscriptions
  readonly #books: BookFeed<BookFrame>
  readonly #bars: BarFeed
  readonly #quotes: QuoteFeed
  readonly #lag: LagWatch
  readonly #tradeIds = new Map<string, number>()
  readonly #pings = new Map<number, { readonly sentUs: number; readonly answer: (driftMs: number) => void }>()
  #unknownWanted: readonly string[] = []
  #wanted: readonly MarketSubscription[] = []
  #socket: StreamSocket | null = null
  #state: 'up' | 'silent' | 'down' = 'down'
  #system = 'unknown'
  #malformed = 0
  #rateLimitHits = 0
  #settleConnect: ((error: Error | null) => void) | null = null

  constructor(deps: PublicStreamDeps) {
    this.#deps = deps
    const { clock, config, venueClock } = deps
    this.#lag = new LagWatch(clock, venueClock, config.venueLagMsMax, config.venueLagRunMs)
    this.#topics = new Subscriptions({
      clock,
      config,
      send: (text) => this.#socket?.send(text) ?? false,
      nextRequestId: () => this.#socket?.nextRequestId() ?? 0,
      frame: (method, topics, requestId) => topicFrame(method, topics, requestId, config.bookDepth),
      onRefused: (topic, reason) => this.#onRefused(topic, reason),
      onActive: (topic) => {
        if (topic.channel === 'book') this.#books.onSubscribed(topic.symbol)
      },
    })
    this.#books = new BookFeed({
      clock,
      config,
      onBook: (instrumentId, book) => {
        // A market whose quote is gone stays marked until a quote is back, whatever its book says.
        if (book === null || !this.#quotes.isWithdrawn(instrumentId)) deps.listener().onBook(instrumentId, book)
      },
      onFault: (code, text) => deps.listener().onFault({ code, text }),
      resubscribe: (symbols) => this.#topics.renew(symbols.map((symbol) => ({ channel: 'book', symbol, interval: null }))),
      giveUp: (reason) => this.#socket?.silence(reason),
    })
    this.#quotes = new QuoteFeed({
      onQuote: (quote) => deps.listener().onQuote(quote),
      onBook: (instrumentId, book) => deps.listener().onBook(instrumentId, book),
      bookOf: (pair) =>
        this.#topics.isActive({ channel: 'book', symbol: pair.stream, interval: null }) ? this.#books.view(pair.stream) : 'none',
    })
    this.#bars = new BarFeed({
      clock,
      venueClock,
      graceMs: config.barGraceMs,
      onBar: (event) => deps.listener().onBar(event),
      onFault: (code, text) => deps.listener().onFault({ code, text }),
      history: deps.history,
    })
  }

  get state(): 'up' | 'silent' | 'down' {
    return this.#state
  }

  /** The venue's own word on itself. */
  get system(): string {
    return this.#system
  }

  get counts(): { readonly malformed: number; readonly checksumErrors: number; readonly rateLimitHits: number } {
    return { malformed: this.#malformed, checksumErrors: this.#books.checksumErrors, rateLimitHits: this.#rateLimitHits }
  }

  refused(): readonly string[] {
    return [...this.#topics.refused(), ...this.#unknownWanted.map((id) => `${id}: unknown instrument`)]
  }

  /** Opens the stream and subscribes the wanted set. @throws {AppError} `VENUE_UNAVAILABLE` when the connection fails. */
  connect(): Promise<void> {
    const handlers = {
      onOpen: () => this.#onOpen(socket),
      onText: (text: string) => this.#onText(text),
      onSilent: (reason: string) => this.#setState('silent', reason),
      onDown: (reason: string) => this.#onDown(socket, reason),
    }
    const socket: StreamSocket = new StreamSocket(this.#deps, handlers, krakenPings(this.#deps.config))
    this.#socket = socket
    return new Promise<void>((resolve, reject) => {
      this.#settleConnect = (error) => (error === null ? resolve() : reject(error))
      socket.open(this.#deps.config.publicStreamUrl)
    })
  }

  disconnect(reason: string): void {
    this.#socket?.drop(reason)
  }

  /** Replaces the wanted set; unknown instruments are recorded as refused. */
  subscribe(wanted: readonly MarketSubscription[]): void {
    this.#wanted = wanted
    if (this.#deps.reference.isLoaded) this.#applyWanted()
  }

  /** Returns the venue's clock minus ours in ms by a ping, NaN without a pong; null when the stream is not open. */
  measureDrift(): Promise<number> | null {
    const socket = this.#socket
    if (socket === null || !socket.isOpen) return null
    const id = socket.nextRequestId()
    if (!socket.send(`{"method":"ping","req_id":${id}}`)) return null
    const { clock, config } = this.#deps
    return new Promise((resolve) => {
      this.#pings.set(id, { sentUs: clock.monotonicUs(), answer: resolve })
      clock.setTimeout(() => {
        if (this.#pings.delete(id)) resolve(Number.NaN)
      }, config.pongTimeoutMs)
    })
  }

  #applyWanted(): void {
    const { symbols } = this.#deps.reference
    const topics: Topic[] = []
    const series: { instrumentId: Pair['instrumentId']; timeframe: Timeframe }[] = []
    const books = new Set<string>()
    const unknown: string[] = []
    for (const { instrumentId, channels, timeframes } of this.#wanted) {
      const pair = symbols.pairOf(instrumentId)
      if (pair === null) {
        unknown.push(instrumentId)
        continue
      }
      for (const channel of channels) topics.push({ channel: STREAM_CHANNELS[channel], symbol: pair.stream, interval: null })
      for (const timeframe of timeframes) {
        topics.push({ channel: 'ohlc', symbol: pair.stream, interval: TIMEFRAME_MS[timeframe] / MS_PER_MIN })
        series.push({ instrumentId, timeframe })
      }
      if (channels.includes('book')) {
        books.add(pair.stream)
        if (!this.#books.has(pair.stream)) this.#addBook(pair)
      }
    }
    this.#unknownWanted = unknown
    for (const pair of symbols.pairs) if (!books.has(pair.stream)) this.#books.remove(pair.stream)
    this.#bars.setWanted(series)
    this.#topics.setWanted(topics)
  }

  #addBook(pair: Pair): void {
    const { stream, instrumentId, pricePrecision, quantityPrecision } = pair
    this.#books.add(stream, new KrakenBook(instrumentId, this.#deps.config.bookDepth, pricePrecision, quantityPrecision))
  }

  #onOpen(socket: StreamSocket): void {
    this.#applyWanted()
    socket.send(`{"method":"subscribe","params":{"channel":"instrument","snapshot":true},"req_id":${socket.nextRequestId()}}`)
    this.#topics.onConnected()
    this.#bars.onConnected()
    void this.#topics.settled().then(() => {
      if (this.#socket !== socket || !socket.isOpen) return
      this.#setState('up', 'subscribed')
      this.#settleConnect?.(null)
      this.#settleConnect = null
    })
  }

  #onDown(socket: StreamSocket, reason: string): void {
    if (this.#socket !== socket) return
    this.#socket = null
    this.#topics.onDisconnected()
    this.#bars.onDisconnected()
    this.#books.clear()
    this.#quotes.clear()
    this.#lag.reset()
    for (const { answer } of this.#pings.values()) answer(Number.NaN)
    this.#pings.clear()
    this.#setState('down', reason)
    this.#settleConnect?.(new AppError(`Kraken's public stream is gone: ${reason}`, { code: 'VENUE_UNAVAILABLE', disposition: 'retry' }))
    this.#settleConnect = null
  }

  #setState(state: 'up' | 'silent' | 'down', reason: string): void {
    if (this.#state === state) return
    this.#state = state
    this.#deps.listener().onStream({ stream: 'public', state, reason })
  }

  #onText(text: string): void {
    // The edge announces its restarts in plain text; a close follows.
    if (!text.startsWith('{')) {
      this.#deps.log.debug('plain text on the public stream', { text: text.slice(0, 80) })
      return
    }
    let act: () => boolean
    try {
      act = this.#read(text)
    } catch (error) {
      this.#malformed++
      this.#deps.listener().onFault({ code: 'MESSAGE_MALFORMED', text: `public stream: ${messageOf(error)}` })
      return
    }
    if (act()) this.#deps.listener().onAlive('public')
    else if (this.#lag.isFrozen) this.#socket?.silence('only old data comes')
  }

  /** Reads a frame whole; what it returns hands the result out and tells whether the frame shows life. */
  #read(text: string): () => boolean {
    const frames = readMarketFrame(text)
    const first = frames[0]
    if (first === undefined || first.kind === 'heartbeat') return isAlive
    if (first.kind === 'other') return this.#readOther(text, first.channel)
    return () => {
      let shows = true
      for (const frame of frames) {
        if (frame.kind === 'ticker') shows = this.#onTicker(frame) && shows
        else if (frame.kind === 'book') shows = this.#onBook(frame) && shows
      }
      return shows
    }
  }

  #readOther(text: string, channel: string | null): () => boolean {
    const raw = parseRaw(text)
    switch (channel) {
      case 'trade': {
        const frame = schema.readFrame(schema.tradeFrame, raw, 'trade')
        return () => this.#onTrades(frame)
      }
      case 'ohlc': {
        const frame = schema.readFrame(schema.candleFrame, raw, 'ohlc')
        return () => {
          this.#onCandles(frame.data)
          return true
        }
      }
      case 'instrument': {
        const frame = schema.readFrame(schema.instrumentFrame, raw, 'instrument')
        return () => this.#onInstruments(frame.data.pairs)
      }
      case 'status': {
        const frame = schema.readFrame(schema.statusFrame, raw, 'status')
        return () => this.#onSystem(frame.data.at(-1)?.system ?? this.#system)
      }
      case null:
        return this.#readReply(raw)
      default:
        throw new AppError(`unknown channel ${channel.slice(0, 40)}`, { code: 'VENUE_PROTOCOL', severity: 'LOW' })
    }
  }

  #readReply(raw: ReturnType<typeof parseRaw>): () => boolean {
    if (typeof raw === 'object' && raw !== null && 'Error' in raw) {
      this.#rateLimitHits++
      throw new AppError(`the stream complains: ${String(raw['Error']).slice(0, 80)}`, { code: 'VENUE_PROTOCOL', severity: 'LOW' })
    }
    const reply = schema.readFrame(schema.reply, raw, 'reply')
    const venueAtMs = typeof reply.time_out === 'string' ? parseTime(reply.time_out) : Number.NaN
    const acknowledged =
      reply.method === 'subscribe' && reply.success === true ? schema.readFrame(schema.subscriptionResult, reply.result, 'subscribe') : null
    return () => {
      this.#deps.venueClock.observe(venueAtMs)
      if (reply.method === 'pong') this.#onPong(reply, venueAtMs)
      if (reply.method !== 'subscribe' || typeof reply.req_id !== 'number') return true
      this.#topics.onAnswer(reply.req_id, acknowledged?.symbol ?? reply.symbol ?? null, answerOf(reply))
      return true
    }
  }

  #onCandles(candles: readonly schema.Candle[]): void {
    const streamed = candles.flatMap((candle) => {
      const pair = this.#deps.reference.symbols.pair(candle.symbol)
      if (pair === null) return []
      const { interval_begin: openAtMs, interval, open, high, low, close, volume } = candle
      const bar = { openAtMs, closeAtMs: openAtMs + interval * MS_PER_MIN, open, high, low, close, volume }
      return [{ instrumentId: pair.instrumentId, bar }]
    })
    this.#bars.onBars(streamed)
  }

  #onSystem(system: string): boolean {
    const hasChanged = this.#system !== system && !(this.#system === 'unknown' && system === 'online')
    this.#system = system
    if (hasChanged) this.#fault('SYSTEM_STATUS', `Kraken says that it is ${system.slice(0, 40)}`)
    return true
  }

  #onPong(reply: schema.Reply, venueAtMs: number): void {
    this.#socket?.onPong()
    const ping = typeof reply.req_id === 'number' ? this.#pings.get(reply.req_id) : undefined
    if (ping === undefined || typeof reply.req_id !== 'number') return
    this.#pings.delete(reply.req_id)
    const roundTripMs = (this.#deps.clock.monotonicUs() - ping.sentUs) / 1_000
    ping.answer(venueAtMs + roundTripMs / 2 - this.#deps.clock.now())
  }

  #onTicker(frame: TickerFrame): boolean {
    const pair = this.#deps.reference.symbols.pair(frame.symbol)
    if (pair === null) return true
    const venueAtMs = frame.timestamp === null ? Number.NaN : parseTime(frame.timestamp)
    if (!frame.isSnapshot && this.#isOld(venueAtMs)) return false
    this.#quotes.onFrame(frame, pair, venueAtMs, this.#deps.clock.now())
    return true
  }

  #onBook(frame: BookFrame): boolean {
    const isOld = !frame.isSnapshot && frame.timestamp !== null && this.#isOld(parseTime(frame.timestamp))
    this.#books.onFrame(frame.symbol, frame, isOld)
    return !isOld
  }

  #onTrades(frame: ReturnType<typeof schema.tradeFrame.parse>): boolean {
    let isFresh = true
    for (const row of frame.data) {
      const pair = this.#deps.reference.symbols.pair(row.symbol)
      if (pair === null) continue
      if (frame.type === 'update' && this.#isOld(row.timestamp)) isFresh = false
      const tradeId = Number(row.trade_id)
      const last = this.#tradeIds.get(row.symbol) ?? 0
      // Numbers run without gaps a symbol: a lower one repeats, a jump shows that prints were missed.
      if (tradeId <= last) continue
      if (last > 0 && tradeId > last + 1) this.#fault('TRADE_GAP', `${tradeId - last - 1} prints of ${row.symbol} were missed`)
      this.#tradeIds.set(row.symbol, tradeId)
      const { side, price, qty: quantity, timestamp: venueAtMs, trade_id: tradeKey } = row
      this.#deps.listener().onTrade({ instrumentId: pair.instrumentId, tradeKey, side, price, quantity, venueAtMs })
    }
    return isFresh
  }

  #onInstruments(rows: readonly schema.InstrumentPair[]): boolean {
    for (const row of rows) {
      const change = this.#deps.reference.onStreamPair(row)
      if (change === null) continue
      this.#deps.listener().onInstrument(change.instrument)
      const pair = this.#deps.reference.symbols.pairOf(change.instrument.instrumentId)
      if (!change.isRescaled || pair === null || !this.#books.has(pair.stream)) continue
      this.#addBook(pair)
      this.#books.resync([pair.stream], 'the scale of the pair changed')
    }
    return true
  }

  #isOld(venueAtMs: number): boolean {
    return Number.isFinite(venueAtMs) && this.#lag.isOld(venueAtMs)
  }

  #onRefused(topic: Topic, reason: string): void {
    if (topic.channel === 'book') this.#books.withdraw(topic.symbol)
    this.#deps.log.warn('subscription refused', { channel: topic.channel, symbol: topic.symbol, reason })
    this.#fault('SUBSCRIPTION_REFUSED', `${topic.channel} ${topic.symbol}: ${reason}`)
  }

  #fault(code: string, text: string): void {
    this.#deps.listener().onFault({ code, text })
  }
}

const MS_PER_MIN = 60_000

const STREAM_CHANNELS: Readonly<Record<MarketSubscription['channels'][number], MarketChannel>> = {
  quote: 'ticker',
  trade: 'trade',
  book: 'book',
}

const isAlive = (): boolean => true
