import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { InvariantError } from '#domain/errors'
import { barOpenAt, DAY_MS, formatDuration, parseDuration, TIMEFRAME_MS, type Timeframe, utcDayOf } from '#domain/time'

const FRAMES = Object.keys(TIMEFRAME_MS) as Timeframe[]
const instant = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) })

describe(`bars and days are pure arithmetic (this process runs under TZ=${process.env['TZ'] ?? 'unset'})`, () => {
  test('PAIN-16 opens bars on UTC multiples of their length, whatever zone the process has', () => {
    fc.assert(
      fc.property(instant, fc.constantFrom(...FRAMES), (atMs, frame) => {
        const openAtMs = barOpenAt(atMs, frame)
        expect(openAtMs % TIMEFRAME_MS[frame]).toBe(0)
        expect(openAtMs <= atMs && atMs < openAtMs + TIMEFRAME_MS[frame]).toBe(true)
      }),
    )
  })

  test('PAIN-16 has days of 24 UTC hours on the days when zones change their clocks', () => {
    // New York 2026-03-08 and 2026-11-01, Berlin 2026-03-29 and 2026-10-25, Chatham (+12:45/+13:45) 2026-04-05 and 2026-09-27.
    for (const day of ['2026-03-08', '2026-11-01', '2026-03-29', '2026-10-25', '2026-04-05', '2026-09-27']) {
      const startMs = Date.parse(`${day}T00:00:00Z`)
      for (let hour = 0; hour < 24; hour++) {
        const atMs = startMs + hour * 3_600_000 + 59 * 60_000
        expect(utcDayOf(atMs)).toBe(startMs)
        expect(barOpenAt(atMs, '1d')).toBe(startMs)
        expect(barOpenAt(atMs, '4h')).toBe(startMs + Math.floor(hour / 4) * 14_400_000)
        expect(barOpenAt(atMs, '1h')).toBe(startMs + hour * 3_600_000)
      }
      expect(utcDayOf(startMs + DAY_MS)).toBe(startMs + DAY_MS)
      expect(utcDayOf(startMs - 1)).toBe(startMs - DAY_MS)
    }
  })

  test('PAIN-16 names the UTC day as the ISO text does', () => {
    fc.assert(
      fc.property(instant, (atMs) => expect(utcDayOf(atMs)).toBe(Date.parse(`${new Date(atMs).toISOString().slice(0, 10)}T00:00:00Z`))),
    )
  })
})

describe('durations', () => {
  test('reads numbers with units', () => {
    const cases: readonly [string, number][] = [
      ['250ms', 250],
      ['90s', 90_000],
      ['15m', 900_000],
      ['6h', 21_600_000],
      ['3d', 259_200_000],
      ['1.5h', 5_400_000],
      [' 5s ', 5_000],
    ]
    for (const [text, ms] of cases) expect(parseDuration(text)).toBe(ms)
  })

  test('refuses what is no positive duration, with an example of one', () => {
    for (const text of ['', '5', 's', '0s', '-5s', '5 s', '5w', '1e3s', '0.1ms']) {
      expect(() => parseDuration(text)).toThrow(InvariantError)
      expect(() => parseDuration(text)).toThrow('such as 90s or 3d')
    }
  })

  test('writes two units at most', () => {
    const cases: readonly [number, string][] = [
      [250, '250 ms'],
      [1_000, '1 s'],
      [245_000, '4 min 5 s'],
      [3_600_000, '1 h'],
      [183_600_000, '2 d 3 h'],
      [90_061_000, '1 d 1 h'],
    ]
    for (const [ms, text] of cases) expect(formatDuration(ms)).toBe(text)
  })
})
