import { isZero, multiply, subtract, toNumber } from '#domain/decimal'
import type { VenueBalance } from '#ports/venue'
import type { Books } from './books'
import type { MonitoredCompany } from './company'
import type { Judge } from './judge'

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

  onBalances(accountId: string, balances: readonly VenueBalance[]): void {
    const gap = this.#company.hasDrift ? null : this.#gap(accountId, balances)
    const count = gap === null ? 0 : (this.#differing.get(accountId) ?? 0) + 1
    this.#differing.set(accountId, count)
    const text = `books and ${accountId} differ by ${gap} in ${ANSWERS_MAX} answers in a row, and the company does not say so`
    this.#judge.that('I12', count >= ANSWERS_MAX ? text : null)
  }

  /** The asset whose totals differ by more than the tolerance; null when none does. */
  #gap(accountId: string, balances: readonly VenueBalance[]): string | null {
    for (const { asset, total } of balances) {
      const difference = subtract(total, this.#books.heldOf(accountId, asset))
      const rate = isZero(difference) ? null : this.#company.rateOf(asset)
      if (rate !== null && Math.abs(toNumber(multiply(difference, rate))) > this.#company.limits.driftTolerance) return asset
    }
    return null
  }
}
