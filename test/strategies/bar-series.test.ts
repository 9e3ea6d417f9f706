import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { InvariantError } from '#domain/errors'
import type { Bar } from '#domain/market'
import { BarSeries } from '#strategies/bar-series'
import type { BarsView } from '#strategies/types'
import { barsOf, START_MS, walk } from './strategy-fixture'

function read(view: BarsView): readonly Bar[] {
  return Array.from({ length: view.count }, (_, index) => ({
    openAtMs: view.openAtMs(index),
    closeAtMs: view.closeAtMs(index),
    open: view.open(index),
    high: view.high(index),
    low: view.low(index),
    close: view.close(index),
    volume: view.volume(index),
  }))
}

test('MKT-03 holds the newest bars of its capacity, whatever came before', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 60 }), (capacity, count) => {
      const bars = barsOf(walk(count, 7))
      const series = new BarSeries(capacity)
      for (const [index, bar] of bars.entries()) {
        expect(series.push(bar)).toBe(true)
        expect(read(series.view)).toEqual(bars.slice(Math.max(0, index + 1 - capacity), index + 1))
        expect(series.newestCloseAtMs).toBe(bar.closeAtMs)
      }
    }),
  )
})

test('MKT-04 ignores a bar that it has and one that is older, and takes a gap', () => {
  const [first, second, third] = barsOf([1, 2, 3])
  if (first === undefined || second === undefined || third === undefined) throw new Error('three bars were made')
  const series = new BarSeries(5)
  expect(series.newestCloseAtMs).toBeNull()
  expect([series.push(first), series.push(first), series.push(third), series.push(second)]).toEqual([true, false, true, false])
  expect(read(series.view)).toEqual([first, third])
})

test('refuses to read what it does not hold', () => {
  const series = new BarSeries(2)
  for (const bar of barsOf([1, 2, 3])) series.push(bar)
  expect(series.view.close(0)).toBe(2)
  for (const index of [-1, 2, 0.5, Number.NaN]) expect(() => series.view.close(index)).toThrow(InvariantError)
  expect(() => new BarSeries(1).view.openAtMs(0)).toThrow('bar 0 of 0 does not exist')
})

test('refuses a capacity that is none', () => {
  for (const capacity of [0, -1, 1.5, Number.NaN]) expect(() => new BarSeries(capacity)).toThrow(InvariantError)
})

test('STR-01 its view cannot be written', () => {
  const series = new BarSeries(2)
  for (const bar of barsOf([1], '1m', 1, START_MS)) series.push(bar)
  expect(Object.isFrozen(series.view)).toBe(true)
  expect(Object.keys(series.view).sort()).toEqual(['close', 'closeAtMs', 'count', 'high', 'low', 'open', 'openAtMs', 'volume'])
})
