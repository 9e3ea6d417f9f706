/** What the conformance suite needs of a venue under test: the adapter, its emulator's truth, and faults in common words. */
import { type Decimal, decimal, divide, isGreater, isLess, maximum, multiply, roundToStep } from '#domain/decimal'
import { clientOrderIdOf } from '#domain/digest'
import { AppError } from '#domain/errors'
import { accountId, botId, type ClientOrderId, type InstrumentId, intentId, strategyId, type VenueOrderId } from '#domain/ids'
import type { BarEvent, BookView, Quote, Trade } from '#domain/market'
import type { Approved, Fill, Proposal, VenueOrder } from '#domain/order'
import type { Instrument } from '#domain/instrument'
import type {
  BalanceChange,
  MarketSubscription,
  OrderRef,
  OrderReport,
  StreamEvent,
  StreamName,
  VenueBalance,
  VenueListener,
  VenuePort,
} from '#ports/venue'
import { mintApproved } from '#risk/approved'
import type { VirtualClock } from '#sim/virtual-clock'

export const START_MS = Date.UTC(2026, 2, 2, 12, 0, 30)
/** How long orders of the suite may be under way. */
export const DEADLINE_MS = 4_000

export type CommandName = 'submit' | 'amend' | 'cancel'

/** What the emulator itself knows of our account. */
export interface VenueTruth {
  readonly open: readonly VenueOrder[]
  readonly closed: readonly VenueOrder[]
  /** Ascending. */
  readonly fills: readonly Fill[]
  readonly balances: readonly VenueBalance[]
}

/** Faults that every venue's network can have; each hits the next matching message unless stated otherwise. */
export interface VenueFaults {
  /** The command is carried out and its answer never sent; its events still come. */
  loseReply(command: CommandName): void
  /** The command is carried out; neither answer nor events come until a new connection. */
  loseReplyAndEvents(command: CommandName): void
  /** The line breaks before the command is processed. */
  loseCommand(command: CommandName): void
  /** The command is processed this much later. */
  delayCommand(command: CommandName, ms: number): void
  /** The venue says that it is busy, before or after it carried the command out. */
  busy(command: CommandName, when: 'before' | 'after'): void
  /** The venue says that too many commands came. */
  rateLimited(command: CommandName): void
  /** Events of the command come before its answer. */
  crossEvents(command: CommandName): void
  /** So many events of orders and fills come twice, the second after `delayMs`. */
  duplicateEvents(count: number, delayMs: number): void
  /** One event of an order or a fill is left out. */
  dropEvent(): void
  /** The open socket of a stream says nothing more. */
  silence(stream: StreamName): void
  cut(stream: StreamName): void
  /** New connections are refused (or taken again). */
  setReachable(isReachable: boolean): void
  /** The next book frames are damaged so that a careful client notices. */
  spoilBook(count: number): void
  dropBookFrames(count: number): void
  duplicateBookFrames(count: number): void
}

/** What differs between venues by their nature, so that one promise takes different forms. */
export interface VenueTraits {
  /** Commands and their answers travel on the private stream: who loses the one has lost the other. */
  readonly commandsOnStream: boolean
  /** Whose commands the venue's order limit counts together. */
  readonly limitsBy: 'instrument' | 'account'
  /** How soon a changed status of an instrument is known; longer where it is asked for and not told. */
  readonly statusWithinMs: number
  /** How late executions may be told: where they are asked for, the venue's list lags, and the questions share a budget with commands. */
  readonly fillsWithinMs: number
  /** How long after the answer to a cancel it may take effect. */
  readonly cancelsWithinMs: number
}

export interface VenueBench {
  readonly clock: VirtualClock
  readonly venue: VenuePort
  readonly heard: Heard
  readonly session: Session
  readonly faults: VenueFaults
  /** Two liquid instruments; the account holds quote and base of both. */
  readonly instrumentId: InstrumentId
  readonly otherId: InstrumentId
  /** One that no venue lists. */
  readonly unknownId: InstrumentId
  /** What sets this venue apart and no capability tells. */
  readonly traits: VenueTraits
  truth(): VenueTruth
  touch(instrumentId: InstrumentId): {
    readonly bid: Decimal
    readonly bidQuantity: Decimal
    readonly ask: Decimal
    readonly askQuantity: Decimal
  }
  /** Another account trades at once, at this price or better. */
  rival(instrumentId: InstrumentId, side: 'buy' | 'sell', quantity: Decimal, limitPrice: Decimal): void
  /** Stops all trading and quoting of an instrument, or lets it go on. */
  mute(instrumentId: InstrumentId, isMuted: boolean): void
  deposit(asset: string, amount: Decimal): void
  /** Ends this life of our side as a crash does, and begins another with a new venue and session, not connected. */
  restart(): void
  /** Steps the wall clock of our side alone. */
  stepOurClock(ms: number): void
}

