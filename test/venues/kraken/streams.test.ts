/** The adapter's streams against the emulator with frames lost, doubled, out of order and out of date. Virtual time. */
import { describe, expect, test } from 'bun:test'
import type { Decimal } from '#domain/decimal'
import { SeededRandom } from '#sim/random'
import { connected, wantedOf } from '../conformance-market'
import { DEADLINE_MS, orderOf, settled } from '../venue-bench'
import { type BenchOptions, BTC, ETH, KrakenBench } from './emulator-bench'
import type { FrameFate } from '../mangled-transport'

const WANTED_BOOKS = [BTC, ETH].map((instrumentId) => ({ instrumentId, channels: ['quote', 'book'] as const, timeframes: [] }))
/** A market that moves four times a second, as the live one does. */
const LIVELY = { stepMs: 250, tradeEveryMs: 1_000 }

function open(options: BenchOptions): KrakenBench {
  const bench = new KrakenBench(options)
  bench.session.open(WANTED_BOOKS)
  return bench
}

/** That the book is the venue's own, level by level at the touch. */
function expectTrueBooks(bench: KrakenBench): void {
  for (const id of [BTC, ETH]) {
    const truth = bench.touch(id)
    expect(bench.heard.lastBook(id)?.bids[0]).toEqual({ price: truth.bid, quantity: truth.bidQuantity })
    expect(bench.heard.lastBook(id)?.asks[0]).toEqual({ price: truth.ask, quantity: truth.askQuantity })
  }
}

describe('books under a bad line (emulator, virtual time)', () => {
  for (const [name, fates] of [
    ['lost', ['drop']],
    ['doubled', ['twice']],
    ['out of order', ['hold']],
    ['lost, doubled and out of order', ['drop', 'twice', 'hold']],
  ] as const satisfies readonly (readonly [string, readonly FrameFate[]])[]) {
    test(`MKT-08 PAIN-06 frames ${name}: never an unsound book, each withdrawn one back in a round trip`, () => {
      const random = new SeededRandom(`frames ${name}`)
      let isBad = false
      const mangle = (_: unknown, text: string): FrameFate => {
        if (!isBad || !text.includes('"channel":"book"') || !text.includes('"type":"update"') || random.next() > 0.01) return 'carry'
        return fates[random.integer(fates.length)] ?? 'carry'
      }
      const bench = open({ seed: name, mangle, settings: LIVELY })
      isBad = true
      bench.clock.advance(5 * 60_000)
      isBad = false
      const { books } = bench.heard
      const withdrawn = books.filter(({ book }) => book === null)
      expect(books.length).toBeGreaterThan(1_000)
      if (name !== 'doubled') expect(withdrawn.length).toBeGreaterThan(3)
      for (const [index, entry] of books.entries()) {
        if (entry.book !== null) continue
        const back = books.slice(index).find(({ instrumentId, book }) => instrumentId === entry.instrumentId && book !== null)
        expect((back?.atMs ?? Number.POSITIVE_INFINITY) - entry.atMs).toBeLessThan(50)
      }
      bench.clock.advance(1_000)
      expectTrueBooks(bench)
      expect(bench.session.count).toBe(1)
    })
  }

  test('MKT-08 a book whose fresh snapshot is lost, again and again, is fetched until it is there', () => {
    let lost = 0
    const mangle = (_: unknown, text: string): FrameFate => {
      const isAnswer = text.includes('"method":"subscribe"') || text.includes('"type":"snapshot"')
      const isOfBook = isAnswer && text.includes('"channel":"book"') && text.includes('ETH/USD')
      return bench.heard.books.some(({ book }) => book === null) && isOfBook && lost++ < 6 ? 'drop' : 'carry'
    }
    const bench: KrakenBench = new KrakenBench({ mangle, settings: LIVELY })
    bench.session.open(WANTED_BOOKS)
    bench.fault({ kind: 'badChecksum', methods: ['book'], count: 2 })
    bench.clock.advance(60_000)
    expect(lost).toBeGreaterThan(6)
    expectTrueBooks(bench)
    expect(bench.venue.health().refusedSubscriptions).toEqual([])
  })

  test('MKT-08 PAIN-05 a subscription that is refused for now is asked for again; health shows it until then', () => {
    const bench = new KrakenBench({ settings: LIVELY })
    bench.fault({ kind: 'apiError', text: 'EService:Busy', methods: ['subscribe'], count: 5 })
    bench.session.open(WANTED_BOOKS)
    bench.clock.advance(60_000)
    expect(bench.emulator.record().faultHits['apiError']).toBe(5)
    expect(bench.venue.health().refusedSubscriptions).toEqual([])
    for (const id of [BTC, ETH]) expect(bench.heard.quotes.some(({ instrumentId }) => instrumentId === id)).toBe(true)
    expectTrueBooks(bench)
  })

  test('MKT-08 books that never become sound end the connection, and the next one has them', () => {
    const bench = open({ settings: LIVELY })
    const id = bench.fault({ kind: 'badChecksum', methods: ['book'] })
    bench.clock.advance(30_000)
    expect(bench.heard.streams.some(({ stream, state }) => stream === 'public' && state === 'silent')).toBe(true)
    bench.emulator.faults.clear([id])
    bench.clock.advance(10_000)
    expectTrueBooks(bench)
    expect(bench.venue.health().checksumErrors).toBeGreaterThan(10)
  })
})

