import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { InvariantError } from '#domain/errors'
import { DonchianChannel } from '#strategies/indicators/donchian-channel'
import { RollingMaximum } from '#strategies/indicators/rolling-maximum'
import { naiveDonchian } from './naive'
import { anyPeriod, anySeries, growing } from './series'

test('STR-09 golden values by hand: the bar itself is left out, and the bar four back no longer counts', () => {
  const channel = new DonchianChannel(3, 3)
  const seen = [
    [10, 8],
    [12, 9],
    [11, 7],
    [9, 6],
    [20, 5],
    [10, 9],
    [10, 9],
    [10, 9],
    [10, 9],
  ].map(([high = 0, low = 0]) => {
    channel.push(high, low)
    return [channel.upper, channel.lower]
  })
  const unknown = [Number.NaN, Number.NaN]
  expect(seen).toEqual([unknown, unknown, unknown, [12, 7], [12, 6], [20, 5], [20, 5], [20, 5], [10, 9]])
})

test('STR-01 equals its definition exactly: a maximum has no rounding', () => {
  fc.assert(
    fc.property(anySeries, anyPeriod, anyPeriod, (bars, upperPeriod, lowerPeriod) => {
      const channel = new DonchianChannel(upperPeriod, lowerPeriod)
      for (const { bar, heard } of growing(bars)) {
        channel.push(bar.high, bar.low)
        expect([channel.upper, channel.lower]).toEqual([naiveDonchian(heard, upperPeriod).upper, naiveDonchian(heard, lowerPeriod).lower])
      }
    }),
  )
})

test('STR-01 keeps to its ring over falling, rising, equal and alternating values, far beyond its length', () => {
  const shapes: Record<string, (index: number) => number> = {
    falling: (index) => -index,
    rising: (index) => index,
    equal: () => 1,
    alternating: (index) => (index % 2 === 0 ? index : -index),
  }
  for (const shape of Object.values(shapes)) {
    for (const length of [1, 2, 3, 4, 7, 8, 9, 64]) {
      const rolling = new RollingMaximum(length)
      const values: number[] = []
      for (let index = 0; index < 300; index++) {
        rolling.push(shape(index))
        values.push(shape(index))
        expect(rolling.value).toBe(values.length < length ? Number.NaN : Math.max(...values.slice(-length)))
      }
    }
  }
})

test('refuses a period that is none', () => {
  for (const period of [0, 1.5]) expect(() => new DonchianChannel(period, 3)).toThrow(InvariantError)
  for (const period of [0, 1.5]) expect(() => new DonchianChannel(3, period)).toThrow(InvariantError)
})
