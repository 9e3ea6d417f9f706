import { absolute, type Decimal, isGreater, isZero, multiply, subtract, ZERO } from '#domain/decimal'
import type { AccountId, AssetCode } from '#domain/ids'
import type { Ledger } from '#domain/ledger'
import type { RateOf } from '#domain/ledger-postings'
import type { VenueBalance } from '#ports/venue'

/** A difference between our books and a venue's balance of one asset. */
export interface DriftLine {
  readonly asset: AssetCode
  readonly ledger: Decimal
  readonly venue: Decimal
  /** What the difference is worth at mark, positive; zero when it cannot be valued. */
  readonly value: Decimal
}

/** Returns where books and balances of an account differ, assets in order of name. */
export function driftOf(ledger: Ledger, accountId: AccountId, balances: readonly VenueBalance[], rateOf: RateOf): readonly DriftLine[] {
  const line = (asset: AssetCode, held: Decimal, venue: Decimal): DriftLine => ({
    asset,
    ledger: held,
    venue,
    value: absolute(multiply(subtract(venue, held), rateOf(asset) ?? ZERO)),
  })
  const books = new Map(ledger.holdingsOf({ accountId, subAccount: null }).map(({ asset, quantity }) => [asset, quantity]))
  const lines: DriftLine[] = []
  for (const { asset, total } of balances) {
    const held = books.get(asset) ?? ZERO
    books.delete(asset)
    if (held !== total) lines.push(line(asset, held, total))
  }
  for (const [asset, held] of books) if (!isZero(held)) lines.push(line(asset, held, ZERO))
  return lines.sort((a, b) => (a.asset < b.asset ? -1 : 1))
}

/** True when the difference is worth more than the tolerance, or cannot be valued at all. */
export function isDrift(line: DriftLine, tolerance: Decimal): boolean {
  return isGreater(line.value, tolerance) || (isZero(line.value) && line.ledger !== line.venue)
}
