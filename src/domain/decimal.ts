import { Decimal as Big } from 'decimal.js'
import type { Brand } from './brand'
import { InvariantError } from './errors'

/**
 * An exact base-10 number as canonical text: no exponent, no leading plus, no trailing zeros, never `-0`.
 * The only form in which money, prices and quantities are kept, journaled and sent (ADR 0001).
 */
export type Decimal = Brand<string, 'Decimal'>

/** How a value is brought to fewer digits: toward zero, away from zero, to the floor or ceiling, or half away from zero. */
export type Rounding = 'down' | 'up' | 'floor' | 'ceil' | 'halfUp'

// Own constructor, so that nobody else's Decimal.set can change our precision. 60 digits hold 18-decimal chain amounts.
const Exact = Big.clone({ precision: 60, toExpNeg: -9e15, toExpPos: 9e15 })

const MODES = { down: Big.ROUND_DOWN, up: Big.ROUND_UP, floor: Big.ROUND_FLOOR, ceil: Big.ROUND_CEIL, halfUp: Big.ROUND_HALF_UP } as const

const PLAIN = /^-?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?$/

export const ZERO = '0' as Decimal
export const ONE = '1' as Decimal
const BPS = '0.0001' as Decimal

function canonical(value: Big): Decimal {
  return (value.isZero() ? '0' : value.toFixed()) as Decimal
}

/** True when the text is a finite base-10 number (an exponent is allowed on the way in). */
export function isDecimalText(text: string): boolean {
  return PLAIN.test(text)
}

const MINUS = 45
const POINT = 46
const DIGIT_0 = 48
const DIGIT_9 = 57

/**
 * Canonicalises plain digits (`-1.50`) by cutting text, without arithmetic: market data reads every price and quantity here.
 * Returns null for what needs the slow road: an exponent, a bare point, anything odd.
 */
function canonicalPlain(text: string): Decimal | null {
  const end = text.length
  let start = text.charCodeAt(0) === MINUS ? 1 : 0
  const isMinus = start === 1
  let point = -1
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index)
    if (code >= DIGIT_0 && code <= DIGIT_9) continue
    if (code !== POINT || point >= 0 || index === start) return null
    point = index
  }
  if (start === end || point === end - 1) return null
  const whole = point < 0 ? end : point
  while (start < whole - 1 && text.charCodeAt(start) === DIGIT_0) start++
  let last = end
  if (point >= 0) {
    while (text.charCodeAt(last - 1) === DIGIT_0) last--
    if (last - 1 === point) last--
  }
  if (last - start === 1 && text.charCodeAt(start) === DIGIT_0) return ZERO
  const digits = start === 0 && last === end ? text : text.slice(start, last)
  return (isMinus ? `-${digits}` : digits) as Decimal
}

/**
 * Parses text, or a safe integer, into a canonical decimal.
 * @throws {InvariantError} when it is not a finite number, or a number that is not a safe integer (binary fractions are not money).
 */
export function decimal(value: string | number): Decimal {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new InvariantError(`decimal(): ${value} is not a safe integer; pass text`)
    return String(value === 0 ? 0 : value) as Decimal
  }
  const plain = canonicalPlain(value)
  if (plain !== null) return plain
  if (!isDecimalText(value)) throw new InvariantError(`decimal(): "${value.slice(0, 60)}" is not a number`)
  return canonical(new Exact(value))
}

/** Converts a statistic (never money) to a decimal with at most `scale` digits after the point, half up. */
export function decimalFromNumber(value: number, scale: number): Decimal {
  if (!Number.isFinite(value)) throw new InvariantError(`decimalFromNumber(): ${value} is not finite`)
  return canonical(new Exact(value).toDecimalPlaces(scale, MODES.halfUp))
}

/** Returns the nearest double, for indicators, charts and statistics only. */
export function toNumber(value: Decimal): number {
  return Number(value)
}

/*
 * The short road: a value of at most 15 digits is a whole number of units of 10^−scale, which a double holds exactly, and the nearest
 * double of a decimal of at most 15 digits prints as that decimal. Parsing text into digits is what costs on the long road (measured:
 * three quarters of a gate verdict), and prices, quantities and notionals rarely need it.
 */
const UNITS_MAX = 1e15
const POWERS: readonly number[] = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))

/** Returns `value × 10^scale`; exact when not beyond ±`UNITS_MAX`, NaN for a scale that no double holds the power of. */
function unitsOf(value: Decimal, scale: number): number {
  return Math.round(Number(value) * (POWERS[scale] ?? Number.NaN))
}

/** Returns the decimal of a whole number of units, or null for the long road. */
function fromUnits(units: number, scale: number): Decimal | null {
  if (units === 0) return ZERO
  if (!(Math.abs(units) < UNITS_MAX)) return null
  const value = units / (POWERS[scale] ?? Number.NaN)
  return Math.abs(value) >= 1e-6 ? (String(value) as Decimal) : null // smaller ones print with an exponent
}

const isExact = (units: number): boolean => Math.abs(units) <= UNITS_MAX

export function add(a: Decimal, b: Decimal): Decimal {
  if (a === ZERO) return b
  if (b === ZERO) return a
  const scale = Math.max(scaleOf(a), scaleOf(b))
  const [x, y] = [unitsOf(a, scale), unitsOf(b, scale)]
  return (isExact(x) && isExact(y) ? fromUnits(x + y, scale) : null) ?? canonical(new Exact(a).plus(b))
}

export function subtract(a: Decimal, b: Decimal): Decimal {
  if (b === ZERO) return a
  const scale = Math.max(scaleOf(a), scaleOf(b))
  const [x, y] = [unitsOf(a, scale), unitsOf(b, scale)]
  return (isExact(x) && isExact(y) ? fromUnits(x - y, scale) : null) ?? canonical(new Exact(a).minus(b))
}

