import type { Fill } from '#domain/order'
import { BoundedMap } from './bounded-map'
import type { MonitoredCompany } from './company'
import type { Judge } from './judge'
import type { VenueEvent } from './venue-watch'

const KEPT_MAX = 4_000
/** An execution that the venue has shown is in the books within this time, µs: a list is worked off in a moment. */
const BOOKED_WITHIN_US = 60_000_000
/** An order that the venue's list has shown is known within this time, µs: a reconciliation asks for fills before it looks at the list. */
const KNOWN_WITHIN_US = 120_000_000

/**
 * The rest of I5 and I6: what the venue shows is in the books. Each execution that was told is booked, the same each time that it is told;
 * each open order of the account is known, ours or not, so that its worst case counts.
 */
export class Executions {
  readonly #judge: Judge
  readonly #company: MonitoredCompany
  readonly #shown = new BoundedMap<string, string>(KEPT_MAX)
  readonly #unbooked = new Map<string, { readonly fill: Fill; readonly sinceUs: number }>()
  readonly #unknown = new Map<string, { readonly venueId: string; readonly sinceUs: number }>()

  constructor(judge: Judge, company: MonitoredCompany) {
    this.#judge = judge
    this.#company = company
  }

  onVenue(event: VenueEvent): void {
    switch (event.kind) {
      case 'fills':
        for (const fill of event.fills) this.#onFill(fill)
        return
      case 'lookedUp':
        if (event.result.kind === 'found') for (const fill of event.result.fills) this.#onFill(fill)
        return
      case 'openOrders': {
        for (const [id, { venueId }] of this.#unknown) if (venueId === event.venueId) this.#unknown.delete(id)
        const sinceUs = this.#company.monotonicUs()
        for (const { venueOrderId, clientOrderId } of event.orders)
          if (!this.#isKnown(venueOrderId, clientOrderId)) this.#unknown.set(venueOrderId, { venueId: event.venueId, sinceUs })
        return
      }
      case 'report':
        if (event.report.kind !== 'accepted' && event.report.kind !== 'amended') this.#unknown.delete(event.report.venueOrderId)
        return
      case 'submit':
      case 'submitAnswered':
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

  sweep(): void {
    const nowUs = this.#company.monotonicUs()
    for (const [key, { fill, sinceUs }] of this.#unbooked) {
      const isBooked = this.#company.hasBooked(fill)
      if (isBooked || nowUs - sinceUs > BOOKED_WITHIN_US) this.#unbooked.delete(key)
      if (isBooked) this.#judge.held('I5')
      else if (nowUs - sinceUs > BOOKED_WITHIN_US)
        this.#judge.that('I5', `execution ${fill.tradeId} of ${fill.venueOrderId} was told and is not in the books`)
    }
    for (const [id, { venueId, sinceUs }] of this.#unknown) {
      if (this.#company.orderOfVenue(id) !== null) this.#unknown.delete(id)
      else if (nowUs - sinceUs > KNOWN_WITHIN_US && this.#company.venueBlock(venueId) === null) {
        this.#unknown.delete(id)
        this.#judge.that('I6', `${id} is open at ${venueId}, and nothing counts what it may still do`)
      }
    }
  }

  #onFill(fill: Fill): void {
    const key = `${fill.venueId}|${fill.tradeId}`
    // Cost and fee are rounded otherwise in a venue's history than on its stream.
    const text = `${fill.side} ${fill.quantity} at ${fill.price} of ${fill.venueOrderId}`
    const known = this.#shown.get(key)
    if (known === undefined) this.#shown.set(key, text)
    this.#judge.that('I5', known === undefined || known === text ? null : `execution ${fill.tradeId} was told as ${known}, then as ${text}`)
    if (this.#unbooked.has(key) || this.#company.hasBooked(fill)) return
    this.#unbooked.set(key, { fill, sinceUs: this.#company.monotonicUs() })
  }

  #isKnown(venueOrderId: string, clientOrderId: string | null): boolean {
    return this.#company.orderOfVenue(venueOrderId) !== null || (clientOrderId !== null && this.#company.order(clientOrderId) !== null)
  }
}
