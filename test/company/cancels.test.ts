import { describe, expect, test } from 'bun:test'
import { expectAgreement } from './agree'
import { done, place, priceAt, rest, wish } from './intents'
import { Observer } from './observer'
import { expectReplayEqual } from './replayed'
import { atRest } from './rest'
import { OPERATOR, quietBot, World } from './world'

const carry = { kind: 'carry', extraMs: 0 } as const
const FOUR = [quietBot('a'), quietBot('b', 'ETH-USD@kraken'), quietBot('c', 'SOL-USD@kraken'), quietBot('d', 'XRP-USD@kraken')]
const SIZES: Readonly<Record<string, string>> = { a: '0.005', b: '0.1', c: '2', d: '500' }

function ready(options: ConstructorParameters<typeof World>[0] = {}): World {
  return new World(options).start().trading().run(20_000)
}

/** One resting order for each of four bots. */
function four(world: World): void {
  for (const { id } of FOUR) rest(world, SIZES[id], { bot: id, price: priceAt(world, -80, id) })
}

describe('I8 RSK-09 after a halt every working order is cancelled and chased to its evidence', () => {
  for (const [what, spoil] of [
    ['nothing goes wrong', () => undefined],
    [
      'the cancel-all is refused',
      (world) => world.emulator.faults.add({ kind: 'apiError', methods: ['cancel_all'], text: 'EGeneral:Internal error' }),
    ],
    ['the cancel-all gets no answer', (world) => world.emulator.faults.add({ kind: 'lostReply', methods: ['cancel_all'], count: 1 })],
    [
      'cancels are refused three times',
      (world) =>
        world.emulator.faults.add({
          kind: 'apiError',
          methods: ['cancel_order', 'cancel_all'],
          text: 'EOrder:Rate limit exceeded',
          count: 4,
        }),
    ],
    [
      'the venue says that it knows no such order',
      (world) =>
        world.emulator.faults.add({ kind: 'apiError', methods: ['cancel_order', 'cancel_all'], text: 'EOrder:Unknown order', count: 3 }),
    ],
    ['the line is cut at that moment', (world) => world.network.cutSockets()],
    [
      'replies of cancels are lost',
      (world) => world.emulator.faults.add({ kind: 'lostReply', methods: ['cancel_order', 'cancel_all'], count: 3, withholdEvents: true }),
    ],
  ] as readonly (readonly [string, (world: World) => unknown])[]) {
    test(`though ${what}`, () => {
      const world = ready({ bots: FOUR })
      const observer = new Observer(world).attach()
      four(world)
      spoil(world)
      const haltedAtMs = world.clock.now()
      world.control.commandCompany('halt', OPERATOR, 'test')
      expect(world.company.director.state).toBe('HALTED')
      world.until('every order has ended', () => world.company.orders.liveCount === 0, 60_000)
      if (what === 'nothing goes wrong') expect(world.clock.now() - haltedAtMs).toBeLessThan(1_000)
      expect(world.account().openOrders).toEqual([])
      world.run(2_000)
      expectAgreement(world)
      expectReplayEqual(world)
      expect(observer.findings()).toEqual([])
      expect(world.company.desk.cancels).toBe(0)
      world.close()
    })
  }

  test('an order that is still unanswered at the halt is cancelled once it lives', () => {
    const world = ready()
    world.emulator.faults.add({ kind: 'latency', methods: ['add_order'], stage: 'request', fixedMs: 1_500, count: 1 })
    place(world, { target: '0.01', price: priceAt(world, -40), postOnly: true })
    world.control.commandCompany('halt', OPERATOR, 'test')
    world.run(1_000)
    expect(world.orders().map((order) => world.statusOf(order.clientOrderId))).toEqual(['SUBMITTING'])
    world.until('it has ended', () => world.company.orders.liveCount === 0, 30_000)
    expect(world.account().openOrders).toEqual([])
    world.close()
  })

  test('a cancel passes in every state of the venue: with the private stream down it goes over REST', () => {
    const world = ready()
    const record = rest(world)
    world.fate = ({ carrier }) => (carrier === 'socket' ? { kind: 'cut' } : carry)
    world.network.cutSockets()
    world.until('the venue is away', () => [...world.company.venues.values()].every((host) => !host.isTradable))
    world.control.cancelOrder(record.clientOrderId, OPERATOR)
    world.until('the venue has ended it', () => world.account().openOrders.length === 0, 30_000)
    world.fate = () => carry
    world.until('we know', () => world.statusOf(record.clientOrderId) === 'CANCELED', 60_000)
    world.close()
  })
})

