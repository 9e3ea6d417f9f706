import { expect, test } from 'bun:test'
import { type Actor, type AnyActorLogic, createActor } from 'xstate'
import { compile } from '#machines/compile'
import type { FlatChart } from '#machines/flat-chart'
import { ORDER_EVENT_TYPES, type OrderContext, type OrderEvent } from '#machines/order-events'
import { orderMachine } from '#machines/order.machine'
import { SeededRandom } from '#sim/random'
import { IS_LONG } from '#test/company/profile'
import { RandomOrderEvents } from './order-random'

const EVENTS = IS_LONG ? 1_000_000 : 60_000
const WALK = 40
const compiled = compile(orderMachine)

interface Snapshot {
  readonly value: string
  readonly status: string
  readonly context: OrderContext
  readonly tags: ReadonlySet<string>
  can(event: OrderEvent): boolean
}

/** The three forms of one order, told the same. */
interface Trio {
  interpreted: Actor<AnyActorLogic>
  compiled: Actor<AnyActorLogic>
  bare: FlatChart<typeof orderMachine>
}

const start = (logic: AnyActorLogic, options: object) => createActor(logic, options as never).start()

function begin(input: object): Trio {
  return { interpreted: start(orderMachine, { input }), compiled: start(compiled, { input }), bare: compiled.chart(input as never) }
}

/** Each form goes on from what the other persisted. */
function swap(trio: Trio): void {
  const [a, b] = [trio.interpreted.getPersistedSnapshot(), trio.compiled.getPersistedSnapshot()]
  if (!Bun.deepEquals(a, b, true)) throw new Error(`persisted otherwise: ${JSON.stringify([a, b])}`)
  trio.interpreted = start(orderMachine, { snapshot: structuredClone(b) })
  trio.compiled = start(compiled, { snapshot: structuredClone(a) })
}

const standOf = ({ value, status, context, tags }: Snapshot) => ({ value, status, context, tags: [...tags] })

/** Sends one event to all three; throws at the first difference. */
function sendAll(trio: Trio, event: OrderEvent): void {
  const before: Snapshot[] = [trio.interpreted.getSnapshot(), trio.compiled.getSnapshot()]
  const wasContext = trio.bare.context
  const isAble = before[0]?.can(event)
  trio.interpreted.send(event)
  trio.compiled.send(event)
  trio.bare.send(event)
  const now: Snapshot[] = [trio.interpreted.getSnapshot(), trio.compiled.getSnapshot()]
  const [interpreted, other] = now as [Snapshot, Snapshot]
  const stand = standOf(interpreted)
  const isSame =
    Bun.deepEquals(stand, standOf(other), true) &&
    Bun.deepEquals(stand, standOf(trio.bare.getSnapshot() as never), true) &&
    stand.value === trio.bare.value &&
    // What XState says beforehand of the interpreted form, the tables then do.
    isAble === (now[1] !== before[1]) &&
    isAble === (trio.bare.context !== wasContext) &&
    // What changes nothing is the same object in both forms.
    (now[0] === before[0]) === (now[1] === before[1]) &&
    (now[0]?.context === before[0]?.context) === (trio.bare.context === wasContext)
  if (!isSame)
    throw new Error(`${JSON.stringify(event)} led ${JSON.stringify(before[0])} to ${JSON.stringify([...now, trio.bare.getSnapshot()])}`)
}

test(`RUN-03 ${EVENTS.toLocaleString('en')} random events lead the compiled order where the interpreted one goes`, () => {
  const random = new SeededRandom('compiled-order')
  const events = new RandomOrderEvents(random.split('events'))
  const states = new Set<string>()
  const pairs = new Set<string>()
  let sent = 0
  let trio = begin(events.input())
  while (sent < EVENTS) {
    if (sent % WALK === 0) trio = begin(events.input())
    else if (random.integer(100) === 0) swap(trio)
    // Every third event is one that leads on: alone, chance would end most orders before they have lived.
    const event = random.integer(3) === 0 ? events.event(ahead(trio.bare.value, random)) : events.next()
    states.add(trio.bare.value)
    pairs.add(`${trio.bare.value} ${event.type}`)
    sendAll(trio, event)
    sent++
  }
  const all = Object.keys(orderMachine.states)
  expect([...states].sort()).toEqual(all.sort())
  expect(pairs.size).toBe(all.length * ORDER_EVENT_TYPES.length)
}, 600_000)

function ahead(state: string, random: SeededRandom): OrderEvent['type'] {
  const ways: Readonly<Record<string, readonly OrderEvent['type'][]>> = {
    pending: ['order.journaled'],
    submitting: ['order.accepted', 'order.answerLost', 'order.exhausted'],
    open: ['order.amend', 'order.cancel'],
    partiallyFilled: ['order.amend', 'order.cancel'],
  }
  const types = ways[state] ?? ['order.reported', 'order.filled', 'order.accepted']
  return types[random.integer(types.length)] as OrderEvent['type']
}

test('what the chart does not know, or forbids, changes nothing in any form', () => {
  const trio = begin(new RandomOrderEvents(new SeededRandom('unknown')).input())
  const kept = [trio.interpreted.getSnapshot(), trio.compiled.getSnapshot(), trio.bare.context]
  for (const type of ['order.unheard', 'order.', 'order', '', 'xstate.done.actor.x', '__proto__', 'constructor']) {
    sendAll(trio, { type, atMs: 1 } as never)
  }
  expect([trio.interpreted.getSnapshot(), trio.compiled.getSnapshot(), trio.bare.context].every((now, index) => now === kept[index])).toBe(
    true,
  )
})
