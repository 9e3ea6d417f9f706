import { describe, expect, test } from 'bun:test'
import { heapStats } from 'bun:jsc'
import { assign, type InspectionEvent, setup } from 'xstate'
import { DeadLetters } from '#actors/dead-letters'
import { ActorRegistry } from '#actors/registry'
import { decimal } from '#domain/decimal'
import { clientOrderId, venueOrderId } from '#domain/ids'
import { orderMachine } from '#machines/order.machine'

const idOf = (n: number) => clientOrderId(n.toString(16).padStart(32, '0'))
const inputOf = (n: number) => ({ clientOrderId: idOf(n), quantity: decimal('2'), limitPrice: decimal('100'), atMs: 1 })

function orders(liveMax = 50_000, inspect: ((event: InspectionEvent) => void) | null = null) {
  const deadLetters = new DeadLetters()
  const crashed: string[] = []
  const registry = new ActorRegistry({
    id: 'orders',
    logic: orderMachine,
    liveMax,
    deadLetters,
    inspect,
    onCrash: (id) => crashed.push(id),
  })
  return { registry, deadLetters, crashed }
}

describe('registry', () => {
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
    const fragile = setup({
      types: { context: {} as { count: number }, events: {} as { type: 'hit' } | { type: 'break' }, input: {} as { count: number } },
      actions: {
        add: assign(({ context }) => ({ count: context.count + 1 })),
        explode: () => {
          throw new Error('boom')
        },
      },
    }).createMachine({
      context: ({ input }) => ({ count: input.count }),
      on: { hit: { actions: 'add' }, break: { actions: 'explode' } },
    })
    const crashed: [string, unknown][] = []
    const registry = new ActorRegistry({
      id: 'fragile',
      logic: fragile,
      liveMax: 10,
      deadLetters: new DeadLetters(),
      inspect: null,
      onCrash: (id, error) => crashed.push([id, error]),
    })
    registry.spawn('a', { count: 0 })
    registry.spawn('b', { count: 0 })
    expect(registry.tell('a', { type: 'break' })).toBeNull()
    expect(crashed).toEqual([['a', new Error('boom')]])
    expect(registry.size).toBe(1)
    expect(registry.crashes).toBe(1)
    expect(registry.tell('b', { type: 'hit' })?.context.count).toBe(1)
    registry.spawn('a', { count: 5 })
    expect(registry.get('a')?.context.count).toBe(5)
  })

  test('RUN-01 shows every event of the family to an inspector', () => {
    const seen: string[] = []
    const { registry } = orders(10, (event) => event.type === '@xstate.event' && seen.push(event.event.type))
    registry.spawn(idOf(1), inputOf(1))
    registry.tell(idOf(1), { type: 'order.journaled', atMs: 2 })
    expect(seen).toContain('order.journaled')
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
