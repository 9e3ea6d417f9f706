import { compare, type Decimal, isPositive, subtract, toNumber } from '#domain/decimal'
import { messageOf, mustExist } from '#domain/errors'
import type { AccountId, ClientOrderId, InstrumentId, VenueId } from '#domain/ids'
import type { Instrument } from '#domain/instrument'
import type { Bar } from '#domain/market'
import type { Approved, Fill, VenueOrder } from '#domain/order'
import type { AmendOutcome, CancelOutcome, SubmitOutcome } from '#domain/outcome'
import type { Timeframe } from '#domain/time'
import type { LogPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import type { JournalPort } from '#ports/journal'
import type { RandomPort } from '#ports/random'
import type { SnapshotPort } from '#ports/store'
import type * as port from '#ports/venue'
import { CommandPath } from '#sim/fills/command-path'
import { type EndStatus, fillOf, pricesOf, refused, reportOf } from '#sim/fills/order-shelf'
import type { OrderBookKeeper, SimulatedOrder } from '#sim/fills/types'
import { PaperBooks } from './books'
import { PaperMarket } from './market'
import type { PaperSettings } from './settings'

export interface PaperVenueDeps {
  /** The real adapter, which reads public data and is never handed an order. */
  readonly inner: port.VenuePort
  readonly settings: PaperSettings
  readonly clock: ClockPort
  readonly random: RandomPort
  readonly journal: JournalPort
  readonly snapshots: SnapshotPort
  readonly log: LogPort
}

/**
 * A venue with real markets and a paper account (SIM-02): instruments, quotes, books, trades and bars are the adapter's, orders, fills and
 * balances are ours. An order is played against the live market by the fill model that backtests use, after the latency of the way there;
 * what it reserves is set aside when it is taken. No order of ours reaches the real venue, and none of its private answers reaches us.
 */
export class PaperVenue implements port.VenuePort, OrderBookKeeper {
  readonly venueId: VenueId
  readonly accountId: AccountId
  readonly capabilities: port.VenueCapabilities
  readonly #deps: PaperVenueDeps
  readonly #books: PaperBooks
  readonly #path: CommandPath
  readonly #instruments = new Map<InstrumentId, Instrument>()
  readonly #markets = new Map<InstrumentId, PaperMarket>()
  #listener: port.VenueListener | null = null
  /** True between a whole connect and the next disconnect: the account's own stream. */
  #isUp = false

  constructor(deps: PaperVenueDeps) {
    this.#deps = deps
    const { inner, settings, clock, journal, snapshots } = deps
    this.venueId = inner.venueId
    this.accountId = inner.accountId
    this.#books = new PaperBooks({ journal, snapshots, venueId: this.venueId, accountId: this.accountId, balances: settings.balances })
    this.#path = new CommandPath(clock, settings.latencyMs)
    this.capabilities = {
      ...inner.capabilities,
      shorts: false,
      amend: true,
      preview: settings.checksAtVenue && inner.capabilities.preview,
      deadManSwitch: false,
      orderDeadline: true,
      timeInForce: ['gtc', 'ioc'],
      cancelBatchMax: 0,
      orderTypes: ['market', 'limit'],
      reduceOnly: false,
    }
  }

  /** Orders that can still fill, in order of arrival. */
  get working(): readonly SimulatedOrder[] {
    return this.#books.shelf.working
  }

  listen(listener: port.VenueListener): void {
    this.#listener = listener
    this.#deps.inner.listen(this.#ears(listener))
  }

  async connect(signal: AbortSignal): Promise<void> {
    this.#books.ensureOpened()
    await this.#deps.inner.connect(signal)
    this.#isUp = true
    this.#told.onStream({ stream: 'private', state: 'up', reason: 'paper account' })
  }

  disconnect(): void {
    this.#isUp = false
    this.#closeMarkets()
    this.#deps.inner.disconnect()
  }

  /** Trades are wanted besides: resting orders fill by them. So is the market of an order that rests though no bot watches it any more. */
  subscribe(wanted: readonly port.MarketSubscription[]): void {
    const named = new Set(wanted.map(({ instrumentId }) => instrumentId))
    const resting = [...new Set(this.working.map(({ terms }) => terms.instrumentId))].filter((id) => !named.has(id))
    this.#deps.inner.subscribe([
      ...wanted.map((entry) => ({ ...entry, channels: [...new Set([...entry.channels, 'trade' as const])] })),
      ...resting.map((instrumentId) => ({ instrumentId, channels: ['quote' as const, 'trade' as const], timeframes: [] })),
    ])
  }

  async instruments(): Promise<readonly Instrument[]> {
    const instruments = (await this.#deps.inner.instruments()).map((instrument) => this.#withFees(instrument))
    for (const instrument of instruments) this.#instruments.set(instrument.instrumentId, instrument)
    return instruments
  }

  history(instrumentId: InstrumentId, timeframe: Timeframe, sinceMs: number): Promise<readonly Bar[]> {
    return this.#deps.inner.history(instrumentId, timeframe, sinceMs)
  }

  async balances(): Promise<readonly port.VenueBalance[]> {
    return this.#books.account.balances()
  }

  async openOrders(): Promise<readonly VenueOrder[]> {
    return this.#books.shelf.openOrders()
  }

  async orderByClientId(clientOrderId: ClientOrderId): Promise<port.LookupResult> {
    return this.#books.shelf.lookUp(clientOrderId)
  }

  async fills(sinceMs: number): Promise<readonly Fill[]> {
    return this.#books.shelf.fillsSince(sinceMs)
  }

  /** None: money comes into a paper account at its opening alone. */
  async cashFlows(): Promise<readonly []> {
    return []
  }

  clockDriftMs(): Promise<number> {
    return this.#deps.inner.clockDriftMs()
  }

  async preview(order: Approved): Promise<port.PreviewOutcome> {
    if (!this.capabilities.preview) return { kind: 'unanswered', reason: 'the venue checks orders only for an account of its own' }
    return this.#deps.inner.preview(order)
  }

  submit(approved: Approved, { deadlineAtMs }: port.SubmitOptions): Promise<SubmitOutcome> {
    if (!this.#deps.settings.takesOrders) return Promise.resolve(refused('dry_run', 'a dry run hands nothing over'))
    const take = (): Promise<SubmitOutcome> => this.#path.command(() => this.#take(approved, deadlineAtMs))
    return this.capabilities.preview ? this.#checkedThen(approved, take) : take()
  }

  amend(request: port.AmendRequest): Promise<AmendOutcome> {
    return this.#path.command(() => this.#amendNow(request))
  }

  cancel({ clientOrderId }: port.OrderRef): Promise<CancelOutcome> {
    return this.#path.command((): CancelOutcome => {
      if (!this.#books.isWritable) return { kind: 'ambiguous', reason: UNWRITABLE }
      const order = this.#books.shelf.find(clientOrderId)
      if (order === null) return { kind: 'unknownOrder' }
      this.expire(order, 'canceled by us')
      return { kind: 'accepted' }
    })
  }

  /** Has no batches: each is canceled by itself. */
  async cancelBatch(refs: readonly port.OrderRef[]): Promise<CancelOutcome> {
    const outcomes = await Promise.all(refs.map((ref) => this.cancel(ref)))
    return outcomes.find(({ kind }) => kind === 'accepted') ?? { kind: 'unknownOrder' }
  }

  cancelAll(): Promise<CancelOutcome> {
    return this.#path.command((): CancelOutcome => {
      if (!this.#books.isWritable) return { kind: 'ambiguous', reason: UNWRITABLE }
      for (const order of [...this.working]) this.expire(order, 'canceled with all by us')
      return { kind: 'accepted' }
    })
  }

  async armDeadMan(): Promise<CancelOutcome> {
    return refused('unsupported', 'a paper account has no dead-man switch')
  }

  orderWaitMs(): number {
    return 0
  }

  health(): port.VenueHealth {
    return { ...this.#deps.inner.health(), privateStream: this.#isUp ? 'up' : 'down' }
  }

  execute(order: SimulatedOrder, price: Decimal, quantity: Decimal, liquidity: 'maker' | 'taker'): void {
    const instrument = this.#instrumentOf(order.terms.instrumentId)
    const atMs = this.#deps.clock.now()
    const fill = fillOf(order, instrument, { tradeId: this.#books.nextTradeId(), price, quantity, liquidity, atMs })
    const booked = this.#books.fill(order, fill, instrument.baseAsset)
    this.#path.tell(() => this.#told.onFill(booked))
  }

  expire(order: SimulatedOrder, reason: string, status: EndStatus = 'canceled'): void {
    this.#books.end(order, status, reason)
    const report = reportOf(order, 'canceled', reason, this.#deps.clock.now())
    this.#path.tell(() => this.#told.onOrderReport(report))
  }

  get #told(): port.VenueListener {
    return mustExist(this.#listener, 'the paper venue has no listener; call listen() before connect()')
  }

  /** What the adapter tells: all of the markets, nothing of an account. */
  #ears(listener: port.VenueListener): port.VenueListener {
    return {
      onQuote: (quote) => {
        listener.onQuote(quote)
        if (this.#books.isWritable) this.#marketOf(quote.instrumentId)?.onQuote(quote)
      },
      onTrade: (trade) => {
        listener.onTrade(trade)
        if (this.#books.isWritable) this.#marketOf(trade.instrumentId)?.onTrade(trade)
      },
      onBook: (instrumentId, book) => {
        this.#marketOf(instrumentId)?.onBook(book)
        listener.onBook(instrumentId, book)
      },
      onBar: (event) => listener.onBar(event),
      onInstrument: (instrument) => {
        const own = this.#withFees(instrument)
        this.#instruments.set(own.instrumentId, own)
        listener.onInstrument(own)
      },
      onOrderReport: () => undefined,
      onFill: () => undefined,
      onBalanceChange: () => undefined,
      onStream: (event) => {
        if (event.stream === 'private') return
        if (event.state === 'down') this.#closeMarkets()
        listener.onStream(event)
      },
      onAlive: (stream) => {
        if (stream === 'public') listener.onAlive(stream)
      },
      onFault: (fault) => listener.onFault(fault),
    }
  }

  /** Has the venue check the order first; where it does not answer, the paper account takes the order all the same. */
  async #checkedThen(approved: Approved, take: () => Promise<SubmitOutcome>): Promise<SubmitOutcome> {
    const asked = this.#deps.inner.preview(approved)
    const outcome = await asked.catch((error: unknown): port.PreviewOutcome => ({ kind: 'unanswered', reason: messageOf(error) }))
    if (outcome.kind === 'refused') return { kind: 'refused', refusal: outcome.refusal }
    const { clientOrderId } = approved
    if (outcome.kind === 'unanswered') this.#deps.log.warn('the venue did not check an order', { clientOrderId, reason: outcome.reason })
    return take()
  }

  #take(approved: Approved, deadlineAtMs: number): SubmitOutcome {
    const { clock } = this.#deps
    if (!this.#books.isWritable) return { kind: 'ambiguous', reason: UNWRITABLE }
    const instrument = this.#instruments.get(approved.instrumentId)
    const market = this.#marketOf(approved.instrumentId)
    if (clock.now() > deadlineAtMs) return refused('deadline', 'it came after its deadline')
    if (instrument === undefined || market === null || !market.isOpen) return later('no_market', 'the market is not known at this moment')
    const no = refusalOf(approved, instrument) ?? this.#crossing(market, approved)
    if (no !== null) return no
    const order: SimulatedOrder = {
      venueOrderId: this.#books.nextOrderId(),
      terms: approved,
      arrivedAtMs: clock.now(),
      quantity: approved.quantity,
      ...pricesOf(approved),
      leaves: approved.quantity,
      hasRested: false,
    }
    if (this.#books.shelf.find(approved.clientOrderId) !== null) return refused('duplicate', 'an order of that client id is open')
    const asset = approved.side === 'buy' ? instrument.quoteAsset : instrument.baseAsset
    if (!this.#books.accept(order, asset, market.worstCost(approved.side, approved.quantity, approved.limitPrice)))
      return refused('insufficient_funds', `not enough ${asset} is free`)
    market.arrive(order)
    return { kind: 'accepted', venueOrderId: order.venueOrderId }
  }

  #amendNow({ clientOrderId, approved, deadlineAtMs }: port.AmendRequest): AmendOutcome {
    if (!this.#books.isWritable) return { kind: 'ambiguous', reason: UNWRITABLE }
    const order = this.#books.shelf.find(clientOrderId)
    const market = this.#marketOf(approved.instrumentId)
    if (order === null) return refused('unknown_order', 'it has ended')
    if (this.#deps.clock.now() > deadlineAtMs) return refused('deadline', 'it came after its deadline')
    if (market === null || !market.isOpen) return later('no_market', 'the market is not known at this moment')
    const { quantity, limitPrice } = approved
    const leaves = subtract(quantity, subtract(order.quantity, order.leaves))
    if (!isPositive(leaves)) return refused('quantity', 'so much was executed already')
    const no = this.#crossing(market, { side: order.terms.side, postOnly: order.terms.postOnly, limitPrice })
    if (no !== null) return no
    if (!this.#books.amend(order, { quantity, leaves, limitPrice }, market.worstCost(order.terms.side, leaves, limitPrice)))
      return refused('insufficient_funds', 'not enough is free for that')
    order.hasRested = false
    const report = reportOf(order, 'amended', null, this.#deps.clock.now())
    this.#path.tell(() => this.#told.onOrderReport(report))
    market.arrive(order)
    return { kind: 'accepted' }
  }

  #crossing(market: PaperMarket, { side, postOnly, limitPrice }: Pick<Approved, 'side' | 'postOnly' | 'limitPrice'>) {
    if (!postOnly || limitPrice === null || !market.crosses(side, toNumber(limitPrice))) return null
    return refused('post_only_crosses', 'it would take liquidity')
  }

  #withFees(instrument: Instrument): Instrument {
    const { fees } = this.#deps.settings
    return fees === null ? instrument : { ...instrument, makerFeeBps: fees.makerBps, takerFeeBps: fees.takerBps }
  }

  #instrumentOf(instrumentId: InstrumentId): Instrument {
    return mustExist(this.#instruments.get(instrumentId), `${instrumentId} is not known to the paper venue`)
  }

  /** Null for an instrument that the venue does not have. */
  #marketOf(instrumentId: InstrumentId): PaperMarket | null {
    const known = this.#markets.get(instrumentId)
    if (known !== undefined) return known
    if (!this.#instruments.has(instrumentId)) return null
    const { settings, random } = this.#deps
    const market = new PaperMarket({
      settings,
      random,
      instrument: () => this.#instrumentOf(instrumentId),
      keeper: () => this.#keeperOf(instrumentId),
    })
    this.#markets.set(instrumentId, market)
    return market
  }

  /** The orders of one instrument alone: what one market says is nothing to the others. */
  #keeperOf(instrumentId: InstrumentId): OrderBookKeeper {
    return {
      working: this.working.filter(({ terms }) => terms.instrumentId === instrumentId),
      execute: (order, price, quantity, liquidity) => this.execute(order, price, quantity, liquidity),
      expire: (order, reason) => this.expire(order, reason),
    }
  }

  #closeMarkets(): void {
    for (const market of this.#markets.values()) market.close()
  }
}

const UNWRITABLE = 'the journal takes nothing more'

/** What may pass another time. */
function later(code: string, reason: string) {
  return { kind: 'refused', refusal: { code, reason, retry: 'transient' } } as const
}

/** What a venue refuses whatever the market. */
function refusalOf({ type, quantity, postOnly }: Approved, { status, quantityMin }: Instrument) {
  if (type === 'stop') return refused('unsupported', 'a paper account holds no stops; they are worked on our side')
  if (compare(quantity, quantityMin) < 0) return refused('quantity', `less than the least of ${quantityMin}`)
  if (status === 'offline' || status === 'cancelOnly') return later('status', `the venue says ${status}`)
  if (status === 'postOnly' && !postOnly) return later('status', 'the venue takes post-only orders alone')
  if (status === 'limitOnly' && type === 'market') return later('status', 'the venue takes no market orders')
  return null
}
