import { orderStatusOf } from '#machines/order.machine'
import type { OrderView } from '#ports/control'
import { averageFillPrice, type OrderRecord } from '../desk/order-record'
import type { Orders } from '../desk/orders'

/** What is told of an order whose chart has crashed. */
const CRASHED = 'its statechart failed; what it does at the venue is looked up at the next start'

/** Returns an order as API and page show it. */
export function orderView(orders: Orders, record: OrderRecord): OrderView {
  const { proposal } = record
  const context = orders.contextOrNull(record)
  return {
    clientOrderId: record.clientOrderId,
    venueOrderId: record.venueOrderId,
    venueId: proposal.venueId,
    instrumentId: proposal.instrumentId,
    botId: proposal.botId,
    strategyId: proposal.strategyId,
    intentId: proposal.intentId,
    side: proposal.side,
    type: proposal.type,
    quantity: context?.quantity ?? proposal.quantity,
    filledQuantity: context?.filledQuantity ?? record.filled,
    limitPrice: context === null ? proposal.limitPrice : context.limitPrice,
    averageFillPrice: averageFillPrice(record),
    timeInForce: proposal.timeInForce,
    postOnly: proposal.postOnly,
    status: orderStatusOf(orders.shownStateOf(record)),
    isTerminal: orders.isTerminal(record),
    reason: context === null ? CRASHED : context.reason,
    createdAtMs: record.createdAtMs,
    updatedAtMs: record.updatedAtMs,
    fees: [...(record.fees ?? [])],
    retries: context?.retries ?? 0,
  }
}
