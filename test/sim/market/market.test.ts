import { describe, expect, test } from 'bun:test'
import { decimal, isLess, isMultipleOf, sum } from '#domain/decimal'
import { openMemoryStore } from '#sim/engine/store'
import type { Candle, SimMarket } from '#sim/market/types'
import { hashOf, type MarketBench, type MarketSetting, MINUTE, openMarket, order, recordingOf, START_MS } from './fixture'

// Everything here runs on a virtual clock.
const SYMBOLS = ['BTC/USD', 'ETH/USD', 'SOL/USD', 'XRP/USD'] as const

/** An hour of four markets with an account that trades now and then. */
function hour(setting: MarketSetting): string {
  const { engine, market, clock, events } = openMarket(setting)
  for (const symbol of SYMBOLS) engine.watchBook(symbol, true)
  market.start()
  for (let minute = 0; minute < 60; minute += 10) {
    engine.place(order({ type: 'market', quantity: decimal('0.05') }))
    engine.place(order({ side: 'sell', limitPrice: engine.bestAsk('BTC/USD')?.price ?? null, quantity: decimal('0.05') }))
    clock.advance(10 * MINUTE)
  }
  market.stop()
  return hashOf(events)
}

describe('a seeded market', () => {
  test('SIM-08 an hour of four instruments is the same for the same seed, and another for another', () => {
    const first = hour({ seed: '42' })
    expect(hour({ seed: '42' })).toBe(first)
    expect(hour({ seed: '43' })).not.toBe(first)
  })

  test('SIM-01 books stay deep, tight, uncrossed and on the grid, at every step', () => {
    const { engine, market, clock } = openMarket()
    market.start()
    for (let step = 0; step < 1_800; step++) {
      clock.advance(1_000)
      for (const symbol of SYMBOLS) {
        const bid = engine.bestBid(symbol)
        const ask = engine.bestAsk(symbol)
        if (bid === null || ask === null) throw new Error(`${symbol} has an empty side`)
        expect(isLess(bid.price, ask.price)).toBe(true)
        const spreadBps = (Number(ask.price) / Number(bid.price) - 1) * 10_000
        if (symbol === 'BTC/USD') expect(spreadBps).toBeLessThan(4)
      }
      if (step % 100 > 0) continue
      for (const symbol of SYMBOLS) {
        const book = engine.book(symbol, 1_000)
        expect(book.bids.length).toBeGreaterThanOrEqual(25)
        expect(book.asks.length).toBeGreaterThanOrEqual(25)
        expect(new Set(book.bids.slice(0, 10).map((level) => level.quantity)).size).toBeGreaterThan(5)
      }
    }
  })

  test('SIM-01 moves so that short moving averages cross every few minutes', () => {
    const { market, clock } = openMarket()
    market.start()
    clock.advance(6 * 60 * MINUTE)
    for (const symbol of SYMBOLS) {
      const closes = market.candles(symbol, 1, START_MS, 1_000).map((candle) => Number(candle.close))
      const mean = (end: number, count: number): number => closes.slice(end - count, end).reduce((sum, close) => sum + close, 0) / count
      const signs = closes.flatMap((_, index) => (index < 12 ? [] : [Math.sign(mean(index, 5) - mean(index, 12))]))
      const crosses = signs.filter((sign, index) => index > 0 && sign !== signs[index - 1]).length
      expect(crosses).toBeGreaterThan(15)
    }
  })

  test('SIM-01 an order that crosses fills against the agents at their price', () => {
    const { engine, market } = openMarket()
    market.start()
    const ask = engine.bestAsk('BTC/USD')
    const bought = engine.place(order({ type: 'market', quantity: decimal('0.01') }))
    expect(bought).toMatchObject({ kind: 'accepted', order: { status: 'filled', averagePrice: ask?.price ?? '' } })
    expect(engine.place(order({ type: 'market', quantity: decimal('1.5') }))).toMatchObject({ order: { status: 'filled' } })
    expect(engine.totals().every(({ accounts, house, fees, paidIn }) => sum([accounts, house, fees]) === paidIn)).toBe(true)
  })

  test('SIM-01 the price step changes again while an order rests between the steps', () => {
    const { engine, market, clock } = openMarket()
    market.start()
    clock.advance(MINUTE)
    const limitPrice = decimal('20000.1')
    expect(engine.place(order({ limitPrice })).kind).toBe('accepted')
    for (const tickSize of ['0.5', '1', '0.2', '0.1'].map(decimal)) {
      market.reprice('BTC/USD', () => engine.setTickSize('BTC/USD', tickSize))
      clock.advance(MINUTE)
      expect(engine.openOrders('alice').map((one) => one.limitPrice)).toEqual([limitPrice])
      const { bids, asks } = engine.book('BTC/USD', 10)
      expect([bids.length, asks.length]).toEqual([10, 10])
      for (const { price } of [...bids, ...asks]) expect(isMultipleOf(price, tickSize)).toBe(true)
    }
    market.stop()
  })

  test('SIM-01 a closed instrument stands still and opens again where the path has gone', () => {
    const { engine, market, clock } = openMarket()
    market.start()
    engine.setStatus('BTC/USD', 'offline')
    const last = engine.prints('BTC/USD', null, 1)[0]?.tradeId ?? 0
    clock.advance(10 * MINUTE)
    expect(engine.prints('BTC/USD', last, 10)).toEqual([])
    engine.setStatus('BTC/USD', 'online')
    clock.advance(MINUTE)
    expect(engine.prints('BTC/USD', last, 100).length).toBeGreaterThan(3)
  })
})

