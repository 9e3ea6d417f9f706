import { add, applyBps, type Decimal, isPositive, multiply, roundToScale, scaleOf, subtract, toNumber, ZERO } from '#domain/decimal'
import type { ClientOrderId, TradeId } from '#domain/ids'
import type { Instrument } from '#domain/instrument'
import type { Fill, VenueOrder } from '#domain/order'
import type { Refusal } from '#domain/outcome'
import type { LookupResult, OrderReport } from '#ports/venue'
import type { OrderTerms, SimulatedOrder } from './types'

/** Executions and orders kept for questions about the past; what is older has been told long ago. */
const KEPT_MAX = 1_000

/** How a simulated order ended. */
export type EndStatus = Exclude<VenueOrder['status'], 'open'>

/** An order that ended, with how. */
export interface EndedOrder {
  readonly order: SimulatedOrder
  readonly status: EndStatus
  readonly reason: string | null
}

/** Orders and executions of a simulated venue, and its answers to questions about them. */
export class OrderShelf {
  readonly #working: SimulatedOrder[] = []
  #ended: EndedOrder[] = []
  #fills: Fill[] = []

  /** Orders that can still fill, in order of arrival. */
  get working(): readonly SimulatedOrder[] {
    return this.#working
  }

  /** The newest that ended, oldest first. */
  get ended(): readonly EndedOrder[] {
    return this.#ended
  }

  /** The newest executions, oldest first. */
  get fills(): readonly Fill[] {
    return this.#fills
  }

  put(order: SimulatedOrder): void {
    this.#working.push(order)
  }

  find(clientOrderId: string): SimulatedOrder | null {
    return this.#working.find(({ terms }) => terms.clientOrderId === clientOrderId) ?? null
  }

  /** Takes an execution off its order; one that is filled whole is retired. */
  record(order: SimulatedOrder, fill: Fill): void {
    order.leaves = subtract(order.leaves, fill.quantity)
    this.remember(fill)
    if (!isPositive(order.leaves)) this.retire(order, 'filled', null)
  }

  /** Keeps an execution for questions; its order is none of the working ones, or counts it already. */
  remember(fill: Fill): void {
    this.#fills.push(fill)
    if (this.#fills.length > 2 * KEPT_MAX) this.#fills = this.#fills.slice(-KEPT_MAX)
  }

  retire(order: SimulatedOrder, status: EndStatus, reason: string | null): void {
    const index = this.#working.indexOf(order)
    if (index >= 0) this.#working.splice(index, 1)
    this.#ended.push({ order, status, reason })
    if (this.#ended.length > 2 * KEPT_MAX) this.#ended = this.#ended.slice(-KEPT_MAX)
  }

  openOrders(): readonly VenueOrder[] {
    return this.#working.map((order) => viewOf(order, 'open', null))
  }

  fillsSince(sinceMs: number): readonly Fill[] {
    return this.#fills.filter((fill) => fill.venueAtMs >= sinceMs)
  }

  /** What a venue that forgets nothing of late says of an id. */
  lookUp(clientOrderId: ClientOrderId): LookupResult {
    const fills = this.#fills.filter((fill) => fill.clientOrderId === clientOrderId)
    const open = this.find(clientOrderId)
    if (open !== null) return { kind: 'found', order: viewOf(open, 'open', null), fills }
    const ended = this.#ended.findLast(({ order }) => order.terms.clientOrderId === clientOrderId)
    if (ended === undefined) return { kind: 'absent' }
    return { kind: 'found', order: viewOf(ended.order, ended.status, ended.reason), fills }
  }
}

/** Returns an order as a venue shows it. */
function viewOf(order: SimulatedOrder, status: VenueOrder['status'], reason: string | null): VenueOrder {
  const { terms, venueOrderId, quantity, leaves, arrivedAtMs } = order
  const limitPrice = order.triggerPrice ?? order.limitPrice
  return {
    venueOrderId,
    clientOrderId: terms.clientOrderId,
    instrumentId: terms.instrumentId,
    side: terms.side,
    type: terms.type,
    status,
    quantity,
    filledQuantity: subtract(quantity, leaves),
    limitPrice,
    reason,
    openedAtMs: arrivedAtMs,
  }
}

/** Returns the report of what happened to an order, as a venue's private stream brings it. */
export function reportOf(order: SimulatedOrder, kind: OrderReport['kind'], reason: string | null, venueAtMs: number): OrderReport {
  const isAmend = kind === 'amended'
  return {
    kind,
    venueOrderId: order.venueOrderId,
    clientOrderId: order.terms.clientOrderId,
    filledQuantity: subtract(order.quantity, order.leaves),
    quantity: isAmend ? order.quantity : null,
    limitPrice: isAmend ? (order.triggerPrice ?? order.limitPrice) : null,
    reason,
    venueAtMs,
  }
}

/** Returns an execution of part of an order, with cost and fee as the venue rounds them. */
export function fillOf(
  order: SimulatedOrder,
  instrument: Instrument,
  part: {
    readonly tradeId: TradeId
    readonly price: Decimal
    readonly quantity: Decimal
    readonly liquidity: 'maker' | 'taker'
    readonly atMs: number
  },
): Fill {
  const { terms } = order
  const { price, quantity, liquidity } = part
  const cost = atScale(multiply(price, quantity), instrument.costScale)
  const rate = liquidity === 'maker' ? instrument.makerFeeBps : instrument.takerFeeBps
  return {
    tradeId: part.tradeId,
    venueId: terms.venueId,
    instrumentId: terms.instrumentId,
    venueOrderId: order.venueOrderId,
    clientOrderId: terms.clientOrderId,
    side: terms.side,
    quantity,
    price,
    cost,
    feeAsset: instrument.quoteAsset,
    feeQuantity: atScale(applyBps(cost, rate), instrument.costScale),
    liquidity,
    venueAtMs: part.atMs,
  }
}

/** What an execution does to the account: base and quote, signed, the fee taken off. */
export function movementOf({ side, quantity, cost, feeQuantity }: Fill): { readonly base: Decimal; readonly quote: Decimal } {
  return side === 'buy'
    ? { base: quantity, quote: subtract(ZERO, add(cost, feeQuantity)) }
    : { base: subtract(ZERO, quantity), quote: subtract(cost, feeQuantity) }
}

function atScale(value: Decimal, scale: number): Decimal {
  return scaleOf(value) > scale ? roundToScale(value, scale, 'halfUp') : value
}

/** A definitive no. */
export function refused(code: string, reason: string): { readonly kind: 'refused'; readonly refusal: Refusal } {
  return { kind: 'refused', refusal: { code, reason, retry: 'never' } }
}

/** What an order's price is: its limit, or the trigger of a stop. */
export function pricesOf({
  type,
  limitPrice,
}: Pick<OrderTerms, 'type'> & { readonly limitPrice: Decimal | null }): Pick<
  SimulatedOrder,
  'limitPrice' | 'limit' | 'triggerPrice' | 'trigger'
> {
  const price = limitPrice === null ? Number.NaN : toNumber(limitPrice)
  if (type === 'stop') return { limitPrice: null, limit: Number.NaN, triggerPrice: limitPrice, trigger: price }
  return { limitPrice, limit: price, triggerPrice: null, trigger: Number.NaN }
}