/** Writes down what a venue pushes and fails at once for what must never be pushed. */
export class Heard implements VenueListener {
  readonly quotes: Quote[] = []
  readonly trades: Trade[] = []
  readonly bars: BarEvent[] = []
  readonly books: { readonly instrumentId: InstrumentId; readonly book: BookView | null; readonly atMs: number }[] = []
  readonly instruments: Instrument[] = []
  readonly reports: OrderReport[] = []
  readonly fills: Fill[] = []
  readonly balanceChanges: BalanceChange[] = []
  readonly streams: (StreamEvent & { readonly atMs: number })[] = []
  readonly faults: { readonly code: string; readonly text: string }[] = []
  readonly alive: Record<StreamName, number> = { public: 0, private: 0 }
  readonly #clock: VirtualClock
  /** Called after each stream event was written down. */
  onStreamEvent: (event: StreamEvent) => void = () => {}

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  onQuote(quote: Quote): void {
    if (!isLess(quote.bidPrice, quote.askPrice)) throw new Error(`crossed quote published: ${JSON.stringify(quote)}`)
    this.quotes.push(quote)
  }

  onTrade(trade: Trade): void {
    this.trades.push(trade)
  }

  onBar(event: BarEvent): void {
    this.bars.push(event)
  }

  onBook(instrumentId: InstrumentId, book: BookView | null): void {
    if (book !== null) requireSoundBook(book)
    this.books.push({ instrumentId, book, atMs: this.#clock.timeLineMs })
  }

  onInstrument(instrument: Instrument): void {
    this.instruments.push(instrument)
  }

  onOrderReport(report: OrderReport): void {
    this.reports.push(report)
  }

  onFill(fill: Fill): void {
    this.fills.push(fill)
  }

  onBalanceChange(change: BalanceChange): void {
    this.balanceChanges.push(change)
  }

  onStream(event: StreamEvent): void {
    this.streams.push({ ...event, atMs: this.#clock.timeLineMs })
    this.onStreamEvent(event)
  }

  onAlive(stream: StreamName): void {
    this.alive[stream]++
  }

  onFault(fault: { readonly code: string; readonly text: string }): void {
    this.faults.push(fault)
  }

  /** Fills by trade id, each once: what a desk makes of repeats. */
  distinctFills(): readonly Fill[] {
    return [...new Map(this.fills.map((fill) => [fill.tradeId, fill])).values()]
  }

  reportsOf(clientOrderId: ClientOrderId): readonly OrderReport[] {
    return this.reports.filter((report) => report.clientOrderId === clientOrderId)
  }

  fillsOf(clientOrderId: ClientOrderId): readonly Fill[] {
    return this.distinctFills().filter((fill) => fill.clientOrderId === clientOrderId)
  }

  lastBook(instrumentId: InstrumentId): BookView | null {
    return this.books.findLast((entry) => entry.instrumentId === instrumentId)?.book ?? null
  }

  /** Forgets what came so far. */
  clear(): void {
    for (const list of [this.quotes, this.trades, this.bars, this.books, this.instruments, this.reports]) list.length = 0
    for (const list of [this.fills, this.balanceChanges, this.streams, this.faults]) list.length = 0
  }
}

function requireSoundBook(book: BookView): void {
  const [bid, ask] = [book.bids[0], book.asks[0]]
  const isOrdered =
    book.bids.every(({ price }, index) => index === 0 || isLess(price, book.bids[index - 1]?.price ?? price)) &&
    book.asks.every(({ price }, index) => index === 0 || isGreater(price, book.asks[index - 1]?.price ?? price))
  const isCrossed = bid !== undefined && ask !== undefined && !isLess(bid.price, ask.price)
  if (isCrossed || !isOrdered) throw new Error(`unsound book published: ${JSON.stringify({ bid, ask, isOrdered })}`)
}

const RECONNECT_MS = 500

/**
 * Plays the session that owns a venue: connects, and connects again half a second after a stream was lost or an attempt failed.
 * The adapter never does so by itself.
 */
export class Session {
  readonly #clock: VirtualClock
  readonly #venue: VenuePort
  readonly #heard: Heard
  #phase: 'off' | 'connecting' | 'online' | 'waiting' = 'off'
  /** Times at which a connection stood, on the clock's time line. */
  readonly onlineAtMs: number[] = []
  readonly errors: Error[] = []

  constructor(clock: VirtualClock, venue: VenuePort, heard: Heard) {
    this.#clock = clock
    this.#venue = venue
    this.#heard = heard
    heard.onStreamEvent = (event) => {
      if (event.state === 'down' && this.#phase === 'online') this.#retry()
    }
  }

  get isOnline(): boolean {
    return this.#phase === 'online'
  }

  get count(): number {
    return this.onlineAtMs.length
  }

  /** Subscribes and connects; returns once the connection stands. */
  open(wanted: readonly MarketSubscription[]): void {
    this.#venue.listen(this.#heard)
    this.#venue.subscribe(wanted)
    this.start()
    this.waitOnline(1)
  }

  start(): void {
    void this.#connect()
  }

  /** Runs virtual time until that many connections have stood in all. */
  waitOnline(count: number, limitMs = 60_000): void {
    for (let at = 0; at < limitMs && (this.count < count || !this.isOnline); at += 5) this.#clock.advance(5)
    if (this.count < count || !this.isOnline) throw new Error(`not online: ${this.errors.at(-1)?.message ?? 'no error'}`)
  }

  /** Runs virtual time until the session is online with both streams up, however they came back: a venue may restore a stream by itself. */
  waitWhole(limitMs = 60_000): void {
    for (let at = 0; at < limitMs && !this.#isWhole; at += 5) this.#clock.advance(5)
    if (!this.#isWhole) throw new Error(`not whole: ${JSON.stringify(this.#venue.health())} ${this.errors.at(-1)?.message ?? 'no error'}`)
  }

  get #isWhole(): boolean {
    const { publicStream, privateStream } = this.#venue.health()
    return this.isOnline && publicStream === 'up' && privateStream === 'up'
  }

  close(): void {
    this.#phase = 'off'
    this.#venue.disconnect()
  }

  async #connect(): Promise<void> {
    this.#phase = 'connecting'
    try {
      await this.#venue.connect(new AbortController().signal)
      this.#phase = 'online'
      this.onlineAtMs.push(this.#clock.timeLineMs)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      this.errors.push(error)
      this.#retry()
    }
  }

  #retry(): void {
    this.#phase = 'waiting'
    this.#clock.setTimeout(() => {
      if (this.#phase === 'waiting') void this.#connect()
    }, RECONNECT_MS)
  }
}

/** Runs virtual time until the promise settles, and gives its value back or throws its error. */
export function settled<T>(clock: VirtualClock, promise: Promise<T>, limitMs = 120_000): T {
  let outcome: { readonly value: T } | { readonly error: unknown } | null = null
  promise.then(
    (value) => {
      outcome = { value }
    },
    (error) => {
      outcome = { error }
    },
  )
  clock.advance(0)
  for (let at = 0; outcome === null && at < limitMs; at += 1) clock.advance(1)
  const done = outcome as { readonly value: T } | { readonly error: unknown } | null
  if (done === null) throw new Error(`not settled within ${limitMs} ms of virtual time`)
  if ('error' in done) throw done.error
  return done.value
}

const ROOM = decimal('1.05')

/** Returns the least quantity that the venue takes at about this price, of minimum and notional both. */
export function leastQuantity({ quantityMin, notionalMin, lotSize }: Instrument, price: Decimal): Decimal {
  return maximum(quantityMin, roundToStep(divide(multiply(notionalMin, ROOM), price), lotSize, 'up'))
}

let serial = 0

/** What a test says of an order; the rest is made up. */
export interface OrderWish {
  readonly instrumentId: InstrumentId
  readonly side: 'buy' | 'sell'
  readonly quantity: Decimal
  /** Null is a market order. */
  readonly price: Decimal | null
  readonly timeInForce?: Proposal['timeInForce']
  readonly expiresAtMs?: number | null
  readonly postOnly?: boolean
  readonly clientOrderId?: ClientOrderId
  /** Of a market order. */
  readonly referencePrice?: Decimal
}

/** Returns an order as the gate would have passed it, with a new client order id unless one is given. */
export function orderOf(venue: VenuePort, wish: OrderWish): Approved {
  serial += 1
  const { instrumentId, side, quantity, price } = wish
  const bot = botId('conformance')
  const intent = intentId(`case ${serial}`)
  const parts = { tag: 'c0f0a1', accountId: accountId('main@test'), botId: bot, instrumentId, intentId: intent, index: 0 }
  const referencePrice = price ?? wish.referencePrice
  if (referencePrice === undefined) throw new Error('a market order needs a reference price')
  const proposal: Proposal = {
    clientOrderId: wish.clientOrderId ?? clientOrderIdOf(parts),
    accountId: venue.accountId,
    venueId: venue.venueId,
    instrumentId,
    botId: bot,
    strategyId: strategyId('conformance'),
    intentId: intent,
    side,
    type: price === null ? 'market' : 'limit',
    quantity,
    limitPrice: price,
    referencePrice,
    timeInForce: wish.timeInForce ?? (price === null ? 'ioc' : 'gtc'),
    expiresAtMs: wish.expiresAtMs ?? null,
    postOnly: wish.postOnly ?? false,
    // Spot accounts sell what they hold.
    reduceOnly: side === 'sell',
    effect: side === 'sell' ? 'reduce' : 'open',
    arrivalMid: referencePrice,
    proposedAtMs: START_MS,
  }
  return mintApproved(proposal, quantity)
}

export function refOf(order: Approved, venueOrderId: VenueOrderId | null = null): OrderRef {
  return { clientOrderId: order.clientOrderId, instrumentId: order.instrumentId, venueOrderId }
}
