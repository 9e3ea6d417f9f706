import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  absolute,
  add,
  applyBps,
  compare,
  type Decimal,
  decimal,
  decimalFromNumber,
  divide,
  isDecimalText,
  isGreater,
  isLess,
  isMultipleOf,
  isNegative,
  isPositive,
  isZero,
  maximum,
  minimum,
  multiply,
  negate,
  ONE,
  type Rounding,
  roundToScale,
  roundToStep,
  scaleOf,
  stepOfScale,
  subtract,
  sum,
  toFixedScale,
  toNumber,
  ZERO,
} from '#domain/decimal'
import { InvariantError } from '#domain/errors'

/*
 * The oracle: a decimal of scale s is the integer value × 10^s, and integers of any size are BigInt's business.
 */
const SCALE = 9
const UNIT = 10n ** BigInt(SCALE)

function textOf(units: bigint, scale: number): string {
  const sign = units < 0n ? '-' : ''
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  const fraction = scale === 0 ? '' : digits.slice(-scale).replace(/0+$/, '')
  return sign + whole + (fraction === '' ? '' : `.${fraction}`)
}

const units = fc.bigInt({ min: -(10n ** 22n), max: 10n ** 22n })
const positiveUnits = fc.bigInt({ min: 1n, max: 10n ** 22n })
const d = (value: bigint, scale = SCALE): Decimal => decimal(textOf(value, scale))

const CANONICAL = /^(0|-?(0|[1-9]\d*)(\.\d*[1-9])?)$/

describe('canonical form', () => {
  test('PFL-04 reads any spelling of a number into one text', () => {
    const cases: readonly [string, string][] = [
      ['1', '1'],
      ['1.', '1'],
      ['01.50', '1.5'],
      ['-0', '0'],
      ['-0.000', '0'],
      ['.5', '0.5'],
      ['-.5', '-0.5'],
      ['1e3', '1000'],
      ['1E-8', '0.00000001'],
      ['-1.20e+1', '-12'],
      ['123456789012345678901234567890.000000000000000001', '123456789012345678901234567890.000000000000000001'],
    ]
    for (const [given, canonical] of cases) expect(decimal(given)).toBe(canonical as Decimal)
  })

  test('PFL-04 refuses what is no finite number', () => {
    for (const text of ['', ' ', '+1', '1,5', 'NaN', 'Infinity', '0x10', '1e', '1e99999', '--1', '1.2.3', '.']) {
      expect(isDecimalText(text)).toBe(false)
      expect(() => decimal(text)).toThrow(InvariantError)
    }
  })

  test('PFL-04 takes safe integers and refuses binary fractions', () => {
    expect(decimal(0)).toBe(ZERO)
    expect(decimal(-0)).toBe(ZERO)
    expect(decimal(-42)).toBe('-42' as Decimal)
    for (const value of [0.1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) expect(() => decimal(value)).toThrow(InvariantError)
  })

  test('PFL-04 keeps every result canonical, so that equal numbers are equal texts', () => {
    fc.assert(
      fc.property(units, units, (a, b) => {
        for (const value of [d(a), add(d(a), d(b)), subtract(d(a), d(b)), multiply(d(a), d(b)), negate(d(a)), absolute(d(a))]) {
          expect(value).toMatch(CANONICAL)
        }
        expect(d(a) === d(b)).toBe(a === b)
      }),
    )
  })

  test('converts a statistic from a double, half up, and refuses what is not finite', () => {
    expect(decimalFromNumber(0.1 + 0.2, 8)).toBe('0.3' as Decimal)
    expect(decimalFromNumber(-1.005, 2)).toBe('-1.01' as Decimal)
    expect(decimalFromNumber(1e-9, 8)).toBe(ZERO)
    expect(decimalFromNumber(-1e-9, 8)).toBe(ZERO)
    for (const value of [Number.NaN, Number.NEGATIVE_INFINITY]) expect(() => decimalFromNumber(value, 2)).toThrow(InvariantError)
    expect(toNumber(decimal('-12.5'))).toBe(-12.5)
  })
})

describe('arithmetic against BigInt', () => {
  test('PFL-04 adds and subtracts exactly', () => {
    fc.assert(
      fc.property(units, units, (a, b) => {
        expect(add(d(a), d(b))).toBe(d(a + b))
        expect(subtract(d(a), d(b))).toBe(d(a - b))
      }),
    )
  })

  test('PFL-04 multiplies exactly', () => {
    fc.assert(fc.property(units, units, (a, b) => expect(multiply(d(a), d(b))).toBe(d(a * b, 2 * SCALE))))
  })

  test('PFL-04 sums a list exactly, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(units, { maxLength: 30 }), (list) => {
        const total = d(list.reduce((a, b) => a + b, 0n))
        expect(sum(list.map((value) => d(value)))).toBe(total)
        expect(sum(list.map((value) => d(value)).reverse())).toBe(total)
      }),
    )
  })

  test('PFL-04 compares as the integers do', () => {
    fc.assert(
      fc.property(units, units, (a, b) => {
        const order = a < b ? -1 : a > b ? 1 : 0
        expect(compare(d(a), d(b))).toBe(order)
        expect([isGreater(d(a), d(b)), isLess(d(a), d(b))]).toEqual([order > 0, order < 0])
        expect(minimum(d(a), d(b))).toBe(order < 0 ? d(a) : d(b))
        expect(maximum(d(a), d(b))).toBe(order > 0 ? d(a) : d(b))
        expect([isZero(d(a)), isNegative(d(a)), isPositive(d(a))]).toEqual([a === 0n, a < 0n, a > 0n])
        expect(negate(d(a))).toBe(d(-a))
        expect(absolute(d(a))).toBe(d(a < 0n ? -a : a))
      }),
    )
  })

  test('PFL-04 divides to the scale and the rounding that are asked for', () => {
    fc.assert(
      fc.property(
        units,
        positiveUnits,
        fc.constantFrom<Rounding>('down', 'up', 'floor', 'ceil', 'halfUp'),
        fc.boolean(),
        (a, b, rounding, isNegated) => {
          const divisor = isNegated ? -b : b
          expect(divide(d(a), d(divisor), SCALE, rounding)).toBe(d(divided(a * UNIT, divisor, rounding)))
        },
      ),
    )
    expect(divide(ONE, decimal('3'))).toBe('0.333333333333333333' as Decimal)
    expect(() => divide(ONE, ZERO)).toThrow(InvariantError)
  })

  test('multiplies by basis points unrounded', () => {
    fc.assert(
      fc.property(units, fc.bigInt({ min: -20_000n, max: 20_000n }), (a, bps) =>
        expect(applyBps(d(a), d(bps, 0))).toBe(d(a * bps, SCALE + 4)),
      ),
    )
  })
})

