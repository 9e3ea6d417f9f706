/** The Kraken adapter under every fault that the emulator can make, one at a time, while it trades. Virtual time. */
import { describe, expect, test } from 'bun:test'
import type { Decimal } from '#domain/decimal'
import { AppError } from '#domain/errors'
import { type FaultInput, faultRuleSchema } from '#sim/kraken/fault-rules'
import { wantedOf } from '../conformance-market'
import { byTradeId } from '../order-bench'
import { DEADLINE_MS, orderOf, refOf, settled, START_MS } from '../venue-bench'
import { BTC, ETH, KrakenBench } from './emulator-bench'
import { TradingSession } from './trading-session'

type Kind = FaultInput['kind']

/** The faults of a session: where each may strike, and how often. */
const SESSIONS: readonly { readonly name: string; readonly rules: readonly FaultInput[] }[] = [
  {
    name: 'latency of replies and frames',
    rules: [
      { kind: 'latency', fixedMs: 20, jitterMs: 3_000, probability: 0.2, methods: ['add_order', 'cancel_order', 'executions', 'book'] },
    ],
  },
  { name: 'latency of requests', rules: [{ kind: 'latency', stage: 'request', fixedMs: 0, jitterMs: 6_000, probability: 0.3 }] },
  { name: 'dropped requests', rules: [{ kind: 'drop', probability: 0.1 }] },
  { name: 'lost replies', rules: [{ kind: 'lostReply', probability: 0.2 }] },
  {
    name: 'lost replies with their events',
    rules: [{ kind: 'lostReply', withholdEvents: true, probability: 0.2, methods: ['add_order', 'amend_order', 'cancel_order'] }],
  },
  {
    name: 'withheld events',
    rules: [{ kind: 'withholdEvents', probability: 0.1, methods: ['add_order', 'cancel_order'] }],
  },
  { name: 'doubled frames', rules: [{ kind: 'duplicate', probability: 0.3, delayMs: 40 }] },
  { name: 'HTTP 429', rules: [{ kind: 'tooManyRequests', probability: 0.3 }] },
  { name: 'HTTP 502 before', rules: [{ kind: 'serverError', probability: 0.3 }] },
  { name: 'HTTP 520 after', rules: [{ kind: 'serverError', status: 520, when: 'after', probability: 0.3 }] },
  { name: 'EService:Busy before', rules: [{ kind: 'apiError', text: 'EService:Busy', probability: 0.2 }] },
  { name: 'EService:Unavailable after', rules: [{ kind: 'apiError', text: 'EService:Unavailable', when: 'after', probability: 0.2 }] },
  { name: 'REST rate limit', rules: [{ kind: 'apiError', text: 'EAPI:Rate limit exceeded', face: 'rest', probability: 0.2 }] },
  {
    name: 'engine rate limit',
    rules: [{ kind: 'apiError', text: 'EOrder:Rate limit exceeded', methods: ['add_order'], probability: 0.2 }],
  },
  {
    name: 'throttled',
    rules: [{ kind: 'apiError', text: `EService: Throttled: ${START_MS / 1_000 + 20}`, face: 'rest', probability: 0.2 }],
  },
  {
    name: 'unknown error texts',
    rules: [{ kind: 'apiError', text: 'EGeneral:Something new', when: 'after', face: 'ws', probability: 0.1 }],
  },
  {
    name: 'ended sessions',
    rules: [{ kind: 'apiError', text: 'ESession:Invalid session', methods: ['add_order', 'cancel_order'], probability: 0.1 }],
  },
  { name: 'silent sockets', rules: [{ kind: 'silentSocket', probability: 0.01 }] },
  { name: 'disconnects', rules: [{ kind: 'disconnect', probability: 0.02 }] },
  { name: 'orderly closes', rules: [{ kind: 'disconnect', abrupt: false, probability: 0.02 }] },
  { name: 'the edge restarts', rules: [{ kind: 'edgeText', probability: 0.02 }] },
  { name: 'bad checksums', rules: [{ kind: 'badChecksum', probability: 0.3 }] },
  { name: 'dropped frames', rules: [{ kind: 'droppedFrame', probability: 0.1 }] },
  { name: 'events before answers', rules: [{ kind: 'crossing', probability: 0.5 }] },
  { name: 'REST behind the stream', rules: [{ kind: 'restLag', lagMs: 3_000 }] },
  { name: 'wrong balances', rules: [{ kind: 'wrongBalance', asset: 'USD', delta: '500', probability: 0.5 }] },
  { name: 'a wrong clock', rules: [{ kind: 'clockSkew', offsetMs: 7_000 }] },
]

