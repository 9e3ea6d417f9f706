import { type Decimal, decimal } from '#domain/decimal'
import { clientOrderId, type VenueOrderId, venueOrderId } from '#domain/ids'
import { ORDER_EVENT_TYPES, type OrderEvent, type OrderInput, type OrderReported } from '#machines/order-events'
import type { SeededRandom } from '#sim/random'

const QUANTITIES = ['0.000001', '0.5', '1', '1.5', '2.999999', '3', '4', '12345678.90123456789'].map(decimal)
const PRICES = ['0.01', '99.5', '100', '60000.1'].map(decimal)
const VENUE_IDS = ['V-1', 'V-2'].map(venueOrderId)
const REASONS = ['', 'user', 'rate limit', 'service busy']
const STATUSES = ['open', 'filled', 'canceled', 'expired', 'absent', 'unanswered'] as const satisfies readonly OrderReported['status'][]

/** Anything an order can hear, with figures on all sides of what matters: too little, just enough, too much, missing. */
export class RandomOrderEvents {
  readonly #random: SeededRandom
  #atMs = 1_000

  constructor(random: SeededRandom) {
    this.#random = random
  }

  input(): OrderInput {
    return {
      clientOrderId: clientOrderId(this.#random.word().toString(16).padStart(32, '0')),
      quantity: this.#of(QUANTITIES),
      limitPrice: this.#orNull(PRICES),
      atMs: this.#atMs,
    }
  }

  next(): OrderEvent {
    return this.event(this.#of(ORDER_EVENT_TYPES))
  }

  event(type: OrderEvent['type']): OrderEvent {
    const atMs = this.#time()
    const reason = this.#of(REASONS)
    switch (type) {
      case 'order.accepted':
        return { type, venueOrderId: this.#of(VENUE_IDS), atMs }
      case 'order.refused':
        return { type, code: this.#of(['EOrder', 'venue']), reason, atMs }
      case 'order.filled':
        return { type, venueOrderId: this.#of(VENUE_IDS), quantity: this.#of(QUANTITIES), atMs }
      case 'order.canceled':
      case 'order.expired':
        return { type, reason, filledQuantity: this.#orNull(QUANTITIES), atMs }
      case 'order.amend':
        return { type, quantity: this.#of(QUANTITIES), limitPrice: this.#orNull(PRICES), atMs }
      case 'order.amended':
        return { type, quantity: this.#orNull(QUANTITIES), limitPrice: this.#orNull(PRICES), atMs }
      case 'order.reported':
        return {
          type,
          status: this.#of(STATUSES),
          venueOrderId: this.#orNull<VenueOrderId>(VENUE_IDS),
          filledQuantity: this.#orNull<Decimal>(QUANTITIES),
          quantity: this.#orNull<Decimal>(QUANTITIES),
          limitPrice: this.#orNull<Decimal>(PRICES),
          reason: this.#orNull(REASONS),
          atMs,
        }
      case 'order.lapsed':
      case 'order.answerLost':
      case 'order.cancelRefused':
      case 'order.amendRefused':
      case 'order.retry':
      case 'order.exhausted':
        return { type, reason, atMs }
      case 'order.journaled':
      case 'order.cancel':
      case 'order.retryLookup':
      case 'order.restored':
        return { type, atMs }
    }
  }

  /** Times mostly pass; now and then a stamp lies before the last one. */
  #time(): number {
    this.#atMs += this.#random.integer(50)
    return this.#random.integer(20) === 0 ? this.#atMs - 500 : this.#atMs
  }

  #of<T>(items: readonly T[]): T {
    return items[this.#random.integer(items.length)] as T
  }

  #orNull<T>(items: readonly T[]): T | null {
    return this.#random.integer(3) === 0 ? null : this.#of(items)
  }
}
