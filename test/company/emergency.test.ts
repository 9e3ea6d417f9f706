// The whole company in virtual time against the emulator.
import { describe, expect, test } from 'bun:test'
import type { EmergencyScope } from '#domain/emergency-scope'
import { place, priceAt, rest, wish } from './intents'
import { Observer } from './observer'
import { expectAgreement } from './agree'
import { expectReplayEqual } from './replayed'
import { OPERATOR, quietBot, World } from './world'

/** Two bots on one market, one on another, and one of another strategy on both. */
const BOTS = [
  quietBot('a'),
  quietBot('b'),
  quietBot('c', 'ETH-USD@kraken'),
  { ...quietBot('d'), strategy: 'ema-cross', instruments: ['BTC-USD@kraken', 'ETH-USD@kraken'], parameters: { timeframe: '1d' } },
]
const SIZES: Readonly<Record<string, string>> = { a: '0.005', b: '0.004', c: '0.1', d: '0.003' }

function ready(options: ConstructorParameters<typeof World>[0] = {}): World {
  return new World({ bots: BOTS, ...options }).start().trading().run(20_000)
}

/** One resting order a bot; returns their ids by bot. */
function restAll(world: World): Readonly<Record<string, string>> {
  return Object.fromEntries(
    BOTS.map(({ id }) => [id, rest(world, SIZES[id] ?? '0', { bot: id, price: priceAt(world, -80, id) }).clientOrderId]),
  )
}

function begin(world: World, scope: EmergencyScope, shouldFlatten = false, reason = 'drill') {
  return world.control.emergencyHalt(scope, shouldFlatten, reason, OPERATOR)
}

const newest = (world: World) => world.control.emergencies()[0]
const positions = (world: World) => world.control.positions().map(({ botId, instrumentId }) => `${botId} ${instrumentId}`)

function over(world: World, limitMs = 30_000): void {
  world.until('the emergency is over', () => newest(world)?.endedAtMs !== null, limitMs)
}

