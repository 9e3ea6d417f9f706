import { add, type Decimal, isPositive, subtract, ZERO } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import { type AccountId, type ClientOrderId, tradeId, type VenueId, venueOrderId } from '#domain/ids'
import type { Instrument } from '#domain/instrument'
import type { Approved, Fill, VenueOrder } from '#domain/order'
import type { AmendOutcome, CancelOutcome, SubmitOutcome } from '#domain/outcome'
import type { ClockPort } from '#ports/clock'
import type {
  AmendRequest,
  LookupResult,
  OrderRef,
  PreviewOutcome,
  VenueBalance,
  VenueCapabilities,
  VenueHealth,
  VenueListener,
  VenuePort,
} from '#ports/venue'
import { CommandPath } from '#sim/fills/command-path'
import { fillOf, movementOf, pricesOf, OrderShelf, refused, reportOf } from '#sim/fills/order-shelf'
import type { SimulatedOrder } from '#sim/fills/types'
import type { RecordedKeeper, RecordedMarket } from './fills/recorded-market'

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
export class BacktestVenue implements VenuePort, RecordedKeeper {
  readonly venueId: VenueId
  readonly accountId: AccountId
  readonly capabilities: VenueCapabilities
  readonly #options: BacktestVenueOptions
  readonly #shelf = new OrderShelf()
  readonly #path: CommandPath
  #listener: VenueListener | null = null
  #quote: Decimal
  #base: Decimal = ZERO
  #orders = 0
  #trades = 0

  constructor(options: BacktestVenueOptions) {
    this.#options = options
    this.#path = new CommandPath(options.clock, options.latencyMs)
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

  get working(): readonly SimulatedOrder[] {
    return this.#shelf.working
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
    return this.#shelf.openOrders()
  }

  async orderByClientId(clientOrderId: ClientOrderId): Promise<LookupResult> {
    return this.#shelf.lookUp(clientOrderId)
  }

  async fills(sinceMs: number): Promise<readonly Fill[]> {
    return this.#shelf.fillsSince(sinceMs)
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
    return this.#path.command(() => this.#take(approved))
  }

  amend(request: AmendRequest): Promise<AmendOutcome> {
    return this.#path.command(() => this.#amendNow(request))
  }

  cancel({ clientOrderId }: OrderRef): Promise<CancelOutcome> {
    return this.#path.command((): CancelOutcome => {
      const order = this.#shelf.find(clientOrderId)
      if (order === null) return { kind: 'unknownOrder' }
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
    return this.#path.command((): CancelOutcome => {
      for (const order of [...this.working]) this.expire(order, 'canceled')
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

  execute(order: SimulatedOrder, price: Decimal, quantity: Decimal, liquidity: 'maker' | 'taker'): void {
    const { instrument, clock } = this.#options
    const fill = fillOf(order, instrument, { tradeId: tradeId(`T${++this.#trades}`), price, quantity, liquidity, atMs: clock.now() })
    const { base, quote } = movementOf(fill)
    this.#base = add(this.#base, base)
    this.#quote = add(this.#quote, quote)
    this.#shelf.record(order, fill)
    this.#path.tell(() => this.#told.onFill(fill))
  }

  expire(order: SimulatedOrder, reason: string): void {
    this.#shelf.retire(order, 'canceled', null)
    this.#path.tell(() => this.#told.onOrderReport(reportOf(order, 'canceled', reason, this.#options.clock.now())))
  }

  get #told(): VenueListener {
    return mustExist(this.#listener, 'the recorded venue has no listener')
  }

  #take(approved: Approved): SubmitOutcome {
    const prices = pricesOf(approved)
    if (approved.postOnly && this.#options.market.crosses(approved.side, prices.limit))
      return refused('post_only_crosses', 'it would take liquidity')
    const order: SimulatedOrder = {
      venueOrderId: venueOrderId(`V${++this.#orders}`),
      terms: approved,
      arrivedAtMs: this.#options.clock.now(),
      quantity: approved.quantity,
      ...prices,
      leaves: approved.quantity,
      hasRested: false,
    }
    this.#shelf.put(order)
    this.#options.market.arrive(order)
    return { kind: 'accepted', venueOrderId: order.venueOrderId }
  }

  #amendNow({ clientOrderId, approved }: AmendRequest): AmendOutcome {
    const { market } = this.#options
    const order = this.#shelf.find(clientOrderId)
    if (order === null) return refused('unknown_order', 'it has ended')
    const filled = subtract(order.quantity, order.leaves)
    const leaves = subtract(approved.quantity, filled)
    const prices = pricesOf(approved)
    if (!isPositive(leaves)) return refused('quantity', 'so much was executed already')
    if (order.terms.postOnly && market.crosses(order.terms.side, prices.limit))
      return refused('post_only_crosses', 'it would take liquidity')
    Object.assign(order, { quantity: approved.quantity, leaves, ...prices, hasRested: false })
    this.#path.tell(() => this.#told.onOrderReport(reportOf(order, 'amended', null, this.#options.clock.now())))
    market.arrive(order)
    return { kind: 'accepted' }
  }
}
