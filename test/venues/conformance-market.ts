/** Promises of every venue about instruments, market data and its streams. Virtual time, emulated venue. */
import { describe, expect, test } from 'bun:test'
import { compare, type Decimal, isGreater, isPositive } from '#domain/decimal'
import type { InstrumentId } from '#domain/ids'
import type { BarEvent } from '#domain/market'
import { TIMEFRAME_MS, type Timeframe } from '#domain/time'
import type { MarketSubscription } from '#ports/venue'
import { DEADLINE_MS, leastQuantity, orderOf, settled, type VenueBench } from './venue-bench'

export function wantedOf({ instrumentId, otherId }: VenueBench): readonly MarketSubscription[] {
  return [
    { instrumentId, channels: ['quote', 'trade', 'book'], timeframes: ['1m', '5m'] },
    { instrumentId: otherId, channels: ['quote', 'trade', 'book'], timeframes: ['1m'] },
  ]
}

/** Opens a bench and connects it with everything subscribed. */
export function connected(open: () => VenueBench): VenueBench {
  const bench = open()
  bench.session.open(wantedOf(bench))
  return bench
}

function barsOf(bench: VenueBench, instrumentId: InstrumentId, timeframe: Timeframe): readonly BarEvent['bar'][] {
  return bench.heard.bars.filter((event) => event.instrumentId === instrumentId && event.timeframe === timeframe).map(({ bar }) => bar)
}

/** One bar an interval, each once, in order, closed when it came. */
function expectSeries(bench: VenueBench, instrumentId: InstrumentId, timeframe: Timeframe, countMin: number): void {
  const bars = barsOf(bench, instrumentId, timeframe)
  const lengthMs = TIMEFRAME_MS[timeframe]
  expect(bars.length).toBeGreaterThanOrEqual(countMin)
  for (const [index, bar] of bars.entries()) {
    expect(bar.closeAtMs - bar.openAtMs).toBe(lengthMs)
    expect(bar.closeAtMs).toBeLessThanOrEqual(bench.clock.now())
    if (index > 0) expect(bar.openAtMs).toBe((bars[index - 1]?.openAtMs ?? 0) + lengthMs)
    expect(bar.high).toBeGreaterThanOrEqual(Math.max(bar.open, bar.close))
    expect(bar.low).toBeLessThanOrEqual(Math.min(bar.open, bar.close))
  }
}

/** That quotes, books and bars of all wanted instruments have come since the record was cleared. */
function expectFlow(bench: VenueBench): void {
  for (const instrumentId of [bench.instrumentId, bench.otherId]) {
    expect(bench.heard.quotes.some((quote) => quote.instrumentId === instrumentId)).toBe(true)
    expect(bench.heard.trades.some((trade) => trade.instrumentId === instrumentId)).toBe(true)
    expect(bench.heard.lastBook(instrumentId)).not.toBeNull()
    expect(barsOf(bench, instrumentId, '1m').length).toBeGreaterThan(0)
  }
}

