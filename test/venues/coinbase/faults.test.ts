/** Faults that Coinbase alone has, over a minute of trading: in the end everything is told, and nothing twice. Virtual time, emulated venue. */
import { expect, test } from 'bun:test'
import { type Decimal, multiply } from '#domain/decimal'
import type { Approved } from '#domain/order'
import type { FaultInput } from '#sim/coinbase/fault-rules'
import { byTradeId, OrderBench } from '../order-bench'
import { CoinbaseBench } from './emulator-bench'

const HALF = '0.5' as Decimal
const user = { face: 'ws' as const, methods: ['user'] }
const create = { face: 'rest' as const, methods: ['createOrder'], count: 1 }

const FAULTS: readonly (readonly [string, FaultInput])[] = [
  ['fills that share a frame', { kind: 'mergedFills', holdMs: 300, ...user }],
  ['frames that overtake each other', { kind: 'reorderedFrame', probability: 0.5, ...user }],
  ['heartbeats that are overtaken', { kind: 'reorderedFrame', face: 'ws', methods: ['heartbeats'], probability: 0.5 }],
  ['frames that are lost', { kind: 'droppedFrame', probability: 0.4, ...user }],
  ['frames that come twice', { kind: 'duplicate', probability: 0.6, delayMs: 700, ...user }],
  ['a socket that goes deaf to its orders', { kind: 'withholdEvents', ...create }],
  ['an edge that restarts', { kind: 'edgeText', count: 2, ...user }],
  ['an order that fails after it was taken', { kind: 'failedOrder', ...create }],
  ['a good token that is refused', { kind: 'unauthorized', ...create }],
  ['questions that know nothing of the last seconds', { kind: 'restLag', face: 'rest', lagMs: 3_000 }],
  ['the other spelling of a reason', { kind: 'rejectReasonSpelling', ...user }],
]

const ENDS = { filled: 'completed', canceled: 'canceled', expired: 'expired' } as const

/** Takers and makers in turn; a rival fills the makers in two halves. */
function trade(rig: OrderBench): readonly Approved[] {
  const { bench } = rig
  const orders: Approved[] = []
  for (let count = 0; count < 6; count++) {
    const isMaker = count % 2 === 1
    const price = rig.below(isMaker ? '-5' : '-500')
    const order = rig.order({ price })
    orders.push(order)
    rig.submit(order)
    for (let half = 0; isMaker && half < 2; half++) {
      bench.rival(bench.instrumentId, 'sell', multiply(order.quantity, HALF), price)
      rig.rest(100)
    }
    rig.rest(300)
  }
  return orders
}

for (const [name, fault] of FAULTS) {
  test(`RUN-03 ${name}: each order's end and each execution is told, once`, () => {
    for (const seed of ['a', 'b']) {
      const bench = new CoinbaseBench({ seed })
      const rig = new OrderBench(() => bench)
      bench.fault(fault)
      const orders = trade(rig)
      rig.rest(60_000)
      bench.session.waitWhole()
      rig.rest(20_000)
      expect(byTradeId(bench.heard.fills)).toEqual(byTradeId(bench.truth().fills))
      expect(bench.truth().closed.length).toBeGreaterThanOrEqual(3)
      for (const order of orders) {
        const shown = bench.truth().closed.find(({ clientOrderId }) => clientOrderId === order.clientOrderId)
        const ends = rig.kindsOf(order).filter((kind) => kind !== 'accepted')
        if (shown === undefined || shown.status === 'open') expect(ends).toEqual([])
        else expect(ends).toEqual([fault.kind === 'failedOrder' && shown.status === 'canceled' ? 'rejected' : ENDS[shown.status]])
      }
    }
  })
}