test('EXE-09 "unknown order" in answer to a cancel ends nothing while the order lives', () => {
  const world = ready()
  const record = rest(world)
  world.emulator.faults.add({ kind: 'apiError', methods: ['cancel_order'], text: 'EOrder:Unknown order' })
  let cancels = 0
  world.onPassage = ({ direction, text }) => {
    if (direction === 'up' && text.includes('cancel_order')) cancels++
  }
  world.control.cancelOrder(record.clientOrderId, OPERATOR)
  world.run(30_000)
  expect(world.account().openOrders.length).toBe(1)
  expect(['UNKNOWN', 'CANCELING']).toContain(world.statusOf(record.clientOrderId))
  // It is tried again, with pauses: neither given up nor hammered.
  expect(cancels).toBeGreaterThan(3)
  expect(cancels).toBeLessThan(15)
  world.emulator.faults.clear('all')
  world.until('it ends', () => world.statusOf(record.clientOrderId) === 'CANCELED', 30_000)
  world.close()
})

describe('EXE-14 amends', () => {
  const book = (world: World) => world.company.gate.book.all().map((row) => [String(row.leavesQuantity), String(row.limitPrice)])

  test('the larger of old and new is reserved until the answer; then what the order became', () => {
    const world = ready()
    const record = rest(world, '0.01')
    const low = record.proposal.limitPrice
    world.emulator.faults.add({ kind: 'latency', methods: ['amend_order'], fixedMs: 700, count: 1 })
    const higher = priceAt(world, -30)
    expect(done(world, { target: '0.006', price: higher, postOnly: true })?.isAmend).toBe(true)
    world.run(100)
    expect(world.statusOf(record.clientOrderId)).toBe('AMENDING')
    expect(book(world)).toEqual([['0.01', String(higher)]])
    world.run(2_000)
    expect(world.statusOf(record.clientOrderId)).toBe('OPEN')
    expect(book(world)).toEqual([['0.006', String(higher)]])
    expect(low).not.toBe(higher)
    atRest(world)
    expectAgreement(world, true)
    expectReplayEqual(world)
    world.close()
  })

  test('a refused amend leaves order and reservation as they were', () => {
    const world = ready()
    const record = rest(world, '0.006')
    const before = book(world)
    world.emulator.faults.add({ kind: 'apiError', methods: ['amend_order'], text: 'EOrder:Invalid price' })
    expect(done(world, { target: '0.01', price: priceAt(world, -30), postOnly: true })?.isAmend).toBe(true)
    world.run(2_000)
    expect(world.statusOf(record.clientOrderId)).toBe('OPEN')
    expect(book(world)).toEqual(before)
    atRest(world)
    expectAgreement(world, true)
    expectReplayEqual(world)
    world.close()
  })

  for (const [what, isDone] of [
    ['executed though its answer was lost', true],
    ['never executed, and its answer lost', false],
  ] as const) {
    test(`an amend ${what} is settled by what the venue shows`, () => {
      const world = ready()
      const record = rest(world, '0.006')
      const before = book(world)
      if (isDone) world.emulator.faults.add({ kind: 'lostReply', methods: ['amend_order'], count: 1, withholdEvents: true })
      else world.fate = ({ direction, text }) => (direction === 'up' && text.includes('amend_order') ? { kind: 'drop' } : carry)
      const price = priceAt(world, -30)
      expect(done(world, { target: '0.01', price, postOnly: true })?.isAmend).toBe(true)
      world.until('it is in doubt', () => world.statusOf(record.clientOrderId) === 'UNKNOWN', 10_000)
      expect(book(world)).toEqual([['0.01', String(price)]])
      world.until('it is settled', () => world.statusOf(record.clientOrderId) === 'OPEN', 30_000)
      expect(book(world)).toEqual(isDone ? [['0.01', String(price)]] : before)
      atRest(world)
      expectAgreement(world, true)
      expectReplayEqual(world)
      world.close()
    })
  }

  test('a halt while an amend is unanswered still cancels the order', () => {
    const world = ready()
    const record = rest(world, '0.006')
    world.emulator.faults.add({ kind: 'latency', methods: ['amend_order'], stage: 'request', fixedMs: 2_000, count: 1 })
    done(world, { target: '0.01', price: priceAt(world, -30), postOnly: true })
    world.run(100)
    world.control.commandCompany('halt', OPERATOR, 'test')
    world.until('it has ended', () => world.statusOf(record.clientOrderId) === 'CANCELED', 20_000)
    expect(world.account().openOrders).toEqual([])
    expectReplayEqual(world)
    world.close()
  })
})

