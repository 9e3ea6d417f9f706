import type { InspectionEvent } from 'xstate'
import type { ClientOrderId } from '#domain/ids'
import { compile } from '#machines/compile'
import type { OrderEvent, OrderInput } from '#machines/order-events'
import { orderMachine } from '#machines/order.machine'
import type { DeadLetters } from '../dead-letters'
import type { Child, ChildLogic } from '../housing'
import { ActorRegistry } from '../registry'
import type { OrderActors } from './order-actors'

/** Most orders tracked at once, live and not yet retired. */
const ORDERS_MAX = 1_000_000

type OrderMachine = typeof orderMachine

/** The order chart as it runs in every world. */
export const ORDER_LOGIC = compile(orderMachine)

export interface OrderRegistryOptions {
  readonly deadLetters: DeadLetters
  /** A chart threw: a bug of ours, since the machine is pure. */
  readonly onCrash: (id: string, error: unknown) => void
  readonly inspect: ((event: InspectionEvent) => void) | null
}

/** The order charts as XState actors under one registry. */
export class OrderRegistry implements OrderActors {
  readonly #registry: ActorRegistry<OrderMachine>

  /** @param logic the chart's interpreted form only to compare it with the compiled one. */
  constructor(options: OrderRegistryOptions, logic: ChildLogic<OrderMachine> = ORDER_LOGIC) {
    this.#registry = new ActorRegistry<OrderMachine>({ id: 'orders', logic, liveMax: ORDERS_MAX, ...options })
  }

  get size(): number {
    return this.#registry.size
  }

  spawn(input: OrderInput): Child<OrderMachine> | null {
    return this.#registry.spawn(input.clientOrderId, input)
  }

  tell(clientOrderId: ClientOrderId, chart: Child<OrderMachine>, event: OrderEvent): boolean {
    return this.#registry.tellChild(clientOrderId, chart, event)
  }

  retire(clientOrderId: ClientOrderId): void {
    this.#registry.retire(clientOrderId)
  }

  stop(): void {
    this.#registry.stop()
  }
}