function prices(candle: Candle | undefined): readonly unknown[] {
  return [candle?.open, candle?.high, candle?.low, candle?.close]
}

describe('candles', () => {
  test('SIM-01 the past depends on the seed and the place before the start, not on the date', () => {
    const pastOf = (startMs: number): readonly unknown[] => {
      const { market } = openMarket({ startMs })
      market.start()
      return market.candles('ETH/USD', 1, null, 720).slice(0, -1).map(prices)
    }
    expect(pastOf(START_MS)).toHaveLength(720)
    expect(pastOf(START_MS + 987 * MINUTE)).toEqual(pastOf(START_MS))
  })

  test('SIM-01 past and present join without a jump: each bar opens where the one before closed', () => {
    const { market, clock } = openMarket()
    market.start()
    clock.advance(30 * MINUTE)
    const bars = market.candles('BTC/USD', 1, null, 60)
    for (const [index, bar] of bars.entries()) {
      if (index > 0)
        expect([bar.openAtMs, bar.open]).toEqual([(bars[index - 1]?.openAtMs ?? 0) + MINUTE, bars[index - 1]?.close ?? decimal('0')])
    }
  })

  test('SIM-01 30 days reach back, and longer bars are sums of the minutes', () => {
    const { market, clock } = openMarket()
    market.start()
    clock.advance(17 * MINUTE)
    const minutes = market.candles('SOL/USD', 1, null, 2_000)
    for (const interval of [5, 15, 30, 60, 240] as const) {
      const bars = market.candles('SOL/USD', interval, null, 4)
      for (const bar of bars) {
        const own = minutes.filter((one) => one.openAtMs >= bar.openAtMs && one.openAtMs < bar.openAtMs + interval * MINUTE)
        expect(bar.openAtMs % (interval * MINUTE)).toBe(0)
        expect(prices(bar)).toEqual([
          own[0]?.open,
          decimal(String(Math.max(...own.map((one) => Number(one.high))))),
          decimal(String(Math.min(...own.map((one) => Number(one.low))))),
          own.at(-1)?.close,
        ])
        expect(bar.count).toBe(own.reduce((sum, one) => sum + one.count, 0))
      }
    }
    const days = market.candles('SOL/USD', 1440, null, 720)
    expect(days).toHaveLength(31)
    expect(market.candles('SOL/USD', 10080, null, 720).length).toBeGreaterThanOrEqual(5)
  })

  test('SIM-01 since is inclusive, the newest win a limit, and the running bar is always last', () => {
    const { market, clock } = openMarket()
    market.start()
    clock.advance(5 * MINUTE + 10_000)
    const since = market.candles('BTC/USD', 1, START_MS, 720)
    expect(since.map((bar) => (bar.openAtMs - START_MS) / MINUTE)).toEqual([0, 1, 2, 3, 4, 5])
    expect(market.candles('BTC/USD', 1, null, 2).map((bar) => (bar.openAtMs - START_MS) / MINUTE)).toEqual([3, 4, 5])
    expect(market.candles('BTC/USD', 1, START_MS + 86_400_000, 2)).toEqual([market.runningCandle('BTC/USD', 1)])
  })

  test('SIM-01 silent minutes are filled flat with the close before', () => {
    const { market, clock } = openMarket()
    market.start()
    clock.advance(2 * MINUTE)
    market.stop()
    clock.advance(3 * MINUTE)
    const bars = market.candles('BTC/USD', 1, START_MS + 2 * MINUTE, 10)
    const close = bars[0]?.close
    expect(bars.slice(1).map((bar) => [...prices(bar), bar.volume, bar.vwap, bar.count])).toEqual(
      bars.slice(1).map(() => [close, close, close, close, decimal('0'), decimal('0'), 0]),
    )
  })

  test('SIM-01 the ticker’s day figures are those of the candles', () => {
    const { market, clock, engine } = openMarket()
    market.start()
    clock.advance(90 * MINUTE + 30_000)
    const { today, day24h, last } = market.ticker('XRP/USD')
    expect(last).toBe(engine.lastPrice('XRP/USD'))
    const day = market.runningCandle('XRP/USD', 1440)
    expect(today).toEqual({ open: day.open, high: day.high, low: day.low, volume: day.volume, vwap: day.vwap, count: day.count })
    const minutes = market.candles('XRP/USD', 1, null, 1_439)
    expect(day24h.count).toBe(minutes.reduce((sum, one) => sum + one.count, 0))
    expect(Number(day24h.high)).toBe(Math.max(...minutes.map((one) => Number(one.high))))
  })
})

