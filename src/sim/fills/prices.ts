import { type Decimal, decimalFromNumber, ZERO } from '#domain/decimal'

/** Digits after the point that a recorded price can have. */
const PRICE_SCALE_MAX = 18

let lastPrice = Number.NaN
let lastText: Decimal = ZERO

/**
 * Returns the decimal of a recorded price. A double that was read from at most 15 digits prints as those digits, so nothing is rounded.
 * The last answer is kept: a price is asked for several times in a row, as quote and as fill.
 */
export function decimalOfPrice(price: number): Decimal {
  if (price === lastPrice) return lastText
  const text = String(price)
  lastText = text.includes('e') ? decimalFromNumber(price, PRICE_SCALE_MAX) : (text as Decimal)
  lastPrice = price
  return lastText
}
