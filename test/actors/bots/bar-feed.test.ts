import { describe, expect, test } from 'bun:test'
import { BarFeed } from '#actors/bots/bar-feed'
import { BarHistory } from '#actors/bots/bar-history'
import { MarketCache } from '#actors/market-cache'
import { mustExist } from '#domain/errors'
import { instrumentId } from '#domain/ids'
import type { Bar } from '#domain/market'
import type { VenuePort } from '#ports/venue'
import { VirtualClock } from '#sim/virtual-clock'
import { MemoryBars } from '#store/memory-bars'
import { configureStrategy } from '#strategies/registry'
import { barsOf, START_MS, walk } from '#test/strategies/strategy-fixture'

// Everything here runs in virtual time, on a store in memory.
const BTC = instrumentId('BTC-USD@kraken')
const MINUTE_MS = 60_000
const strategy = configureStrategy('ema-cross', { timeframe: '1m', fastPeriod: 4, slowPeriod: 9 })
const SETTLE = strategy.settleBars

interface Scene {
  /** What the store has. */
  readonly stored: readonly Bar[]
  /** What the venue still has. */
  readonly recent: readonly Bar[]
}

/** Warms a feed up just after the last of the bars has closed. */
async function warmedUp(bars: readonly Bar[], { stored, recent }: Scene) {
  const clock = new VirtualClock(START_MS + bars.length * MINUTE_MS)
  const store = new MemoryBars()
  store.append(BTC, '1m', stored)
  const asked: number[] = []
  const venue: Partial<VenuePort> = {
    history: async (_instrument, _timeframe, sinceMs) => {
      asked.push(sinceMs)
      return recent.filter((bar) => bar.openAtMs >= sinceMs)
    },
  }
  const history = new BarHistory(store, () => venue as VenuePort)
  const feed = new BarFeed({ clock, market: new MarketCache(clock), bars: store, history }, [BTC], strategy, () => {})
  const notes: string[] = []
  const stop = new AbortController()
  const isDone = feed.warmUp((note) => notes.push(note), stop.signal).then(() => true)
  clock.runUntil(clock.now())
  stop.abort()
  await isDone
  return { readings: feed.readingsOf(BTC) as object, asked, notes, held: mustExist(feed.viewsOf(BTC)['1m'], 'no bars').count }
}

/** The readings of a study that heard these bars. */
function readingsAfter(bars: readonly Bar[]): object {
  const study = strategy.study()
  for (const bar of bars) study.push(bar.open, bar.high, bar.low, bar.close, bar.volume)
  return study.readings as object
}

describe('the warm-up of a study', () => {
  const bars = barsOf(walk(500, 5))

  test('SIM-10 loads as many bars as the study needs to settle, though fewer are kept', async () => {
    const { readings, asked, notes, held } = await warmedUp(bars, { stored: [], recent: bars })
    expect(SETTLE).toBeGreaterThan(50)
    expect(asked).toEqual([START_MS + (500 - SETTLE) * MINUTE_MS])
    expect(readings).toEqual(readingsAfter(bars.slice(-SETTLE)))
    expect([notes, held]).toEqual([[], 10 + 16])
  })

  test('MKT-04 asks no venue where the store has them all', async () => {
    const { readings, asked } = await warmedUp(bars, { stored: bars, recent: [] })
    expect(asked).toEqual([])
    expect(readings).toEqual(readingsAfter(bars.slice(-SETTLE)))
  })

  test('SIM-10 joins what the venue still has to what the store has from before', async () => {
    const { readings, asked } = await warmedUp(bars, { stored: bars.slice(0, 470), recent: bars.slice(460) })
    expect(asked).toHaveLength(1)
    expect(readings).toEqual(readingsAfter(bars.slice(-SETTLE)))
  })

  test('SIM-10 does not let a study hear across a hole', async () => {
    const { readings } = await warmedUp(bars, { stored: bars.slice(0, 450), recent: bars.slice(460) })
    expect(readings).toEqual(readingsAfter(bars.slice(460)))
  })

  test('SIM-10 decides on fewer where the venue has no more, and waits where there are not enough to decide on', async () => {
    const short = await warmedUp(bars, { stored: [], recent: bars.slice(-12) })
    expect([short.notes, short.readings]).toEqual([[], readingsAfter(bars.slice(-12))])
    const shorter = await warmedUp(bars, { stored: [], recent: bars.slice(-7) })
    expect(shorter.notes).toEqual(['7 of 10 bars (BTC-USD@kraken 1m)'])
  })
})
