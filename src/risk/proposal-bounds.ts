import { type Decimal, divide, isGreater, isLess, isNegative, negate, subtract } from '#domain/decimal'
import type { Intent } from '#domain/intent'

/** How far stop and target of an entry may be from the price, as shares of it; null does not ask for that one at all. */
export interface ProposalBounds {
  readonly stop: RatioBounds | null
  readonly target: RatioBounds | null
}

/** From and to, both inclusive. */
export interface RatioBounds {
  readonly least: Decimal
  readonly most: Decimal
}

/**
 * Returns why an entry breaks the bounds (STR-02): no stop or target where one is asked for, one on the wrong side of the price, too near or too far.
 * Null when it may be proposed; what lowers a position always may.
 * @param price what it is held against, quote per base; without one nothing can be told, and it is refused.
 */
export function boundsProblem(intent: Intent, price: Decimal | null, { stop, target }: ProposalBounds): string | null {
  if (intent.kind !== 'enter' && intent.kind !== 'increase') return null
  if (price === null) return 'there is no price to hold its stop and target against'
  const below = isShort(intent) ? negate : (distance: Decimal) => distance
  const stopDistance = intent.stopPrice === null ? null : below(subtract(price, intent.stopPrice))
  const targetDistance = intent.takeProfitPrice === null ? null : below(subtract(intent.takeProfitPrice, price))
  return problemOf('stop', stopDistance, price, stop) ?? problemOf('target', targetDistance, price, target)
}

function problemOf(what: string, distance: Decimal | null, price: Decimal, bounds: RatioBounds | null): string | null {
  if (bounds === null) return null
  if (distance === null) return `it states no ${what}`
  const ratio = divide(distance, price, 9)
  const isWithin = !isLess(ratio, bounds.least) && !isGreater(ratio, bounds.most)
  return isWithin ? null : `its ${what} is ${ratio} of the price away, not between ${bounds.least} and ${bounds.most}`
}

function isShort({ target }: Intent): boolean {
  switch (target.kind) {
    case 'risk':
      return target.direction === 'short'
    case 'quantity':
      return isNegative(target.quantity)
    case 'notional':
      return isNegative(target.notional)
    case 'flat':
    case 'unchanged':
      return false
  }
}
