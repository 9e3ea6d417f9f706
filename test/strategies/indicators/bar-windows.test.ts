import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { InvariantError } from '#domain/errors'
import { atr, atrSpan, ema, emaSpan, sma, trueRange } from '#strategies/indicators/bar-windows'
import { barsOf, viewOf, walk } from '../strategy-fixture'

/*
 * Golden values are written out by hand in exact fractions, never taken from the code under test.
 */
describe('golden values', () => {
  const closes = viewOf(barsOf([2, 4, 6, 8, 12, 14]))

  test('STR-07 simple average: (8 + 12 + 14) / 3 = 34/3, and one bar earlier (6 + 8 + 12) / 3 = 26/3', () => {
    expect(sma(closes, 3, 6)).toBeCloseTo(34 / 3, 12)
    expect(sma(closes, 3, 5)).toBeCloseTo(26 / 3, 12)
    expect(sma(closes, 1, 6)).toBe(14)
    expect(sma(closes, 6, 6)).toBeCloseTo(46 / 6, 12)
  })

  test('STR-07 exponential average of period 3 (α = 1/2), seeded by the first close', () => {
    // 2 → (2+4)/2 = 3 → (3+6)/2 = 4.5 → (4.5+8)/2 = 6.25 → (6.25+12)/2 = 9.125 → (9.125+14)/2 = 11.5625
    expect(ema(closes, 3, 6, 6)).toBe(11.5625)
    // From the fourth bar: 8 → 10 → 12.
    expect(ema(closes, 3, 3, 6)).toBe(12)
    // α = 1 for period 1: the last close.
    expect(ema(closes, 1, 6, 6)).toBe(14)
  })

  test('STR-07 true range takes the gap from the close before', () => {
    const bars = viewOf([
      { openAtMs: 0, closeAtMs: 60_000, open: 10, high: 11, low: 9, close: 10, volume: 1 },
      { openAtMs: 60_000, closeAtMs: 120_000, open: 14, high: 15, low: 13, close: 14, volume: 1 },
      { openAtMs: 120_000, closeAtMs: 180_000, open: 8, high: 9, low: 7, close: 8, volume: 1 },
      { openAtMs: 180_000, closeAtMs: 240_000, open: 8, high: 12, low: 8, close: 11, volume: 1 },
      { openAtMs: 240_000, closeAtMs: 300_000, open: 11, high: 11, low: 10, close: 10, volume: 1 },
    ])
    // |15 − 10| = 5; |7 − 14| = 7; 12 − 8 = 4; 11 − 10 = 1
    expect([1, 2, 3, 4].map((index) => trueRange(bars, index))).toEqual([5, 7, 4, 1])
    // Wilder, period 2: (5 + 7) / 2 = 6 → (6 × 1 + 4) / 2 = 5 → (5 × 1 + 1) / 2 = 3
    expect(atr(bars, 2, 5, 5)).toBe(3)
    expect(atr(bars, 2, 4, 4)).toBe(5)
    // Over the last four bars only: (7 + 4) / 2 = 5.5 → (5.5 + 1) / 2 = 3.25
    expect(atr(bars, 2, 4, 5)).toBe(3.25)
  })
})

test('STR-07 the seed of an exponential average weighs less than 0.05 % after its span', () => {
  for (const period of [2, 3, 8, 20, 50, 200]) {
    const span = emaSpan(period)
    const flat = Array.from({ length: span }, () => 100)
    const bumped = [200, ...flat.slice(1)]
    const difference = ema(viewOf(barsOf(bumped)), period, span, span) - ema(viewOf(barsOf(flat)), period, span, span)
    expect(difference).toBeGreaterThan(0)
    expect(difference / 100).toBeLessThan(0.0005)
  }
})

test("STR-07 the seed of Wilder's average weighs less than 2 % after its span", () => {
  for (const period of [5, 14, 20]) expect((1 - 1 / period) ** (atrSpan(period) - period)).toBeLessThan(0.02)
})

test('STR-01 indicators lie within what they average', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 1, max: 1e6, noNaN: true }), { minLength: 8, maxLength: 40 }),
      fc.integer({ min: 1, max: 7 }),
      (closes, period) => {
        const bars = viewOf(barsOf(closes))
        const least = Math.min(...closes) * (1 - 1e-9)
        const most = Math.max(...closes) * (1 + 1e-9)
        for (const value of [sma(bars, period, closes.length), ema(bars, period, closes.length, closes.length)]) {
          expect(value >= least && value <= most).toBe(true)
        }
        expect(atr(bars, period, closes.length, closes.length)).toBeGreaterThan(0)
      },
    ),
  )
})

test('refuses windows that reach beyond the bars, or are none', () => {
  const bars = viewOf(barsOf(walk(5, 1)))
  for (const broken of [
    () => sma(bars, 6, 5),
    () => sma(bars, 3, 6),
    () => sma(bars, 0, 5),
    () => sma(bars, 1.5, 5),
    () => ema(bars, 3, 6, 5),
    () => atr(bars, 2, 6, 5),
    () => atr(bars, 5, 5, 5),
    () => atr(bars, 0, 5, 5),
  ]) {
    expect(broken).toThrow(InvariantError)
  }
})