export function multiply(a: Decimal, b: Decimal): Decimal {
  const [scaleA, scaleB] = [scaleOf(a), scaleOf(b)]
  const [x, y] = [unitsOf(a, scaleA), unitsOf(b, scaleB)]
  return (isExact(x) && isExact(y) ? fromUnits(x * y, scaleA + scaleB) : null) ?? canonical(new Exact(a).times(b))
}

/**
 * Divides and rounds to `scale` digits after the point.
 * @throws {InvariantError} on a zero divisor.
 */
export function divide(a: Decimal, b: Decimal, scale = 18, rounding: Rounding = 'halfUp'): Decimal {
  if (isZero(b)) throw new InvariantError('divide(): the divisor is zero', { a })
  return canonical(new Exact(a).dividedBy(b).toDecimalPlaces(scale, MODES[rounding]))
}

/** Returns the sum of all values, zero for none. */
export function sum(values: Iterable<Decimal>): Decimal {
  let total = new Exact(0)
  for (const value of values) total = total.plus(value)
  return canonical(total)
}

export function negate(a: Decimal): Decimal {
  if (a === ZERO) return a
  return (a.startsWith('-') ? a.slice(1) : `-${a}`) as Decimal
}

export function absolute(a: Decimal): Decimal {
  return (a.startsWith('-') ? a.slice(1) : a) as Decimal
}

/** Returns −1, 0 or 1. */
export function compare(a: Decimal, b: Decimal): -1 | 0 | 1 {
  if (a === b) return 0 // canonical text: equal numbers are equal strings
  // The nearest double rises with the decimal, so doubles that differ decide; equal ones may hide a difference.
  const [x, y] = [Number(a), Number(b)]
  if (x !== y) return x < y ? -1 : 1
  return new Exact(a).comparedTo(b) as -1 | 0 | 1
}

export function isZero(a: Decimal): boolean {
  return a === ZERO
}

export function isNegative(a: Decimal): boolean {
  return a.startsWith('-')
}

export function isPositive(a: Decimal): boolean {
  return a !== ZERO && !a.startsWith('-')
}

export function isGreater(a: Decimal, b: Decimal): boolean {
  return compare(a, b) > 0
}

export function isLess(a: Decimal, b: Decimal): boolean {
  return compare(a, b) < 0
}

export function minimum(a: Decimal, b: Decimal): Decimal {
  return compare(a, b) <= 0 ? a : b
}

export function maximum(a: Decimal, b: Decimal): Decimal {
  return compare(a, b) >= 0 ? a : b
}

/** Rounds to `scale` digits after the point. The one place, with `roundToStep`, where a figure loses digits (PFL-04). */
export function roundToScale(value: Decimal, scale: number, rounding: Rounding): Decimal {
  return canonical(new Exact(value).toDecimalPlaces(scale, MODES[rounding]))
}

/**
 * Rounds to a multiple of `step` (a tick or a lot).
 * @throws {InvariantError} when the step is not positive.
 */
export function roundToStep(value: Decimal, step: Decimal, rounding: Rounding): Decimal {
  if (!isPositive(step)) throw new InvariantError(`roundToStep(): step ${step} is not positive`)
  const scale = Math.max(scaleOf(value), scaleOf(step))
  const [units, stepUnits] = [unitsOf(value, scale), unitsOf(step, scale)]
  const rounded = isExact(units) && isExact(stepUnits) ? fromUnits(roundUnits(units, stepUnits, rounding), scale) : null
  return rounded ?? canonical(new Exact(value).dividedBy(step).toDecimalPlaces(0, MODES[rounding]).times(step))
}

function roundUnits(units: number, step: number, rounding: Rounding): number {
  const rest = units % step // bears the sign of `units`
  const toward = units - rest
  const away = rest === 0 ? toward : toward + Math.sign(rest) * step
  switch (rounding) {
    case 'down':
      return toward
    case 'up':
      return away
    case 'floor':
      return rest < 0 ? away : toward
    case 'ceil':
      return rest > 0 ? away : toward
    case 'halfUp':
      return Math.abs(rest) * 2 >= step ? away : toward
  }
}

/** True when `value` is a whole multiple of `step`. */
export function isMultipleOf(value: Decimal, step: Decimal): boolean {
  const scale = Math.max(scaleOf(value), scaleOf(step))
  const [units, stepUnits] = [unitsOf(value, scale), unitsOf(step, scale)]
  return isExact(units) && isExact(stepUnits) ? units % stepUnits === 0 : new Exact(value).modulo(step).isZero()
}

/** Returns the count of digits after the point. */
export function scaleOf(value: Decimal): number {
  const point = value.indexOf('.')
  return point < 0 ? 0 : value.length - point - 1
}

/** Returns text with exactly `scale` digits after the point, for wires and reports; digits beyond are rounded half up. */
export function toFixedScale(value: Decimal, scale: number): string {
  const point = value.indexOf('.')
  const digits = point < 0 ? 0 : value.length - point - 1
  // Nearly always nothing is to be rounded: zeros are put behind the text.
  if (digits <= scale) return digits === scale ? value : `${point < 0 ? `${value}.` : value}${'0'.repeat(scale - digits)}`
  return new Exact(value).toFixed(scale, MODES.halfUp)
}

/** Returns 10^−scale: the step of a precision given as a count of decimals. */
export function stepOfScale(scale: number): Decimal {
  return canonical(new Exact(10).pow(-scale))
}

/** Returns `value × bps / 10 000`, unrounded. */
export function applyBps(value: Decimal, bps: Decimal): Decimal {
  return multiply(multiply(value, bps), BPS)
}
