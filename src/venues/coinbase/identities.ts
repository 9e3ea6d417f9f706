import { type ClientOrderId, type InstrumentId, venueOrderId } from '#domain/ids'
import type { Side } from '#domain/order'
import type { ClockPort } from '#ports/clock'
import { type KnownOrder, KnownOrders } from '#venues/shared/known-orders'
import type { Product } from './products'
import type { Reference } from './reference'

/** What a message says of whose order it is. */
export interface OrderNames {
  readonly order_id: string
  readonly client_order_id: string
  readonly product_id: string
  readonly side: Side | null
}

interface Sent {
  readonly instrumentId: InstrumentId
  lastUs: number
  count: number
}

/** Whose orders are whose: the venue's ids, ours, and the very product that we named, of which streams tell under the name of its book. */
export class Identities {
  readonly known: KnownOrders
  readonly #clock: ClockPort
  readonly #reference: Reference
  readonly #sent = new Map<string, Sent>()
  readonly #max: number

  constructor(clock: ClockPort, reference: Reference, max: number) {
    this.known = new KnownOrders(max)
    this.#clock = clock
    this.#reference = reference
    this.#max = max
  }

  /** Notes that an order is handed over in this step. Returns true when its id was handed over before. */
  noteSent(clientOrderId: ClientOrderId, instrumentId: InstrumentId): boolean {
    const nowUs = this.#clock.monotonicUs()
    const before = this.#sent.get(clientOrderId)
    this.#sent.delete(clientOrderId) // the newest stand last
    if (this.#sent.size >= this.#max) {
      const oldest = this.#sent.keys().next()
      if (oldest.done !== true) this.#sent.delete(oldest.value)
    }
    this.#sent.set(clientOrderId, { instrumentId, lastUs: nowUs, count: (before?.count ?? 0) + 1 })
    return before !== undefined
  }

  /** Returns when an id was last handed over, monotonic µs; null when this process never did, or forgot it. */
  sentUs(clientOrderId: ClientOrderId): number | null {
    return this.#sent.get(clientOrderId)?.lastUs ?? null
  }

  /** Adds what a message says of an order. The product that we named stands, whatever the message calls it. */
  identify({ order_id: id, client_order_id: clientOrderId, product_id: productId, side }: OrderNames): KnownOrder {
    const named = this.known.get(id)?.instrumentId ?? this.#sent.get(clientOrderId)?.instrumentId
    return this.known.merge(venueOrderId(id), {
      clientOrderId: clientOrderId === '' ? null : clientOrderId,
      instrumentId: named ?? this.#byId(productId)?.instrumentId ?? null,
      side,
    })
  }

  /** Returns the product of an order; `productId` is what a message calls it. Null for one that is none of ours, such as a future. */
  productOf(orderId: string, productId: string): Product | null {
    const named = this.known.get(orderId)?.instrumentId ?? null
    return (named === null ? null : this.#reference.product(named)) ?? this.#byId(productId)
  }

  #byId(productId: string): Product | null {
    return this.#reference.isLoaded ? this.#reference.table.byId(productId) : null
  }
}
