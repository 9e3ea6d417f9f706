/** Promises of every venue when answers, events and connections are lost, late or doubled. Virtual time, emulated venue. */
import { describe, expect, test } from 'bun:test'
import { type Decimal, multiply, sum } from '#domain/decimal'
import type { Approved } from '#domain/order'
import type { SubmitOutcome } from '#domain/outcome'
import type { LookupResult } from '#ports/venue'
import { wantedOf } from './conformance-market'
import { byTradeId, OrderBench } from './order-bench'
import { DEADLINE_MS, refOf, settled, START_MS, type VenueBench } from './venue-bench'

const d = (text: string): Decimal => text as Decimal

function look(rig: OrderBench, order: Approved): LookupResult {
  const { clock, venue } = rig.bench
  return settled(clock, venue.orderByClientId(order.clientOrderId, START_MS))
}

/** Looks once, and again while the venue's list of executions may still lag behind the order. */
function lookLong(rig: OrderBench, order: Approved): LookupResult {
  let result = look(rig, order)
  for (let ms = 0; ms < rig.bench.traits.fillsWithinMs && result.kind === 'unanswered'; ms += 50) {
    rig.rest(50)
    result = look(rig, order)
  }
  return result
}

/** That the order comes to be known as absent: at once where it carried a deadline, else when it can no longer come. It is never found meanwhile. */
function expectAbsent(rig: OrderBench, order: Approved): void {
  rig.rest(DEADLINE_MS)
  let result = look(rig, order)
  for (let round = 0; !rig.bench.venue.capabilities.orderDeadline && round < 60 && result.kind === 'unanswered'; round++) {
    rig.rest(1_000)
    result = look(rig, order)
  }
  expect(result).toEqual({ kind: 'absent' })
}

/** That stream and REST together have told every fill of the venue, and nothing else. */
function expectFillsHealed({ bench }: OrderBench): void {
  const byRest = settled(bench.clock, bench.venue.fills(START_MS))
  const truth = bench.truth().fills
  expect(byTradeId(byRest)).toEqual(byTradeId(truth))
  const known = new Map(truth.map((fill) => [fill.tradeId, fill]))
  for (const fill of bench.heard.fills) expect(known.get(fill.tradeId)).toEqual(fill)
}

