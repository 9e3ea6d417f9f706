import { add, applyBps, type Decimal, isPositive, multiply, negate, roundToScale, scaleOf, subtract, toNumber, ZERO } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import { type AccountId, type ClientOrderId, tradeId, type VenueId, venueOrderId } from '#domain/ids'
import type { Instrument } from '#domain/instrument'
import type { Approved, Fill, VenueOrder } from '#domain/order'
import type { AmendOutcome, CancelOutcome, Refusal, SubmitOutcome } from '#domain/outcome'
import type { ClockPort } from '#ports/clock'
import type {
  AmendRequest,
  LookupResult,
  OrderRef,
  OrderReport,
  PreviewOutcome,
  VenueBalance,
  VenueCapabilities,
  VenueHealth,
  VenueListener,
  VenuePort,
} from '#ports/venue'
import type { OrderBookKeeper, RecordedMarket, RecordedOrder } from './fills/types'

/** Executions and orders kept for questions about the past; what is older has been told long ago. */
const KEPT_MAX = 1_000

export interface BacktestVenueOptions {
  readonly clock: ClockPort
  readonly instrument: Instrument
  readonly accountId: AccountId
  /** What the account holds at first, quote. */
  readonly capital: Decimal
  readonly shorts: boolean
  /** One way, ms: of a command to the venue, and of each answer and report back. */
  readonly latencyMs: number
  readonly market: RecordedMarket
  /** Index of the first bar to be played. */
  readonly first: number
}

/**
 * A venue over recorded data, in virtual time: takes orders, lets the market's fill model say what becomes of them, charges fees and
 * keeps the account's balances. Orders of a backtest meet nobody: they take no volume away and move no price.
 */
export class BacktestVenue implements VenuePort, OrderBookKeeper {
  readonly venueId: VenueId
  readonly accountId: AccountId
  readonly capabilities: VenueCapabilities
  readonly #options: BacktestVenueOptions
  readonly #working: RecordedOrder[] = []
  #listener: VenueListener | null = null
  #fills: Fill[] = []
  #ended: RecordedOrder[] = []
  #quote: Decimal
  #base: Decimal = ZERO
  #orders = 0
  #trades = 0
  /** True while a command is being carried out: what it causes is told after its own answer. */
  #isAnswering = false

  constructor(options: BacktestVenueOptions) {
    this.#options = options
    this.venueId = options.instrument.venueId
    this.accountId = options.accountId
    this.#quote = options.capital
    this.capabilities = {
      postOnly: true,
      shorts: options.shorts,
      amend: true,
      preview: false,
      deadManSwitch: false,
      orderDeadline: false,
      timeInForce: ['gtc', 'ioc'],
      cancelBatchMax: 0,
      orderTypes: options.market.hasStops ? ['market', 'limit', 'stop'] : ['market', 'limit'],
      reduceOnly: false,
      cashFlows: true,
    }
    options.market.attach(this)
  }

  get working(): readonly RecordedOrder[] {
    return this.#working
  }

  listen(listener: VenueListener): void {
    this.#listener = listener
  }

  async connect(): Promise<void> {
    const { clock, market, first } = this.#options
    clock.defer(() => {
      this.#told.onStream({ stream: 'public', state: 'up', reason: 'recorded data' })
      this.#told.onStream({ stream: 'private', state: 'up', reason: 'recorded data' })
      market.settle(first - 1)
    })
  }

  disconnect(): void {}
  subscribe(): void {}

