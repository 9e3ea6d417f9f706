import { describe, expect, test } from 'bun:test'
import { isLess, isMultipleOf, decimal } from '#domain/decimal'
import { hashOf, type MarketBench, type MarketSetting, MINUTE, openMarket, recordingOf } from './fixture'

// Everything here runs on a virtual clock.
const SYMBOL = 'BTC/USD'

function midOf({ engine }: MarketBench): number {
  return (Number(engine.bestBid(SYMBOL)?.price) + Number(engine.bestAsk(SYMBOL)?.price)) / 2
}

describe('a price that jumps', () => {
  test('SIM-01 RSK-08 is so many times the old one in the same instant, uncrossed, on the grid, and stays there', () => {
    for (const factor of [0.6, 0.05, 1.5]) {
      const bench = openMarket()
      const { engine, market, clock } = bench
      market.start()
      clock.advance(10 * MINUTE + 7_000)
      const before = midOf(bench)
      const others = engine.bestBid('ETH/USD')?.price
      market.shift(SYMBOL, factor)
      expect(Math.abs(midOf(bench) / before / factor - 1)).toBeLessThan(0.005)
      expect(engine.bestBid('ETH/USD')?.price).toBe(others)
      for (let minute = 0; minute < 5; minute++) {
        clock.advance(MINUTE)
        const book = engine.book(SYMBOL, 10)
        expect([book.bids.length, book.asks.length]).toEqual([10, 10])
        expect(isLess(book.bids[0]?.price ?? decimal(0), book.asks[0]?.price ?? decimal(0))).toBe(true)
        for (const { price } of [...book.bids, ...book.asks]) expect(isMultipleOf(price, decimal('0.1'))).toBe(true)
        expect(Math.abs(midOf(bench) / before / factor - 1)).toBeLessThan(0.02)
      }
    }
  })

  test('SIM-01 a market that is stopped and read back goes on from the shifted price', () => {
    const setting: MarketSetting = { seed: '7' }
    const bench = openMarket(setting)
    bench.market.start()
    bench.clock.advance(3 * MINUTE)
    bench.market.shift(SYMBOL, 0.5)
    bench.market.stop()
    const rows = bench.market.rows()
    const again = openMarket({ ...setting, startMs: bench.clock.now() })
    again.market.load(rows)
    again.market.start()
    again.clock.advance(2 * MINUTE)
    expect(midOf(again)).toBeGreaterThan(64_000 * 0.48)
    expect(midOf(again)).toBeLessThan(64_000 * 0.52)
  })

  test('SIM-01 a recording is played at so many times its prices, its past as it was', () => {
    const recording = recordingOf(1_600)
    const bench = openMarket({ source: { kind: 'replay', recording, symbol: SYMBOL }, startMs: recording.tradingStartsAtMs })
    bench.market.start()
    bench.clock.advance(MINUTE)
    const past = bench.market.candles(SYMBOL, 1, null, 100)[0]
    bench.market.shift(SYMBOL, 0.5)
    bench.clock.advance(10 * MINUTE)
    const closes = bench.market.candles(SYMBOL, 1, recording.tradingStartsAtMs + 2 * MINUTE, 100).slice(0, -1)
    expect(closes.length).toBeGreaterThan(5)
    for (const [index, { close }] of closes.entries())
      expect(Math.abs(Number(close) / ((recording.close[1_440 + 2 + index] as number) * 0.5) - 1)).toBeLessThan(0.001)
    expect(bench.market.candles(SYMBOL, 1, null, 1_000).find(({ openAtMs }) => openAtMs === past?.openAtMs)).toEqual(past as never)
  })

  test('SIM-01 is part of the seed: the same jump at the same time gives the same market', () => {
    const hour = (factor: number) => {
      const { engine, market, clock, events } = openMarket({ seed: '42' })
      engine.watchBook(SYMBOL, true)
      market.start()
      clock.advance(5 * MINUTE)
      market.shift(SYMBOL, factor)
      clock.advance(5 * MINUTE)
      market.stop()
      return hashOf(events)
    }
    expect(hour(0.7)).toBe(hour(0.7))
    expect(hour(0.8)).not.toBe(hour(0.7))
  })

  test('SIM-01 a factor that is no price is refused', () => {
    const { market } = openMarket()
    market.start()
    for (const factor of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => market.shift(SYMBOL, factor)).toThrow('cannot be multiplied')
  })
})
