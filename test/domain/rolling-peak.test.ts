import { expect, test } from 'bun:test'
import { decimal, isGreater, type Decimal } from '#domain/decimal'
import { trackPeak } from '#domain/drawdown'
import { RollingPeak } from '#domain/rolling-peak'
import { SeededRandom } from '#sim/random'
import { IS_LONG } from '../company/profile'

const MINUTE_MS = 60_000
const START_MS = Date.UTC(2026, 0, 5, 12)

test('RSK-08 the rolling peak is the highest of the minutes that reach into the window, by a plain search', () => {
  for (let seed = 0; seed < (IS_LONG ? 400 : 40); seed++) {
    const random = new SeededRandom(`rolling-peak/${seed}`)
    const windowMs = (1 + random.integer(30)) * MINUTE_MS
    const peak = new RollingPeak(windowMs)
    const seen: { readonly startMs: number; readonly value: Decimal }[] = []
    let nowMs = START_MS
    for (let step = 0; step < 300; step++) {
      nowMs += random.integer(3 * MINUTE_MS)
      const value = decimal(random.integer(2_000) - 1_000)
      peak.add(nowMs, value)
      seen.push({ startMs: Math.floor(nowMs / MINUTE_MS) * MINUTE_MS, value })
      const wanted = seen
        .filter(({ startMs }) => startMs + MINUTE_MS > nowMs - windowMs)
        .reduce<Decimal | null>((best, { value: one }) => (best === null || isGreater(one, best) ? one : best), null)
      expect([seed, step, peak.highest(nowMs)]).toEqual([seed, step, wanted])
    }
    expect(peak.points().length).toBeLessThanOrEqual(windowMs / MINUTE_MS + 2)
  }
})

test('RSK-08 a fall of two weeks keeps no more than one point a minute, and its snapshot is the same peak', () => {
  const peak = new RollingPeak(14 * 86_400_000)
  for (let second = 0; second < 7_200; second += 10) peak.add(START_MS + second * 1_000, decimal(10_000 - second))
  expect(peak.points()).toHaveLength(120)
  const again = new RollingPeak(14 * 86_400_000)
  again.restore(structuredClone(peak.points()))
  for (const aheadMs of [0, 13 * 86_400_000, 14 * 86_400_000 + 5 * MINUTE_MS, 30 * 86_400_000])
    expect(again.highest(START_MS + aheadMs)).toBe(peak.highest(START_MS + aheadMs))
  expect(peak.highest(START_MS + 30 * 86_400_000)).toBeNull()
})

test('RSK-08 a clock that is set back forgets no peak', () => {
  const peak = new RollingPeak(10 * MINUTE_MS)
  peak.add(START_MS, decimal(500))
  peak.add(START_MS - 3_600_000, decimal(400))
  expect(peak.highest(START_MS - 3_600_000)).toBe(decimal(500))
  expect(peak.highest(START_MS)).toBe(decimal(500))
})

test('RSK-08 a withdrawal is no loss and a deposit no gain: the peak moves along', () => {
  const d = decimal
  const first = trackPeak(null, d('1000'), d('1000'))
  const fallen = trackPeak(first, d('900'), d('1000'))
  expect(fallen).toEqual({ peak: d('1000'), flows: d('1000') })
  expect(trackPeak(fallen, d('400'), d('500'))).toEqual({ peak: d('500'), flows: d('500') })
  expect(trackPeak(fallen, d('5900'), d('6000'))).toEqual({ peak: d('6000'), flows: d('6000') })
})
