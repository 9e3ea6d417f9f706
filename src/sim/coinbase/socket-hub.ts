import type { JsonObject } from '#domain/json'
import { microTime } from '#sim/emulator/wire-time'
import type { BookChange, EngineEvent, EngineLevel, EngineOrder, EnginePrint } from '#sim/engine/types'
import type { Face } from './face'
import { channelCandles, emptyTickerRow, levelRow, printRow, statusRow, tickerRow } from './market-view'
import { extraOf, factsOf, isOver, type OrderFacts } from './order-facts'
import { userRow } from './order-view'
import type { Product } from './products'
import type { Channel, SocketSession } from './socket-session'

/** Public trades of so long share a frame. */
const TRADES_MS = 250
const BEAT_MS = 1_000
/** Beats between two batches of tickers, and between two lists of the status channel. */
const BATCH_BEATS = 5
const STATUS_BEATS = 30

/** Nothing of these kinds of order rests, so none of them is ever told to be open before it trades. */
const IMMEDIATE = new Set(['market_market_ioc', 'sor_limit_ioc', 'limit_limit_fok'])

interface Moved {
  readonly bids: Map<string, EngineLevel>
  readonly asks: Map<string, EngineLevel>
}

/** All open sockets: routes what the engine tells to their subscriptions, and sends it when a turn settles. */
export class SocketHub {
  readonly #face: Face
  readonly #sessions = new Set<SocketSession>()
  readonly #moved = new Map<string, Moved>()
  readonly #printed = new Map<string, EnginePrint[]>()
  readonly #ticked = new Set<string>()
  readonly #tickedInBatch = new Set<string>()
  readonly #tickedInBeat = new Set<string>()
  readonly #timers = new Set<unknown>()
  /** Orders whose last fill has had no frame yet (fault `mergedFills`). */
  readonly #untold = new Set<string>()
  #isTradesTimerSet = false
  #beatTimer: unknown = null
  #beats = 0

  constructor(face: Face) {
    this.#face = face
  }

  get size(): number {
    return this.#sessions.size
  }

