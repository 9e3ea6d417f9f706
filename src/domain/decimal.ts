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
const BPS_SCALE = 4

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
const TENS: readonly bigint[] = Array.from({ length: 41 }, (_, exponent) => 10n ** BigInt(exponent))

/**
 * Returns `value × 10^scale` for a scale that holds all its digits; exact when not beyond ±`UNITS_MAX`, NaN for a scale that no double
 * holds the power of. Reads the digits itself: `Number(text)` costs twice that.
 */
function unitsOf(value: Decimal, scale: number): number {
  const end = value.length
  const isMinus = value.charCodeAt(0) === MINUS
  let units = 0
  let places = 0
  for (let index = isMinus ? 1 : 0; index < end; index++) {
    const code = value.charCodeAt(index)
    if (code === POINT) places = end - index - 1
    else units = units * 10 + (code - DIGIT_0)
  }
  const scaled = units * (POWERS[scale - places] ?? Number.NaN)
  return isMinus ? -scaled : scaled
}

/** Returns the decimal of a whole number of units, or null for the long road. */
function fromUnits(units: number, scale: number): Decimal | null {
  if (units === 0) return ZERO
  if (!(Math.abs(units) < UNITS_MAX)) return null
  const value = units / (POWERS[scale] ?? Number.NaN)
  return Math.abs(value) >= 1e-6 ? (String(value) as Decimal) : null // smaller ones print with an exponent
}

const isExact = (units: number): boolean => Math.abs(units) <= UNITS_MAX

/** Returns the scale that holds all digits of both. */
function commonScale(a: Decimal, b: Decimal): number {
  return Math.max(scaleOf(a), scaleOf(b))
}

export function add(a: Decimal, b: Decimal): Decimal {
  if (a === ZERO) return b
  if (b === ZERO) return a
  const scale = commonScale(a, b)
  const x = unitsOf(a, scale)
  const y = unitsOf(b, scale)
  return (isExact(x) && isExact(y) ? fromUnits(x + y, scale) : null) ?? canonical(new Exact(a).plus(b))
}

export function subtract(a: Decimal, b: Decimal): Decimal {
  if (b === ZERO) return a
  if (a === b) return ZERO
  const scale = commonScale(a, b)
  const x = unitsOf(a, scale)
  const y = unitsOf(b, scale)
  return (isExact(x) && isExact(y) ? fromUnits(x - y, scale) : null) ?? canonical(new Exact(a).minus(b))
}

export function multiply(a: Decimal, b: Decimal): Decimal {
  if (a === ZERO || b === ZERO) return ZERO
  if (a === ONE) return b
  if (b === ONE) return a
  const scaleA = scaleOf(a)
  const scaleB = scaleOf(b)
  const x = unitsOf(a, scaleA)
  const y = unitsOf(b, scaleB)
  return (isExact(x) && isExact(y) ? fromUnits(x * y, scaleA + scaleB) : null) ?? canonical(new Exact(a).times(b))
}

/**
 * Divides and rounds to `scale` digits after the point.
 * @throws {InvariantError} on a zero divisor.
 */
export function divide(a: Decimal, b: Decimal, scale = 18, rounding: Rounding = 'halfUp'): Decimal {
  if (isZero(b)) throw new InvariantError('divide(): the divisor is zero', { a })
  if (a === ZERO) return ZERO
  const scaleA = scaleOf(a)
  const scaleB = scaleOf(b)
  const x = unitsOf(a, scaleA)
  const y = unitsOf(b, scaleB)
  const short = isExact(x) && isExact(y) ? quotientOf(x, y, scale + scaleB - scaleA, scale, rounding) : null
  return short ?? canonical(new Exact(a).dividedBy(b).toDecimalPlaces(scale, MODES[rounding]))
}

/** Returns `x × 10^shift ÷ y`, rounded to a whole number of units of 10^−scale, in integers of any size: a quarter of the long road. */
function quotientOf(x: number, y: number, shift: number, scale: number, rounding: Rounding): Decimal | null {
  const power = TENS[Math.abs(shift)]
  if (power === undefined) return null
  const isMinus = x < 0 !== y < 0
  const numerator = BigInt(Math.abs(x)) * (shift > 0 ? power : 1n)
  const divisor = BigInt(Math.abs(y)) * (shift < 0 ? power : 1n)
  const whole = numerator / divisor
  const rest = numerator - whole * divisor
  const units = isAway(rest, divisor, rounding, isMinus) ? whole + 1n : whole
  if (units === 0n) return ZERO
  const digits = units.toString().padStart(scale + 1, '0')
  const point = digits.length - scale
  let end = digits.length
  while (end > point && digits.charCodeAt(end - 1) === DIGIT_0) end--
  const text = end === point ? digits.slice(0, point) : `${digits.slice(0, point)}.${digits.slice(point, end)}`
  return (isMinus ? `-${text}` : text) as Decimal
}