describe('RUN-12 RSK-09 an emergency halt ends its own orders, holds who trades there, and touches nothing else', () => {
  const cases: readonly (readonly [EmergencyScope, held: string])[] = [
    [{ kind: 'bot', botId: 'a' }, 'a'],
    [{ kind: 'market', instrumentId: 'ETH-USD@kraken' }, 'cd'],
    [{ kind: 'market', instrumentId: 'BTC-USD@kraken' }, 'abd'],
    [{ kind: 'strategy', strategyId: 'ema-cross' }, 'd'],
    [{ kind: 'venue', venueId: 'kraken' }, 'abcd'],
    [{ kind: 'all' }, 'abcd'],
  ]
  for (const [scope, held] of cases)
    test(`scope ${JSON.stringify(scope)}: ${held}`, () => {
      const world = ready()
      const observer = new Observer(world).attach()
      const ids = restAll(world)
      // A bot that is halted ends its orders wherever they are: `d` trades on both markets.
      const inScope = [...held]
      const startMs = world.clock.timeLineMs
      const view = begin(world, scope)
      expect(view).toMatchObject({
        state: 'RUNNING',
        ordersLeftCount: inScope.length,
        operator: 'test',
        reason: 'drill',
        positionsLeft: [],
      })
      // Held in the step of the command, before anything is answered.
      const states = BOTS.map(({ id }) => [id, world.company.botOf(id)?.state])
      expect(states).toEqual(BOTS.map(({ id }) => [id, held.includes(id) ? 'HALTED' : 'ACTIVE']))
      expect(world.company.director.state).toBe(scope.kind === 'all' ? 'HALTED' : 'TRADING')
      over(world)
      expect(world.clock.timeLineMs - startMs).toBeLessThan(10_000)
      expect(newest(world)).toMatchObject({ state: 'ENDED', ordersEnded: inScope.length, ordersLeft: [], ordersLeftCount: 0 })
      expect(BOTS.map(({ id }) => [id, world.statusOf(ids[id] ?? '')])).toEqual(
        BOTS.map(({ id }) => [id, inScope.includes(id) ? 'CANCELED' : 'OPEN']),
      )
      world.run(2_000)
      expect(
        world
          .account()
          .openOrders.map(({ clientId }) => clientId)
          .sort(),
      ).toEqual(BOTS.flatMap(({ id }) => (inScope.includes(id) ? [] : [ids[id] ?? ''])).sort())
      const commands = world
        .entries('bot.command')
        .map(({ correlationId, payload }) => [correlationId, payload['command'], payload['operator']])
      expect(commands).toEqual(scope.kind === 'all' ? [] : [...held].map((id) => [id, 'halt', 'test']))
      expect(world.entries('emergency.begun').length).toBe(1)
      expectReplayEqual(world)
      expect(observer.findings()).toEqual([])
      world.close()
    })

  test('scope order: one order ends, its bot goes on', () => {
    const world = ready()
    const ids = restAll(world)
    begin(world, { kind: 'order', clientOrderId: ids['b'] ?? '' })
    over(world)
    expect(BOTS.map(({ id }) => world.statusOf(ids[id] ?? ''))).toEqual(['OPEN', 'CANCELED', 'OPEN', 'OPEN'])
    expect(BOTS.map(({ id }) => world.company.botOf(id)?.state)).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE', 'ACTIVE'])
    expect(() => begin(world, { kind: 'order', clientOrderId: ids['b'] ?? '' })).toThrow('is over')
    expect(() => begin(world, { kind: 'order', clientOrderId: ids['a'] ?? '' }, true)).toThrow('no position of its own')
    world.close()
  })

  test('what is not there is refused, and nothing is journaled of it', () => {
    const world = ready()
    const head = world.life.journal.headSeq
    for (const scope of [
      { kind: 'venue', venueId: 'nowhere' },
      { kind: 'market', instrumentId: 'SOL-USD@kraken' },
      { kind: 'strategy', strategyId: 'none' },
      { kind: 'bot', botId: 'nobody' },
      { kind: 'order', clientOrderId: 'f'.repeat(32) },
    ] as const)
      expect(() => begin(world, scope)).toThrow('there is no')
    expect(world.life.journal.headSeq).toBe(head)
    world.close()
  })

  test('an order that is not answered yet is cancelled once it lives, and one of a foreigner ends with the whole company alone', () => {
    const world = ready()
    world.placeAsStranger('0.004', String(priceAt(world, -90, 'a')), true)
    world.until('it is adopted', () => [...world.company.orders.live()].some(({ isForeign }) => isForeign), 20_000)
    world.until('the venue is in step again', () => world.company.botOf('a')?.state === 'ACTIVE')
    world.emulator.faults.add({ kind: 'latency', methods: ['add_order'], stage: 'request', fixedMs: 1_500, count: 1 })
    wish(world, { bot: 'a', target: '0.005', price: priceAt(world, -60, 'a'), postOnly: true })
    world.run(200)
    begin(world, { kind: 'venue', venueId: 'kraken' })
    over(world)
    expect(newest(world)).toMatchObject({ ordersEnded: 1 })
    expect(world.account().openOrders.map(({ quantity }) => String(quantity))).toEqual(['0.004'])
    begin(world, { kind: 'all' })
    over(world)
    expect(world.account().openOrders).toEqual([])
    world.close()
  })
})

