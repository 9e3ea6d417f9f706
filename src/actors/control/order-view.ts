import { orderStatusOf } from '#machines/order.machine'
import type { OrderView } from '#ports/control'
import { averageFillPrice, type OrderRecord } from '../desk/order-record'
import type { Orders } from '../desk/orders'

/** Returns an order as API and page show it. */
export function orderView(orders: Orders, record: OrderRecord): OrderView {
  const { proposal } = record
  const context = orders.contextOf(record)
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
    quantity: context.quantity,
    filledQuantity: context.filledQuantity,
    limitPrice: context.limitPrice,
    averageFillPrice: averageFillPrice(record),
    timeInForce: proposal.timeInForce,
    postOnly: proposal.postOnly,
    status: orderStatusOf(orders.stateOf(record)),
    isTerminal: orders.isTerminal(record),
    reason: context.reason,
    createdAtMs: record.createdAtMs,
    updatedAtMs: record.updatedAtMs,
    fees: [...(record.fees ?? [])],
    retries: context.retries,
  }
}
