import { describe, expect, test } from 'bun:test'
import { heapStats } from 'bun:jsc'
import { assign, type InspectionEvent, setup } from 'xstate'
import { DeadLetters } from '#actors/dead-letters'
import type { ChildLogic } from '#actors/housing'
import { ActorRegistry } from '#actors/registry'
import { decimal } from '#domain/decimal'
import { messageOf, mustExist } from '#domain/errors'
import { clientOrderId, venueOrderId } from '#domain/ids'
import { compile } from '#machines/compile'
import { orderMachine } from '#machines/order.machine'

const idOf = (n: number) => clientOrderId(n.toString(16).padStart(32, '0'))
const inputOf = (n: number) => ({ clientOrderId: idOf(n), quantity: decimal('2'), limitPrice: decimal('100'), atMs: 1 })

const compiled = compile(orderMachine)
const unseen = () => undefined

type Inspect = ((event: InspectionEvent) => void) | null

function ordersOf(logic: ChildLogic<typeof orderMachine>, inspect: Inspect, liveMax = 50_000) {
  const deadLetters = new DeadLetters()
  const crashed: string[] = []
  const registry = new ActorRegistry({ id: 'orders', logic, liveMax, deadLetters, inspect, onCrash: (id) => crashed.push(id) })
  return { registry, deadLetters, crashed }
}

const fragile = setup({
  types: {
    context: {} as { count: number },
    events: {} as { type: 'hit' } | { type: 'break' } | { type: 'doubt' } | { type: 'end' },
    input: {} as { count: number },
  },
  actions: {
    add: assign(({ context }) => ({ count: context.count + 1 })),
    explode: assign((): { count: number } => {
      throw new Error('boom')
    }),
  },
  guards: {
    breaks: () => {
      throw new Error('boom')
    },
  },
}).createMachine({
  id: 'fragile',
  context: ({ input }) => {
    if (input.count < 0) throw new Error('stillborn')
    return { count: input.count }
  },
  initial: 'whole',
  states: {
    whole: { on: { hit: { actions: 'add' }, break: { actions: 'explode' }, doubt: { guard: 'breaks', target: 'over' }, end: 'over' } },
    over: { type: 'final' },
  },
})
const compiledFragile = compile(fragile)

/** Interpreted, compiled within actors (an inspector might look), and compiled with nothing around it. */
const FORMS = [
  { form: 'interpreted', order: orderMachine, fragile, inspect: null },
  { form: 'compiled, inspected', order: compiled, fragile: compiledFragile, inspect: unseen },
  { form: 'compiled, bare', order: compiled, fragile: compiledFragile, inspect: null },
] as const

