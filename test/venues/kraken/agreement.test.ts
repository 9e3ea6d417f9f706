/** What adapter and emulator say of the same account and the same orders must agree to the last digit. Virtual time. */
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { add, type Decimal, decimal, multiply, subtract, sum, ZERO } from '#domain/decimal'
import type { Instrument } from '#domain/instrument'
import type { Intent, IntentTarget } from '#domain/intent'
import { mintApproved } from '#risk/approved'
import { planIntent } from '#risk/plan'
import type { RoutingConfig } from '#risk/types'
import { intentOf, requestOf } from '#test/risk/fixtures'
import { byTradeId } from '../order-bench'
import { settled } from '../venue-bench'
import { KrakenBench } from './emulator-bench'
import { TradingSession } from './trading-session'

describe('adapter and emulator agree (virtual time)', () => {
  for (const seed of ['one', 'two', 'three', 'four']) {
    test(`VEN-02 LED-01 after a random session "${seed}": balances, orders, fills and ledger are the same to the last digit`, () => {
      const session = new TradingSession(`agreement ${seed}`, true)
      const { bench } = session
      session.run(300)
      bench.clock.advance(75_000)
      expect(session.pending).toBe(0)
      expect(session.questionErrors).toEqual([])
      expect(session.entries.every(({ submitted }) => submitted === 'accepted' || submitted === 'refused')).toBe(true)
      const ask = <T>(question: Promise<T>): T => settled(bench.clock, question)
      const [balances, open, fills, flows] = [
        ask(bench.venue.balances()),
        ask(bench.venue.openOrders()),
        ask(bench.venue.fills(0)),
        ask(bench.venue.cashFlows(0)),
      ]
      const truth = bench.truth()
      expect(truth.fills.length).toBeGreaterThan(50)
      expect(truth.open.length).toBeGreaterThan(5)
      expect(balances).toEqual(truth.balances)
      expect(open.toSorted((a, b) => (a.venueOrderId < b.venueOrderId ? -1 : 1))).toEqual(
        truth.open.toSorted((a, b) => (a.venueOrderId < b.venueOrderId ? -1 : 1)),
      )
      // By REST and by stream alike.
      expect(byTradeId(fills)).toEqual(byTradeId(truth.fills))
      expect(byTradeId(bench.heard.fills)).toEqual(byTradeId(truth.fills))

      const { ledger } = bench.account()
      const told = new Set(bench.heard.balanceChanges.map(({ ledgerId }) => ledgerId))
      const heard = [...flows.filter(({ ledgerId }) => !told.has(ledgerId)), ...bench.heard.balanceChanges]
      expect(told.size).toBe(bench.heard.balanceChanges.length)
      expect(new Set(heard.map(({ ledgerId }) => ledgerId))).toEqual(new Set(ledger.map(({ ledgerId }) => ledgerId)))
      for (const { asset, total } of balances) {
        const own = ledger.filter((row) => row.asset === asset)
        expect(sum(own.map(({ amount, fee }) => subtract(amount, fee)))).toBe(total)
        const rows = heard.filter((change) => change.asset === asset)
        expect(sum(rows.map(({ amount, fee }) => subtract(amount, fee)))).toBe(total)
        let running = ZERO
        for (const row of own.toReversed()) {
          running = add(running, subtract(row.amount, row.fee))
          expect(row.balance).toBe(running)
        }
      }
      expect(bench.emulator.record().clientIds.liveMax).toBe(1)
      expect(bench.venue.health()).toMatchObject({ malformedMessages: 0, checksumErrors: 0, rateLimitHits: 0, reconnects: 0 })
    })
  }
})

const quantity = fc.integer({ min: 1, max: 4_000_000_000 }).map((lots) => decimal((lots / 1e8).toFixed(8)))
const notional = fc.integer({ min: 1, max: 200_000 }).map((cents) => decimal((cents / 100).toFixed(2)))
const target: fc.Arbitrary<readonly [Intent['kind'], IntentTarget]> = fc.oneof(
  quantity.map((value) => ['enter', { kind: 'quantity', quantity: value }] as const),
  notional.map((value) => ['enter', { kind: 'notional', notional: value }] as const),
  notional.map((value) => ['reduce', { kind: 'notional', notional: value }] as const),
  fc.constantFrom('long', 'short').map((direction) => ['enter', { kind: 'risk', direction }] as const),
  fc.constant(['exit', { kind: 'flat' }] as const),
)
const scene = fc.record({
  instrument: fc.integer({ min: 0, max: 99 }),
  position: fc.oneof(fc.constant(ZERO), quantity),
  target,
  routing: fc.record<RoutingConfig>({
    style: fc.constantFrom('market', 'limit', 'marketable', 'postOnly'),
    slippageBpsMax: fc.constantFrom(decimal('1'), decimal('10'), decimal('99')),
    timeInForce: fc.constantFrom('gtc', 'ioc'),
  }),
  wish: fc.option(fc.record({ offsetBps: fc.integer({ min: -150, max: 150 }), postOnly: fc.boolean() }), { nil: null }),
})

function wishedRouting(wish: { readonly offsetBps: number; readonly postOnly: boolean } | null, mid: Decimal): Intent['routing'] {
  if (wish === null) return null
  const factor = decimal((1 + wish.offsetBps / 10_000).toFixed(4))
  return { kind: 'limit', limitPrice: multiply(mid, factor), postOnly: wish.postOnly }
}

describe('plans pass the filters of the venue (emulator, virtual time)', () => {
  test('PAIN-09 over every instrument: what a plan makes is valid at the venue, or denied here with a reason', () => {
    const bench = new KrakenBench()
    const instruments: readonly Instrument[] = settled(bench.clock, bench.venue.instruments())
    for (const { baseAsset } of instruments) bench.deposit(baseAsset, decimal('1000000'))
    bench.deposit('USD', decimal('100000000'))
    const seen = { valid: 0, deniedHere: 0, unplanned: 0 }
    const asked = new Set<string>()
    fc.assert(
      fc.property(scene, ({ instrument: index, position, target: [kind, wanted], routing, wish }) => {
        const instrument = instruments[index % instruments.length]
        if (instrument === undefined) throw new Error('no instruments')
        const { bid, ask } = bench.touch(instrument.instrumentId)
        const quote = { bidPrice: bid, askPrice: ask, receivedAtMs: bench.clock.now() }
        const intent = intentOf({ kind, target: wanted, instrumentId: instrument.instrumentId, routing: wishedRouting(wish, bid) })
        const plan = planIntent(requestOf({ instrument, quote, position, routing, intent, nowMs: bench.clock.now() }))
        if (plan.proposals.length === 0) {
          expect(plan.text.length).toBeGreaterThan(10)
          seen.unplanned++
        }
        for (const proposal of plan.proposals) {
          const calls = bench.transport.bodies.length
          const outcome = settled(bench.clock, bench.venue.preview(mintApproved(proposal, proposal.quantity)))
          asked.add(instrument.instrumentId)
          if (outcome.kind === 'valid') seen.valid++
          else {
            expect(outcome).toMatchObject({ kind: 'refused', refusal: { reason: expect.stringMatching(/.{10}/) } })
            expect(bench.transport.bodies.length).toBe(calls) // the venue was not even asked
            seen.deniedHere++
          }
        }
      }),
      { numRuns: 1_500, seed: 9 },
    )
    expect(asked.size).toBe(instruments.length)
    expect(seen.valid).toBeGreaterThan(300)
    expect(seen.deniedHere).toBeGreaterThan(20)
    expect(seen.unplanned).toBeGreaterThan(20)
    expect(bench.truth().open).toEqual([])
  })
})
