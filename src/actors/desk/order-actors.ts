import type { ClientOrderId } from '#domain/ids'
import type { OrderContext, OrderEvent, OrderInput } from '#machines/order-events'
import type { OrderState } from '#machines/order.machine'

export type { OrderState } from '#machines/order.machine'

/** The chart actors of all orders, by client order id; the registry holds them in a Map, so that none costs more as others live. */
export interface OrderActors {
  spawn(input: OrderInput): void
  tell(clientOrderId: ClientOrderId, event: OrderEvent): void
  stateOf(clientOrderId: ClientOrderId): OrderState
  contextOf(clientOrderId: ClientOrderId): OrderContext
  retire(clientOrderId: ClientOrderId): void
}
