import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Bar } from '#domain/market'
import { BarSeries } from '#venues/shared/bars'
import { closedBarsOf } from '#venues/kraken/rest-public'
import { BTC } from './fake-kraken'

const MINUTE = 60_000
const T0 = Date.UTC(2026, 2, 8, 6, 0)

function row(minute: number, close: number, volume = 1): Bar {
  const openAtMs = T0 + minute * MINUTE
  return { openAtMs, closeAtMs: openAtMs + MINUTE, open: close, high: close, low: close, close, volume }
}

const at = (minute: number, seconds = 0): number => T0 + minute * MINUTE + seconds * 1_000
const series = (): BarSeries => new BarSeries(BTC, '1m', 2_000)
const flat = (minute: number, close: number): Bar => row(minute, close, 0)

test('MKT-03 a bar is final when a later one begins', () => {
  const bars = series()
  expect(bars.onRows([row(-2, 8), row(-1, 9), row(0, 10)], at(0, 5)).bars).toEqual([])
  expect(bars.onRows([row(0, 11)], at(0, 30)).bars).toEqual([])
  expect(bars.onRows([row(1, 12)], at(1, 1)).bars).toEqual([row(0, 11)])
})

test('MKT-03 a bar is final when the clock passes its end and the grace, not before', () => {
  const bars = series()
  bars.onRows([row(0, 10)], at(0, 5))
  expect(bars.onClock(at(1, 1.999))).toEqual([])
  // A trade of the old minute that is late within the grace still counts.
  expect(bars.onRows([row(0, 10.5)], at(1, 1)).bars).toEqual([])
  expect(bars.onClock(at(1, 2))).toEqual([row(0, 10.5)])
  // Later than that the bar is out, and stays as it was.
  expect(bars.onRows([row(0, 99)], at(1, 3)).bars).toEqual([])
  expect(bars.onClock(at(1, 30))).toEqual([])
})

test('MKT-03 a silent minute gives a flat bar at the last close, whether the clock or a later trade tells', () => {
  const bars = series()
  bars.onRows([row(0, 10)], at(0, 5))
  expect(bars.onClock(at(1, 2))).toEqual([row(0, 10)])
  expect(bars.onClock(at(2, 2))).toEqual([flat(1, 10)])
  expect(bars.onRows([row(4, 12)], at(4, 1)).bars).toEqual([flat(2, 10), flat(3, 10)])
  expect(bars.onClock(at(5, 2))).toEqual([row(4, 12)])
})

test('MKT-03 a market silent since long before the first connection gives flat bars from now on, none of the past', () => {
  const bars = series()
  expect(bars.onRows([row(-180, 10)], at(0, 30)).bars).toEqual([])
  expect(bars.onClock(at(0, 59))).toEqual([])
  expect(bars.onClock(at(1, 2))).toEqual([flat(0, 10)])
})

test('PAIN-05 a snapshot after a reconnect brings what was missed, each bar once', () => {
  const bars = series()
  bars.onRows([row(0, 10)], at(0, 5))
  expect(bars.onClock(at(1, 2))).toEqual([row(0, 10)])
  bars.onRows([row(1, 11)], at(1, 20))
  bars.suspend()
  // While the stream is gone, silence proves nothing.
  expect(bars.onClock(at(3, 2))).toEqual([])
  const news = bars.onRows([row(-1, 9), row(0, 10), row(1, 11.5), row(3, 13), row(4, 14)], at(4, 30))
  expect(news).toEqual({ bars: [row(1, 11.5), flat(2, 11.5), row(3, 13)], gap: null })
})

test('PAIN-05 a snapshot that does not reach back has the history asked before anything newer is given', () => {
  const bars = series()
  bars.onRows([row(0, 10)], at(0, 5))
  bars.onClock(at(1, 2))
  bars.suspend()
  expect(bars.onRows([row(5, 15)], at(5, 10))).toEqual({ bars: [], gap: { fromMs: at(1), toMs: at(5) } })
  expect(bars.onRows([row(6, 16)], at(6, 1))).toEqual({ bars: [], gap: null })
  const filled = bars.onGapFilled([row(0, 10), row(1, 11), row(2, 12), row(3, 13), row(4, 14), row(5, 99)], at(6, 1))
  expect(filled).toEqual([row(1, 11), row(2, 12), row(3, 13), row(4, 14), row(5, 15)])
  expect(bars.onClock(at(7, 2))).toEqual([row(6, 16)])
})

