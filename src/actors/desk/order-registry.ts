import type { InspectionEvent } from 'xstate'
import { mustExist } from '#domain/errors'
import type { ClientOrderId } from '#domain/ids'
import type { OrderContext, OrderEvent, OrderInput } from '#machines/order-events'
import { type OrderState, orderMachine } from '#machines/order.machine'
import type { DeadLetters } from '../dead-letters'
import { ActorRegistry } from '../registry'
import type { OrderActors } from './order-actors'

/** Most orders tracked at once, live and not yet retired. */
const ORDERS_MAX = 1_000_000

export interface OrderRegistryOptions {
  readonly deadLetters: DeadLetters
  /** A chart threw: a bug of ours, since the machine is pure. */
  readonly onCrash: (id: string, error: unknown) => void
  readonly inspect: ((event: InspectionEvent) => void) | null
}

/** The order charts as interpreted XState actors under one registry. */
export class OrderRegistry implements OrderActors {
  readonly #registry: ActorRegistry<typeof orderMachine>

  constructor(options: OrderRegistryOptions) {
    this.#registry = new ActorRegistry({ id: 'orders', machine: orderMachine, liveMax: ORDERS_MAX, ...options })
  }

  get size(): number {
    return this.#registry.size
  }

  spawn(input: OrderInput): void {
    this.#registry.spawn(input.clientOrderId, input)
  }

  tell(clientOrderId: ClientOrderId, event: OrderEvent): void {
    this.#registry.tell(clientOrderId, event)
  }

  stateOf(clientOrderId: ClientOrderId): OrderState {
    return this.#snapshotOf(clientOrderId).value
  }

  contextOf(clientOrderId: ClientOrderId): OrderContext {
    return this.#snapshotOf(clientOrderId).context
  }

  retire(clientOrderId: ClientOrderId): void {
    this.#registry.retire(clientOrderId)
  }

  stop(): void {
    this.#registry.stop()
  }

  #snapshotOf(clientOrderId: ClientOrderId) {
    return mustExist(this.#registry.get(clientOrderId), `order ${clientOrderId} has no actor`)
  }
}
