import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { InvariantError } from '#domain/errors'
import { Rsi, rsiSettleBars } from '#strategies/indicators/rsi'
import { agree, naiveRsi } from './naive'
import { anyPeriod, anySeries, closesOf, growing } from './series'

const heard = (period: number, closes: readonly number[]) => {
  const rsi = new Rsi(period)
  return closes.map((close) => rsi.push(close))
}

describe('golden values', () => {
  test('STR-08 by hand, period 2: means of two changes, then half old and half new', () => {
    // Changes +2 −1 | +3 | −4. Rise 1, fall 1/2: 100 × 1 / 1.5. Then rise (1 + 3) / 2 = 2, fall 1/4: 200 / 2.25. Then 1 and 17/8: 100 / 3.125.
    const [first, second, third, fourth, fifth] = heard(2, [10, 12, 11, 14, 10])
    expect([first, second]).toEqual([Number.NaN, Number.NaN])
    expect(third).toBeCloseTo(200 / 3, 12)
    expect(fourth).toBeCloseTo(800 / 9, 12)
    expect(fifth).toBeCloseTo(32, 12)
  })

  test('STR-08 of the published worked example of fourteen days', () => {
    // Closes and results as printed by StockCharts, ChartSchool, "Relative Strength Index (RSI)" (QQQQ, December 2009 to February 2010).
    const closes = [
      44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826, 45.8931, 46.0328, 45.614, 46.282, 46.282,
      46.0028, 46.0328, 46.4116, 46.2222, 45.6439, 46.2122, 46.2521, 45.7137, 46.4515, 45.7835, 45.3548, 44.0288, 44.1783, 44.2181, 44.5672,
      43.4205, 42.6628, 43.1314,
    ]
    const printed = [
      70.53, 66.32, 66.55, 69.41, 66.36, 57.97, 62.93, 63.26, 56.06, 62.38, 54.71, 50.42, 39.99, 41.46, 41.87, 45.46, 37.3, 33.08, 37.77,
    ]
    const values = heard(14, closes)
    expect(values.slice(0, 14).every(Number.isNaN)).toBe(true)
    for (const [index, value] of printed.entries()) expect(Math.abs((values[14 + index] ?? 0) - value)).toBeLessThan(0.006)
  })

  test('STR-08 is 100 without a fall, 0 without a rise, and 50 where nothing moved', () => {
    expect(heard(3, [1, 2, 3, 4, 4, 5]).slice(3)).toEqual([100, 100, 100])
    expect(heard(3, [5, 4, 3, 2, 2, 1]).slice(3)).toEqual([0, 0, 0])
    expect(heard(3, [7, 7, 7, 7, 7]).slice(3)).toEqual([50, 50])
  })
})

describe('properties', () => {
  test('STR-01 equals its definition and stays within 0 and 100', () => {
    fc.assert(
      fc.property(anySeries, anyPeriod, (bars, period) => {
        const rsi = new Rsi(period)
        for (const { bar, heard } of growing(bars)) {
          const value = rsi.push(bar.close)
          expect(Number.isNaN(value)).toBe(heard.length <= period)
          expect(agree(value, naiveRsi(closesOf(heard), period), 100)).toBe(true)
          expect(Number.isNaN(value) || (value >= 0 && value <= 100)).toBe(true)
          expect(rsi.value).toBe(value)
        }
      }),
    )
  })

  test('STR-01 turned upside down it is 100 less itself', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 20, maxLength: 60 }), (changes) => {
        const [rising, falling] = [new Rsi(14), new Rsi(14)]
        let distance = 0
        for (const change of changes) {
          distance += change
          const [one, other] = [rising.push(10_000 + distance), falling.push(10_000 - distance)]
          expect(Number.isNaN(one) ? Number.isNaN(other) : agree(one + other, 100, 100)).toBe(true)
        }
      }),
    )
  })

  test('STR-01 forgets where it began to a billionth in the bars that it names, and not in half of them', () => {
    for (const period of [2, 5, 14, 50]) {
      const apart = (bars: number) => {
        // One more fall at the start, as large as each later change.
        const [one, other] = [new Rsi(period), new Rsi(period)]
        one.push(102)
        other.push(101)
        let difference = 0
        for (let bar = 1; bar < bars; bar++) difference = other.push(100 + (bar % 2)) - one.push(100 + (bar % 2))
        return difference
      }
      expect(Math.abs(apart(rsiSettleBars(period)))).toBeLessThan(1e-7)
      expect(Math.abs(apart(Math.ceil(rsiSettleBars(period) / 2)))).toBeGreaterThan(1e-7)
    }
  })
})

test('refuses a period that is none', () => {
  for (const period of [0, 1.5, Number.NaN]) expect(() => new Rsi(period)).toThrow(InvariantError)
})