  add(session: SocketSession): void {
    this.#sessions.add(session)
    if (this.#beatTimer === null) this.#planBeat()
  }

  /** Forgets a socket that has ended, from whichever side; again is a no-op. */
  remove(session: SocketSession): void {
    if (!this.#sessions.delete(session)) return
    session.dispose()
    session.subscriptions.clear()
    this.watchBooks()
    if (this.#sessions.size > 0 || this.#beatTimer === null) return
    this.#face.clock.clearTimeout(this.#beatTimer)
    this.#beatTimer = null
  }

  /** Turns the engine's book events on for just the books that someone follows. */
  watchBooks(): void {
    for (const { symbol } of this.#face.engine.instruments()) {
      this.#face.engine.watchBook(
        symbol,
        [...this.#sessions].some((session) => session.follows('level2', symbol)),
      )
    }
  }

  withholdEvents(): void {
    for (const session of this.#sessions) session.withholdEvents()
  }

  endAll(code: number, reason: string): void {
    for (const session of [...this.#sessions]) session.end(code, reason, false)
    for (const timer of this.#timers) this.#face.clock.clearTimeout(timer)
    this.#timers.clear()
    this.#isTradesTimerSet = false
  }

  /** Takes one event of the engine: user frames are queued at once, market data when the turn settles or its batch is due. */
  onEvent(event: EngineEvent): void {
    switch (event.kind) {
      case 'print':
        this.#onPrint(event.print)
        return
      case 'book':
        this.#onBook(event.change)
        return
      case 'orderPending':
        this.#tell(event.order, (facts) => ({ ...facts, status: 'PENDING' }))
        return
      case 'orderNew':
        this.#tellOpen(event.order)
        return
      case 'orderTrade':
        this.#tellTrade(event.order)
        return
      case 'orderTriggered':
      case 'orderRestated':
      case 'orderAmended':
      case 'orderDone':
        this.#tell(event.order)
        return
      case 'balance': // no balance is ever pushed
      case 'instrumentStatus': // the status channel lists states at its own pace
        return
    }
  }

  /** Tells the user channel how an order stands. */
  tellOrder(order: EngineOrder): void {
    this.#tell(order)
  }

  /** Queues the market data of the turn and sends everything that waits. */
  flush(): void {
    for (const [book, moved] of this.#moved) this.#pushLevels(book, moved)
    this.#moved.clear()
    for (const book of this.#ticked) this.#pushTicker('ticker', book, 'update')
    this.#ticked.clear()
    for (const session of this.#sessions) session.flush()
  }

  /** Queues the snapshots that a new subscription begins with. */
  pushSnapshot(session: SocketSession, channel: Channel, products: readonly Product[]): void {
    switch (channel) {
      case 'heartbeats':
        return
      case 'user':
        this.#pushUserSnapshot(session)
        return
      case 'status':
        session.push('status', [{ type: 'snapshot', products: products.map((product) => statusRow(this.#face, product)) }])
        return
      case 'ticker':
      case 'ticker_batch': {
        const isBatch = channel === 'ticker_batch'
        session.push(channel, [{ type: 'snapshot', tickers: products.map((product) => tickerRow(this.#face, product, isBatch)) }])
        return
      }
      case 'level2':
        for (const product of products) session.push('level2', [this.#levelSnapshot(product.book)])
        return
      case 'market_trades':
        for (const { book } of products) {
          const trades = this.#face.engine.prints(book, null, 100).map((print) => printRow(print, book))
          session.push('market_trades', [{ type: 'snapshot', trades: trades.toReversed() }])
        }
        return
      case 'candles':
        for (const { book } of products) {
          session.push('candles', [{ type: 'snapshot', candles: channelCandles(this.#face, book, 100).toReversed() }])
        }
        return
    }
  }

  #onPrint(print: EnginePrint): void {
    for (const set of [this.#ticked, this.#tickedInBatch, this.#tickedInBeat]) set.add(print.symbol)
    if (![...this.#sessions].some((session) => session.follows('market_trades', print.symbol))) return
    const waiting = this.#printed.get(print.symbol) ?? []
    waiting.push(print)
    this.#printed.set(print.symbol, waiting)
    if (this.#isTradesTimerSet) return
    this.#isTradesTimerSet = true
    this.#in(TRADES_MS, () => this.#pushTrades())
  }

  #onBook({ symbol, bids, asks }: BookChange): void {
    const moved = this.#moved.get(symbol) ?? { bids: new Map(), asks: new Map() }
    this.#moved.set(symbol, moved)
    for (const level of bids) moved.bids.set(level.price, level)
    for (const level of asks) moved.asks.set(level.price, level)
  }

  #tellOpen(order: EngineOrder): void {
    const { asynchrony } = this.#face
    const extra = extraOf(order)
    if (IMMEDIATE.has(extra.key) || extra.failure !== '') return
    if (asynchrony.openAfterMs === 0) this.#tell(order)
    else this.#in(asynchrony.openAfterMs, () => this.#tellAgain(order.orderId))
  }

  #tellTrade(order: EngineOrder): void {
    const merged = this.#face.faults.take('mergedFills', 'ws', 'user')
    if (merged === null) {
      this.#tell(order)
      return
    }
    this.#untold.add(order.orderId)
    this.#in(merged.holdMs, () => this.#untold.has(order.orderId) && this.#tellAgain(order.orderId))
  }

  /** Tells how an order stands now, unless it is over: then that was told. */
  #tellAgain(orderId: string): void {
    const order = this.#face.engine.order(orderId)
    if (order === null || isOver(order)) return
    this.#tell(order)
    for (const session of this.#sessions) session.flush()
  }

  #tell(order: EngineOrder, change: (facts: OrderFacts) => OrderFacts = (facts) => facts): void {
    this.#untold.delete(order.orderId)
    const listeners = [...this.#sessions].filter((session) => session.accountId === order.accountId && session.subscriptions.has('user'))
    if (listeners.length === 0) return
    const facts = change(factsOf(this.#face, order))
    const spelling = this.#face.faults.take('rejectReasonSpelling', 'ws', 'user') === null ? 'reject_reason' : 'reject_Reason'
    const row = userRow(this.#face, facts, spelling)
    for (const session of listeners) {
      const { userProducts } = session
      if (userProducts.size > 0 && !userProducts.has(facts.extra.productId) && !userProducts.has(order.symbol)) continue
      session.push('user', [userEvent('update', [row])])
    }
  }

  /** Pages of 50; the first that is not full, maybe an empty one, ends the snapshot. */
  #pushUserSnapshot(session: SocketSession): void {
    const { accountId, userProducts } = session
    if (accountId === null) return
    const rows = this.#face.engine
      .openOrders(accountId)
      .map((order) => factsOf(this.#face, order))
      .filter(({ extra, order }) => userProducts.size === 0 || userProducts.has(extra.productId) || userProducts.has(order.symbol))
      .map((facts) => userRow(this.#face, facts))
    for (let from = 0; from <= rows.length; from += SNAPSHOT_PAGE) {
      session.push('user', [userEvent('snapshot', rows.slice(from, from + SNAPSHOT_PAGE))])
    }
  }

  #levelSnapshot(book: string): JsonObject {
    const { bids, asks } = this.#face.engine.book(book, 1_000_000)
    const updates = [...bids.map((level) => levelRow('bid', level)), ...asks.map((level) => levelRow('offer', level))]
    const oversized = this.#face.faults.take('oversizedSnapshot', 'ws', 'level2')
    if (oversized !== null) {
      // Levels far above everything: they never move, and nothing trades there.
      for (let place = 1, bytes = 0; bytes < oversized.bytes; place++) {
        const row = levelRow('offer', { price: `${900_000_000 + place}`, quantity: '1' } as Pick<EngineLevel, 'price' | 'quantity'>)
        updates.push(row)
        bytes += JSON.stringify(row).length
      }
    }
    return { type: 'snapshot', product_id: book, updates }
  }

  #pushLevels(book: string, { bids, asks }: Moved): void {
    const at = microTime(this.#face.clock.now())
    const updates = [
      ...[...bids.values()].map((level) => levelRow('bid', level, at)),
      ...[...asks.values()].map((level) => levelRow('offer', level, at)),
    ]
    for (const session of this.#sessions) {
      if (session.follows('level2', book)) session.push('level2', [{ type: 'update', product_id: book, updates }])
    }
  }

  #pushTicker(channel: 'ticker' | 'ticker_batch', book: string, type: string): void {
    const listeners = [...this.#sessions].filter((session) => session.follows(channel, book))
    const product = this.#face.products.find(book)
    if (listeners.length === 0 || product === null) return
    const isEmpty = this.#face.faults.take('emptyTicker', 'ws', channel) !== null
    const row = isEmpty ? emptyTickerRow() : tickerRow(this.#face, product, channel === 'ticker_batch')
    for (const session of listeners) session.push(channel, [{ type, tickers: [row] }])
  }

  #pushTrades(): void {
    this.#isTradesTimerSet = false
    for (const [book, prints] of this.#printed) {
      const trades = prints.map((print) => printRow(print, book)).reverse()
      for (const session of this.#sessions) {
        if (session.follows('market_trades', book)) session.push('market_trades', [{ type: 'update', trades }])
      }
    }
    this.#printed.clear()
    for (const session of this.#sessions) session.flush()
  }

  #planBeat(): void {
    this.#beatTimer = this.#face.clock.setTimeout(() => this.#beat(), BEAT_MS)
  }

  #beat(): void {
    this.#beats++
    for (const session of [...this.#sessions]) {
      if (session.subscriptions.has('heartbeats')) this.#pushHeartbeat(session)
      if (this.#beats % STATUS_BEATS === 0) this.#pushStatus(session)
    }
    for (const book of this.#tickedInBeat) this.#pushCandle(book)
    this.#tickedInBeat.clear()
    if (this.#beats % BATCH_BEATS === 0) {
      for (const book of this.#tickedInBatch) this.#pushTicker('ticker_batch', book, 'update')
      this.#tickedInBatch.clear()
    }
    for (const session of [...this.#sessions]) {
      session.flush()
      session.endIfQuiet()
    }
    this.#beatTimer = null
    if (this.#sessions.size > 0) this.#planBeat()
  }

  #pushHeartbeat(session: SocketSession): void {
    const { clock, faults } = this.#face
    const isText = faults.take('stringHeartbeat', 'ws', 'heartbeats') !== null
    const counter = session.heartbeats++
    const at = new Date(clock.now()).toISOString().replace('T', ' ').slice(0, -1)
    const sinceSec = (clock.monotonicUs() / 1_000_000).toFixed(9)
    session.push('heartbeats', [
      { current_time: `${at}000000 +0000 UTC m=+${sinceSec}`, heartbeat_counter: isText ? String(counter) : counter },
    ])
  }

  #pushStatus(session: SocketSession): void {
    const books = session.subscriptions.get('status')
    if (books === undefined) return
    const products = [...books].flatMap((book) => this.#face.products.find(book) ?? [])
    session.push('status', [{ type: 'snapshot', products: products.map((product) => statusRow(this.#face, product)) }])
  }

  #pushCandle(book: string): void {
    const listeners = [...this.#sessions].filter((session) => session.follows('candles', book))
    if (listeners.length === 0) return
    const candles = channelCandles(this.#face, book, 1).slice(-1)
    for (const session of listeners) session.push('candles', [{ type: 'update', candles }])
  }

  #in(delayMs: number, run: () => void): void {
    const timer = this.#face.clock.setTimeout(() => {
      this.#timers.delete(timer)
      run()
    }, delayMs)
    this.#timers.add(timer)
  }
}

const SNAPSHOT_PAGE = 50

function userEvent(type: 'snapshot' | 'update', orders: readonly JsonObject[]): JsonObject {
  return { type, orders, positions: { perpetual_futures_positions: [], expiring_futures_positions: [] } }
}
