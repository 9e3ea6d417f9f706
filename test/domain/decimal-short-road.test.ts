import { describe, expect, test } from 'bun:test'
import { Decimal as Big } from 'decimal.js'
import fc from 'fast-check'
import {
  add,
  applyBps,
  compare,
  type Decimal,
  decimal,
  divide,
  isMultipleOf,
  isPositive,
  multiply,
  negate,
  type Rounding,
  roundToScale,
  roundToStep,
  subtract,
  sum,
  toFixedScale,
} from '#domain/decimal'

/*
 * `domain/decimal` takes a short road over doubles where they are exact. The oracle is the long road alone, at the same precision.
 */
const Exact = Big.clone({ precision: 60, toExpNeg: -9e15, toExpPos: 9e15 })
const text = (value: Big): string => (value.isZero() ? '0' : value.toFixed())
const MODES: Record<Rounding, Big.Rounding> = { down: 1, up: 0, floor: 3, ceil: 2, halfUp: 4 }

/** Digits and scales on both sides of where the short road ends: 15 digits, 22 places, 1e-6. */
const anyDecimal: fc.Arbitrary<Decimal> = fc
  .tuple(
    fc.boolean(),
    fc.oneof(fc.bigInt(0n, 10n ** 8n), fc.bigInt(0n, 10n ** 16n), fc.bigInt(0n, 10n ** 30n)),
    fc.integer({ min: 0, max: 26 }),
  )
  .map(([isNegative, digits, scale]) => decimal(text(new Exact(`${isNegative ? '-' : ''}${digits}e-${scale}`))))

const edges = ['0.000001', '-0.000001', '0.0000009', '999999999999999', '1000000000000000', '-999999999.999999', '1000000000000001'].map(
  decimal,
)
const value = fc.oneof({ weight: 9, arbitrary: anyDecimal }, { weight: 1, arbitrary: fc.constantFrom(...edges) })
const RUNS = { numRuns: 3_000 }

describe('short road of decimal arithmetic', () => {
  test('agrees with the long road on sums, differences, products and order', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect<string>(add(a, b)).toBe(text(new Exact(a).plus(b)))
        expect<string>(subtract(a, b)).toBe(text(new Exact(a).minus(b)))
        expect<string>(multiply(a, b)).toBe(text(new Exact(a).times(b)))
        expect<number>(compare(a, b)).toBe(new Exact(a).comparedTo(b))
      }),
      RUNS,
    )
  })

  test('orders neighbours that are the same double', () => {
    expect(compare(decimal('0.30000000000000001'), decimal('0.30000000000000002'))).toBe(-1)
    expect(compare(decimal('10000000000000000001'), decimal('10000000000000000000'))).toBe(1)
  })

  test('orders digit by digit: whole parts by their length, fractions by their first difference', () => {
    const ascending = [
      '-12.5',
      '-12',
      '-2.05',
      '-2',
      '-0.5',
      '-0.05',
      '0',
      '0.05',
      '0.5',
      '0.51',
      '2',
      '2.05',
      '2.5',
      '12',
      '12.5',
      '100',
    ].map(decimal)
    for (const [i, a] of ascending.entries()) {
      for (const [j, b] of ascending.entries()) expect(compare(a, b)).toBe(i === j ? 0 : i < j ? -1 : 1)
    }
    fc.assert(
      fc.property(value, fc.integer({ min: 0, max: 30 }), fc.constantFrom('1', '9'), (a, places, digit) => {
        const b = add(a, decimal(text(new Exact(`${digit}e-${places}`))))
        expect([compare(a, b), compare(b, a), compare(negate(a), negate(b))]).toEqual([-1, 1, 1])
      }),
      RUNS,
    )
  })

  test('agrees with the long road on quotients, sums and fixed texts', () => {
    const rounding = fc.constantFrom<Rounding>('down', 'up', 'floor', 'ceil', 'halfUp')
    // Twice the digits, so that the oracle itself is not rounded before the scale; the two roads differ nowhere within 60.
    const Long = Big.clone({ precision: 200, toExpNeg: -9e15, toExpPos: 9e15 })
    fc.assert(
      fc.property(value, value, fc.integer({ min: 0, max: 24 }), rounding, (a, b, scale, mode) => {
        if (b !== '0') {
          const wanted = new Long(a).dividedBy(b)
          if (wanted.precision() <= 60 || wanted.e + scale < 58)
            expect<string>(divide(a, b, scale, mode)).toBe(text(wanted.toDecimalPlaces(scale, MODES[mode])))
        }
        expect<string>(sum([a, b, a])).toBe(text(new Exact(a).plus(b).plus(a)))
        expect(toFixedScale(a, scale)).toBe(new Exact(a).toFixed(scale, MODES.halfUp))
      }),
      RUNS,
    )
    expect<string>(divide(decimal('-1'), decimal('3'), 0, 'floor')).toBe('-1')
    expect<string>(divide(decimal('1'), decimal('-2'), 0, 'halfUp')).toBe('-1')
    expect<string>(divide(decimal('1'), decimal('1000'), 2, 'down')).toBe('0')
  })

  test('agrees with the long road on rounding to a scale', () => {
    const rounding = fc.constantFrom<Rounding>('down', 'up', 'floor', 'ceil', 'halfUp')
    fc.assert(
      fc.property(value, fc.integer({ min: 0, max: 26 }), rounding, (a, scale, mode) => {
        expect<string>(roundToScale(a, scale, mode)).toBe(text(new Exact(a).toDecimalPlaces(scale, MODES[mode])))
      }),
      RUNS,
    )
  })

  test('agrees with the long road on basis points', () => {
    const bps = fc.integer({ min: -2_000, max: 20_000 }).map((tenths) => decimal(text(new Exact(tenths).div(10))))
    const short = fc
      .tuple(fc.bigInt(0n, 10n ** 20n), fc.integer({ min: 0, max: 12 }))
      .map(([n, s]) => decimal(text(new Exact(`${n}e-${s}`))))
    fc.assert(
      fc.property(short, bps, (a, rate) => {
        expect<string>(applyBps(a, rate)).toBe(text(new Exact(a).times(rate).times('0.0001')))
      }),
      RUNS,
    )
  })

  test('agrees with the long road on steps', () => {
    const step = fc
      .tuple(fc.constantFrom(1, 5, 25, 3), fc.integer({ min: -2, max: 20 }))
      .map(([n, scale]) => decimal(text(new Exact(`${n}e${-scale}`))))
    const amount = fc
      .tuple(fc.boolean(), fc.bigInt(0n, 10n ** 17n), fc.integer({ min: 0, max: 20 }))
      .map(([isNegative, digits, scale]) => decimal(text(new Exact(`${isNegative ? '-' : ''}${digits}e-${scale}`))))
    const rounding = fc.constantFrom<Rounding>('down', 'up', 'floor', 'ceil', 'halfUp')
    fc.assert(
      fc.property(amount, step, rounding, (a, unit, mode) => {
        const wanted = new Exact(a).dividedBy(unit).toDecimalPlaces(0, MODES[mode]).times(unit)
        expect<string>(roundToStep(a, unit, mode)).toBe(text(wanted))
        expect(isMultipleOf(a, unit)).toBe(new Exact(a).modulo(unit).isZero())
        expect(isPositive(unit)).toBe(true)
      }),
      RUNS,
    )
  })
})