describe('a replay', () => {
  const recording = recordingOf(1_440 + 120)
  const source = { kind: 'replay', recording, symbol: 'BTC/USD' } as const

  test('SIM-01 plays the recorded minutes exactly, after a past of the first 1,440 bars', () => {
    const { market, clock, engine } = openMarket({ source, startMs: recording.tradingStartsAtMs })
    let ended = 0
    market.onEnd(() => ended++)
    market.start()
    expect(engine.instruments().map((one) => one.symbol)).toEqual(['BTC/USD'])
    expect(market.endsAtMs).toBe(recording.endsAtMs)
    clock.runUntil(recording.endsAtMs - 1)
    expect(ended).toBe(0)
    clock.advance(5 * MINUTE)
    expect(ended).toBe(1)
    const bars = market.candles('BTC/USD', 1, recording.firstOpenAtMs, 2_000)
    for (let index = 0; index < recording.barCount; index++) {
      const bar = bars[index]
      expect([bar?.openAtMs, ...prices(bar).map(Number), Number(bar?.volume)]).toEqual([
        recording.firstOpenAtMs + index * MINUTE,
        recording.open[index] ?? 0,
        recording.high[index] ?? 0,
        recording.low[index] ?? 0,
        recording.close[index] ?? 0,
        recording.volume[index] ?? 0,
      ])
    }
  })

  test('SIM-01 a resting order fills at its price in the first minute that trades through it, and not before', () => {
    const { engine, market, clock } = openMarket({ source, startMs: recording.tradingStartsAtMs })
    market.start()
    engine.deposit('alice', 'BTC', decimal('10'))
    const from = 1_445
    clock.advance((from - 1_440) * MINUTE)
    const last = recording.close[from - 1] ?? 0
    let fills = 0
    const checks: (() => void)[] = []
    for (const distance of [20.5, 60.5, 120.5]) {
      for (const side of ['buy', 'sell'] as const) {
        const limit = side === 'buy' ? last - distance : last + distance
        const isThrough = (_: number, index: number): boolean =>
          index >= from && (side === 'buy' ? (recording.low[index] ?? 0) < limit : (recording.high[index] ?? 0) > limit)
        const first = recording.open.findIndex(isThrough)
        const placed = engine.place(order({ side, limitPrice: decimal(String(limit)), quantity: decimal('0.001') }))
        const orderId = placed.kind === 'accepted' ? placed.order.orderId : ''
        checks.push(() => {
          const found = engine.order(orderId)
          const minute =
            found === null || found.closedAtMs === null ? -1 : Math.floor((found.closedAtMs - recording.firstOpenAtMs) / MINUTE)
          expect([minute, found?.status]).toEqual([first, first < 0 ? 'open' : 'filled'])
          if (first >= 0) expect([++fills, found?.averagePrice]).toEqual([fills, decimal(String(limit))])
        })
      }
    }
    clock.runUntil(recording.endsAtMs)
    for (const check of checks) check()
    expect(fills).toBeGreaterThan(2)
  })

  test('SIM-01 keeps its last prices when the recording is over', () => {
    const { market, clock, engine } = openMarket({ source, startMs: recording.tradingStartsAtMs })
    market.start()
    clock.runUntil(recording.endsAtMs + 30 * MINUTE)
    expect(Number(engine.lastPrice('BTC/USD'))).toBe(recording.close[recording.barCount - 1] ?? 0)
    expect(engine.bestBid('BTC/USD')).not.toBeNull()
  })

  test('SIM-01 coarse steps still visit open, high, low and close', () => {
    const { market, clock } = openMarket({ source, startMs: recording.tradingStartsAtMs, stepMs: 5_000 })
    market.start()
    clock.runUntil(recording.endsAtMs - 1)
    const bars = market.candles('BTC/USD', 1, recording.tradingStartsAtMs, 2_000)
    expect(bars.map((bar) => prices(bar).map(Number))).toEqual(
      bars.map((_, at) => [recording.open, recording.high, recording.low, recording.close].map((column) => column[1_440 + at] ?? 0)),
    )
  })
})

