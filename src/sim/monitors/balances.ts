import { type Decimal, isZero, multiply, subtract, toNumber, ZERO } from '#domain/decimal'
import type { VenueBalance } from '#ports/venue'
import type { Books } from './books'
import type { MonitoredCompany } from './company'
import type { Judge } from './judge'
import type { VenueEvent } from './venue-watch'

/** Answers in a row that differ from the books before that is a breach: what is on its way shows in one or two. */
const ANSWERS_MAX = 10

/**
 * The venue's side of I12: what the journal's postings sum to is what the venue says it holds, or the company knows that they drift. Differences
 * worth no more than the tolerance are the venue's rounding.
 */
export class Balances {
  readonly #judge: Judge
  readonly #company: MonitoredCompany
  readonly #books: Books
  readonly #differing = new Map<string, number>()

  constructor(judge: Judge, company: MonitoredCompany, books: Books) {
    this.#judge = judge
    this.#company = company
    this.#books = books
  }

  onVenue(event: VenueEvent): void {
    if (event.kind === 'balances') this.#onBalances(event.accountId, event.balances)
  }

  #onBalances(accountId: string, balances: readonly VenueBalance[]): void {
    const gap = this.#company.hasDrift ? null : this.#gap(accountId, balances)
    const count = gap === null ? 0 : (this.#differing.get(accountId) ?? 0) + 1
    this.#differing.set(accountId, count)
    const text = `books and ${accountId} differ by ${gap} in ${ANSWERS_MAX} answers in a row, and the company does not say so`
    this.#judge.that('I12', count >= ANSWERS_MAX ? text : null)
  }

  /**
   * The asset whose totals differ by more than the tolerance, or without a price to tell; null when none does. Of what the venue does not
   * name it holds nothing.
   */
  #gap(accountId: string, balances: readonly VenueBalance[]): string | null {
    const totals = new Map<string, Decimal>(balances.map(({ asset, total }) => [asset, total]))
    for (const asset of new Set([...totals.keys(), ...this.#books.assetsOf(accountId)])) {
      const difference = subtract(totals.get(asset) ?? ZERO, this.#books.heldOf(accountId, asset))
      if (isZero(difference)) continue
      const rate = this.#company.rateOf(asset)
      if (rate === null || Math.abs(toNumber(multiply(difference, rate))) > this.#company.limits.driftTolerance) return asset
    }
    return null
  }
}
