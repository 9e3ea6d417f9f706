import { type Decimal, isGreater, isLess } from '#domain/decimal'

/** Price zones of outcome tokens, cheap to dear (RSK-06). */
export type PriceZone = 1 | 2 | 3 | 4 | 5

export const PRICE_ZONES: readonly PriceZone[] = [1, 2, 3, 4, 5]

/** A price outside these is none of an outcome token. */
export const OUTCOME_PRICE_MIN = '0.01' as Decimal
export const OUTCOME_PRICE_MAX = '0.99' as Decimal

/** Where each zone begins, dearest first, and where the last one ends. A shared edge belongs to the upper zone. */
const STARTS: readonly (readonly [PriceZone, Decimal])[] = [
  [5, '0.8' as Decimal],
  [4, '0.6' as Decimal],
  [3, '0.4' as Decimal],
  [2, '0.2' as Decimal],
  [1, '0.05' as Decimal],
]
const END = '0.98' as Decimal

/** Returns the zone of a price, quote per token; null below 0.05 and above 0.98, where nothing is entered. */
export function zoneOf(price: Decimal): PriceZone | null {
  if (isGreater(price, END)) return null
  return STARTS.find(([, start]) => !isLess(price, start))?.[0] ?? null
}
