import type { EngineEvent, EnginePrint, LedgerEntry } from '#sim/engine/types'
import { balanceUpdate } from './balances-view'
import { executionReport, type OrderEvent } from './executions-view'
import { type Face, pairOf } from './face'
import { assetRows, candleRow, instrumentRow, printRow, quoteText, tickerRow } from './market-view'
import type { SocketSession } from './socket-session'
import type { ExecutionsSubscription, Subscription } from './subscription'
import { numberToken, type WireObject } from './wire-json'
import { microTime, nanoTime } from '#sim/emulator/wire-time'

const OPEN_AND_CLOSE = new Set<OrderEvent['kind']>(['orderNew', 'orderTrade', 'orderDone'])

/** All open sockets: routes what the engine tells to their subscriptions, and sends it when a turn settles. */
export class SocketHub {
  readonly #face: Face
  /** Accounts that a client can hold; the house accounts of the market are none. */
  readonly #accounts: ReadonlySet<string>
  readonly #sessions = new Set<SocketSession>()
  readonly #movedBooks = new Set<string>()
  readonly #movedStatuses = new Set<string>()
  readonly #prints = new Map<string, EnginePrint[]>()

  constructor(face: Face) {
    this.#face = face
    this.#accounts = new Set([...face.keys.values()].map((key) => key.accountId))
  }

  get size(): number {
    return this.#sessions.size
  }

  add(session: SocketSession): void {
    this.#sessions.add(session)
  }

