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
  /** Answers in a row in which an asset of an account differed, by both. */
  readonly #differing = new Map<string, number>()

  constructor(judge: Judge, company: MonitoredCompany, books: Books) {
    this.#judge = judge
    this.#company = company
    this.#books = books
  }

  onVenue(event: VenueEvent): void {
    if (event.kind === 'balances') this.#onBalances(event.accountId, event.balances)
  }

  /** Of what the venue does not name it holds nothing. */
  #onBalances(accountId: string, balances: readonly VenueBalance[]): void {
    const totals = new Map<string, Decimal>(balances.map(({ asset, total }) => [asset, total]))
    const inFlight = this.#assetsInFlight()
    let worst: string | null = null
    for (const asset of new Set([...totals.keys(), ...this.#books.assetsOf(accountId)])) {
      const key = `${accountId}|${asset}`
      const isApart = !this.#company.hasDrift && this.#isApart(accountId, asset, totals.get(asset) ?? ZERO)
      // What an order in doubt has executed is in the balances, and nobody can know of it yet: I7 judges how long that may last.
      const count = !isApart ? 0 : (this.#differing.get(key) ?? 0) + (inFlight.has(asset) ? 0 : 1)
      if (count === 0) this.#differing.delete(key)
      else this.#differing.set(key, count)
      if (count >= ANSWERS_MAX) worst = asset
    }
    const text = `books and ${accountId} differ by ${worst} in ${ANSWERS_MAX} answers in a row, and the company does not say so`
    this.#judge.that('I12', worst === null ? null : text)
  }

  /** True when the totals differ by more than the tolerance, or without a price to tell. */
  #isApart(accountId: string, asset: string, total: Decimal): boolean {
    const difference = subtract(total, this.#books.heldOf(accountId, asset))
    if (isZero(difference)) return false
    const rate = this.#company.rateOf(asset)
    return rate === null || Math.abs(toNumber(multiply(difference, rate))) > this.#company.limits.driftTolerance
  }

  #assetsInFlight(): ReadonlySet<string> {
    const assets = new Set<string>()
    for (const { state, proposal } of this.#company.liveOrders()) {
      if (state === 'open' || state === 'partiallyFilled') continue
      const [pair = ''] = proposal.instrumentId.split('@')
      for (const asset of pair.split('-')) assets.add(asset)
    }
    return assets
  }
}