describe('EXE-11 flatten: targets of zero, through desk and gate', () => {
  /** Each bot holds a little; `a` has an order resting besides. */
  function holding(options: ConstructorParameters<typeof World>[0] = {}): World {
    const world = ready(options)
    for (const { id } of BOTS) {
      const record = place(world, { bot: id, target: SIZES[id] ?? '0' })
      world.until('it is bought', () => world.statusOf(record.clientOrderId) === 'FILLED', 30_000)
    }
    rest(world, '0.009', { bot: 'a', price: priceAt(world, -80, 'a') })
    return world
  }

  test('all positions are closed at the market within 10 s, each by an order that the gate passed, and the books agree', () => {
    const world = holding()
    const observer = new Observer(world).attach()
    const startMs = world.clock.timeLineMs
    begin(world, { kind: 'all' }, true)
    over(world)
    expect(world.clock.timeLineMs - startMs).toBeLessThan(10_000)
    expect(newest(world)).toMatchObject({ state: 'ENDED', positionsClosed: 4, positionsLeft: [], ordersEnded: 1 })
    expect(positions(world)).toEqual([])
    const closing = world.entries('order.submitting').filter(({ atMs }) => atMs >= startMs)
    expect(closing.map(({ payload }) => payload['proposal'])).toEqual(
      Array.from({ length: 4 }, () => expect.objectContaining({ type: 'market', side: 'sell', effect: 'close', reduceOnly: true })),
    )
    for (const { correlationId } of closing)
      expect(world.entries('verdict.passed').some((verdict) => verdict.correlationId === correlationId)).toBe(true)
    world.run(5_000)
    expectAgreement(world)
    expectReplayEqual(world)
    expect(observer.findings()).toEqual([])
    world.close()
  })

  test('a bot’s positions alone, and the others keep theirs', () => {
    const world = holding()
    begin(world, { kind: 'bot', botId: 'c' }, true)
    over(world)
    expect(positions(world)).toEqual(['a BTC-USD@kraken', 'b BTC-USD@kraken', 'd BTC-USD@kraken'])
    expect(world.company.botOf('a')?.state).toBe('ACTIVE')
    world.close()
  })

  test('without flatten nothing is sold', () => {
    const world = holding()
    begin(world, { kind: 'all' })
    over(world)
    expect(positions(world).length).toBe(4)
    expect(newest(world)).toMatchObject({ state: 'ENDED', positionsLeft: [], positionsClosed: 0 })
    world.close()
  })

  test('a kill that has begun is told to flatten too, and is one emergency still', () => {
    const world = holding()
    world.emulator.faults.add({
      kind: 'latency',
      methods: ['cancel_order', 'cancel_all', 'batch_cancel'],
      stage: 'request',
      fixedMs: 1_000,
    })
    const first = begin(world, { kind: 'all' })
    world.run(200)
    const second = begin(world, { kind: 'all' }, true)
    expect(second).toMatchObject({ emergencyId: first.emergencyId, shouldFlatten: true, beganAtMs: first.beganAtMs })
    over(world)
    expect(positions(world)).toEqual([])
    expect(world.control.emergencies().length).toBe(1)
    expectReplayEqual(world)
    world.close()
  })

  test('an operator who clears the kill switch, or resets a bot, takes it out of the emergency’s hands', () => {
    const world = holding()
    world.emulator.faults.add({ kind: 'apiError', methods: ['add_order'], text: 'EOrder:Insufficient funds' }) // nothing can be sold
    begin(world, { kind: 'all' }, true)
    world.run(3_000)
    expect(newest(world)).toMatchObject({ state: 'RUNNING', positionsLeftCount: 4 })
    world.control.clearKillSwitch(OPERATOR)
    over(world)
    expect(newest(world)).toMatchObject({ state: 'RELEASED' })
    world.until('the company trades', () => world.isTrading)

    begin(world, { kind: 'strategy', strategyId: 'ema-cross' }, true)
    world.run(1_000)
    expect(newest(world)).toMatchObject({ state: 'RUNNING', positionsLeft: [{ botId: 'd', instrumentId: 'BTC-USD@kraken' }] })
    world.control.commandBot('d', 'reset', OPERATOR, 'it may keep it')
    over(world)
    world.emulator.faults.clear('all')
    world.run(10_000)
    expect(positions(world).length).toBe(4)
    expectReplayEqual(world)
    world.close()
  })
})

test('RSK-09 a second pull cancels again what came meanwhile, and tells of it', () => {
  const world = ready()
  begin(world, { kind: 'bot', botId: 'a' })
  over(world)
  world.control.commandBot('a', 'reset', OPERATOR, '')
  world.control.commandBot('a', 'start', OPERATOR, '')
  world.until('it trades', () => world.company.botOf('a')?.state === 'ACTIVE')
  rest(world, '0.005', { bot: 'a', price: priceAt(world, -80, 'a') })
  begin(world, { kind: 'bot', botId: 'a' })
  over(world)
  expect(world.control.emergencies().map(({ state, ordersEnded }) => [state, ordersEnded])).toEqual([
    ['ENDED', 1],
    ['ENDED', 0],
  ])
  expect(world.alertCodes().filter((code) => code === 'EMERGENCY').length).toBe(2)
  world.close()
})