  /** Forgets a socket that has ended, from whichever side; again is a no-op. */
  remove(session: SocketSession): void {
    if (!this.#sessions.delete(session)) return
    for (const subscription of session.subscriptions.values()) this.release(subscription)
    session.subscriptions.clear()
    session.dispose()
    this.watchBooks()
  }

  /** Lets go of what a subscription holds beyond its socket: its token. */
  release(subscription: Subscription): void {
    if (subscription.kind === 'executions' || subscription.kind === 'balances') this.#face.tokens.unpin(subscription.token)
  }

  /** Turns the engine's book events on for just the books that someone follows. */
  watchBooks(): void {
    const followed = new Set<string>()
    for (const [, subscription] of this.#each()) if (subscription.kind === 'book') followed.add(subscription.symbol)
    for (const pair of this.#face.symbols.pairs) this.#face.engine.watchBook(pair.symbol, followed.has(pair.symbol))
  }

  withholdEvents(): void {
    for (const session of this.#sessions) session.withholdEvents()
  }

  /** Takes one event of the engine: private frames are queued at once, market data when the turn settles. */
  onEvent(event: EngineEvent): void {
    switch (event.kind) {
      case 'print': {
        const waiting = this.#prints.get(event.print.symbol)
        if (waiting === undefined) this.#prints.set(event.print.symbol, [event.print])
        else waiting.push(event.print)
        return
      }
      case 'book':
        this.#movedBooks.add(event.change.symbol)
        return
      case 'instrumentStatus':
        this.#movedStatuses.add(event.symbol)
        return
      case 'balance':
        this.#tellBalance(event.entry)
        return
      case 'orderPending':
      case 'orderNew':
      case 'orderTriggered':
      case 'orderRestated':
      case 'orderTrade':
      case 'orderAmended':
      case 'orderDone':
        this.#tellOrder(event)
        return
    }
  }

  /** Queues the market data of the turn and sends everything that waits. */
  flush(): void {
    if (this.#movedStatuses.size > 0 || this.#movedBooks.size > 0 || this.#prints.size > 0) this.#queueMarketData()
    else this.#queueQuotes()
    for (const session of this.#sessions) session.flush()
  }

  /** Tells every socket that the system status changed. */
  tellStatus(frame: WireObject): void {
    for (const session of this.#sessions) session.push('status', frame)
  }

  endAll(code: number, reason: string): void {
    for (const session of [...this.#sessions]) session.end(code, reason, false)
  }

  *#each(): Generator<readonly [SocketSession, Subscription]> {
    for (const session of this.#sessions) for (const subscription of session.subscriptions.values()) yield [session, subscription]
  }

  #tellOrder(event: OrderEvent): void {
    if (!this.#accounts.has(event.order.accountId)) return
    let report: WireObject | null = null
    for (const [session, subscription] of this.#each()) {
      if (subscription.kind !== 'executions' || subscription.accountId !== event.order.accountId) continue
      if (!subscription.showsAllStatuses && !OPEN_AND_CLOSE.has(event.kind)) continue
      report ??= executionReport(this.#face, event)
      this.#pushExecution(session, subscription, event, report)
    }
  }

  #pushExecution(session: SocketSession, subscription: ExecutionsSubscription, event: OrderEvent, report: WireObject): void {
    const level = this.#face.engineCounters.levelOf(event.order.accountId, event.order.symbol, this.#face.clock.now())
    const row = subscription.showsRateCounter ? { ...report, ratecount: numberToken(level.toFixed(2)) } : report
    const frame = { channel: 'executions', type: 'update', data: [row], sequence: subscription.sequence + 1 }
    if (session.push('executions', frame)) subscription.sequence++
  }

  #tellBalance(entry: LedgerEntry): void {
    if (!this.#accounts.has(entry.accountId)) return
    let row: WireObject | null = null
    for (const [session, subscription] of this.#each()) {
      if (subscription.kind !== 'balances' || subscription.accountId !== entry.accountId) continue
      row ??= balanceUpdate(this.#face, entry)
      if (session.push('balances', { channel: 'balances', type: 'update', data: [row], sequence: subscription.sequence + 1 }))
        subscription.sequence++
    }
  }

  #queueMarketData(): void {
    for (const [session, subscription] of this.#each()) this.#queueFor(session, subscription)
    this.#movedBooks.clear()
    this.#movedStatuses.clear()
    this.#prints.clear()
  }

  #queueFor(session: SocketSession, subscription: Subscription): void {
    switch (subscription.kind) {
      case 'ticker':
        this.#queueTicker(session, subscription)
        return
      case 'ohlc':
        this.#queueCandle(session, subscription)
        return
      case 'trade':
        this.#queuePrints(session, subscription.symbol)
        return
      case 'book':
        this.#queueBook(session, subscription)
        return
      case 'instrument':
        this.#queueInstruments(session)
        return
      case 'status':
      case 'heartbeat':
      case 'executions':
      case 'balances':
        return
    }
  }

  /** A quote can move without any event that we watch: where only quotes are followed, they are compared. */
  #queueQuotes(): void {
    for (const [session, subscription] of this.#each()) {
      if (subscription.kind === 'ticker' && subscription.trigger === 'bbo') this.#queueTicker(session, subscription)
    }
  }

  #queueTicker(session: SocketSession, subscription: Extract<Subscription, { readonly kind: 'ticker' }>): void {
    const hasTraded = this.#prints.has(subscription.symbol)
    const quote = subscription.trigger === 'bbo' ? quoteText(this.#face, subscription.symbol) : subscription.quoteText
    if (!hasTraded && quote === subscription.quoteText) return
    subscription.quoteText = quote
    const row = tickerRow(this.#face, pairOf(this.#face, subscription.symbol), this.#face.clock.now())
    session.push('ticker', { channel: 'ticker', type: 'update', data: [row] })
  }

  #queueCandle(session: SocketSession, subscription: Extract<Subscription, { readonly kind: 'ohlc' }>): void {
    if (!this.#prints.has(subscription.symbol)) return
    const candle = this.#face.market.runningCandle(subscription.symbol, subscription.interval)
    const row = candleRow(pairOf(this.#face, subscription.symbol), subscription.interval, candle)
    session.push('ohlc', { channel: 'ohlc', type: 'update', timestamp: nanoTime(this.#face.clock.now()), data: [row] })
  }

  #queuePrints(session: SocketSession, symbol: string): void {
    const prints = this.#prints.get(symbol)
    if (prints === undefined) return
    const pair = pairOf(this.#face, symbol)
    session.push('trade', { channel: 'trade', type: 'update', data: prints.map((print) => printRow(pair, print)) })
  }

  #queueBook(session: SocketSession, subscription: Extract<Subscription, { readonly kind: 'book' }>): void {
    if (!this.#movedBooks.has(subscription.symbol)) return
    const frame = subscription.feed.update(this.#face.engine.book(subscription.symbol, subscription.depth))
    if (frame === null) return
    const isSpoilt = this.#face.faults.take('badChecksum', 'ws', 'book') !== null
    const checksum = isSpoilt ? (frame.checksum ^ 1) >>> 0 : frame.checksum
    const row = { symbol: subscription.symbol, bids: frame.bids, asks: frame.asks, checksum, timestamp: microTime(this.#face.clock.now()) }
    session.push('book', { channel: 'book', type: 'update', data: [row] })
  }

  #queueInstruments(session: SocketSession): void {
    if (this.#movedStatuses.size === 0) return
    const pairs = [...this.#movedStatuses].map((symbol) => instrumentRow(this.#face, pairOf(this.#face, symbol)))
    session.push('instrument', { channel: 'instrument', type: 'update', data: { assets: [], pairs } })
  }
}

/** Returns the data of an instrument snapshot: every asset and pair. */
export function instrumentSnapshot(face: Face): WireObject {
  return { assets: assetRows(face), pairs: face.symbols.pairs.map((pair) => instrumentRow(face, pair)) }
}
