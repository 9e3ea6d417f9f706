/** Promises of every venue about orders, balances and the account's history while nothing goes wrong. Virtual time, emulated venue. */
import { describe, expect, test } from 'bun:test'
import { add, type Decimal, isGreater, multiply, subtract, sum } from '#domain/decimal'
import type { Approved } from '#domain/order'
import { byTradeId, OrderBench } from './order-bench'
import { DEADLINE_MS, refOf, settled, type VenueBench } from './venue-bench'

const d = (text: string): Decimal => text as Decimal

export function orderConformance(name: string, open: () => VenueBench): void {
  describe(`${name}: orders (virtual time, emulator)`, () => {
    test('CF-20 EXE-01 a resting limit order: accepted, reported, shown, reserved, canceled', () => {
      const rig = new OrderBench(open)
      const { bench } = rig
      const order = rig.order({})
      const outcome = rig.submit(order)
      if (outcome.kind !== 'accepted') throw new Error(JSON.stringify(outcome))
      rig.rest()
      expect(rig.kindsOf(order)).toEqual(['accepted'])
      const shown = settled(bench.clock, bench.venue.openOrders())
      expect(shown).toEqual(bench.truth().open)
      expect(shown).toMatchObject([{ clientOrderId: order.clientOrderId, venueOrderId: outcome.venueOrderId, quantity: order.quantity }])
      rig.expectBalancesAsRecorded()
      expect(bench.truth().balances.some(({ reserved }) => isGreater(reserved, d('0')))).toBe(true)
      expect(rig.cancel(order)).toEqual({ kind: 'accepted' })
      rig.rest()
      expect(rig.kindsOf(order)).toEqual(['accepted', 'canceled'])
      expect(bench.truth().open).toEqual([])
      expect(rig.cancel(order)).toEqual({ kind: 'unknownOrder' })
      rig.expectBalancesAsRecorded()
    })

    test('CF-21 EXE-01 a crossing limit order and a market order fill, with cost and fee as the venue books them', () => {
      const rig = new OrderBench(open)
      const { bench } = rig
      const crossing = rig.order({ price: rig.below('-500') })
      const { ask, bid } = bench.touch(bench.instrumentId)
      const market = rig.order({ side: 'sell', price: null, referencePrice: bid })
      for (const order of [crossing, market]) {
        expect(rig.submit(order)).toMatchObject({ kind: 'accepted' })
        rig.rest()
        expect(rig.kindsOf(order).at(-1)).toBe('completed')
        rig.expectFillsAsRecorded(order)
        expect(sum(bench.heard.fillsOf(order.clientOrderId).map(({ quantity }) => quantity))).toBe(order.quantity)
        expect(bench.heard.fillsOf(order.clientOrderId).every(({ liquidity }) => liquidity === 'taker')).toBe(true)
      }
      expect(bench.heard.fillsOf(crossing.clientOrderId)[0]?.price).toBe(ask)
      rig.expectBalancesAsRecorded()
      expect(byTradeId(settled(bench.clock, bench.venue.fills(0)))).toEqual(byTradeId(bench.truth().fills))
    })

    test('CF-22 EXE-04 another account fills a resting order in parts', () => {
      const rig = new OrderBench(open)
      const { bench } = rig
      const price = rig.below('-5')
      const order = rig.order({ price, postOnly: bench.venue.capabilities.postOnly })
      expect(rig.submit(order).kind).toBe('accepted')
      const part = multiply(order.quantity, d('0.25'))
      bench.rival(bench.instrumentId, 'sell', part, price)
      rig.rest()
      expect(rig.kindsOf(order)).toEqual(['accepted'])
      expect(settled(bench.clock, bench.venue.openOrders())).toMatchObject([{ filledQuantity: part, status: 'open' }])
      bench.rival(bench.instrumentId, 'sell', part, price)
      bench.rival(bench.instrumentId, 'sell', subtract(order.quantity, add(part, part)), price)
      rig.rest()
      expect(rig.kindsOf(order)).toEqual(['accepted', 'completed'])
      rig.expectFillsAsRecorded(order)
      expect(bench.heard.fillsOf(order.clientOrderId)).toHaveLength(3)
      expect(bench.heard.fillsOf(order.clientOrderId).every(({ liquidity }) => liquidity === 'maker')).toBe(true)
      rig.expectBalancesAsRecorded()
    })

    test('CF-23 EXE-04 an amend keeps the order and its ids, and is reported with the new figures', () => {
      const rig = new OrderBench(open)
      const { bench } = rig
      const order = rig.order({})
      rig.submit(order)
      const changed = rig.order({ clientOrderId: order.clientOrderId, quantity: multiply(rig.quantity, d('2')), price: rig.below('300') })
      const outcome = rig.amend(order, changed)
      rig.rest()
      if (!bench.venue.capabilities.amend) {
        expect(outcome.kind).toBe('refused')
        return
      }
      expect(outcome).toEqual({ kind: 'accepted' })
      expect(bench.heard.reportsOf(order.clientOrderId).at(-1)).toMatchObject({
        kind: 'amended',
        quantity: changed.quantity,
        limitPrice: changed.limitPrice,
      })
      expect(bench.truth().open).toMatchObject([
        { clientOrderId: order.clientOrderId, quantity: changed.quantity, limitPrice: changed.limitPrice },
      ])
      expect(settled(bench.clock, bench.venue.openOrders())).toEqual(bench.truth().open)
      rig.expectBalancesAsRecorded()
    })

    test('CF-24 EXE-02 immediate-or-cancel fills what is there and cancels the rest', () => {
      const rig = new OrderBench(open)
      const { bench } = rig
      const away = rig.order({ timeInForce: 'ioc' })
      expect(rig.submit(away).kind).toBe('accepted')
      const { ask, askQuantity } = bench.touch(bench.instrumentId)
      const greedy = rig.order({ timeInForce: 'ioc', price: ask, quantity: add(askQuantity, rig.quantity) })
      expect(rig.submit(greedy).kind).toBe('accepted')
      rig.rest()
      expect(bench.heard.reportsOf(away.clientOrderId).at(-1)).toMatchObject({ kind: 'canceled', filledQuantity: '0' })
      expect(bench.heard.reportsOf(greedy.clientOrderId).at(-1)).toMatchObject({ kind: 'canceled', filledQuantity: askQuantity })
      rig.expectFillsAsRecorded(greedy)
      expect(sum(bench.heard.fillsOf(greedy.clientOrderId).map(({ quantity }) => quantity))).toBe(askQuantity)
      expect(bench.truth().open).toEqual([])
    })

    test('CF-25 EXE-02 a post-only order that would cross takes nothing', () => {
      const rig = new OrderBench(open)
      const { bench } = rig
      const order = rig.order({ price: rig.below('-500'), postOnly: true })
      const outcome = rig.submit(order)
      rig.rest()
      if (outcome.kind === 'refused') expect(outcome.refusal.retry).toBe('never')
      else expect(rig.kindsOf(order).at(-1)).toBe('canceled')
      expect(bench.truth().fills).toEqual([])
      expect(bench.truth().open).toEqual([])
    })

    test('CF-26 EXE-02 good-till-date expires at the venue and is reported', () => {
      const rig = new OrderBench(open)
      const { bench } = rig
      expect(bench.venue.capabilities.timeInForce).toContain('gtd')
      const order = rig.order({ timeInForce: 'gtd', expiresAtMs: bench.clock.now() + 20_000, price: rig.below('2000') })
      expect(rig.submit(order).kind).toBe('accepted')
      rig.rest(18_000)
      expect(bench.truth().open).toHaveLength(1)
      rig.rest(4_000)
      expect(rig.kindsOf(order)).toEqual(['accepted', 'expired'])
      expect(bench.truth().open).toEqual([])
    })

    test('CF-27 PAIN-09 what cannot be placed is refused for good, with a reason, and never reaches the book', () => {
      const rig = new OrderBench(open)
      const { bench, instrument } = rig
      const half = (value: Decimal): Decimal => multiply(value, d('0.5'))
      const wrong: readonly (readonly [string, Approved])[] = [
        ['quantity below the minimum', rig.order({ quantity: half(rig.least) })],
        ['quantity off the lot', rig.order({ quantity: add(rig.quantity, half(instrument.lotSize)) })],
        ['price off the tick', rig.order({ price: add(rig.below('200'), half(instrument.tickSize)) })],
        ['notional below the minimum', rig.order({ quantity: rig.least, price: instrument.tickSize })],
        ['more than the account has', rig.order({ quantity: d('1000') })],
        ['unknown instrument', rig.order({ instrumentId: bench.unknownId })],
        ...(['fok', 'gtd'] as const)
          .filter((kind) => !bench.venue.capabilities.timeInForce.includes(kind))
          .map((kind) => [`time in force ${kind}`, rig.order({ timeInForce: kind })] as const),
      ]
      for (const [what, order] of wrong) {
        const outcome = rig.submit(order)
        expect(outcome, what).toMatchObject({ kind: 'refused', refusal: { retry: 'never', reason: expect.stringMatching(/.{10}/) } })
      }
      expect(bench.truth().open).toEqual([])
      expect(bench.truth().closed).toEqual([])
    })

    test('CF-28 EXE-05 an order that arrives after its deadline is not placed', () => {
      const rig = new OrderBench(open)
      const { bench } = rig
      if (!bench.venue.capabilities.orderDeadline) {
        // Nothing is promised but that its fate is found: it is accepted late, and the look-up shows it.
        bench.faults.delayCommand('submit', DEADLINE_MS + 500)
        const order = rig.order({})
        expect(['accepted', 'ambiguous']).toContain(rig.submit(order).kind)
        rig.rest(20_000)
        const { clock, venue } = bench
        const found = settled(clock, venue.orderByClientId(order.clientOrderId, clock.now() - 60_000))
        expect(found).toMatchObject({ kind: 'found', order: { clientOrderId: order.clientOrderId } })
        expect([...bench.truth().open, ...bench.truth().closed]).toHaveLength(1)
        return
      }
      bench.faults.delayCommand('submit', DEADLINE_MS + 500)
      const late = rig.order({})
      const outcome = rig.submit(late)
      expect(outcome.kind === 'refused' ? outcome.refusal.retry : outcome.kind).toBe('transient')
      const stillborn = rig.order({})
      const { clock, venue } = bench
      expect(settled(clock, venue.submit(stillborn, { deadlineAtMs: clock.now() - 1 })).kind).toBe('refused')
      rig.rest(10_000)
      expect([bench.truth().open, bench.truth().closed]).toEqual([[], []])
      expect(settled(clock, venue.orderByClientId(late.clientOrderId, clock.now() - 60_000))).toEqual({ kind: 'absent' })
    })

    test('CF-29 EXE-06 cancelAll leaves nothing open', () => {
      const rig = new OrderBench(open)
      const { bench } = rig
      const orders = Array.from({ length: 5 }, () => rig.order({}))
      for (const order of orders) rig.submit(order)
      expect(bench.truth().open).toHaveLength(5)
      expect(settled(bench.clock, bench.venue.cancelAll())).toEqual({ kind: 'accepted' })
      rig.rest()
      rig.restForCancels()
      expect(bench.truth().open).toEqual([])
      for (const order of orders) expect(rig.kindsOf(order)).toEqual(['accepted', 'canceled'])
      expect(settled(bench.clock, bench.venue.cancelAll())).toEqual({ kind: 'accepted' })
    })

    test('CF-54 RSK-09 a batch of cancels ends the orders that it names, by stream and without it, and no other', () => {
      const rig = new OrderBench(open)
      const { bench } = rig
      const { clock, venue } = bench
      const orders = Array.from({ length: 6 }, () => rig.order({}))
      for (const order of orders) rig.submit(order)
      const batch = (from: number, to: number) => settled(clock, venue.cancelBatch(orders.slice(from, to).map((order) => refOf(order))))
      expect(venue.capabilities.cancelBatchMax).toBeGreaterThanOrEqual(2)
      expect(batch(0, 2)).toEqual({ kind: 'accepted' })
      rig.rest()
      for (const order of orders.slice(0, 2)) expect(rig.kindsOf(order)).toEqual(['accepted', 'canceled'])
      expect(bench.truth().open).toHaveLength(4)
      expect(batch(2, 3)).toEqual({ kind: 'accepted' })
      rig.restForCancels()
      expect(batch(0, 3)).toEqual({ kind: 'unknownOrder' })
      expect(batch(2, 4)).toEqual({ kind: 'accepted' }) // one of them is gone already
      bench.session.close()
      expect(batch(4, 5)).toEqual({ kind: 'accepted' })
      rig.restForCancels()
      expect(batch(4, 5)).toEqual({ kind: 'unknownOrder' })
      expect(bench.truth().open.map(({ clientOrderId }) => clientOrderId)).toEqual(
        orders.slice(5).map(({ clientOrderId }) => clientOrderId),
      )
    })

    test('CF-30 EXE-07 the dead-man switch: refreshed it holds, disarmed it is off, left alone it cancels', () => {
      const rig = new OrderBench(open)
      const { bench } = rig
      const { clock, venue } = bench
      if (!venue.capabilities.deadManSwitch) {
        expect(settled(clock, venue.armDeadMan(10))).toMatchObject({ kind: 'refused', refusal: { retry: 'never' } })
        return
      }
      const order = rig.order({})
      rig.submit(order)
      for (let round = 0; round < 5; round++) {
        expect(settled(clock, venue.armDeadMan(10))).toEqual({ kind: 'accepted' })
        rig.rest(6_000)
      }
      expect(bench.truth().open).toHaveLength(1)
      expect(settled(clock, venue.armDeadMan(0))).toEqual({ kind: 'accepted' })
      rig.rest(30_000)
      expect(bench.truth().open).toHaveLength(1)
      settled(clock, venue.armDeadMan(10))
      rig.rest(11_000)
      expect(bench.truth().open).toEqual([])
      expect(rig.kindsOf(order)).toEqual(['accepted', 'canceled'])
    })

    test('CF-31 LED-01 deposits show as cash flows, trades do not, and both change the balance', () => {
      const rig = new OrderBench(open)
      const { bench } = rig
      const sinceMs = bench.clock.now()
      rig.rest(1_000)
      bench.deposit(bench.instrumentId.slice(0, bench.instrumentId.indexOf('-')), d('0.5'))
      rig.submit(rig.order({ price: rig.below('-500') }))
      rig.rest()
      const flows = settled(bench.clock, bench.venue.cashFlows(sinceMs))
      if (!bench.venue.capabilities.cashFlows) {
        // Only the balance tells of it.
        expect([...flows, ...bench.heard.balanceChanges]).toEqual([])
        rig.expectBalancesAsRecorded()
        return
      }
      expect(flows).toMatchObject([{ kind: 'deposit', amount: '0.5', fee: '0' }])
      expect(bench.heard.balanceChanges.map(({ kind }) => kind)).toEqual(['deposit', 'trade', 'trade'])
      expect(bench.heard.balanceChanges[0]).toEqual(flows[0])
      rig.expectBalancesAsRecorded()
    })

    test('CF-32 EXE-05 looks orders up by client id: open, filled with its fills, canceled, absent', () => {
      const rig = new OrderBench(open)
      const { bench } = rig
      const { clock, venue } = bench
      const sinceMs = clock.now()
      const [resting, filled, canceled] = [rig.order({}), rig.order({ price: rig.below('-500') }), rig.order({})]
      for (const order of [resting, filled, canceled]) rig.submit(order)
      rig.cancel(canceled)
      const look = (order: Approved) => settled(clock, venue.orderByClientId(order.clientOrderId, sinceMs))
      expect(look(resting)).toMatchObject({ kind: 'found', order: { status: 'open' }, fills: [] })
      expect(look(canceled)).toMatchObject({ kind: 'found', order: { status: 'canceled' }, fills: [] })
      const found = look(filled)
      if (found.kind !== 'found') throw new Error(found.kind)
      expect(found.order).toMatchObject({ status: 'filled', filledQuantity: filled.quantity })
      expect(found.fills).toEqual(bench.truth().fills)
      expect(look(rig.order({}))).toEqual({ kind: 'absent' })
    })

    test('CF-33 EXE-03 a client id is used by one live order at most', () => {
      const rig = new OrderBench(open)
      const { bench } = rig
      const order = rig.order({})
      expect(rig.submit(order).kind).toBe('accepted')
      expect(rig.submit(order).kind).toBe('refused')
      expect(bench.truth().open).toHaveLength(1)
    })

    test('CF-34 VEN-05 questions about many orders and fills come whole, page after page', () => {
      const rig = new OrderBench(open)
      const { bench } = rig
      const price = rig.below('-500')
      const sinceMs = bench.clock.now()
      for (let count = 0; count < 70; count++) rig.submit(rig.order({ price, quantity: rig.least }))
      rig.rest()
      const fills = settled(bench.clock, bench.venue.fills(sinceMs))
      expect(fills.length).toBeGreaterThanOrEqual(70)
      expect(byTradeId(fills)).toEqual(byTradeId(bench.truth().fills))
      expect(fills.map(({ venueAtMs }) => venueAtMs)).toEqual(fills.map(({ venueAtMs }) => venueAtMs).sort((a, b) => a - b))
      rig.rest(bench.traits.fillsWithinMs)
      expect(bench.heard.distinctFills()).toHaveLength(fills.length)
    })
  })
}
