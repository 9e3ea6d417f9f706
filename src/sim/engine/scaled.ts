import type { Decimal } from '#domain/decimal'
import { InvariantError } from '#domain/errors'

/**
 * The engine's inner arithmetic: whole counts of 10^−scale as bigint. A matching engine walks books thousands of times a second,
 * so it parses a Decimal once at the edge and makes the canonical text again when something leaves. Nothing outside `sim/engine`
 * and `sim/market` may use it.
 */
const POWERS: readonly bigint[] = Array.from({ length: 61 }, (_, exponent) => 10n ** BigInt(exponent))

/** Returns 10^exponent for 0…60. */
export function pow10(exponent: number): bigint {
  const power = POWERS[exponent]
  if (power === undefined) throw new InvariantError(`pow10(): ${exponent} is outside 0…60`)
  return power
}

/** Returns the value as a count of 10^−scale, or null when it has finer digits. */
export function toUnits(value: Decimal, scale: number): bigint | null {
  const point = value.indexOf('.')
  if (point < 0) return BigInt(value) * pow10(scale)
  const fraction = value.length - point - 1
  if (fraction > scale) return null
  return BigInt(value.slice(0, point) + value.slice(point + 1)) * pow10(scale - fraction)
}

/** Like `toUnits` for a value that is known to fit. @throws {InvariantError} when it does not. */
export function exactUnits(value: Decimal, scale: number): bigint {
  const units = toUnits(value, scale)
  if (units === null) throw new InvariantError(`${value} has more than ${scale} digits after the point`)
  return units
}

/** Returns text with exactly `scale` digits after the point. */
export function fixedText(units: bigint, scale: number): string {
  if (scale === 0) return units.toString()
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0')
  const text = `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
  return units < 0n ? `-${text}` : text
}

/** Returns the canonical decimal of a count of 10^−scale. */
export function fromUnits(units: bigint, scale: number): Decimal {
  const text = fixedText(units, scale)
  if (scale === 0) return text as Decimal
  let end = text.length
  while (text.charCodeAt(end - 1) === 48) end--
  if (text.charCodeAt(end - 1) === 46) end--
  return text.slice(0, end) as Decimal
}

/** Divides by a positive divisor, half away from zero. */
export function divideHalfUp(dividend: bigint, divisor: bigint): bigint {
  return dividend < 0n ? -((-dividend * 2n + divisor) / (divisor * 2n)) : (dividend * 2n + divisor) / (divisor * 2n)
}

/** Divides a dividend ≥ 0 by a positive divisor, up. */
export function divideUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor
}

/** Brings a count to another scale, half up when digits are lost. */
export function rescale(units: bigint, from: number, to: number): bigint {
  return to >= from ? units * pow10(to - from) : divideHalfUp(units, pow10(from - to))
}

/** Brings a count ≥ 0 to another scale, up when digits are lost. */
export function rescaleUp(units: bigint, from: number, to: number): bigint {
  return to >= from ? units * pow10(to - from) : divideUp(units, pow10(from - to))
}

export function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

export function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