describe('a restart', () => {
  const run = (bench: MarketBench, ms: number): void => bench.clock.advance(ms)
  const bars = (market: SimMarket): readonly unknown[] => market.candles('BTC/USD', 1, START_MS, 100).slice(0, -1).map(prices)

  test('SIM-01 after a kill the path, the bars, the orders and the trade numbers go on where they were', () => {
    const store = openMemoryStore()
    const whole = openMarket()
    whole.market.start()
    run(whole, 20 * MINUTE)

    const first = openMarket()
    store.attach([first.engine, first.market])
    first.market.onStep(() => store.commit())
    first.market.start()
    const rests = first.engine.place(order({ limitPrice: decimal('50000') }))
    run(first, 10 * MINUTE + 500)
    const lastId = first.engine.prints('BTC/USD', null, 1)[0]?.tradeId ?? 0

    const second = openMarket()
    second.clock.runUntil(first.clock.now())
    expect(store.attach([second.engine, second.market])).toBe(true)
    second.market.onStep(() => store.commit())
    second.market.start()
    expect(second.engine.openOrders('alice').map((one) => one.orderId)).toEqual([rests.kind === 'accepted' ? rests.order.orderId : ''])
    run(second, 9 * MINUTE + 59_500)
    expect(bars(second.market)).toEqual(bars(whole.market))
    expect(second.engine.prints('BTC/USD', lastId, 1)[0]?.tradeId).toBe(lastId + 1)
    const ids = second.engine.prints('BTC/USD', null, 1_000).map((print) => print.tradeId)
    expect(ids).toEqual(ids.map((_, index) => (ids[0] ?? 0) + index))
  })

  test('SIM-01 time that passed while it was dead is silent, and the price goes on from where it was', () => {
    const store = openMemoryStore()
    const first = openMarket()
    store.attach([first.engine, first.market])
    first.market.onStep(() => store.commit())
    first.market.start()
    run(first, 5 * MINUTE)
    const second = openMarket()
    second.clock.runUntil(START_MS + 15 * MINUTE)
    store.attach([second.engine, second.market])
    second.market.start()
    run(second, 5 * MINUTE)
    const seen = second.market.candles('BTC/USD', 1, START_MS, 100)
    expect(seen.map((bar) => bar.count === 0)).toEqual(seen.map((_, index) => index > 5 && index < 15))
    for (const [index, bar] of seen.entries()) {
      const before = Number(seen[index - 1]?.close ?? bar.open)
      expect(Math.abs(Number(bar.open) / before - 1)).toBeLessThan(0.01)
    }
  })
})

test('SIM-08 agents of one instrument do not depend on the others (virtual clock)', () => {
  const { market, clock } = openMarket()
  market.start()
  clock.advance(10 * MINUTE)
  const recording = recordingOf(1_450)
  const alone = openMarket({ source: { kind: 'replay', recording, symbol: 'ETH/USD' }, startMs: recording.tradingStartsAtMs })
  alone.market.start()
  alone.clock.advance(MINUTE)
  expect(() => alone.market.candles('BTC/USD', 1, null, 1)).toThrow('no instrument')
  const other = openMarket()
  other.market.start()
  other.engine.place(order({ symbol: 'ETH/USD', type: 'market', quantity: decimal('1') }))
  other.clock.advance(10 * MINUTE)
  expect(other.market.candles('BTC/USD', 1, START_MS, 20)).toEqual(market.candles('BTC/USD', 1, START_MS, 20))
})
