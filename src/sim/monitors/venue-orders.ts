import { isClientOrderId } from '#domain/ids'
import type { VenueOrder } from '#domain/order'
import type { OrderReport } from '#ports/venue'
import { BoundedMap } from './bounded-map'
import type { MonitoredCompany } from './company'
import { isOver, type SeenFact } from './facts'
import type { Judge } from './judge'
import type { VenueOrderCount } from './types'
import type { VenueEvent } from './venue-watch'

const KEPT_MAX = 4_000

/** The venue's orders under one of our ids. What is over stays over. */
interface Seen {
  readonly orders: Map<string, 'live' | 'over'>
}

/**
 * I3: at most one venue order lives under a client order id, and no second one ever comes: a retry is sent only where the one before it
 * never became an order. By what the port was told; in simulation by the venue's own record besides.
 */
export class VenueOrders {
  readonly #judge: Judge
  readonly #company: MonitoredCompany
  readonly #seen: BoundedMap<string, Seen>
  /** Our id of a venue order, for reports that carry the venue's alone. */
  readonly #ownOf: BoundedMap<string, string>

  constructor(judge: Judge, company: MonitoredCompany) {
    this.#judge = judge
    this.#company = company
    this.#seen = new BoundedMap(KEPT_MAX, (own) => isOver(company.stateOf(own) ?? 'canceled'))
    this.#ownOf = new BoundedMap(KEPT_MAX, (id) => isOver(company.orderOfVenue(id)?.state ?? 'canceled'))
    for (const { clientOrderId, venueOrderId, isForeign } of company.liveOrders())
      if (venueOrderId !== null && !isForeign) this.#note(clientOrderId, venueOrderId, 'live')
  }

  onFact({ entry }: SeenFact): void {
    if (entry.kind !== 'order.submitting') return
    const retries = Number(entry.payload['retries'])
    const { retryMax } = this.#company.limits
    const text = retries > retryMax ? `${entry.correlationId} is sent for the ${retries + 1}th time; ${retryMax + 1} is the most` : null
    this.#judge.that('I3', text, entry)
  }

  onVenue(event: VenueEvent): void {
    switch (event.kind) {
      case 'submitAnswered':
        if (event.outcome.kind === 'accepted') this.#note(event.order.clientOrderId, event.outcome.venueOrderId, 'live')
        return
      case 'report':
        return this.#onReport(event.report)
      case 'openOrders':
        for (const order of event.orders) this.#onOrder(order)
        return
      case 'lookedUp':
        if (event.result.kind === 'found') this.#onOrder(event.result.order)
        return
      case 'fills':
        for (const { clientOrderId, venueOrderId } of event.fills)
          if (clientOrderId !== null) this.#note(clientOrderId, venueOrderId, 'live')
        return
      case 'submit':
      case 'amend':
      case 'amendAnswered':
      case 'cancel':
      case 'cancelAll':
      case 'cancelWaits':
      case 'connect':
      case 'asked':
      case 'balances':
        return
    }
  }

  /** Judges the venue's own record of orders. */
  judgeRecord(orders: Iterable<VenueOrderCount>): void {
    const byOwn = new Map<string, VenueOrderCount[]>()
    for (const order of orders) {
      if (!isClientOrderId(order.clientOrderId)) continue
      const known = byOwn.get(order.clientOrderId)
      if (known === undefined) byOwn.set(order.clientOrderId, [order])
      else known.push(order)
    }
    for (const [id, found] of byOwn) {
      const ids = found.map((order) => order.venueOrderId).join(', ')
      const live = found.filter((order) => order.isLive).length
      const text =
        live > 1 ? `${live} orders live at the venue under ${id}: ${ids}` : `the venue has had more than one order under ${id}: ${ids}`
      this.#judge.that('I3', found.length > 1 ? text : null)
    }
  }

  #onReport({ kind, clientOrderId, venueOrderId }: OrderReport): void {
    const isLive = kind === 'accepted' || kind === 'amended'
    this.#note(clientOrderId ?? this.#ownOf.get(venueOrderId) ?? null, venueOrderId, isLive ? 'live' : 'over')
  }

  #onOrder({ clientOrderId, venueOrderId, status }: VenueOrder): void {
    this.#note(clientOrderId, venueOrderId, status === 'open' ? 'live' : 'over')
  }

  #note(own: string | null, venueOrderId: string, state: 'live' | 'over'): void {
    if (own === null || !isClientOrderId(own)) return
    this.#ownOf.set(venueOrderId, own)
    const { orders } = this.#seen.make(own, () => ({ orders: new Map() }))
    const isNew = !orders.has(venueOrderId)
    if (isNew || state === 'over') orders.set(venueOrderId, state)
    if (!isNew) return this.#judge.held('I3')
    const others = [...orders].filter(([id]) => id !== venueOrderId)
    if (others.length === 0) return this.#judge.held('I3')
    const ids = others.map(([id]) => id).join(', ')
    const isBeside = state === 'live' && others.some(([, other]) => other === 'live')
    this.#judge.that(
      'I3',
      isBeside ? `${venueOrderId} lives at the venue beside ${ids} under ${own}` : `${venueOrderId} came after ${ids} under ${own}`,
    )
  }
}
