import { expect, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import { intentBase } from '#strategies/decision'
import { done } from './intents'
import { OPERATOR, quietBot, type Script, World } from './world'

const BOT = { ...quietBot('tester'), parameters: { ...quietBot('tester').parameters, timeframes: ['15m'] } }

/** Wants to be long on every bar. */
const long: Script = (context) => [
  {
    ...intentBase(context),
    strategyId: 'trend-following' as never,
    kind: 'enter',
    target: { kind: 'quantity', quantity: decimal('0.01') },
    stopPrice: null,
    takeProfitPrice: null,
    conviction: 1,
    routing: null,
    metadata: {},
  },
]

for (const [what, again] of [
  ['a crash', (world: World) => world.crash().start().trading()],
  [
    'an orderly restart, from the snapshot',
    (world: World) => {
      world.stop()
      world.run(1_000).start().trading()
    },
  ],
  [
    'a pause',
    (world: World) => {
      world.control.commandBot('tester', 'pause', OPERATOR, 'test')
      world.run(1_000)
      world.control.commandBot('tester', 'resume', OPERATOR, 'test')
    },
  ],
] as const) {
  test(`PAIN-01 EXE-12 RUN-12 the decision on the last bar leads to one order only: after ${what}, long after the order has left the tracker`, () => {
    const world = new World({ bots: [BOT], config: (config) => ({ ...config, desk: { ...config.desk, retireAfterMs: 1_000 } }) })
    world.scripts.set('tester', long)
    world.start().trading().run(2_000)
    const [first] = world.entries('order.submitting')
    expect(first?.correlationId).toBeString()
    expect(world.control.positions().map((position) => position.netQuantity)).toEqual(['0.01'])
    expect(done(world, { target: '0', isOperatorFlatten: true })?.results[0]?.kind).toBe('sent')
    world.run(125_000)
    expect(world.company.orders.find(first?.correlationId ?? '')).toBeNull()

    again(world)
    world.run(10_000)
    const ids = world.entries('order.submitting').map((entry) => entry.correlationId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.length).toBe(2)

    // The next bar is decided on again.
    world.run(15 * 60_000)
    expect(world.entries('order.submitting').length).toBe(3)
    for (const use of Object.values(world.record().clientIds.byId)) expect(use.accepted).toBe(1)
    world.close()
  }, 30_000)
}

test('EXE-12 a decision on the last bar that led to no order is taken after a restart', () => {
  const world = new World({ bots: [BOT] })
  world.start().trading().run(70_000)
  expect(world.entries('order.submitting')).toEqual([])
  world.scripts.set('tester', long)
  world.crash().start().trading().run(2_000)
  expect(world.entries('order.submitting').length).toBe(1)
  world.close()
})

test('I3 EXE-12 a clock that is set back repeats no decision whose order has left the tracker', () => {
  const bot = { ...BOT, cycleMs: 60_000 }
  const world = new World({ bots: [bot], config: (config) => ({ ...config, desk: { ...config.desk, retireAfterMs: 1_000 } }) })
  world.scripts.set('tester', long)
  world.start().trading().run(2_000)
  expect(done(world, { target: '0', isOperatorFlatten: true })?.results[0]?.kind).toBe('sent')
  world.until('it decides again', () => world.entries('order.submitting').length === 3, 70_000)
  world.run(2_000)
  expect(done(world, { target: '0', isOperatorFlatten: true })?.results[0]?.kind).toBe('sent')
  world.scripts.set('tester', () => [])
  world.run(125_000)
  expect(world.company.orders.ended()).toEqual([])
  const decided = world.entries('order.submitting').map((entry) => entry.correlationId)
  world.wall.offsetMs -= 240_000
  world.run(55_000) // beyond the moment that was planned before
  world.scripts.set('tester', long)
  world.run(300_000)
  const all = world.entries('order.submitting').map((entry) => entry.correlationId)
  expect(new Set(all).size).toBe(all.length)
  expect(all.length).toBeGreaterThan(decided.length) // what had not been decided before still is
  expect(world.runtime.monitors.breaches).toEqual([])
  world.close()
})
