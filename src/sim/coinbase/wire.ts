import { type Decimal, divide, isLess, isZero, multiply, roundToScale, ZERO } from '#domain/decimal'

/** Digits after the point that amounts carry on the wire. */
const AMOUNT_DIGITS = 16
const HUNDRED = '100' as Decimal

/** Returns an amount as the wire shows it: at most 16 digits after the point. */
export function amountText(value: Decimal): Decimal {
  return roundToScale(value, AMOUNT_DIGITS, 'halfUp')
}

/** Returns an average price; zero without a quantity. */
export function averageText(cost: Decimal, quantity: Decimal): Decimal {
  return isZero(quantity) ? ZERO : divide(cost, quantity, AMOUNT_DIGITS)
}

/** Returns a percentage of fills as the venue writes it: `0`, `30`, `33.33`, `100.00`. */
export function percentText(part: Decimal, whole: Decimal): string {
  if (isZero(whole)) return '0'
  const percent = divide(multiply(part, HUNDRED), whole, 2, 'down')
  return isLess(percent, HUNDRED) ? percent : '100.00'
}

/** The zero time of frames. */
export const ZERO_TIME = '0001-01-01T00:00:00Z'
export const EPOCH_TIME = '1970-01-01T00:00:00Z'