describe('EXE-12 orders of others', () => {
  /** A second company on another journal and tag, on the same account. */
  function stranger(world: World, target: string, bps: number): void {
    const asked = { target, price: priceAt(world, bps), postOnly: bps < 0 }
    const before = { disk: world.disk.headSeq }
    expect(before.disk).toBeGreaterThan(0)
    world.placeAsStranger(asked.target, String(asked.price), asked.postOnly)
    world.run(5_000)
  }

  test('a foreign order is adopted, counted, shown, and never cancelled by an automatic halt; only an operator cancels it', () => {
    const world = ready()
    rest(world, '0.005')
    stranger(world, '0.004', -70)
    world.trading()
    const foreign = world.orders().find((order) => order.isForeign)
    expect(foreign).toBeDefined()
    expect(world.alertCodes()).toContain('FOREIGN_ORDER')
    expect(world.control.orders({ status: 'open', botId: null, limit: 10 }).map((order) => order.botId)).toContain('external')
    expect(world.company.gate.book.all().length).toBe(2)
    world.company.halt('breaker:test', 'automatic')
    world.until('our own order is gone', () => world.account().openOrders.length === 1, 10_000)
    world.run(20_000)
    expect(world.account().openOrders.map((order) => String(order.quantity))).toEqual(['0.004'])
    world.crash().start()
    world.until('it is up again', () => world.company.director.state === 'HALTED' && world.company.orders.liveCount === 1, 30_000)
    expect(world.account().openOrders.length).toBe(1)
    world.control.cancelAll(null, OPERATOR)
    world.until('the operator ended it', () => world.account().openOrders.length === 0, 10_000)
    world.until('and we know', () => world.company.orders.liveCount === 0, 30_000)
    expectReplayEqual(world)
    world.close()
  })

  test('nor is one that was told of and not yet adopted when the halt comes', () => {
    const world = ready({ bots: FOUR })
    four(world)
    world.placeAsStranger('0.004', String(priceAt(world, -70, 'a')), true)
    world.until('it was told of', () => world.company.venues.values().some((host) => host.state === 'SYNCING'), 2_000)
    world.company.halt('breaker:test', 'automatic')
    world.until('our own orders are gone', () => world.account().openOrders.length === 1, 10_000)
    world.run(20_000)
    expect(world.account().openOrders.map((order) => String(order.quantity))).toEqual(['0.004'])
    world.close()
  })

  test('what a foreign order executes goes to `external`, and the books still agree', () => {
    const world = ready()
    stranger(world, '0.004', 30)
    world.run(10_000)
    world.trading()
    atRest(world)
    const { positions } = world.company.portfolio.ledger
    expect(
      positions.call(world.company.portfolio.ledger).map((position) => [position.subAccount as string, String(position.netQuantity)]),
    ).toEqual([['external', '0.004']])
    expectAgreement(world, true)
    expectReplayEqual(world)
    expect(world.company.synchroniser.hasDrift).toBe(false)
    world.close()
  })
})

test('I4 what waits for budget, for a cancel or for its line is forgotten by a halt: nothing of it is sent afterwards', () => {
  const bots = Array.from({ length: 12 }, (_, index) => ({ ...quietBot(`bot-${index}`), capital: '5000' }))
  const world = ready({ bots, config: (config) => ({ ...config, desk: { ...config.desk, inFlightMax: 2 } }) })
  const observer = new Observer(world).attach()
  world.emulator.faults.add({ kind: 'latency', methods: ['add_order'], fixedMs: 400 })
  const answers = bots.map(({ id }) => wish(world, { bot: id, target: '0.002', price: priceAt(world, -60, id), postOnly: true }))
  const second = wish(world, { bot: 'bot-11', target: '0.003', price: priceAt(world, -50, 'bot-11'), postOnly: true })
  world.run(100)
  expect(observer.submissions.size).toBe(2)
  world.company.halt('breaker:test', 'automatic')
  world.run(20_000)
  expect(observer.submissions.size).toBe(2)
  expect(answers.filter((answer) => answer.result?.results[0]?.kind === 'dropped').length).toBe(10)
  expect(second.result).toBeNull()
  expect(world.account().openOrders).toEqual([])
  expect(observer.findings()).toEqual([])
  world.close()
})

test('RUN-06 a journal that fails halts the company: nothing more is sent, everything is cancelled, and the next start stands', () => {
  const world = ready({ bots: FOUR })
  const observer = new Observer(world).attach()
  four(world)
  const sent = observer.submissions.size
  world.disk.disk.failWith(new Error('the disk is full'))
  const answer = wish(world, { bot: 'a', target: '0.008', price: priceAt(world, 20, 'a') })
  const second = wish(world, { bot: 'b', target: '0.2', price: priceAt(world, 20, 'b') })
  world.until('everything is cancelled', () => world.account().openOrders.length === 0, 20_000)
  world.run(30_000)
  expect(world.company.director.state).toBe('HALTED')
  expect(world.control.health().status).toBe('UNHEALTHY')
  expect(observer.submissions.size).toBe(sent)
  expect([answer.result?.results[0]?.kind, second.result?.results[0]?.kind]).not.toContain('sent')
  expect(world.record().counters.deadManFired).toBe(0)
  expect(world.logged.some((line) => line.level === 'fatal')).toBe(false)
  world.disk.disk.failWith(null)
  world.crash().start()
  world.until('it is up again', () => ['TRADING', 'HALTED', 'PAUSED'].includes(world.company.director.state))
  atRest(world)
  expectAgreement(world, true)
  expectReplayEqual(world)
  world.close()
})
