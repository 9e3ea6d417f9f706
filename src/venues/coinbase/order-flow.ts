import { add, maximum } from '#domain/decimal'
import type { VenueOrderId } from '#domain/ids'
import type { Approved } from '#domain/order'
import type { ClockPort } from '#ports/clock'
import type { VenueListener } from '#ports/venue'
import type { VenueClock } from '#venues/shared/venue-clock'
import type { Amending } from './amending'
import type { FillReader } from './fill-reader'
import type { History } from './history'
import type { Identities } from './identities'
import { limitPriceOf, quantityOf, reasonOf, stageOf } from './map'
import type { OrderFacts, OrderStates } from './order-states'
import type { CoinbaseRest } from './rest'
import type { OrderRow } from './schema-rest'
import type { UserOrder } from './schema-stream'
import type { Trading } from './trading'

/** What the flow reads and whom it tells. */
export interface OrderFlowDeps {
  readonly clock: ClockPort
  readonly venueClock: VenueClock
  readonly config: { readonly orderConfirmMs: number }
  readonly rest: CoinbaseRest
  readonly history: History
  readonly identities: Identities
  readonly states: OrderStates
  readonly fills: FillReader
  readonly trading: () => Trading
  readonly amending: () => Amending
  readonly listener: () => VenueListener
  /** Rises with each disconnect. */
  epoch(): number
}

/** Stamps of lists may lag what a frame told. */
const HEAL_MARGIN_MS = 10_000
const CONFIRMS_MAX = 3

/** What the venue tells of orders, by frames and by rows of its lists alike: reports go out, and executions are read where more are counted. */
export class OrderFlow {
  readonly #deps: OrderFlowDeps

  constructor(deps: OrderFlowDeps) {
    this.#deps = deps
  }

  /** Takes an order of the user channel. */
  onUserOrder(row: UserOrder, venueAtMs: number): void {
    const { order_id, client_order_id, product_id, order_side: side, status, cumulative_quantity: filledQuantity } = row
    const order = this.#deps.identities.identify({ order_id, client_order_id, product_id, side })
    // Only of an order that rests what is left is base, and not zeroed.
    const isResting = status === 'OPEN' && row.order_type.toUpperCase() === 'LIMIT'
    const quantity = isResting ? maximum(add(filledQuantity, row.leaves_quantity), filledQuantity) : null
    const reason = [row.reject_reason, row.reject_Reason, row.cancel_reason].find((text) => text !== '') ?? null
    const limitPrice = isResting ? row.limit_price : null
    this.#take({ order, stage: stageOf(status), filledQuantity, quantity, limitPrice, reason, venueAtMs })
    this.#deps.trading().onOrder(order.venueOrderId, order.clientOrderId, status)
  }

  /** Asks for what lost frames told: the orders that we know to live, and all that were made since. */
  async heal(sinceMs: number): Promise<void> {
    const { identities, rest, history, fills } = this.#deps
    const ids = identities.known.open().map((order) => order.venueOrderId)
    const rows = await rest.ordersById(ids)
    for (const row of rows) this.#onRow(row)
    for (const row of await rest.orders({ status: null, sinceMs: sinceMs - HEAL_MARGIN_MS })) this.#onRow(row)
    for (const fill of await history.fills(sinceMs - HEAL_MARGIN_MS)) fills.tell(fill)
    // An order that was taken a moment before may be in no list yet, and what became of it will not be told again.
    const shown = new Set(rows.map((row) => row.order_id))
    for (const id of ids) if (!shown.has(id)) this.#askUntil(id, (row) => row !== null)
  }

  /** An order that was taken and of which the user stream tells nothing is asked for: a frame may never come. */
  confirm(id: VenueOrderId, order: Approved): void {
    const { states } = this.#deps
    const mustEnd = order.type === 'market' || order.timeInForce === 'ioc' || order.timeInForce === 'fok'
    this.#askUntil(id, () => (mustEnd ? states.hasEnded(id) : states.isSeen(id)))
  }

  /** Asks for an order now and then, some times at most, until enough was told of it. `isTold` gets what the last question brought. */
  #askUntil(id: VenueOrderId, isTold: (row: OrderRow | null) => boolean, last: OrderRow | null = null, attempt = 1): void {
    const { clock, config, rest, epoch, listener } = this.#deps
    if (isTold(last) || attempt > CONFIRMS_MAX) return
    const began = epoch()
    clock.setTimeout(() => {
      if (isTold(last) || began !== epoch()) return
      void rest
        .orderOrNull(id)
        .then((row) => {
          if (row !== null) this.#onRow(row)
          this.#askUntil(id, isTold, row, attempt + 1)
        })
        .catch((error: unknown) => listener().onFault({ code: 'ORDER_UNCONFIRMED', text: `order ${id}: ${String(error)}` }))
    }, config.orderConfirmMs)
  }

  #onRow(row: OrderRow): void {
    const { identities, venueClock } = this.#deps
    this.#take({
      order: identities.identify(row),
      stage: stageOf(row.status),
      filledQuantity: row.filled_size,
      quantity: quantityOf(row),
      limitPrice: limitPriceOf(row),
      reason: reasonOf(row),
      venueAtMs: venueClock.now(),
    })
  }

  #take(facts: OrderFacts): void {
    const { states, fills, amending, listener } = this.#deps
    const { reports, hasFills, hasOtherTerms } = states.take(facts)
    for (const report of reports) listener().onOrderReport(report)
    const { venueOrderId } = facts.order
    if (hasFills) fills.want(venueOrderId, states.filledOf(venueOrderId))
    if (hasOtherTerms) amending().onOtherTerms(venueOrderId)
  }
}