/** True when a magnitude with this rest is rounded away from zero. */
function isAway(rest: bigint, divisor: bigint, rounding: Rounding, isMinus: boolean): boolean {
  switch (rounding) {
    case 'down':
      return false
    case 'up':
      return rest > 0n
    case 'floor':
      return isMinus && rest > 0n
    case 'ceil':
      return !isMinus && rest > 0n
    case 'halfUp':
      return rest * 2n >= divisor
  }
}

/** Returns the sum of all values, zero for none. */
export function sum(values: Iterable<Decimal>): Decimal {
  let total = ZERO
  for (const value of values) total = add(total, value)
  return total
}

export function negate(a: Decimal): Decimal {
  if (a === ZERO) return a
  return (isNegative(a) ? a.slice(1) : `-${a}`) as Decimal
}

export function absolute(a: Decimal): Decimal {
  return (isNegative(a) ? a.slice(1) : a) as Decimal
}

/** Returns −1, 0 or 1. */
export function compare(a: Decimal, b: Decimal): -1 | 0 | 1 {
  if (a === b) return 0 // canonical text: equal numbers are equal strings
  const isMinus = isNegative(a)
  if (isMinus !== isNegative(b)) return isMinus ? -1 : 1
  return isMinus ? orderOf(b, a, 1) : orderOf(a, b, 0)
}

/** Orders the digits of two canonical numbers that differ: by the length of the whole parts, else by the first digit that differs. */
function orderOf(a: Decimal, b: Decimal, start: number): -1 | 1 {
  const endA = a.length
  const endB = b.length
  let order: -1 | 0 | 1 = 0
  for (let index = start; ; index++) {
    const x = index < endA ? a.charCodeAt(index) : 0
    const y = index < endB ? b.charCodeAt(index) : 0
    if (x < DIGIT_0 && y < DIGIT_0) {
      // Both whole parts are over, and as long: an end sorts before a point, and a point has a digit behind it that is not the last zero.
      if (order !== 0) return order
      if (x !== y) return x < y ? -1 : 1
      return fractionOrder(a, b, index + 1)
    }
    if (x < DIGIT_0) return -1
    if (y < DIGIT_0) return 1
    if (order === 0 && x !== y) order = x < y ? -1 : 1
  }
}

/** Orders fractions that differ, without trailing zeros: a prefix is the smaller one. */
function fractionOrder(a: Decimal, b: Decimal, start: number): -1 | 1 {
  for (let index = start; ; index++) {
    const x = index < a.length ? a.charCodeAt(index) : 0
    const y = index < b.length ? b.charCodeAt(index) : 0
    if (x !== y) return x < y ? -1 : 1
  }
}

export function isZero(a: Decimal): boolean {
  return a === ZERO
}

export function isNegative(a: Decimal): boolean {
  return a.charCodeAt(0) === MINUS
}

export function isPositive(a: Decimal): boolean {
  return a !== ZERO && !isNegative(a)
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
  const own = scaleOf(value)
  if (own <= scale) return value
  const units = unitsOf(value, own)
  const step = POWERS[own - scale]
  const rounded = isExact(units) && step !== undefined ? fromUnits(roundUnits(units, step, rounding), own) : null
  return rounded ?? canonical(new Exact(value).toDecimalPlaces(scale, MODES[rounding]))
}

/**
 * Rounds to a multiple of `step` (a tick or a lot).
 * @throws {InvariantError} when the step is not positive.
 */
export function roundToStep(value: Decimal, step: Decimal, rounding: Rounding): Decimal {
  if (!isPositive(step)) throw new InvariantError(`roundToStep(): step ${step} is not positive`)
  const scale = commonScale(value, step)
  const units = unitsOf(value, scale)
  const stepUnits = unitsOf(step, scale)
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
  const scale = commonScale(value, step)
  const units = unitsOf(value, scale)
  const stepUnits = unitsOf(step, scale)
  return isExact(units) && isExact(stepUnits) ? units % stepUnits === 0 : new Exact(value).modulo(step).isZero()
}

/** Returns the count of digits after the point. */
export function scaleOf(value: Decimal): number {
  const end = value.length
  for (let index = 0; index < end; index++) if (value.charCodeAt(index) === POINT) return end - index - 1
  return 0
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
  const scaleA = scaleOf(value)
  const scaleB = scaleOf(bps)
  const x = unitsOf(value, scaleA)
  const y = unitsOf(bps, scaleB)
  const short = isExact(x) && isExact(y) ? fromUnits(x * y, scaleA + scaleB + BPS_SCALE) : null
  return short ?? multiply(multiply(value, bps), BPS)
}
