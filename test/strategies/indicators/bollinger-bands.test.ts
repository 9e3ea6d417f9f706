import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { InvariantError } from '#domain/errors'
import { BollingerBands } from '#strategies/indicators/bollinger-bands'
import { walk } from '../strategy-fixture'
import { agree, naiveBollinger } from './naive'
import { anyPeriod, anySeries, closesOf, growing, scaleOf } from './series'

function bandsOf(period: number, deviations: number, closes: readonly number[]) {
  const bands = new BollingerBands(period, deviations)
  for (const close of closes) bands.push(close)
  return { lower: bands.lower, middle: bands.middle, upper: bands.upper }
}

test('STR-08 golden values by hand: the textbook eight numbers with mean 5 and deviation 2', () => {
  // Squares of the distances: 9 + 1 + 1 + 1 + 0 + 0 + 4 + 16 = 32; 32 / 8 = 4.
  const closes = [2, 4, 4, 4, 5, 5, 7, 9]
  expect(bandsOf(8, 2, closes)).toEqual({ lower: 1, middle: 5, upper: 9 })
  expect(bandsOf(8, 0.5, [1_000, ...closes])).toEqual({ lower: 4, middle: 5, upper: 6 })
  // The last four: mean 6.5, squares 2.25 + 2.25 + 0.25 + 6.25 = 11, deviation √2.75.
  expect(bandsOf(4, 2, closes).upper).toBeCloseTo(6.5 + 2 * Math.sqrt(2.75), 12)
})

test('STR-08 closes 1 to 20: mean 10.5, deviation √((20² − 1) / 12) with the divisor 20', () => {
  const { lower, middle, upper } = bandsOf(
    20,
    2,
    Array.from({ length: 20 }, (_, index) => index + 1),
  )
  expect(middle).toBe(10.5)
  expect(upper).toBeCloseTo(10.5 + 2 * Math.sqrt(33.25), 12)
  expect(lower).toBeCloseTo(10.5 - 2 * Math.sqrt(33.25), 12)
})

test('STR-08 closes that do not move have bands of exactly no width, after whatever came before', () => {
  expect(bandsOf(20, 2, [...walk(1_000, 3, 40_000, 30), ...Array<number>(20).fill(46_319)])).toEqual({
    lower: 46_319,
    middle: 46_319,
    upper: 46_319,
  })
})

test('STR-01 equal their definition, in order, and unknown before the window is full', () => {
  fc.assert(
    fc.property(anySeries, anyPeriod, fc.double({ min: 0.1, max: 5, noNaN: true }), (bars, period, deviations) => {
      const bands = new BollingerBands(period, deviations)
      const scale = scaleOf(bars)
      for (const { bar, heard } of growing(bars)) {
        bands.push(bar.close)
        const naive = naiveBollinger(closesOf(heard), period, deviations)
        for (const line of ['lower', 'middle', 'upper'] as const) expect(agree(bands[line], naive[line], scale)).toBe(true)
        const isKnown = heard.length >= period
        expect(bands.lower <= bands.middle && bands.middle <= bands.upper).toBe(isKnown)
      }
    }),
  )
})

test('STR-01 do not depend on what came before the window, to the last bit', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 1, max: 1e15, noNaN: true }), { maxLength: 50 }), fc.nat(), (before, seed) => {
      const closes = walk(20, seed, 40_000, 30)
      expect(bandsOf(20, 2, [...before, ...closes])).toEqual(bandsOf(20, 2, closes))
    }),
  )
})

test('refuses a period or a distance that is none', () => {
  for (const period of [0, 1.5]) expect(() => new BollingerBands(period, 2)).toThrow(InvariantError)
  for (const deviations of [0, -1, Number.NaN]) expect(() => new BollingerBands(20, deviations)).toThrow(InvariantError)
})