for (const { form, order, fragile: weak, inspect } of FORMS) {
  const orders = (liveMax?: number) => ordersOf(order, inspect, liveMax)

  describe(`registry, ${form}`, () => {
    test('RUN-01 gives each order an actor of its own, told, read and retired by id', () => {
      const { registry } = orders()
      expect(registry.spawn(idOf(1), inputOf(1))?.value).toBe('pending')
      registry.spawn(idOf(2), inputOf(2))
      expect(registry.tell(idOf(1), { type: 'order.journaled', atMs: 2 })?.value).toBe('submitting')
      expect(registry.get(idOf(2))?.value).toBe('pending')
      expect([...registry.entries()].map(([id, snapshot]) => [id, snapshot.value])).toEqual([
        [idOf(1), 'submitting'],
        [idOf(2), 'pending'],
      ])
      expect(registry.retire(idOf(1))).toBe(true)
      expect(registry.retire(idOf(1))).toBe(false)
      expect(registry.size).toBe(1)
      expect(registry.has(idOf(1))).toBe(false)
      registry.stop()
      expect(registry.size).toBe(0)
    })

    test('RUN-01 shows who kept a child where it stands, after each event', () => {
      const { registry } = orders()
      const child = mustExist(registry.spawn(idOf(1), inputOf(1)), 'no child')
      expect(registry.tellChild(idOf(1), child, { type: 'order.journaled', atMs: 2 })).toBe(true)
      expect([child.value, child.context.lastEventAtMs]).toEqual(['submitting', 2])
      expect(JSON.stringify(registry.get(idOf(1)))).toBe(JSON.stringify(child.getSnapshot()))
      expect(child.getSnapshot()).toMatchObject({ status: 'active', value: 'submitting', machine: orderMachine })
    })

    test('RUN-06 counts what is sent to an unknown or retired order as a dead letter', () => {
      const { registry, deadLetters } = orders()
      registry.spawn(idOf(1), inputOf(1))
      registry.retire(idOf(1))
      expect(registry.tell(idOf(1), { type: 'order.cancel', atMs: 2 })).toBeNull()
      expect(deadLetters.count).toBe(1)
      expect(deadLetters.recent).toEqual([{ actorId: `orders:${idOf(1)}`, eventType: 'order.cancel', cause: 'unknown' }])
    })

    test('RUN-06 refuses a second order of the same id, and more than its limit', () => {
      const { registry } = orders(2)
      registry.spawn(idOf(1), inputOf(1))
      expect(() => registry.spawn(idOf(1), inputOf(1))).toThrow('is alive already')
      registry.spawn(idOf(2), inputOf(2))
      expect(() => registry.spawn(idOf(3), inputOf(3))).toThrow('which is the limit')
    })

    test('RUN-06 loses a child that throws, tells of it, and leaves its siblings alone', () => {
      const crashed: [string, string][] = []
      const registry = new ActorRegistry<typeof fragile>({
        id: 'fragile',
        logic: weak,
        liveMax: 10,
        deadLetters: new DeadLetters(),
        inspect,
        onCrash: (id, error) => crashed.push([id, messageOf(error)]),
      })
      for (const id of ['a', 'b', 'c', 'd']) registry.spawn(id, { count: 0 })
      const kept = mustExist(registry.spawn('e', { count: 7 }), 'no child')
      expect(registry.tell('a', { type: 'break' })).toBeNull()
      expect(registry.tell('b', { type: 'doubt' })).toBeNull()
      expect(registry.tellChild('e', kept, { type: 'break' })).toBe(false)
      expect(registry.tellChild('e', kept, { type: 'hit' })).toBe(false)
      expect([kept.value, kept.context, kept.getSnapshot()]).toMatchObject([
        'whole',
        { count: 7 },
        { status: 'error', error: new Error('boom') },
      ])
      expect(registry.spawn('f', { count: -1 })).toBeNull()
      const doubt = "Unable to evaluate guard 'breaks' in transition for event 'doubt' in state node 'fragile.whole':\nboom"
      expect(crashed).toEqual([
        ['a', 'boom'],
        ['b', doubt],
        ['e', 'boom'],
        ['f', 'stillborn'],
      ])
      expect([...registry.entries()].map(([id]) => id)).toEqual(['c', 'd'])
      expect(registry.crashes).toBe(4)
      expect(registry.tell('c', { type: 'hit' })?.context.count).toBe(1)
      expect(registry.tell('d', { type: 'end' })).toMatchObject({ status: 'done', value: 'over' })
      expect(registry.tell('d', { type: 'hit' })).toMatchObject({ status: 'done', context: { count: 0 } })
      registry.spawn('a', { count: 5 })
      expect(registry.get('a')?.context.count).toBe(5)
    })

    test('I13 keeps nothing of 20,000 orders that lived and were retired', () => {
      const { registry } = orders()
      const live = (n: number) => {
        const id = idOf(n)
        registry.spawn(id, inputOf(n))
        registry.tell(id, { type: 'order.journaled', atMs: 2 })
        registry.tell(id, { type: 'order.accepted', venueOrderId: venueOrderId('v'), atMs: 3 })
        registry.tell(id, { type: 'order.filled', venueOrderId: venueOrderId('v'), quantity: decimal('2'), atMs: 4 })
        expect(registry.get(id)?.value).toBe('filled')
        registry.retire(id)
      }
      for (let n = 0; n < 2_000; n++) live(n)
      Bun.gc(true)
      const before = heapStats().heapSize
      for (let n = 0; n < 20_000; n++) live(n)
      Bun.gc(true)
      expect(registry.size).toBe(0)
      expect(heapStats().heapSize - before).toBeLessThan(2_000_000)
    })
  })
}

describe('registry', () => {
  test('RUN-01 shows every event of the family to an inspector, compiled or not', () => {
    const streams = [orderMachine, compiled].map((logic) => {
      const seen: unknown[] = []
      const { registry } = ordersOf(logic, (event) => {
        if (event.type === '@xstate.event') seen.push([event.type, event.event])
        if (event.type === '@xstate.snapshot') seen.push([event.type, JSON.parse(JSON.stringify(event.snapshot))])
        if (event.type === '@xstate.actor') seen.push(event.type)
      })
      registry.spawn(idOf(1), inputOf(1))
      registry.tell(idOf(1), { type: 'order.journaled', atMs: 2 })
      registry.tell(idOf(1), { type: 'order.cancelRefused', reason: 'not foreseen here', atMs: 3 })
      registry.retire(idOf(1))
      return seen
    })
    expect(streams[0]).toContainEqual(['@xstate.event', { type: 'order.journaled', atMs: 2 }])
    // What is retired is an actor, whose session number no two runs share.
    const retired = (seen: readonly unknown[] = []) =>
      seen.map((item) => (JSON.stringify(item).includes('registry.retire') ? 'retired' : item))
    expect(retired(streams[1])).toEqual(retired(streams[0]))
  })
})