describe('streams that stand still (emulator, virtual time)', () => {
  test('PAIN-04 old frames repeated on a live socket are noticed within 10 s, and nothing old is published', () => {
    const recorded: string[] = []
    let isReplaying = false
    // Live frames are swallowed; old ones, with their old stamps, come in their place.
    const mangle = (stream: string, text: string): FrameFate => {
      if (stream !== 'public' || !/"channel":"(book|ticker)"/.test(text) || !text.includes('"type":"update"')) return 'carry'
      if (!isReplaying) recorded.push(text)
      return isReplaying ? 'drop' : 'carry'
    }
    const bench = open({ mangle, settings: LIVELY })
    bench.clock.advance(60_000)
    isReplaying = true
    const startedAtMs = bench.clock.timeLineMs
    bench.heard.quotes.length = 0
    for (let tick = 0; tick < 95 && bench.venue.health().publicStream === 'up'; tick++) {
      bench.transport.inject('public', recorded[tick % 200] ?? '')
      bench.clock.advance(100)
    }
    const noticed = bench.heard.streams.find(({ state }) => state === 'silent')
    expect((noticed?.atMs ?? Number.POSITIVE_INFINITY) - startedAtMs).toBeLessThan(10_000)
    expect(noticed?.reason).toContain('old data')
    expect(bench.heard.quotes).toEqual([])
    isReplaying = false
    bench.session.waitOnline(2)
    bench.clock.advance(2_000)
    expectTrueBooks(bench)
  })

  test('PAIN-04 a stream whose heart alone beats is alive; one without a heartbeat is not', () => {
    let isMute = false
    const mangle = (stream: string, text: string): FrameFate =>
      isMute && stream === 'public' && !text.includes('heartbeat') && !text.includes('pong') ? 'drop' : 'carry'
    const bench = open({ mangle })
    for (const id of [BTC, ETH]) bench.mute(id, true)
    isMute = true
    bench.clock.advance(10 * 60_000)
    expect(bench.heard.streams.filter(({ state }) => state !== 'up')).toEqual([])
    bench.emulator.faults.add({ kind: 'droppedFrame', methods: ['heartbeat', 'pong'] })
    const startedAtMs = bench.clock.timeLineMs
    bench.clock.advance(10_000)
    const noticed = bench.heard.streams.filter(({ state }) => state === 'silent')
    expect(noticed.map(({ stream }) => stream)).toEqual(expect.arrayContaining(['public', 'private']))
    for (const { atMs } of noticed) expect(atMs - startedAtMs).toBeLessThan(10_000)
  })
})

describe('private channels with holes (emulator, virtual time)', () => {
  const orderAway = (bench: KrakenBench) =>
    orderOf(bench.venue, { instrumentId: BTC, side: 'buy', quantity: '0.01' as Decimal, price: '30000' as Decimal })

  test('MKT-08 a snapshot that is lost after a gap is not waited for for ever', () => {
    let snapshotsLost = 0
    let isHoled = false
    const mangle = (stream: string, text: string): FrameFate => {
      const isSnapshot = stream === 'private' && text.includes('"channel":"executions"') && text.includes('"type":"snapshot"')
      return isHoled && isSnapshot && snapshotsLost++ === 0 ? 'drop' : 'carry'
    }
    const bench = new KrakenBench({ mangle })
    bench.session.open(wantedOf(bench))
    const { clock, venue } = bench
    const submit = () => settled(clock, venue.submit(orderAway(bench), { deadlineAtMs: clock.now() + DEADLINE_MS }))
    submit()
    clock.advance(100)
    isHoled = true
    bench.fault({ kind: 'droppedFrame', methods: ['executions'], count: 1 })
    submit()
    submit()
    clock.advance(20_000)
    expect(snapshotsLost).toBeGreaterThan(1)
    expect(venue.health().privateStream).toBe('up')
    // The channel counts again: the next hole shows.
    const before = bench.heard.faults.filter(({ code }) => code === 'SEQUENCE_GAP').length
    bench.fault({ kind: 'droppedFrame', methods: ['executions'], count: 1 })
    submit()
    submit()
    clock.advance(1_000)
    expect(bench.heard.faults.filter(({ code }) => code === 'SEQUENCE_GAP').length).toBeGreaterThan(before)
  })

  test('VEN-03 a token that ran out is renewed on the next connection, days later', () => {
    const bench = connected(() => new KrakenBench()) as KrakenBench
    const { clock, venue } = bench
    clock.advance(2 * 3_600_000)
    expect(settled(clock, venue.submit(orderAway(bench), { deadlineAtMs: clock.now() + DEADLINE_MS })).kind).toBe('accepted')
    bench.faults.cut('private')
    bench.session.waitOnline(2)
    expect(settled(clock, venue.submit(orderAway(bench), { deadlineAtMs: clock.now() + DEADLINE_MS })).kind).toBe('accepted')
    expect(bench.truth().open).toHaveLength(2)
  })
})
