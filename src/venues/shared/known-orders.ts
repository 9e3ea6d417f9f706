import { type ClientOrderId, type InstrumentId, isClientOrderId, type VenueOrderId } from '#domain/ids'
import type { Side } from '#domain/order'

/** What was ever learned of an order; null where nothing was. */
export interface KnownOrder {
  readonly venueOrderId: VenueOrderId
  /** Rises from order to order as they come to be known. */
  readonly ordinal: number
  clientOrderId: string | null
  /** True once the client id is known, or known to be missing. */
  isClientIdSettled: boolean
  instrumentId: InstrumentId | null
  side: Side | null
  /** The number that somebody else gave it; null for none, or while it is unknown. */
  userref: number | null
  hasEnded: boolean
}

const SWEEP_STEPS = 64

/**
 * Orders by the venue's id, with what later messages leave out: only the first report of an order names symbol, side and
 * client id. Bounded: ended ones are forgotten first, the oldest first.
 */
export class KnownOrders {
  readonly #orders = new Map<string, KnownOrder>()
  /** By client id, the newest of each: an id may be used again once its order has ended. */
  readonly #byOwnId = new Map<string, KnownOrder>()
  readonly #max: number
  #ordinal = 0

  constructor(max: number) {
    this.#max = max
  }

  /** Ordinal of the next order that comes to be known: lower ones were known before now. */
  get nextOrdinal(): number {
    return this.#ordinal
  }

  get(venueOrderId: string): KnownOrder | null {
    return this.#orders.get(venueOrderId) ?? null
  }

  /** Adds what a message says of an order; null adds nothing. */
  merge(
    venueOrderId: VenueOrderId,
    facts: {
      readonly clientOrderId: string | null
      readonly instrumentId: InstrumentId | null
      readonly side: Side | null
      readonly userref?: number | null
    },
  ): KnownOrder {
    let order = this.#orders.get(venueOrderId)
    if (order === undefined) {
      order = {
        venueOrderId,
        ordinal: this.#ordinal++,
        clientOrderId: null,
        isClientIdSettled: false,
        instrumentId: null,
        side: null,
        userref: null,
        hasEnded: false,
      }
      if (this.#orders.size >= this.#max) this.#forgetOne()
      this.#orders.set(venueOrderId, order)
    }
    order.isClientIdSettled ||= facts.clientOrderId !== null
    order.clientOrderId = facts.clientOrderId ?? order.clientOrderId
    order.instrumentId = facts.instrumentId ?? order.instrumentId
    order.side = facts.side ?? order.side
    order.userref = facts.userref ?? order.userref
    if (order.clientOrderId !== null) this.#noteOwnId(order.clientOrderId, order)
    return order
  }

  /** Returns the client id when it is one of our form, else null. */
  ownIdOf(venueOrderId: string): ClientOrderId | null {
    const id = this.#orders.get(venueOrderId)?.clientOrderId ?? null
    return id !== null && isClientOrderId(id) ? id : null
  }

  /** Returns the newest order of a client id; null while the venue's id of it is not known. */
  byOwnId(clientOrderId: string): KnownOrder | null {
    return this.#byOwnId.get(clientOrderId) ?? null
  }

  /** Returns the ids of orders that are not known to have ended. */
  open(): readonly KnownOrder[] {
    return [...this.#orders.values()].filter((order) => !order.hasEnded)
  }

  #noteOwnId(clientOrderId: string, order: KnownOrder): void {
    const known = this.#byOwnId.get(clientOrderId)
    if (known === undefined || known.ordinal < order.ordinal) this.#byOwnId.set(clientOrderId, order)
  }

  #forgetOne(): void {
    let steps = 0
    let victim: string | null = null
    for (const [id, order] of this.#orders) {
      victim ??= id
      if (order.hasEnded) victim = id
      if (order.hasEnded || ++steps >= SWEEP_STEPS) break
    }
    const forgotten = victim === null ? undefined : this.#orders.get(victim)
    if (forgotten === undefined) return
    this.#orders.delete(forgotten.venueOrderId)
    const ownId = forgotten.clientOrderId
    if (ownId !== null && this.#byOwnId.get(ownId) === forgotten) this.#byOwnId.delete(ownId)
  }
}
