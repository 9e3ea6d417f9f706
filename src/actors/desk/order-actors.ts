import type { SnapshotFrom } from 'xstate'
import type { ClientOrderId } from '#domain/ids'
import type { OrderEvent, OrderInput } from '#machines/order-events'
import type { orderMachine } from '#machines/order.machine'

export type { OrderState } from '#machines/order.machine'

/** Where an order's chart stands: state, context, tags. Never changed: the next event makes a new one. */
export type OrderSnapshot = SnapshotFrom<typeof orderMachine>

/** The chart actors of all orders, by client order id; the registry holds them in a Map, so that none costs more as others live. */
export interface OrderActors {
  /** Creates an order's chart; returns where it stands, null when it threw. */
  spawn(input: OrderInput): OrderSnapshot | null
  /** Gives a chart an event; returns where it stands then, null when there is none or it threw. */
  tell(clientOrderId: ClientOrderId, event: OrderEvent): OrderSnapshot | null
  retire(clientOrderId: ClientOrderId): void
}
