import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { InvariantError } from '#domain/errors'
import { Ema, emaSettleBars } from '#strategies/indicators/ema'
import { Sma } from '#strategies/indicators/sma'
import { walk } from '../strategy-fixture'
import { agree, naiveEma, naiveSma } from './naive'
import { anyPeriod, anySeries, closesOf, growing, scaleOf } from './series'

const heard = (average: { push(close: number): number }, closes: readonly number[]) => closes.map((close) => average.push(close))

describe('golden values, by hand', () => {
  test('STR-07 simple average of three: (1 + 2 + 6) / 3, then one out and one in', () => {
    expect(heard(new Sma(3), [1, 2, 6, 7, 8])).toEqual([Number.NaN, Number.NaN, 3, 5, 7])
    expect(heard(new Sma(1), [5, 9])).toEqual([5, 9])
  })

  test('STR-07 exponential average of three (α = 1/2), seeded by the first close', () => {
    // 2 → (2+4)/2 = 3 → (3+6)/2 = 4.5 → (4.5+8)/2 = 6.25 → (6.25+12)/2 = 9.125 → (9.125+14)/2 = 11.5625
    expect(heard(new Ema(3), [2, 4, 6, 8, 12, 14])).toEqual([2, 3, 4.5, 6.25, 9.125, 11.5625])
  })

  test('STR-07 exponential average of ten (α = 2/11): 100, then 2/11 of the way to 111, then of the rest to 111', () => {
    const [first, second, third] = heard(new Ema(10), [100, 111, 111])
    expect([first, second]).toEqual([100, 102])
    expect(third).toBeCloseTo(102 + 18 / 11, 12)
    expect(heard(new Ema(1), [5, 9, 7])).toEqual([5, 9, 7])
  })

  test('STR-07 closes that do not move leave the exponential average exactly where it is', () => {
    for (const price of [0.1, 46_319, 1 / 3]) expect(heard(new Ema(20), Array(100).fill(price))).toEqual(Array(100).fill(price))
  })
})

describe('properties', () => {
  test('STR-01 equal their definitions, and lie within what they average', () => {
    fc.assert(
      fc.property(anySeries, anyPeriod, (bars, period) => {
        const [simple, exponential, scale] = [new Sma(period), new Ema(period), scaleOf(bars)]
        for (const { bar, heard } of growing(bars)) {
          const closes = closesOf(heard)
          const [mean, smooth] = [simple.push(bar.close), exponential.push(bar.close)]
          expect(agree(mean, naiveSma(closes, period), scale)).toBe(true)
          expect(agree(smooth, naiveEma(closes, period), scale)).toBe(true)
          expect(smooth >= Math.min(...closes) - 1e-9 * scale && smooth <= Math.max(...closes) + 1e-9 * scale).toBe(true)
          expect(Number.isNaN(mean)).toBe(closes.length < period)
        }
      }),
    )
  })

  test('STR-01 a simple average has no memory: one that ran for a year of minutes equals one just begun, to the last bit', () => {
    const closes = walk(525_600, 7, 40_000, 30)
    const old = new Sma(20)
    const young = new Sma(20)
    // A price beyond all measure passes through; a running sum would keep what its rounding cost.
    old.push(1e15)
    let newest = Number.NaN
    for (const [index, close] of closes.entries()) {
      newest = old.push(close)
      if (index >= closes.length - 20) young.push(close)
    }
    expect(young.push(closes.at(-1) ?? 0)).toBe(old.push(closes.at(-1) ?? 0))
    expect(agree(newest, naiveSma(closes.slice(-20), 20), 1)).toBe(true)
  })

  test('STR-01 an exponential average forgets its seed to a billionth in the bars that it names, and not in half of them', () => {
    for (const period of [2, 3, 10, 20, 50, 200]) {
      const settle = emaSettleBars(period)
      const left = (bars: number) => {
        const [low, high] = [new Ema(period), new Ema(period)]
        low.push(0)
        high.push(1)
        let difference = 1
        for (let bar = 1; bar < bars; bar++) difference = high.push(1) - low.push(1)
        return difference
      }
      expect(left(settle)).toBeLessThan(1.0001e-9)
      expect(left(Math.ceil(settle / 2))).toBeGreaterThan(1e-9)
    }
    expect(emaSettleBars(1)).toBe(2)
  })
})

test('refuses a period that is none', () => {
  for (const period of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => new Sma(period)).toThrow(InvariantError)
    expect(() => new Ema(period)).toThrow(InvariantError)
  }
})
