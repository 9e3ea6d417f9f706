import type { VenueOrder } from '#domain/order'
import type { OrderReport } from '#ports/venue'
import { BoundedMap } from './bounded-map'
import type { MonitoredCompany } from './company'
import { isOver } from './facts'
import type { VenueEvent } from './venue-watch'

/** What a venue can have said of an order. */
export type Sign = 'accepted' | 'open' | 'refused' | 'canceled' | 'expired' | 'filled' | 'amended' | 'amendRefused'

/** Signs of one order, by our id or by the venue's, since its last submission. */
export interface Signs {
  readonly said: Set<Sign>
  readonly trades: Set<string>
  /** When the newest question that found nothing had left, monotonic µs; null while none did. */
  absentAskedUs: number | null
}

const KEPT_MAX = 8_000

const OF_REPORT: Readonly<Record<OrderReport['kind'], Sign>> = {
  accepted: 'accepted',
  canceled: 'canceled',
  expired: 'expired',
  rejected: 'refused',
  amended: 'amended',
  completed: 'filled',
}

/** Collects what venues said of orders: the evidence that their changes must rest on. */
export class VenueSigns {
  readonly #signs: BoundedMap<string, Signs>
  /** The newest list of open orders of each venue, by the venue's ids. */
  readonly #listed = new Map<string, ReadonlySet<string>>()

  constructor(company: Pick<MonitoredCompany, 'stateOf' | 'orderOfVenue'>) {
    const stateOf = (id: string) => company.stateOf(id) ?? company.orderOfVenue(id)?.state ?? 'canceled'
    this.#signs = new BoundedMap(KEPT_MAX, (id) => isOver(stateOf(id)))
  }

  onVenue(event: VenueEvent): void {
    switch (event.kind) {
      case 'submit':
        this.#signs.delete(event.order.clientOrderId) // what was said of an earlier attempt proves nothing of this one
        return
      case 'submitAnswered':
        if (event.outcome.kind === 'ambiguous') return
        this.#add(event.order.clientOrderId, event.outcome.kind)
        if (event.outcome.kind === 'accepted') this.#add(event.outcome.venueOrderId, 'accepted')
        return
      case 'amendAnswered':
        if (event.outcome.kind === 'ambiguous') return
        return this.#add(event.request.clientOrderId, event.outcome.kind === 'accepted' ? 'amended' : 'amendRefused')
      case 'report':
        return this.#onReport(event.report)
      case 'openOrders':
        this.#listed.set(event.venueId, new Set(event.orders.map((order) => order.venueOrderId)))
        for (const order of event.orders) this.#onOrder(order)
        return
      case 'lookedUp':
        if (event.result.kind === 'absent') this.of(event.clientOrderId).absentAskedUs = event.askedUs
        if (event.result.kind !== 'found') return
        this.#onOrder(event.result.order)
        for (const fill of event.result.fills) this.#onTrade(event.clientOrderId, fill.venueOrderId, fill.tradeId)
        return
      case 'fills':
        for (const fill of event.fills) this.#onTrade(fill.clientOrderId, fill.venueOrderId, fill.tradeId)
        return
      case 'amend':
      case 'cancel':
      case 'cancelAll':
      case 'cancelWaits':
      case 'connect':
      case 'asked':
      case 'balances':
        return
    }
  }

  /** What was said under an id. */
  of(id: string): Signs {
    return this.#signs.make(id, () => ({ said: new Set(), trades: new Set(), absentAskedUs: null }))
  }

  /** True when one of the signs was given under our id or the venue's. */
  has(ids: Ids, ...signs: readonly Sign[]): boolean {
    for (const id of ids) {
      const known = id === null ? undefined : this.#signs.get(id)
      if (known !== undefined && signs.some((sign) => known.said.has(sign))) return true
    }
    return false
  }

  hasTrade(ids: Ids, tradeId: string): boolean {
    return ids.some((id) => id !== null && this.#signs.get(id)?.trades.has(tradeId) === true)
  }

  /** True when anything showed that the venue has, or had, the order. */
  isKnownAtVenue(ids: Ids): boolean {
    return this.has(ids, 'accepted', 'open', 'canceled', 'expired', 'filled') || ids.some((id) => this.#hasTrades(id))
  }

  /** True when the venue's newest list of open orders came without it. */
  isUnlisted(venueId: string, venueOrderId: string | null): boolean {
    const listed = this.#listed.get(venueId)
    return listed !== undefined && (venueOrderId === null || !listed.has(venueOrderId))
  }

  #hasTrades(id: string | null): boolean {
    return id !== null && (this.#signs.get(id)?.trades.size ?? 0) > 0
  }

  #onReport({ kind, clientOrderId, venueOrderId }: OrderReport): void {
    this.#add(venueOrderId, OF_REPORT[kind])
    if (clientOrderId !== null) this.#add(clientOrderId, OF_REPORT[kind])
  }

  #onOrder({ clientOrderId, venueOrderId, status }: VenueOrder): void {
    this.#add(venueOrderId, status)
    if (clientOrderId !== null) this.#add(clientOrderId, status)
  }

  #onTrade(clientOrderId: string | null, venueOrderId: string, tradeId: string): void {
    this.of(venueOrderId).trades.add(tradeId)
    if (clientOrderId !== null) this.of(clientOrderId).trades.add(tradeId)
  }

  #add(id: string, sign: Sign): void {
    this.of(id).said.add(sign)
  }
}

/** Our id of an order and the venue's, where it is known. */
export type Ids = readonly (string | null)[]
