import type { Fill } from '#domain/order'
import { BoundedMap } from './bounded-map'
import type { MonitoredCompany, MonitoredOrder } from './company'
import { isOver, type SeenEntry, termsOf } from './facts'

const KEPT_MAX = 4_000
/** What doubles may lose of a price. */
const SLACK = 1e-9

/** The price that an order may be filled at by the most generous of its terms; null where that is not known, or any will do. */
type Bound = { price: number | null }

/**
 * What the orders of the journal allow their fills: side, instrument and price. The price is the worst of all terms that an order ever had
 * or asked for, because a fill may be of any of them.
 */
export class Agreed {
  readonly #company: MonitoredCompany
  readonly #bounds: BoundedMap<string, Bound>

  constructor(company: MonitoredCompany) {
    this.#company = company
    this.#bounds = new BoundedMap(KEPT_MAX, (id) => isOver(company.stateOf(id) ?? 'canceled'))
  }

  onFact(entry: SeenEntry): void {
    const { kind, payload, correlationId: id } = entry
    if (id === null || !kind.startsWith('order.')) return
    if (kind === 'order.submitting') {
      const { limitPrice } = termsOf(entry)
      const bound = this.#bounds.make(id, () => ({ price: limitPrice === null ? null : Number(limitPrice) }))
      if (limitPrice !== null) this.#loosen(bound, id, Number(limitPrice))
    } else if (kind === 'order.amend' || kind === 'order.amended' || kind === 'order.reported') {
      const { limitPrice } = payload
      // Of an order of before the restart it is not known what it was asked to be until then.
      if (typeof limitPrice === 'string')
        this.#loosen(
          this.#bounds.make(id, () => ({ price: null })),
          id,
          Number(limitPrice),
        )
    }
  }

  /** Why a fill is none of its order; null when it is, or nobody knows the order. */
  strayed(what: string, fill: Fill): string | null {
    const order = orderOf(this.#company, fill)
    if (order === null) return null
    const { clientOrderId, isForeign, proposal } = order
    if (fill.side !== proposal.side) return `${what} is a ${fill.side}, and its order ${clientOrderId} is a ${proposal.side}`
    if (fill.instrumentId !== proposal.instrumentId) return `${what} is of ${fill.instrumentId}, and its order of ${proposal.instrumentId}`
    // The terms of a foreign order change at the venue, by whoever placed it.
    // The trigger of a stop bounds nothing.
    const price = isForeign || proposal.type === 'stop' ? null : this.#boundOf(order)
    if (price === null) return null
    const beyond = fill.side === 'buy' ? Number(fill.price) - price : price - Number(fill.price)
    return beyond > SLACK * price ? `${what} is a ${fill.side} at ${fill.price}, beyond the ${price} of its order ${clientOrderId}` : null
  }

  #boundOf({ clientOrderId, proposal, limitPrice, isAmending }: MonitoredOrder): number | null {
    return this.#bounds.make(clientOrderId, () => {
      // Of before the restart: once it was amended, its earlier terms are in entries that are not read again.
      const isAsSent = limitPrice !== null && limitPrice === proposal.limitPrice && !isAmending
      return { price: isAsSent ? Number(limitPrice) : null }
    }).price
  }

  /** Takes in another price that the order was asked to have, or has. */
  #loosen(bound: Bound, id: string, price: number): void {
    const order = this.#company.order(id)
    if (order === null || bound.price === null) return
    bound.price = order.proposal.side === 'buy' ? Math.max(bound.price, price) : Math.min(bound.price, price)
  }
}

/** The order that an execution is of: by our id, else by the venue's; null when nobody knows it. */
export function orderOf(company: MonitoredCompany, { clientOrderId, venueOrderId }: Fill): MonitoredOrder | null {
  return (clientOrderId === null ? null : company.order(clientOrderId)) ?? company.orderOfVenue(venueOrderId)
}