export function doubtConformance(name: string, open: () => VenueBench): void {
  describe(`${name}: answers lost, late or doubled (virtual time, emulator)`, () => {
    test('CF-40 RUN-03 a fill before the acknowledgement: one acceptance, one fill', () => {
      const rig = new OrderBench(open)
      const { bench } = rig
      bench.faults.crossEvents('submit')
      const order = rig.order({ price: rig.below('-500') })
      const outcome = rig.submit(order)
      rig.rest()
      expect(outcome).toMatchObject({ kind: 'accepted', venueOrderId: bench.truth().closed[0]?.venueOrderId })
      expect(rig.kindsOf(order)).toEqual(['accepted', 'completed'])
      rig.expectFillsAsRecorded(order)
      expect(bench.heard.fills).toHaveLength(bench.truth().fills.length)
    })

    test('CF-41 RUN-03 a cancel that races a fill ends in unknownOrder, and the look-up shows the fill', () => {
      const rig = new OrderBench(open)
      const { bench } = rig
      const price = rig.below('-5')
      const order = rig.order({ price })
      rig.submit(order)
      bench.faults.delayCommand('cancel', 300)
      const pending = bench.venue.cancel(refOf(order))
      bench.clock.advance(100)
      bench.rival(bench.instrumentId, 'sell', order.quantity, price)
      expect(settled(bench.clock, pending)).toEqual({ kind: 'unknownOrder' })
      expect(lookLong(rig, order)).toMatchObject({ kind: 'found', order: { status: 'filled' }, fills: bench.truth().fills })
      expect(rig.kindsOf(order)).toEqual(['accepted', 'completed'])
    })

    test('CF-42 PAIN-01 a lost reply with events: the report of the very order proves it accepted', () => {
      const rig = new OrderBench(open)
      rig.bench.faults.loseReply('submit')
      const order = rig.order({})
      expect(rig.submit(order)).toMatchObject({ kind: 'accepted', venueOrderId: rig.bench.truth().open[0]?.venueOrderId })
      rig.bench.faults.loseReply('amend')
      const changed = rig.order({ clientOrderId: order.clientOrderId, price: rig.below('300') })
      expect(rig.amend(order, changed)).toEqual({ kind: 'accepted' })
      rig.bench.faults.loseReply('cancel')
      expect(rig.cancel(order)).toEqual({ kind: 'accepted' })
      rig.restForCancels()
      expect(rig.bench.truth().open).toEqual([])
    })

    test('CF-43 PAIN-01 reply and events lost: ambiguous, and the look-up finds order and fills', () => {
      const rig = new OrderBench(open)
      const { bench } = rig
      bench.faults.loseReplyAndEvents('submit')
      const order = rig.order({ price: rig.below('-500') })
      expect(rig.submit(order).kind).toBe('ambiguous')
      expect(bench.heard.fills).toEqual([])
      expect(lookLong(rig, order)).toMatchObject({
        kind: 'found',
        order: { status: 'filled', filledQuantity: order.quantity },
        fills: bench.truth().fills,
      })
      expectFillsHealed(rig)
    })

    test('CF-44 PAIN-01 a command lost on its way: ambiguous, and absent for good once its deadline has passed', () => {
      const rig = new OrderBench(open)
      const { bench } = rig
      bench.faults.loseCommand('submit')
      const order = rig.order({})
      expect(rig.submit(order).kind).toBe('ambiguous')
      bench.session.waitWhole()
      expectAbsent(rig, order)
      expect(rig.submit(order).kind).toBe('accepted')
      expect(bench.truth().open).toHaveLength(1)
    })

    for (const command of ['amend', 'cancel'] as const) {
      test(`CF-45 PAIN-01 a lost ${command} is ambiguous, and the order shows what became of it`, () => {
        const rig = new OrderBench(open)
        const { bench } = rig
        const order = rig.order({})
        rig.submit(order)
        const changed = rig.order({ clientOrderId: order.clientOrderId, price: rig.below('300') })
        const act = () => (command === 'amend' ? rig.amend(order, changed) : rig.cancel(order))
        bench.faults.loseCommand(command)
        expect(act().kind).toBe('ambiguous')
        expect(look(rig, order)).toMatchObject({ kind: 'found', order: { status: 'open', limitPrice: order.limitPrice } })
        bench.session.waitWhole()
        bench.faults.loseReplyAndEvents(command)
        // Where questions go another way than the events that are lost, the order itself may show the amend at once.
        expect(act().kind).toBe(command === 'amend' && !bench.traits.commandsOnStream ? 'accepted' : 'ambiguous')
        const after = command === 'amend' ? { status: 'open', limitPrice: changed.limitPrice } : { status: 'canceled' }
        expect(look(rig, order)).toMatchObject({ kind: 'found', order: after })
      })
    }

    for (const when of ['before', 'after'] as const) {
      test(`CF-46 PAIN-01 a busy venue, ${when} it carried the command out, leaves the outcome in doubt`, () => {
        const rig = new OrderBench(open)
        const { bench } = rig
        bench.faults.busy('submit', when)
        const order = rig.order({})
        const outcome = rig.submit(order)
        expect(when === 'after' ? ['ambiguous', 'accepted'] : ['ambiguous']).toContain(outcome.kind)
        if (when === 'before') expectAbsent(rig, order)
        else rig.rest(DEADLINE_MS)
        expect(look(rig, order).kind).toBe(when === 'after' ? 'found' : 'absent')
        expect(bench.truth().open).toHaveLength(when === 'after' ? 1 : 0)
      })
    }

    for (const delayMs of [0, 3_000]) {
      test(`CF-47 RUN-03 events that come twice, ${delayMs} ms apart, add nothing`, () => {
        const rig = new OrderBench(open)
        const { bench } = rig
        bench.faults.duplicateEvents(50, delayMs)
        const price = rig.below('-5')
        const order = rig.order({ price })
        rig.submit(order)
        bench.rival(bench.instrumentId, 'sell', multiply(order.quantity, d('0.5')), price)
        rig.rest(500)
        bench.rival(bench.instrumentId, 'sell', order.quantity, price)
        rig.rest(10_000)
        rig.expectFillsAsRecorded(order)
        expect(sum(bench.heard.fillsOf(order.clientOrderId).map(({ quantity }) => quantity))).toBe(order.quantity)
        expect(new Set(rig.kindsOf(order))).toEqual(new Set(['accepted', 'completed']))
        expect(rig.submit(rig.order({})).kind).toBe('accepted')
      })
    }

    test('CF-48 MKT-08 a lost event is noticed at the next one and made good', () => {
      const rig = new OrderBench(open)
      const { bench } = rig
      const price = rig.below('-5')
      const order = rig.order({ price })
      rig.submit(order)
      rig.rest()
      bench.faults.dropEvent()
      bench.rival(bench.instrumentId, 'sell', multiply(order.quantity, d('0.5')), price)
      rig.rest()
      bench.rival(bench.instrumentId, 'sell', order.quantity, price)
      rig.rest(2_000)
      expect(bench.heard.faults.length).toBeGreaterThan(0)
      rig.expectFillsAsRecorded(order)
      expectFillsHealed(rig)
    })

    test('CF-49 PAIN-05 what happened during an outage: ambiguous commands, then look-up, fills and open orders made good', () => {
      const rig = new OrderBench(open)
      const { bench } = rig
      const price = rig.below('-5')
      const [filled, kept] = [rig.order({ price }), rig.order({})]
      rig.submit(filled)
      rig.submit(kept)
      const doubtful = rig.order({})
      const pending = bench.venue.submit(doubtful, { deadlineAtMs: bench.clock.now() + DEADLINE_MS })
      bench.clock.advance(6)
      bench.faults.cut('private')
      // The answer is lost with the stream, unless it comes another way.
      expect(settled(bench.clock, pending).kind).toBe(bench.traits.commandsOnStream ? 'ambiguous' : 'accepted')
      bench.rival(bench.instrumentId, 'sell', filled.quantity, price)
      bench.session.waitOnline(2, 5_000)
      rig.rest()
      expect(lookLong(rig, filled)).toMatchObject({ kind: 'found', order: { status: 'filled' } })
      expect(look(rig, doubtful)).toMatchObject({ kind: 'found', order: { status: 'open' } })
      const shown = settled(bench.clock, bench.venue.openOrders())
      expect(shown.toSorted((a, b) => a.openedAtMs - b.openedAtMs)).toEqual([...bench.truth().open])
      expectFillsHealed(rig)
      rig.expectFillsAsRecorded(filled)
    })

    test('CF-50 EXE-06 while the private stream is down nothing new leaves, and cancels go another way', () => {
      const rig = new OrderBench(open)
      const { bench } = rig
      const [first, second] = [rig.order({}), rig.order({})]
      rig.submit(first)
      rig.submit(second)
      bench.session.close()
      const refused = rig.submit(rig.order({}))
      expect(refused).toMatchObject({ kind: 'refused', refusal: { retry: 'transient' } })
      expect(rig.cancel(first)).toEqual({ kind: 'accepted' })
      rig.restForCancels()
      expect(rig.cancel(first)).toEqual({ kind: 'unknownOrder' })
      if (bench.venue.capabilities.deadManSwitch) expect(settled(bench.clock, bench.venue.armDeadMan(60))).toEqual({ kind: 'accepted' })
      expect(settled(bench.clock, bench.venue.cancelAll())).toEqual({ kind: 'accepted' })
      rig.restForCancels()
      expect(bench.truth().open).toEqual([])
      bench.faults.setReachable(false)
      expect(rig.cancel(second)).toMatchObject({ kind: 'refused', refusal: { retry: 'transient' } })
    })

    test('CF-51 PAIN-08 a rate limit of the venue: refused for now, counted, and the next order waits while a cancel may go sooner', () => {
      const rig = new OrderBench(open)
      const { bench } = rig
      const resting = rig.order({})
      rig.submit(resting)
      bench.faults.rateLimited('submit')
      expect(rig.submit(rig.order({}))).toMatchObject({ kind: 'refused', refusal: { retry: 'rateLimited' } })
      expect(bench.venue.health().rateLimitHits).toBe(1)
      const waitMs = bench.venue.orderWaitMs(bench.instrumentId, 'submit')
      expect(waitMs).toBeGreaterThan(0)
      expect(bench.venue.orderWaitMs(bench.instrumentId, 'cancel')).toBeLessThan(waitMs)
      expect(bench.venue.orderWaitMs(bench.otherId, 'submit')).toBe(bench.traits.limitsBy === 'account' ? waitMs : 0)
      expect(rig.cancel(resting)).toEqual({ kind: 'accepted' })
      rig.rest(waitMs)
      expect(rig.submit(rig.order({})).kind).toBe('accepted')
    })

    test('CF-52 MKT-06 with our clock a minute off, either way, orders still pass and expire in time', () => {
      for (const stepMs of [-60_000, 60_000]) {
        const rig = new OrderBench(open)
        const { bench } = rig
        bench.stepOurClock(stepMs)
        bench.clock.advance(1_000)
        const ourNowMs = bench.clock.now() + stepMs
        const order = rig.order({})
        const outcome = settled(bench.clock, bench.venue.submit(order, { deadlineAtMs: ourNowMs + DEADLINE_MS }))
        expect(outcome.kind).toBe('accepted')
        bench.faults.delayCommand('submit', DEADLINE_MS + 500)
        const late = rig.order({})
        const second = bench.venue.submit(late, { deadlineAtMs: bench.clock.now() + stepMs + DEADLINE_MS })
        const isBound = bench.venue.capabilities.orderDeadline
        expect(settled(bench.clock, second).kind).toBe(isBound ? 'refused' : 'accepted')
        rig.rest(3_000)
        expect(bench.truth().open).toHaveLength(isBound ? 1 : 2)
      }
    })

    test('CF-55 MKT-06 with our clock a minute off from the beginning, either way, it connects, reads the account and trades', () => {
      for (const stepMs of [-60_000, 60_000]) {
        const rig = new OrderBench(() => {
          const bench = open()
          bench.stepOurClock(stepMs)
          return bench
        })
        const { clock, venue } = rig.bench
        expect(Math.abs(settled(clock, venue.clockDriftMs()) + stepMs)).toBeLessThanOrEqual(10)
        const order = rig.order({ price: rig.below('-500') })
        const outcome = settled(clock, venue.submit(order, { deadlineAtMs: clock.now() + stepMs + DEADLINE_MS }))
        expect(outcome.kind).toBe('accepted')
        rig.rest()
        rig.expectFillsAsRecorded(order)
        rig.expectBalancesAsRecorded()
      }
    })

    test('CF-56 EXE-03 after a crash of our side the venue tells all: an id of a live order is not used twice, and what was executed shows once', () => {
      const rig = new OrderBench(open)
      const { bench } = rig
      const [resting, filled] = [rig.order({}), rig.order({ price: rig.below('-500') })]
      const outcome = rig.submit(resting)
      rig.submit(filled)
      rig.rest()
      bench.restart()
      bench.session.open(wantedOf(bench))
      rig.rest(1_000)
      const again = rig.submit(resting)
      if (again.kind === 'accepted') expect<SubmitOutcome>(again).toEqual(outcome)
      else expect(again.kind).toBe('refused')
      expect(bench.truth().open).toHaveLength(1)
      expect(lookLong(rig, resting)).toMatchObject({ kind: 'found', order: { status: 'open' } })
      expect(lookLong(rig, filled)).toMatchObject({ kind: 'found', order: { status: 'filled' }, fills: bench.truth().fills })
      expectFillsHealed(rig)
      rig.expectBalancesAsRecorded()
      expect(rig.cancel(resting)).toEqual({ kind: 'accepted' })
      rig.restForCancels()
      expect(bench.truth().open).toEqual([])
    })

    test('CF-53 VEN-03 ten cuts at odd moments of trading: every outcome is proven by the venue in the end', () => {
      const rig = new OrderBench(open)
      const { bench } = rig
      const orders: { readonly order: Approved; outcome: string }[] = []
      for (let round = 0; round < 10; round++) {
        for (let count = 0; count < 3; count++) {
          const order = rig.order({ price: rig.below(count === 0 ? '-500' : '200') })
          const entry = { order, outcome: 'none' }
          orders.push(entry)
          void bench.venue.submit(order, { deadlineAtMs: bench.clock.now() + DEADLINE_MS }).then(({ kind }) => {
            entry.outcome = kind
          })
          bench.clock.advance(round)
        }
        // Answers that come another way are not lost with the stream.
        if (!bench.traits.commandsOnStream && round % 3 === 0) bench.faults.loseReplyAndEvents('submit')
        bench.faults.cut('private')
        if (round % 2 === 0) bench.faults.cut('public')
        bench.session.waitOnline(round + 2)
      }
      rig.rest(20_000)
      const { open: openOrders, closed } = bench.truth()
      const atVenue = new Set([...openOrders, ...closed].map(({ clientOrderId }) => clientOrderId))
      for (const { order, outcome } of orders) {
        expect(['accepted', 'ambiguous', 'refused']).toContain(outcome)
        if (outcome === 'accepted') expect(atVenue.has(order.clientOrderId)).toBe(true)
        if (outcome === 'refused') expect(atVenue.has(order.clientOrderId)).toBe(false)
        if (outcome === 'ambiguous') expect(look(rig, order).kind).toBe(atVenue.has(order.clientOrderId) ? 'found' : 'absent')
      }
      expect(orders.some(({ outcome }) => outcome === 'ambiguous')).toBe(true)
      expectFillsHealed(rig)
      rig.expectBalancesAsRecorded()
    })
  })
}
