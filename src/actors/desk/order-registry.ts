import type { InspectionEvent } from 'xstate'
import type { ClientOrderId } from '#domain/ids'
import { type CompiledLogic, compile } from '#machines/compile'
import type { OrderEvent, OrderInput } from '#machines/order-events'
import { orderMachine } from '#machines/order.machine'
import type { DeadLetters } from '../dead-letters'
import { ActorRegistry } from '../registry'
import type { OrderActors, OrderSnapshot } from './order-actors'

/** Most orders tracked at once, live and not yet retired. */
const ORDERS_MAX = 1_000_000

type OrderLogic = typeof orderMachine | CompiledLogic<typeof orderMachine>

/** The order chart as it runs in every world. */
export const ORDER_LOGIC: OrderLogic = compile(orderMachine)

export interface OrderRegistryOptions {
  readonly deadLetters: DeadLetters
  /** A chart threw: a bug of ours, since the machine is pure. */
  readonly onCrash: (id: string, error: unknown) => void
  readonly inspect: ((event: InspectionEvent) => void) | null
}

/** The order charts as XState actors under one registry. */
export class OrderRegistry implements OrderActors {
  readonly #registry: ActorRegistry<OrderLogic>

  /** @param logic the chart's interpreted form only to compare it with the compiled one. */
  constructor(options: OrderRegistryOptions, logic: OrderLogic = ORDER_LOGIC) {
    this.#registry = new ActorRegistry<OrderLogic>({ id: 'orders', logic, liveMax: ORDERS_MAX, ...options })
  }

  get size(): number {
    return this.#registry.size
  }

  spawn(input: OrderInput): OrderSnapshot | null {
    return this.#registry.spawn(input.clientOrderId, input)
  }

  tell(clientOrderId: ClientOrderId, event: OrderEvent): OrderSnapshot | null {
    return this.#registry.tell(clientOrderId, event)
  }

  retire(clientOrderId: ClientOrderId): void {
    this.#registry.retire(clientOrderId)
  }

  stop(): void {
    this.#registry.stop()
  }
}