  async instruments(): Promise<readonly Instrument[]> {
    return [this.#options.instrument]
  }

  /** Nothing: the bar loop has the bars. */
  async history(): Promise<readonly []> {
    return []
  }

  async balances(): Promise<readonly VenueBalance[]> {
    const { baseAsset, quoteAsset } = this.#options.instrument
    return [
      { asset: quoteAsset, total: this.#quote, reserved: ZERO },
      { asset: baseAsset, total: this.#base, reserved: ZERO },
    ]
  }

  async openOrders(): Promise<readonly VenueOrder[]> {
    return this.#working.map((order) => viewOf(order, 'open'))
  }

  async orderByClientId(clientOrderId: ClientOrderId): Promise<LookupResult> {
    const isIt = ({ approved }: RecordedOrder) => approved.clientOrderId === clientOrderId
    const fills = this.#fills.filter((fill) => fill.clientOrderId === clientOrderId)
    const open = this.#working.find(isIt)
    if (open !== undefined) return { kind: 'found', order: viewOf(open, 'open'), fills }
    const ended = this.#ended.find(isIt)
    if (ended === undefined) return { kind: 'absent' }
    return { kind: 'found', order: viewOf(ended, ended.leaves === ZERO ? 'filled' : 'canceled'), fills }
  }

  async fills(sinceMs: number): Promise<readonly Fill[]> {
    return this.#fills.filter((fill) => fill.venueAtMs >= sinceMs)
  }

  async cashFlows(): Promise<readonly []> {
    return []
  }

  async clockDriftMs(): Promise<number> {
    return 0
  }

  async preview(): Promise<PreviewOutcome> {
    return { kind: 'unanswered', reason: 'recorded data has no preview' }
  }

  submit(approved: Approved): Promise<SubmitOutcome> {
    return this.#command(() => this.#take(approved))
  }

  amend(request: AmendRequest): Promise<AmendOutcome> {
    return this.#command(() => this.#amendNow(request))
  }

  cancel({ clientOrderId }: OrderRef): Promise<CancelOutcome> {
    return this.#command((): CancelOutcome => {
      const order = this.#working.find(({ approved }) => approved.clientOrderId === clientOrderId)
      if (order === undefined) return { kind: 'unknownOrder' }
      this.expire(order, 'canceled')
      return { kind: 'accepted' }
    })
  }

  /** Has no batches: each is canceled by itself. */
  async cancelBatch(refs: readonly OrderRef[]): Promise<CancelOutcome> {
    const outcomes = await Promise.all(refs.map((ref) => this.cancel(ref)))
    return outcomes.find(({ kind }) => kind === 'accepted') ?? { kind: 'unknownOrder' }
  }

  cancelAll(): Promise<CancelOutcome> {
    return this.#command((): CancelOutcome => {
      for (const order of [...this.#working]) this.expire(order, 'canceled')
      return { kind: 'accepted' }
    })
  }

  async armDeadMan(): Promise<CancelOutcome> {
    return { kind: 'accepted' }
  }

  orderWaitMs(): number {
    return 0
  }

  health(): VenueHealth {
    return {
      restReachable: true,
      publicStream: 'up',
      privateStream: 'up',
      malformedMessages: 0,
      checksumErrors: 0,
      reconnects: 0,
      rateLimitHits: 0,
      refusedSubscriptions: [],
      systemStatus: 'recorded data',
    }
  }

  show(bidPrice: Decimal, askPrice: Decimal, atMs: number, lastPrice: Decimal | null): void {
    const { instrumentId } = this.#options.instrument
    const quote = { instrumentId, bidPrice, bidQuantity: ZERO, askPrice, askQuantity: ZERO, venueAtMs: atMs, receivedAtMs: atMs }
    this.#told.onQuote(lastPrice === null ? quote : { ...quote, lastPrice })
  }

  execute(order: RecordedOrder, price: Decimal, quantity: Decimal, liquidity: 'maker' | 'taker'): void {
    const { instrument, clock } = this.#options
    const { approved } = order
    const cost = atScale(multiply(price, quantity), instrument.costScale)
    const feeQuantity = atScale(
      applyBps(cost, liquidity === 'maker' ? instrument.makerFeeBps : instrument.takerFeeBps),
      instrument.costScale,
    )
    const isBuy = approved.side === 'buy'
    this.#base = isBuy ? add(this.#base, quantity) : subtract(this.#base, quantity)
    this.#quote = subtract(add(this.#quote, isBuy ? negate(cost) : cost), feeQuantity)
    order.leaves = subtract(order.leaves, quantity)
    const fill: Fill = {
      tradeId: tradeId(`T${++this.#trades}`),
      venueId: this.venueId,
      instrumentId: approved.instrumentId,
      venueOrderId: order.venueOrderId,
      clientOrderId: approved.clientOrderId,
      side: approved.side,
      quantity,
      price,
      cost,
      feeAsset: instrument.quoteAsset,
      feeQuantity,
      liquidity,
      venueAtMs: clock.now(),
    }
    this.#fills.push(fill)
    if (this.#fills.length > 2 * KEPT_MAX) this.#fills = this.#fills.slice(-KEPT_MAX)
    if (!isPositive(order.leaves)) this.#retire(order)
    this.#tell(() => this.#told.onFill(fill))
  }

  expire(order: RecordedOrder, reason: string): void {
    this.#retire(order)
    this.#tell(() => this.#told.onOrderReport(this.#reportOf(order, 'canceled', reason)))
  }

  get #told(): VenueListener {
    return mustExist(this.#listener, 'the recorded venue has no listener')
  }

  /** Carries a command out when it arrives, and hands its answer back when that has travelled too. */
  #command<T>(act: () => T): Promise<T> {
    const { clock, latencyMs } = this.#options
    if (latencyMs === 0) return Promise.resolve(this.#carryOut(act))
    return new Promise((resolve) => {
      clock.setTimeout(() => {
        const outcome = this.#carryOut(act)
        clock.setTimeout(() => resolve(outcome), latencyMs)
      }, latencyMs)
    })
  }

  #carryOut<T>(act: () => T): T {
    this.#isAnswering = true
    try {
      return act()
    } finally {
      this.#isAnswering = false
    }
  }

  /** Tells the company something, after the answer to the command that caused it. */
  #tell(say: () => void): void {
    const { clock, latencyMs } = this.#options
    if (latencyMs === 0 && !this.#isAnswering) say()
    else if (!this.#isAnswering) clock.setTimeout(say, latencyMs)
    // A turn later: the answer's own timer is set after this step.
    else clock.defer(() => (latencyMs === 0 ? say() : clock.setTimeout(say, latencyMs)))
  }

  #take(approved: Approved): SubmitOutcome {
    const prices = pricesOf(approved)
    if (approved.postOnly && this.#options.market.crosses(approved.side, prices.limit))
      return refused('post_only_crosses', 'it would take liquidity')
    const order: RecordedOrder = {
      venueOrderId: venueOrderId(`V${++this.#orders}`),
      approved,
      arrivedAtMs: this.#options.clock.now(),
      quantity: approved.quantity,
      ...prices,
      leaves: approved.quantity,
      hasRested: false,
    }
    this.#working.push(order)
    this.#options.market.arrive(order)
    return { kind: 'accepted', venueOrderId: order.venueOrderId }
  }

  #amendNow({ clientOrderId, approved }: AmendRequest): AmendOutcome {
    const { market } = this.#options
    const order = this.#working.find((candidate) => candidate.approved.clientOrderId === clientOrderId)
    if (order === undefined) return refused('unknown_order', 'it has ended')
    const filled = subtract(order.quantity, order.leaves)
    const leaves = subtract(approved.quantity, filled)
    const prices = pricesOf(approved)
    if (!isPositive(leaves)) return refused('quantity', 'so much was executed already')
    if (order.approved.postOnly && market.crosses(order.approved.side, prices.limit))
      return refused('post_only_crosses', 'it would take liquidity')
    Object.assign(order, { quantity: approved.quantity, leaves, ...prices, hasRested: false })
    this.#tell(() => this.#told.onOrderReport(this.#reportOf(order, 'amended', null)))
    market.arrive(order)
    return { kind: 'accepted' }
  }

  #retire(order: RecordedOrder): void {
    const index = this.#working.indexOf(order)
    if (index >= 0) this.#working.splice(index, 1)
    this.#ended.push(order)
    if (this.#ended.length > 2 * KEPT_MAX) this.#ended = this.#ended.slice(-KEPT_MAX)
  }

  #reportOf(order: RecordedOrder, kind: OrderReport['kind'], reason: string | null): OrderReport {
    const isAmend = kind === 'amended'
    return {
      kind,
      venueOrderId: order.venueOrderId,
      clientOrderId: order.approved.clientOrderId,
      filledQuantity: subtract(order.quantity, order.leaves),
      quantity: isAmend ? order.quantity : null,
      limitPrice: isAmend ? (order.triggerPrice ?? order.limitPrice) : null,
      reason,
      venueAtMs: this.#options.clock.now(),
    }
  }
}

