import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { InvariantError } from '#domain/errors'
import { Atr, atrSettleBars } from '#strategies/indicators/atr'
import { atr } from '#strategies/indicators/bar-windows'
import { barsOf, viewOf, walk } from '../strategy-fixture'
import { agree, naiveAtr } from './naive'
import { anyPeriod, anySeries, growing, scaleOf } from './series'

test('STR-07 golden values by hand, period 2, with gaps up and down', () => {
  const average = new Atr(2)
  const seen = [
    [11, 9, 10],
    [15, 13, 14],
    [9, 7, 8],
    [12, 8, 11],
    [11, 10, 10],
  ].map(([high = 0, low = 0, close = 0]) => average.push(high, low, close))
  // Ranges |15 − 10| = 5, |7 − 14| = 7, 12 − 8 = 4, 1: (5 + 7) / 2 = 6 → (6 + 4) / 2 = 5 → (5 + 1) / 2 = 3.
  expect(seen).toEqual([Number.NaN, Number.NaN, 6, 5, 3])
})

test('STR-01 equals its definition and is never negative', () => {
  fc.assert(
    fc.property(anySeries, anyPeriod, (bars, period) => {
      const average = new Atr(period)
      for (const { bar, heard } of growing(bars)) {
        const value = average.push(bar.high, bar.low, bar.close)
        expect(Number.isNaN(value)).toBe(heard.length <= period)
        expect(agree(value, naiveAtr(heard, period), scaleOf(bars))).toBe(true)
        expect(value < 0).toBe(false)
        expect(average.value).toBe(value)
      }
    }),
  )
})

test('STR-07 as a fold equals the average over a window that begins at the same bar', () => {
  const bars = barsOf(walk(200, 11, 100, 2))
  const average = new Atr(14)
  for (const [index, bar] of bars.entries()) {
    const value = average.push(bar.high, bar.low, bar.close)
    if (index >= 14) expect(agree(value, atr(viewOf(bars), 14, index + 1, index + 1), value)).toBe(true)
  }
})

test('STR-07 forgets where it began to a billionth in the bars that it names', () => {
  for (const period of [1, 2, 14, 50]) {
    const [calm, wild] = [new Atr(period), new Atr(period)]
    let difference = 0
    for (let bar = 0; bar < atrSettleBars(period); bar++) {
      const isSeed = bar <= period
      difference = wild.push(isSeed ? 101 : 100, 100, 100) - calm.push(100, 100, 100)
    }
    expect(difference).toBeLessThan(1.0001e-9)
  }
})

test('refuses a period that is none', () => {
  for (const period of [0, 1.5]) expect(() => new Atr(period)).toThrow(InvariantError)
})
