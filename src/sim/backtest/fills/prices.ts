import { type Decimal, decimalFromNumber } from '#domain/decimal'

/** Digits after the point that a recorded price can have. */
const PRICE_SCALE_MAX = 18

/**
 * Returns the decimal of a recorded price. A double that was read from at most 15 digits prints as those digits, so nothing is rounded.
 */
export function decimalOfPrice(price: number): Decimal {
  const text = String(price)
  return text.includes('e') ? decimalFromNumber(price, PRICE_SCALE_MAX) : (text as Decimal)
}