/** Integer division with the same five roundings, from floor and remainder alone. */
function divided(numerator: bigint, divisor: bigint, rounding: Rounding): bigint {
  const isNegativeResult = numerator < 0n !== divisor < 0n
  const size = (value: bigint): bigint => (value < 0n ? -value : value)
  const whole = size(numerator) / size(divisor)
  const rest = size(numerator) % size(divisor)
  const away: Record<Rounding, boolean> = {
    down: false,
    up: rest > 0n,
    floor: rest > 0n && isNegativeResult,
    ceil: rest > 0n && !isNegativeResult,
    halfUp: 2n * rest >= size(divisor),
  }
  const magnitude = whole + (away[rounding] ? 1n : 0n)
  return isNegativeResult ? -magnitude : magnitude
}

describe('rounding', () => {
  test('PFL-04 rounds to a scale as integers do', () => {
    fc.assert(
      fc.property(
        units,
        fc.integer({ min: 0, max: SCALE }),
        fc.constantFrom<Rounding>('down', 'up', 'floor', 'ceil', 'halfUp'),
        (a, scale, rounding) => {
          expect(roundToScale(d(a), scale, rounding)).toBe(d(divided(a, 10n ** BigInt(SCALE - scale), rounding), scale))
        },
      ),
    )
  })

  test('PFL-04 rounds to a multiple of a step as integers do', () => {
    const step = fc.bigInt({ min: 1n, max: 10n ** 12n })
    fc.assert(
      fc.property(units, step, fc.constantFrom<Rounding>('down', 'up', 'floor', 'ceil', 'halfUp'), (a, by, rounding) => {
        const rounded = roundToStep(d(a), d(by), rounding)
        expect(rounded).toBe(d(divided(a, by, rounding) * by))
        expect(isMultipleOf(rounded, d(by))).toBe(true)
        expect(isMultipleOf(d(a), d(by))).toBe(a % by === 0n)
      }),
    )
    for (const step of ['0', '-0.1']) expect(() => roundToStep(ONE, decimal(step), 'down')).toThrow(InvariantError)
  })

  test('half goes away from zero on both sides', () => {
    expect(roundToScale(decimal('0.125'), 2, 'halfUp')).toBe('0.13' as Decimal)
    expect(roundToScale(decimal('-0.125'), 2, 'halfUp')).toBe('-0.13' as Decimal)
  })

  test('counts digits, names steps and writes fixed texts for wires', () => {
    expect([scaleOf(decimal('1.250')), scaleOf(decimal('100'))]).toEqual([2, 0])
    expect([stepOfScale(0), stepOfScale(8)]).toEqual(['1', '0.00000001'] as Decimal[])
    expect(toFixedScale(decimal('1.5'), 3)).toBe('1.500')
    expect(toFixedScale(decimal('-1.005'), 2)).toBe('-1.01')
    expect(toFixedScale(decimal('1e21'), 1)).toBe('1000000000000000000000.0')
  })
})