/** What an order's price is: its limit, or the trigger of a stop. */
function pricesOf({
  type,
  limitPrice,
}: Pick<Approved, 'type' | 'limitPrice'>): Pick<RecordedOrder, 'limitPrice' | 'limit' | 'triggerPrice' | 'trigger'> {
  const price = limitPrice === null ? Number.NaN : toNumber(limitPrice)
  if (type === 'stop') return { limitPrice: null, limit: Number.NaN, triggerPrice: limitPrice, trigger: price }
  return { limitPrice, limit: price, triggerPrice: null, trigger: Number.NaN }
}

function atScale(value: Decimal, scale: number): Decimal {
  return scaleOf(value) > scale ? roundToScale(value, scale, 'halfUp') : value
}

function refused(code: string, reason: string): { readonly kind: 'refused'; readonly refusal: Refusal } {
  return { kind: 'refused', refusal: { code, reason, retry: 'never' } }
}

function viewOf(order: RecordedOrder, status: VenueOrder['status']): VenueOrder {
  const { approved, venueOrderId: id, quantity, leaves, arrivedAtMs } = order
  const limitPrice = order.triggerPrice ?? order.limitPrice
  return {
    venueOrderId: id,
    clientOrderId: approved.clientOrderId,
    instrumentId: approved.instrumentId,
    side: approved.side,
    type: approved.type,
    status,
    quantity,
    filledQuantity: subtract(quantity, leaves),
    limitPrice,
    reason: null,
    openedAtMs: arrivedAtMs,
  }
}
