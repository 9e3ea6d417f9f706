import type { ClientOrderId } from '#domain/ids'
import type { OrderContext, OrderEvent, OrderInput } from '#machines/order-events'
import type { OrderState } from '#machines/order.machine'

export type { OrderState } from '#machines/order.machine'

/** An order's chart: where it stands now. */
export interface OrderChart {
  readonly value: OrderState
  /** Never changed: the next event makes a new one. */
  readonly context: OrderContext
}

/** The chart actors of all orders, by client order id; the registry holds them in a Map, so that none costs more as others live. */
export interface OrderActors {
  /** Creates an order's chart; null when it threw. */
  spawn(input: OrderInput): OrderChart | null
  /** Gives the chart that `spawn` returned an event; false when it threw. */
  tell(clientOrderId: ClientOrderId, chart: OrderChart, event: OrderEvent): boolean
  retire(clientOrderId: ClientOrderId): void
}