/** What must hold when the faults are over: typed errors only, both streams up, every outcome proven, every fill and balance known. */
function expectRecovered(session: TradingSession): void {
  const { bench, entries } = session
  bench.clock.advance(75_000)
  expect(session.pending).toBe(0)
  for (const error of session.questionErrors) expect(error).toBeInstanceOf(AppError)
  expect(bench.venue.health()).toMatchObject({ publicStream: 'up', privateStream: 'up', restReachable: true, refusedSubscriptions: [] })
  const { open, closed } = bench.truth()
  const atVenue = new Map([...open, ...closed].map((order) => [order.clientOrderId, order]))
  for (const { order, submitted, canceled } of entries) {
    const truth = atVenue.get(order.clientOrderId)
    expect(['accepted', 'refused', 'ambiguous']).toContain(submitted)
    if (submitted === 'accepted') expect(truth).toBeDefined()
    if (submitted === 'refused') expect(truth).toBeUndefined()
    if (canceled === 'accepted') expect(truth?.status).not.toBe('open')
  }
  for (const { order } of entries.filter(({ submitted }) => submitted === 'ambiguous').slice(0, 6)) {
    const found = settled(bench.clock, bench.venue.orderByClientId(order.clientOrderId, START_MS))
    expect(found.kind).toBe(atVenue.has(order.clientOrderId) ? 'found' : 'absent')
    bench.clock.advance(30_000)
  }
  const { fills, balances } = bench.truth()
  const known = new Map(fills.map((fill) => [fill.tradeId, fill]))
  for (const fill of bench.heard.fills) expect(known.get(fill.tradeId)).toEqual(fill)
  expect(byTradeId(settled(bench.clock, bench.venue.fills(START_MS)))).toEqual(byTradeId(fills))
  expect(settled(bench.clock, bench.venue.balances())).toEqual(balances)
  const quotes = bench.heard.quotes.length
  bench.clock.advance(60_000)
  expect(bench.heard.quotes.length).toBeGreaterThan(quotes)
  for (const id of [BTC, ETH]) expect(bench.heard.lastBook(id)?.bids[0]?.price).toBe(bench.touch(id).bid)
}

describe('every fault of the emulator while the adapter trades (virtual time)', () => {
  test('SIM-01 the sessions cover the whole vocabulary', () => {
    const kinds = faultRuleSchema.options.map((option) => option.shape.kind.value)
    expect(new Set(SESSIONS.flatMap(({ rules }) => rules.map(({ kind }) => kind)))).toEqual(new Set<Kind>(kinds))
  })

  for (const { name, rules } of SESSIONS) {
    test(`PAIN-01 PAIN-02 ${name}: every outcome right, everything made good afterwards`, () => {
      const session = new TradingSession(`faults ${name}`)
      for (const rule of rules) session.bench.fault(rule)
      session.run(80)
      session.bench.emulator.faults.clear('all')
      const hits = session.bench.emulator.record().faultHits
      for (const { kind } of rules) expect(hits[kind] ?? 0).toBeGreaterThan(0)
      expect(session.bench.truth().fills.length).toBeGreaterThan(5)
      expectRecovered(session)
    })
  }

  test('PAIN-08 a locked-out key is left alone for a quarter of an hour, while cancels go over the stream', () => {
    const bench = new KrakenBench()
    bench.session.open(wantedOf(bench))
    const { clock, venue } = bench
    const order = orderOf(venue, { instrumentId: BTC, side: 'buy', quantity: '0.01' as Decimal, price: '30000' as Decimal })
    settled(clock, venue.submit(order, { deadlineAtMs: clock.now() + DEADLINE_MS }))
    bench.fault({ kind: 'apiError', text: 'EGeneral:Temporary lockout', face: 'rest', methods: ['BalanceEx'], count: 1 })
    const failure = settled(
      clock,
      venue.balances().catch((error: Error) => error),
    )
    expect(failure).toMatchObject({ code: 'RATE_LIMITED' })
    const asked = venue.balances().catch((error: Error) => error)
    expect(settled(clock, venue.cancel(refOf(order)))).toEqual({ kind: 'accepted' })
    expect(settled(clock, asked)).toMatchObject({ code: 'RATE_LIMITED' })
    clock.advance(900_000)
    expect(settled(clock, venue.balances())).toEqual(bench.truth().balances)
  })
})