test('a gap that the history cannot fill stays open, and newer bars go on', () => {
  const bars = series()
  bars.onRows([row(0, 10)], at(0, 5))
  bars.onClock(at(1, 2))
  bars.suspend()
  bars.onRows([row(5, 15)], at(5, 10))
  expect(bars.onGapFilled([], at(6, 2))).toEqual([row(5, 15)])
})

test('MKT-03 whatever comes when: bars are contiguous, once each, in order (property)', () => {
  const step = fc.record({
    seconds: fc.integer({ min: 1, max: 200 }),
    close: fc.integer({ min: 1, max: 9 }),
    trades: fc.boolean(),
    lateSec: fc.integer({ min: 0, max: 1 }),
  })
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      const bars = series()
      let nowMs = at(0, 1)
      const out: Bar[] = [...bars.onRows([row(0, 5)], nowMs).bars]
      for (const { seconds, close, trades, lateSec } of steps) {
        for (let second = 0; second < seconds; second++) {
          nowMs += 1_000
          out.push(...bars.onClock(nowMs))
        }
        const minute = Math.floor((nowMs - lateSec * 1_000 - T0) / MINUTE)
        if (trades) out.push(...bars.onRows([row(minute, close)], nowMs).bars)
      }
      out.push(...bars.onClock(nowMs + 3 * MINUTE))
      out.forEach((bar, index) => {
        expect(bar.openAtMs).toBe(T0 + index * MINUTE)
        expect(bar.closeAtMs).toBe(bar.openAtMs + MINUTE)
      })
      expect(out.length).toBeGreaterThanOrEqual(Math.floor((nowMs - T0) / MINUTE))
    }),
  )
})

test('PAIN-16 bars over a change to summer time are minutes of UTC (2026-03-08 07:00 in New York)', () => {
  const bars = series()
  bars.onRows([row(0, 1)], at(0, 1))
  const out: Bar[] = []
  for (let minute = 1; minute <= 180; minute++) out.push(...bars.onClock(at(minute, 2)))
  expect(out).toHaveLength(180)
  expect(out.every((bar, index) => bar.openAtMs === at(index))).toBe(true)
})

test('MKT-03 daily bars open at 00:00 UTC and close a day later', () => {
  const bars = new BarSeries(BTC, '1d', 2_000)
  const day = Date.UTC(2026, 2, 29)
  const candle = (openAtMs: number): Bar => ({ openAtMs, closeAtMs: openAtMs + 86_400_000, open: 1, high: 2, low: 1, close: 2, volume: 3 })
  bars.onRows([candle(day)], day + 3_600_000)
  expect(bars.onClock(day + 86_400_000 + 1_999)).toEqual([])
  expect(bars.onClock(day + 86_400_000 + 2_000)).toEqual([candle(day)])
})

test('MKT-03 history: the running candle is dropped, rows are ordered, once each, silent ones filled', () => {
  const ohlc = (minute: number, close: number): Parameters<typeof closedBarsOf>[0][number] => [
    at(minute) / 1_000,
    close,
    close,
    close,
    close,
    close,
    1,
    1,
  ]
  const rows = [ohlc(2, 12), ohlc(0, 10), ohlc(2, 12), ohlc(5, 15), ohlc(6, 16)]
  expect(closedBarsOf(rows, '1m', at(6, 10))).toEqual([row(0, 10), flat(1, 10), row(2, 12), flat(3, 12), flat(4, 12), row(5, 15)])
  expect(closedBarsOf([ohlc(6, 16)], '1m', at(6, 10))).toEqual([])
  expect(closedBarsOf([], '1m', at(6, 10))).toEqual([])
  // A candle that our own clock still counts as running is not given out, even when the venue sent a later one.
  expect(closedBarsOf([ohlc(5, 15), ohlc(6, 16)], '1m', at(5, 59))).toEqual([])
})
