// The whole company in virtual time: what an order may still take is kept aside until the venue shows that it takes it no more.
import { afterEach, expect, setDefaultTimeout, test } from 'bun:test'
import { priceAt, wish } from './intents'
import { expectReplayEqual } from './replayed'
import { OPERATOR, quietBot, World } from './world'

setDefaultTimeout(60_000)

let world: World
afterEach(() => world.close())

const CAPITAL = '5000'

function ready(timeInForce: 'gtc' | 'ioc' = 'gtc'): World {
  const bot = { ...quietBot('swing'), capital: CAPITAL }
  world = new World({ bots: [{ ...bot, routing: { ...bot.routing, timeInForce } }] }).start().trading().run(5_000)
  return world
}

const free = () => Number(world.control.books.subAccounts().find(({ name }) => name === 'swing')?.free ?? Number.NaN)
const bid = () => wish(world, { bot: 'swing', target: '0.002', price: priceAt(world, -300, 'swing') })
const verdicts = () => world.entries('verdict.passed').length
const states = () => world.orders().map(({ clientOrderId }) => world.statusOf(clientOrderId))

/** Sends an order and sees that it is reserved in the step of its verdict. */
function reserve(): void {
  const end = world.life.journal.subscribe(({ kind }) => {
    if (kind !== 'verdict.passed') return
    end()
    queueMicrotask(() => seen.push(free()))
  })
  const seen: number[] = []
  bid()
  world.until('it is judged', () => verdicts() === 1, 5_000)
  expect(seen.length).toBe(1)
  expect(seen[0]).toBeLessThan(Number(CAPITAL) - 100)
}

for (const [how, spoil, state] of [
  [
    'the venue rejects it',
    () => world.emulator.faults.add({ kind: 'apiError', methods: ['add_order'], text: 'EOrder:Insufficient funds' }),
    'REJECTED',
  ],
  ['it never leaves, for its bot is halted', () => haltAtVerdict(), 'CANCELED'],
] as const)
  test(`PFL-01 capital is reserved when an order is placed and released when ${how}`, () => {
    ready()
    spoil()
    reserve()
    world.until('it is over', () => states().join() === state, 30_000)
    expect(free()).toBe(Number(CAPITAL))
    expectReplayEqual(world)
  })

function haltAtVerdict(): void {
  const end = world.life.journal.subscribe(({ kind }) => {
    if (kind !== 'verdict.passed') return
    end()
    // After what was reserved has been looked at.
    queueMicrotask(() => queueMicrotask(() => world.control.commandBot('swing', 'halt', OPERATOR, 'test')))
  })
}

test('PFL-01 capital is released when an order expires unfilled', () => {
  ready('ioc')
  reserve()
  world.until('it is over', () => ['EXPIRED', 'CANCELED'].includes(states().join()), 30_000)
  expect(free()).toBe(Number(CAPITAL))
})

test('PFL-01 EXE-07 capital stays reserved while an order is in doubt, over a crash too, and comes free with the evidence', () => {
  ready()
  world.emulator.faults.add({ kind: 'lostReply', methods: ['add_order'], count: 1, withholdEvents: true })
  reserve()
  world.run(3_000)
  expect(free()).toBeLessThan(Number(CAPITAL) - 100)
  world.crash().start().trading()
  expect(free()).toBeLessThan(Number(CAPITAL) - 100)
  const [order] = world.orders()
  if (order === undefined) throw new Error('no order')
  world.control.cancelOrder(order.clientOrderId, OPERATOR)
  world.until('it is over', () => states().join() === 'CANCELED', 60_000)
  expect(free()).toBe(Number(CAPITAL))
  expect(world.account().openOrders).toEqual([])
})
