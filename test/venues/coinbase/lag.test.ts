/** What the adapter makes of lists that trail by seconds. Virtual time, emulated venue. */
import { expect, test } from 'bun:test'
import { START_MS, settled } from '../venue-bench'
import { OrderBench } from '../order-bench'
import { CoinbaseBench } from './emulator-bench'

const SLOW = { openAfterMs: 150, visibleAfterMs: 1_500, cancelAfterMs: 100, editAfterMs: 600, fillsAfterMs: 2_500, settledAfterMs: 4_000 }

function slowBench(): OrderBench {
  return new OrderBench(() => new CoinbaseBench({ settings: { asynchrony: SLOW } }))
}

test('EXE-06 cancelAll ends orders that no list shows yet', () => {
  const rig = slowBench()
  const { clock, venue } = rig.bench
  for (let count = 0; count < 3; count++) expect(rig.submit(rig.order({})).kind).toBe('accepted')
  expect(settled(clock, venue.openOrders())).toEqual([])
  expect(settled(clock, venue.cancelAll())).toEqual({ kind: 'accepted' })
  rig.rest()
  expect(rig.bench.truth().open).toEqual([])
  expect(rig.bench.truth().closed.map(({ status }) => status)).toEqual(['canceled', 'canceled', 'canceled'])
})

test('PAIN-05 an order that was taken just before an outage and filled in it is told of, though no list shows it at the reconnect', () => {
  const rig = slowBench()
  const { bench } = rig
  const price = rig.below('-5')
  const order = rig.order({ price })
  expect(rig.submit(order).kind).toBe('accepted')
  bench.faults.cut('private')
  bench.rival(bench.instrumentId, 'sell', order.quantity, price)
  bench.session.waitOnline(2)
  expect(bench.heard.fills).toEqual([])
  rig.rest(10_000)
  rig.expectFillsAsRecorded(order)
  expect(rig.kindsOf(order).at(-1)).toBe('completed')
})

test('PAIN-01 a look-up is unanswered while the list of executions lacks what the order counts', () => {
  const rig = slowBench()
  const { bench } = rig
  const order = rig.order({ price: rig.below('-500') })
  expect(rig.submit(order).kind).toBe('accepted')
  rig.rest(1_600)
  const look = () => settled(bench.clock, bench.venue.orderByClientId(order.clientOrderId, START_MS))
  expect(look().kind).toBe('unanswered')
  rig.rest(1_000)
  expect(look()).toMatchObject({ kind: 'found', order: { status: 'filled' }, fills: bench.truth().fills })
})