export function marketConformance(name: string, open: () => VenueBench): void {
  describe(`${name}: instruments and market data (virtual time, emulator)`, () => {
    test('CF-01 VEN-01 lists instruments once each, with a grid and minimums', () => {
      const bench = open()
      const instruments = settled(bench.clock, bench.venue.instruments())
      expect(new Set(instruments.map(({ instrumentId }) => instrumentId)).size).toBe(instruments.length)
      expect(instruments.map(({ instrumentId }) => instrumentId)).toEqual(expect.arrayContaining([bench.instrumentId, bench.otherId]))
      const tradable = [bench.instrumentId, bench.otherId]
      for (const { instrumentId, tickSize, lotSize, quantityMin, venueId, status } of instruments) {
        for (const figure of [tickSize, lotSize, quantityMin]) expect(isPositive(figure)).toBe(true)
        expect(venueId).toBe(bench.venue.venueId)
        if (tradable.includes(instrumentId)) expect(status).toBe('online')
      }
    })

    test('CF-02 VEN-03 connects both streams once, and everything wanted flows', () => {
      const bench = connected(open)
      bench.clock.advance(150_000)
      expect(bench.heard.streams.map(({ stream, state }) => `${stream} ${state}`).sort()).toEqual(['private up', 'public up'])
      expectFlow(bench)
      expect(bench.heard.faults).toEqual([])
      expect(bench.venue.health()).toMatchObject({
        restReachable: true,
        publicStream: 'up',
        privateStream: 'up',
        malformedMessages: 0,
        checksumErrors: 0,
        reconnects: 0,
        rateLimitHits: 0,
        refusedSubscriptions: [],
      })
    })

    test('CF-03 MKT-01 quotes and books show the touch that the venue has, stamped with both times', () => {
      const bench = connected(open)
      for (let round = 0; round < 20; round++) {
        bench.clock.advance(15_000)
        const truth = bench.touch(bench.instrumentId)
        const quote = bench.heard.quotes.findLast(({ instrumentId }) => instrumentId === bench.instrumentId)
        const book = bench.heard.lastBook(bench.instrumentId)
        expect(quote).toMatchObject({ bidPrice: truth.bid, askPrice: truth.ask })
        expect(book?.bids[0]).toEqual({ price: truth.bid, quantity: truth.bidQuantity })
        expect(book?.asks[0]).toEqual({ price: truth.ask, quantity: truth.askQuantity })
        expect((quote?.receivedAtMs ?? 0) - (quote?.venueAtMs ?? 0)).toBeGreaterThanOrEqual(0)
        expect((quote?.receivedAtMs ?? 0) - (quote?.venueAtMs ?? 0)).toBeLessThan(1_000)
      }
    })

    test('CF-04 MKT-03 closes bars once, in order, silent minutes included, as history has them', () => {
      const bench = connected(open)
      bench.clock.advance(4 * 60_000)
      bench.mute(bench.otherId, true)
      bench.clock.advance(3 * 60_000)
      bench.mute(bench.otherId, false)
      bench.clock.advance(5 * 60_000)
      expectSeries(bench, bench.instrumentId, '1m', 11)
      expectSeries(bench, bench.instrumentId, '5m', 2)
      expectSeries(bench, bench.otherId, '1m', 11)
      const silent = barsOf(bench, bench.otherId, '1m').filter(({ volume }) => volume === 0)
      expect(silent.length).toBeGreaterThanOrEqual(2)
      for (const { open: first, high, low, close } of silent) expect([high, low, close]).toEqual([first, first, first])
      for (const instrumentId of [bench.instrumentId, bench.otherId]) {
        const live = barsOf(bench, instrumentId, '1m')
        const past = settled(bench.clock, bench.venue.history(instrumentId, '1m', live[0]?.openAtMs ?? 0))
        expect(past.slice(0, live.length)).toEqual([...live])
      }
    })

    test('CF-05 MKT-04 history gives closed bars since a time, ascending, without the running one', () => {
      const bench = open()
      const sinceMs = bench.clock.now() - 3 * 3_600_000
      const bars = settled(bench.clock, bench.venue.history(bench.instrumentId, '5m', sinceMs))
      expect(bars.length).toBeGreaterThanOrEqual(35)
      expect(bars[0]?.openAtMs).toBeGreaterThanOrEqual(sinceMs)
      expect(bars.at(-1)?.closeAtMs).toBeLessThanOrEqual(bench.clock.now())
      expect(bars.map(({ openAtMs }) => openAtMs)).toEqual(bars.map(({ openAtMs }) => openAtMs).sort((a, b) => a - b))
      const failure = settled(
        bench.clock,
        bench.venue.history(bench.unknownId, '5m', sinceMs).catch((error: Error) => error),
      )
      expect(failure).toMatchObject({ code: 'UNKNOWN_INSTRUMENT' })
    })

    test('CF-06 VEN-03 a changed wanted set adds and drops, and an unknown instrument spoils nothing', () => {
      const bench = connected(open)
      bench.venue.subscribe([
        { instrumentId: bench.otherId, channels: ['quote'], timeframes: [] },
        { instrumentId: bench.unknownId, channels: ['quote', 'book'], timeframes: ['1m'] },
      ])
      bench.clock.advance(2_000)
      bench.heard.clear()
      bench.clock.advance(120_000)
      expect(new Set(bench.heard.quotes.map(({ instrumentId }) => instrumentId))).toEqual(new Set([bench.otherId]))
      expect(bench.heard.books.concat()).toEqual([])
      expect(bench.heard.bars).toEqual([])
      expect(bench.venue.health().refusedSubscriptions.join()).toContain(bench.unknownId)
      bench.venue.subscribe(wantedOf(bench))
      bench.clock.advance(120_000)
      expectFlow(bench)
      expect(bench.venue.health().refusedSubscriptions).toEqual([])
    })

    test('CF-07 PAIN-05 after a cut of both streams everything wanted is back within 5 s, bars without a hole', () => {
      const bench = connected(open)
      bench.clock.advance(130_000)
      for (let round = 1; round <= 3; round++) {
        const cutAtMs = bench.clock.timeLineMs
        bench.faults.cut('public')
        bench.faults.cut('private')
        bench.session.waitOnline(round + 1, 5_000)
        expect((bench.session.onlineAtMs.at(-1) ?? 0) - cutAtMs).toBeLessThan(5_000)
        expect(bench.venue.health()).toMatchObject({ publicStream: 'up', privateStream: 'up', refusedSubscriptions: [] })
        for (const list of [bench.heard.quotes, bench.heard.trades, bench.heard.books]) list.length = 0
        bench.clock.advance(150_000)
        expectFlow(bench)
      }
      expectSeries(bench, bench.instrumentId, '1m', 9)
      const ups = (stream: 'public' | 'private') =>
        bench.heard.streams.filter((event) => event.stream === stream && event.state === 'up').length
      // A stream that comes back by itself, before the session connects anew, has come back once more.
      expect(bench.venue.health().reconnects).toBe(ups('public') - 1)
      expect(ups('private') - 1).toBe(3)
    })

    test('CF-08 MKT-03 an outage of seven minutes leaves no hole in the bars', () => {
      const bench = connected(open)
      bench.clock.advance(150_000)
      bench.faults.setReachable(false)
      bench.faults.cut('public')
      bench.faults.cut('private')
      bench.clock.advance(7 * 60_000)
      expect(bench.venue.health()).toMatchObject({ publicStream: 'down', privateStream: 'down', restReachable: false })
      bench.faults.setReachable(true)
      bench.session.waitOnline(2)
      bench.clock.advance(120_000)
      expectSeries(bench, bench.instrumentId, '1m', 10)
      expectSeries(bench, bench.otherId, '1m', 10)
      const live = barsOf(bench, bench.instrumentId, '1m')
      const past = settled(bench.clock, bench.venue.history(bench.instrumentId, '1m', live[0]?.openAtMs ?? 0))
      expect(past.slice(0, live.length)).toEqual([...live])
    })

    for (const stream of ['public', 'private'] as const) {
      test(`CF-09 PAIN-04 a ${stream} stream that goes silent is noticed within 10 s and replaced`, () => {
        const bench = connected(open)
        bench.clock.advance(10_000)
        const silentAtMs = bench.clock.timeLineMs
        bench.faults.silence(stream)
        bench.clock.advance(10_000)
        const noticed = bench.heard.streams.find((event) => event.stream === stream && event.state === 'silent')
        expect((noticed?.atMs ?? Number.POSITIVE_INFINITY) - silentAtMs).toBeLessThan(10_000)
        bench.session.waitWhole(5_000)
        // What is lost ends the session; what comes back by itself does not.
        expect(bench.session.count).toBe(bench.heard.streams.some(({ state }) => state === 'down') ? 2 : 1)
        bench.heard.quotes.length = 0
        bench.clock.advance(60_000)
        expect(bench.heard.quotes.length).toBeGreaterThan(0)
        expect(bench.venue.health()).toMatchObject({ publicStream: 'up', privateStream: 'up', reconnects: 1 })
      })
    }

    test('CF-10 PAIN-04 a market that is quiet for half an hour raises no alarm', () => {
      const bench = connected(open)
      bench.mute(bench.instrumentId, true)
      bench.mute(bench.otherId, true)
      bench.clock.advance(5_000)
      bench.heard.clear()
      const alive = { ...bench.heard.alive }
      bench.clock.advance(30 * 60_000)
      expect(bench.heard.streams).toEqual([])
      expect(bench.heard.faults).toEqual([])
      expect(bench.heard.alive.public - alive.public).toBeGreaterThan(1_000)
      expect(bench.heard.alive.private - alive.private).toBeGreaterThan(1_000)
      expect(bench.session.count).toBe(1)
    })

    test('CF-11 VEN-16 the status of an instrument reaches the listener', () => {
      const bench = connected(open)
      const statusOf = () => bench.heard.instruments.findLast(({ instrumentId }) => instrumentId === bench.otherId)?.status ?? 'untold'
      bench.mute(bench.otherId, true)
      bench.clock.advance(bench.traits.statusWithinMs)
      expect(['untold', 'online']).not.toContain(statusOf())
      bench.mute(bench.otherId, false)
      bench.clock.advance(bench.traits.statusWithinMs)
      expect(statusOf()).toBe('online')
    })

    for (const [fault, spoil, withdrawnMin] of [
      ['bad checksums', (bench: VenueBench) => bench.faults.spoilBook(3), 3],
      ['lost frames', (bench: VenueBench) => bench.faults.dropBookFrames(3), 1],
      ['frames sent twice', (bench: VenueBench) => bench.faults.duplicateBookFrames(10), 0],
    ] as const) {
      test(`CF-12 MKT-08 PAIN-06 ${fault}: no unsound book is published, and a withdrawn one is back in one round trip`, () => {
        const bench = connected(open)
        bench.clock.advance(20_000)
        spoil(bench)
        bench.heard.books.length = 0
        bench.clock.advance(10 * 60_000)
        const { books } = bench.heard
        expect(books.filter(({ book }) => book === null).length).toBeGreaterThanOrEqual(withdrawnMin)
        for (const [index, entry] of books.entries()) {
          if (entry.book !== null) continue
          const back = books.slice(index).find(({ instrumentId, book }) => instrumentId === entry.instrumentId && book !== null)
          expect((back?.atMs ?? Number.POSITIVE_INFINITY) - entry.atMs).toBeLessThan(50)
        }
        for (const instrumentId of [bench.instrumentId, bench.otherId]) {
          const truth = bench.touch(instrumentId)
          const book = bench.heard.lastBook(instrumentId)
          expect(book?.bids[0]).toEqual({ price: truth.bid, quantity: truth.bidQuantity })
          expect(book?.asks[0]).toEqual({ price: truth.ask, quantity: truth.askQuantity })
        }
        expect(bench.session.count).toBe(1)
      })
    }

    test('CF-13 MKT-06 tells the venue clock apart from ours', () => {
      const bench = connected(open)
      expect(Math.abs(settled(bench.clock, bench.venue.clockDriftMs()))).toBeLessThanOrEqual(10)
      bench.stepOurClock(-3_000)
      expect(Math.abs(settled(bench.clock, bench.venue.clockDriftMs()) - 3_000)).toBeLessThanOrEqual(10)
      bench.session.close()
      bench.faults.setReachable(true)
      expect(Math.abs(settled(bench.clock, bench.venue.clockDriftMs()) - 3_000)).toBeLessThanOrEqual(600)
    })

    test('CF-14 VEN-03 connecting fails with a typed error while the venue is away, and can be called off', () => {
      const bench = open()
      bench.venue.listen(bench.heard)
      bench.faults.setReachable(false)
      const failure = settled(
        bench.clock,
        bench.venue.connect(new AbortController().signal).catch((error: Error) => error),
      )
      expect(failure).toMatchObject({ code: expect.stringMatching(/^VENUE_/) })
      bench.faults.setReachable(true)
      const abort = new AbortController()
      const attempt = bench.venue.connect(abort.signal).catch((error: Error) => error)
      bench.clock.advance(7)
      abort.abort()
      expect(settled(bench.clock, attempt)).toMatchObject({ code: 'VENUE_UNAVAILABLE' })
      bench.clock.advance(20_000)
      expect(bench.venue.health()).toMatchObject({ publicStream: 'down', privateStream: 'down' })
      bench.session.open(wantedOf(bench))
      const order = orderOf(bench.venue, {
        instrumentId: bench.instrumentId,
        side: 'buy',
        quantity: leastOf(bench),
        price: bench.touch(bench.instrumentId).bid,
      })
      const outcome = settled(bench.clock, bench.venue.submit(order, { deadlineAtMs: bench.clock.now() + DEADLINE_MS }))
      expect(outcome.kind).toBe('accepted')
    })

    test("CF-15 MKT-01 prints come once each, in order, with the taker's side", () => {
      const bench = connected(open)
      const { ask, bid } = bench.touch(bench.instrumentId)
      const lot = leastOf(bench)
      bench.heard.trades.length = 0
      bench.rival(bench.instrumentId, 'buy', lot, ask)
      bench.rival(bench.instrumentId, 'sell', lot, bid)
      bench.clock.advance(1_000)
      expect(bench.heard.trades.map(({ side, price, quantity }) => [side, price, quantity])).toEqual([
        ['buy', ask, lot],
        ['sell', bid, lot],
      ])
      bench.clock.advance(120_000)
      const keys = bench.heard.trades.filter(({ instrumentId }) => instrumentId === bench.instrumentId).map(({ tradeKey }) => tradeKey)
      expect(new Set(keys).size).toBe(keys.length)
      expect(isGreater(ask, bid) && compare(ask, bid) === 1).toBe(true)
    })
  })
}

/** The least that the venue takes of its first instrument at the present price. */
function leastOf(bench: VenueBench): Decimal {
  const instrument = settled(bench.clock, bench.venue.instruments()).find((one) => one.instrumentId === bench.instrumentId)
  if (instrument === undefined) throw new Error('the venue does not list its own instrument')
  return leastQuantity(instrument, bench.touch(bench.instrumentId).bid)
}
