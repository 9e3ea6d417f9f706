// Order lifecycles (opened, journaled, accepted, two fills, over) a second: the chart alone, then with each layer that a company puts around it.
import { type AnyActorLogic, createActor } from 'xstate'
import { ORDER_LOGIC } from '#actors/desk/order-registry'
import type { Decimal } from '#domain/decimal'
import { venueOrderId } from '#domain/ids'
import type { OrderEvent, OrderInput } from '#machines/order-events'
import { orderMachine } from '#machines/order.machine'
import { completeLifecycle, makeDesk, openJudged } from './complete-bench'
import { lifecycle, makeOrders, makeRegistry, openOrder, proposalOf } from './order-bench'
import { type Figure, nowUs, ratePerSec, report } from './report'

const V = venueOrderId('V1')
const HALF = '0.5' as Decimal
const EVENTS: readonly OrderEvent[] = [
  { type: 'order.journaled', atMs: 0 },
  { type: 'order.accepted', venueOrderId: V, atMs: 0 },
  { type: 'order.filled', venueOrderId: V, quantity: HALF, atMs: 0 },
  { type: 'order.filled', venueOrderId: V, quantity: HALF, atMs: 0 },
]
const inputOf = (index: number): OrderInput => {
  const { clientOrderId, quantity, limitPrice } = proposalOf(index)
  return { clientOrderId, quantity, limitPrice, atMs: 0 }
}
const INPUT = inputOf(0)

function bareChart(): number {
  return ratePerSec(1_000, () => {
    const chart = ORDER_LOGIC.chart(INPUT)
    for (const event of EVENTS) chart.send(event)
    if (chart.value !== 'filled') throw new Error(chart.value)
  })
}

/** Each actor a child of one parent, as in the registry, which stops it at its end. */
function inActor(logic: AnyActorLogic): number {
  const parentLogic: AnyActorLogic = {
    getInitialSnapshot: () => ({ status: 'active', output: undefined, error: undefined }),
    getPersistedSnapshot: (snapshot) => snapshot,
    transition: (snapshot, event, scope) => {
      scope.stopChild(event.child)
      return snapshot
    },
  }
  const parent = createActor(parentLogic).start()
  return ratePerSec(1_000, () => {
    const actor = createActor(logic, { id: 'order', parent, input: INPUT } as never).start()
    for (const event of EVENTS) actor.send(event)
    if (actor.getSnapshot().value !== 'filled') throw new Error(actor.getSnapshot().value)
    parent.send({ type: 'retire', child: actor })
  })
}

function inRegistry(form: Parameters<typeof makeRegistry>[0]): number {
  const registry = makeRegistry(form)
  return ratePerSec(1_000, (index) => {
    const input = inputOf(index)
    const chart = registry.spawn(input)
    if (chart === null) throw new Error('it threw')
    for (const event of EVENTS) registry.tell(input.clientOrderId, chart, event)
    registry.retire(input.clientOrderId)
  })
}

function inDesk(live: number, form: Parameters<typeof makeOrders>[0] = {}): number {
  const { clock, orders } = makeOrders(form)
  orders.start()
  for (let index = 0; index < live; index++) openOrder(orders, index)
  let next = live
  const batch = () => {
    for (let k = 0; k < 500; k++) lifecycle(orders, next++)
    clock.advance(60_001) // the sweep retires what ended
  }
  for (let k = 0; k < 6; k++) batch()
  const start = nowUs()
  const before = next
  while (nowUs() - start < 1_500_000) batch()
  return (next - before) / ((nowUs() - start) / 1_000_000)
}

/** By count, not by time: the journal in memory keeps every entry. */
function complete(live: number, count: number, isChained: boolean): number {
  const desk = makeDesk(isChained)
  desk.orders.start()
  for (let index = 0; index < live; index++) openJudged(desk, index, 'buy', '50000' as Decimal)
  let next = live
  const run = (until: number) => {
    while (next < until) {
      for (let k = 0; k < 500; k++) completeLifecycle(desk, next++)
      desk.clock.advance(60_001)
      desk.quote()
    }
  }
  run(live + 4_000)
  const start = nowUs()
  const before = next
  run(next + count)
  return (next - before) / ((nowUs() - start) / 1_000_000)
}

const figure = (name: string, value: number): Figure => ({ name: `orders: lifecycles ${name}`, value, unit: '/s' })
const watched = { inspect: () => undefined }
report([
  figure('of the compiled chart alone', bareChart()),
  figure('of the compiled chart in an actor', inActor(ORDER_LOGIC)),
  figure('of the interpreted chart in an actor', inActor(orderMachine)),
  figure('through the registry', inRegistry({})),
  figure('through the registry, inspector attached', inRegistry(watched)),
  figure('through registry and order tracker, 1,000 live', inDesk(1_000)),
  figure('through registry and order tracker, 20,000 live', inDesk(20_000)),
  figure('through registry and order tracker, 1,000 live, inspector attached', inDesk(1_000, watched)),
  figure('through registry and order tracker, 1,000 live, interpreted', inDesk(1_000, { logic: orderMachine })),
  figure('with gate, ledger and journal in memory without its chain, 100 live', complete(100, 20_000, false)),
  figure('with gate, ledger and chained journal in memory, 100 live', complete(100, 20_000, true)),
])
