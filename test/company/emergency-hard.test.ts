// Emergency halts while something else is broken. The whole company in virtual time against the emulator.
import { describe, expect, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import type { EmergencyScope } from '#domain/emergency-scope'
import { expectAgreement } from './agree'
import { ForkDisk } from './fork'
import { place, priceAt, rest } from './intents'
import { silencePrivateStream } from './kill-all'
import { Observer } from './observer'
import { expectReplayEqual } from './replayed'
import { OPERATOR, quietBot, World } from './world'

const BOTS = [quietBot('a'), quietBot('b', 'ETH-USD@kraken')]
const HELD: Readonly<Record<string, string>> = { a: '0.005', b: '0.1' }
const MORE: Readonly<Record<string, string>> = { a: '0.009', b: '0.2' }
const ALL: EmergencyScope = { kind: 'all' }

function ready(options: ConstructorParameters<typeof World>[0] = {}): World {
  return new World({ bots: BOTS, ...options }).start().trading().run(20_000)
}

/** Each bot holds a little and has an order resting. */
function busy(world: World): World {
  for (const { id } of BOTS) {
    const record = place(world, { bot: id, target: HELD[id] ?? '0' })
    world.until('it is bought', () => world.statusOf(record.clientOrderId) === 'FILLED', 30_000)
  }
  for (const { id } of BOTS) rest(world, MORE[id], { bot: id, price: priceAt(world, -80, id) })
  return world.run(2_000)
}

const begin = (world: World, scope: EmergencyScope = ALL, shouldFlatten = true) =>
  world.control.emergencyHalt(scope, shouldFlatten, 'drill', OPERATOR)
const newest = (world: World) => world.control.emergencies()[0]
const positions = (world: World) => world.control.positions().map(({ botId }) => botId)

function over(world: World, limitMs = 60_000): void {
  world.until('the emergency is over', () => newest(world)?.endedAtMs !== null, limitMs)
}

/** Everything is over, nothing is open or held, and the books agree. */
function expectClean(world: World): void {
  expect(newest(world)).toMatchObject({ state: 'ENDED', ordersLeft: [], positionsLeft: [] })
  expect(positions(world)).toEqual([])
  world.run(3_000)
  expect(world.account().openOrders).toEqual([])
  expectAgreement(world)
  expectReplayEqual(world)
}

describe('RSK-09 an emergency halt works although', () => {
  test('the strategy has crashed: its bot is in ERROR, is halted, and is not started again by its supervisor', () => {
    const world = busy(ready())
    world.company.botOf('a')?.send({ type: 'bot.crashed', error: 'division by zero', atMs: world.clock.now() })
    expect(world.company.botOf('a')?.state).toBe('ERROR')
    begin(world, { kind: 'bot', botId: 'a' })
    expect(world.company.botOf('a')?.state).toBe('HALTED')
    over(world)
    expect(newest(world)).toMatchObject({ state: 'ENDED', ordersEnded: 1, positionsClosed: 1 })
    world.run(20_000)
    expect(world.company.botOf('a')?.state).toBe('HALTED')
    expect(positions(world)).toEqual(['b'])
    world.close()
  })

  test('the venue is gone: what is left is told of after 10 s, and done once it is back', () => {
    const world = busy(ready())
    const observer = new Observer(world).attach()
    world.network.setUp('kraken.sim', false)
    world.network.cutSockets()
    world.run(100)
    begin(world)
    world.until('it is overdue', () => newest(world)?.state === 'OVERDUE', 11_000)
    const view = newest(world)
    expect(view?.ordersLeftCount).toBe(2)
    expect(view?.positionsLeft.map(({ botId, why }) => [botId, why.split(':')[0]])).toEqual([
      ['a', expect.stringMatching(/^order \w+ is \w+$/)],
      ['b', expect.stringMatching(/^order \w+ is \w+$/)],
    ])
    const [overdue] = world.entries('emergency.overdue')
    expect(overdue?.payload).toMatchObject({ ordersLeftCount: 2, positionsLeftCount: 2 })
    expect(world.alerts.find(({ code }) => code === 'EMERGENCY_OVERDUE')).toMatchObject({ severity: 'CRITICAL' })
    world.network.setUp('kraken.sim', true)
    over(world, 120_000)
    expectClean(world)
    expect(world.entries('emergency.overdue').length).toBe(1)
    expect(observer.findings()).toEqual([])
    world.close()
  })

  test('the private stream is silent: cancels go over REST, the ends are asked for there, and so is what closed the positions', () => {
    const world = busy(ready())
    const observer = new Observer(world).attach()
    const carry = world.fate
    silencePrivateStream(world)
    const startMs = world.clock.timeLineMs
    begin(world)
    world.until('the orders have ended', () => newest(world)?.ordersEnded === 2 && world.account().openOrders.length === 0, 10_000)
    expect(world.clock.timeLineMs - startMs).toBeLessThan(10_000)
    world.run(20_000) // nothing that adds or closes leaves while nobody would hear of it
    world.fate = carry
    over(world, 120_000)
    expectClean(world)
    expect(observer.findings()).toEqual([])
    world.close()
  })

  test('neither what is said on the private stream arrives nor what it answers: the cancels take the other way within 5 s', () => {
    const world = busy(ready())
    world.fate = ({ carrier, path }) =>
      carrier === 'socket' && path.startsWith('/auth') ? { kind: 'drop' } : { kind: 'carry', extraMs: 0 }
    begin(world, ALL, false)
    world.until('the venue has ended them', () => world.account().openOrders.length === 0, 5_000)
    over(world, 10_000)
    expect(newest(world)).toMatchObject({ state: 'ENDED', ordersEnded: 2 })
    world.close()
  })

  test('the disk is full: cancels go, nothing is sold, and both are told of', () => {
    const world = busy(ready())
    const observer = new Observer(world).attach()
    world.disk.disk.failWith(new Error('the disk is full'))
    begin(world, { kind: 'venue', venueId: 'kraken' })
    world.until('the venue has ended them', () => world.account().openOrders.length === 0, 5_000)
    world.until('it is overdue', () => newest(world)?.state === 'OVERDUE', 11_000)
    expect(newest(world)).toMatchObject({ ordersEnded: 2, ordersLeftCount: 0 })
    expect(newest(world)?.positionsLeft.map(({ botId, why }) => [botId, why.split(':')[0]])).toEqual([
      ['a', 'journal_failed'],
      ['b', 'journal_failed'],
    ])
    expect(world.alerts.find(({ code }) => code === 'EMERGENCY_OVERDUE')?.text).toContain('journal_failed')
    world.run(30_000)
    expect(positions(world)).toEqual(['a', 'b'])
    expect([...observer.submissions.keys()].length).toBe(0) // counted since the observer came
    expect(observer.findings()).toEqual([])
    world.close()
  })

  test('one market takes no orders: the other is flattened, this one is told of by its code, and follows later', () => {
    const world = busy(ready())
    world.emulator.setPairStatus('BTC/USD', 'cancelOnly')
    world.run(200)
    begin(world)
    world.until('the other is closed', () => positions(world).join() === 'a', 5_000)
    world.until('it is overdue', () => newest(world)?.state === 'OVERDUE', 11_000)
    expect(newest(world)?.positionsLeft).toEqual([
      { botId: 'a', instrumentId: 'BTC-USD@kraken', netQuantity: '0.005', why: expect.stringMatching(/^(product_status|venue_state): /) },
    ])
    world.emulator.setPairStatus('BTC/USD', 'online')
    over(world)
    expectClean(world)
    world.close()
  })

  test('the closing order is refused, then answered by nothing, then filled in part: it is tried again until nothing is left', () => {
    const world = busy(ready())
    const observer = new Observer(world).attach()
    const { faults } = world.emulator
    faults.add({ kind: 'apiError', methods: ['add_order'], text: 'EOrder:Insufficient funds', count: 3 })
    faults.add({ kind: 'lostReply', methods: ['add_order'], count: 1, withholdEvents: true })
    begin(world)
    over(world, 120_000)
    expectClean(world)
    expect(
      world.entries('order.submitting').filter(({ payload }) => JSON.stringify(payload).includes(':emergency:')).length,
    ).toBeGreaterThan(4)
    expect(observer.findings()).toEqual([])
    world.close()
  })
})

describe('RSK-09 what nothing can be done about is told of', () => {
  test('dust: less than the venue takes', () => {
    const world = ready({ config: (config) => ({ ...config, risk: { ...config.risk, orderNotionalMin: '1' } }) })
    for (const target of ['0.00007', '0.00002']) {
      const record = place(world, { bot: 'a', target })
      world.until('it is filled', () => world.statusOf(record.clientOrderId) === 'FILLED', 30_000)
    }
    begin(world)
    over(world)
    expect(newest(world)).toMatchObject({
      state: 'ENDED',
      positionsLeft: [{ botId: 'a', netQuantity: '0.00002', why: expect.stringMatching(/^dust: /) }],
    })
    expect(world.alertCodes()).toContain('EMERGENCY_LEFT')
    expect(world.entries('emergency.ended')[0]?.payload).toMatchObject({ positionsLeftCount: 1 })
    world.close()
  })

  test('external: what a stranger bought on our account is nobody’s to sell', () => {
    const world = ready()
    world.placeAsStranger('0.004', String(priceAt(world, 30, 'a')), false)
    world.run(10_000)
    world.trading()
    begin(world)
    over(world)
    expect(newest(world)).toMatchObject({
      state: 'ENDED',
      positionsLeft: [{ botId: 'external', netQuantity: '0.004', why: 'external: it belongs to no bot' }],
    })
    world.close()
  })
})

describe('RSK-09 I10 a restart in the midst', () => {
  for (const scope of [ALL, { kind: 'bot', botId: 'a' }, { kind: 'market', instrumentId: 'BTC-USD@kraken' }] as const)
    for (const point of ['before', 'after', 'sent'] as const)
      test(`${JSON.stringify(scope)}, the process dying ${point} its first entry: it goes on where the journal knows of it`, () => {
        const world = new World({ bots: BOTS })
        const disk = new ForkDisk([])
        world.disk = disk
        busy(world.start().trading().run(20_000))
        disk.cutAt(world.life.journal.headSeq + 1, point, () => world.clock.defer(() => world.crash()))
        // What leaves in the step of the command must not end the orders before the crash.
        world.emulator.faults.add({
          kind: 'latency',
          methods: ['batch_cancel', 'cancel_all', 'cancel_order'],
          stage: 'request',
          fixedMs: 600_000,
        })
        begin(world, scope)
        world.until('the process is dead', () => !world.isAlive, 1_000)
        world.emulator.faults.clear('all')
        world.start()
        if (point === 'before') {
          world.trading().run(5_000)
          expect(world.control.emergencies()).toEqual([])
          expect(world.company.botOf('a')?.state).toBe('ACTIVE')
        } else {
          over(world, 120_000)
          expect(newest(world)).toMatchObject({ state: 'ENDED', ordersEnded: scope.kind === 'all' ? 2 : 1, positionsLeft: [] })
          world.until('it is up', () => ['TRADING', 'HALTED'].includes(world.company.director.state))
          expect(world.company.director.state).toBe(scope.kind === 'all' ? 'HALTED' : 'TRADING')
          world.run(5_000)
          expect(positions(world)).toEqual(scope.kind === 'all' ? [] : ['b'])
          if (scope.kind !== 'all') expect(world.company.botOf('a')?.state).toBe('HALTED')
          expect([world.company.botOf('a')?.isTrading ?? false, world.company.botOf('b')?.isTrading ?? false]).toEqual([
            false,
            scope.kind !== 'all',
          ])
          expectReplayEqual(world)
        }
        world.close()
      })

  test('between the closing order and its answer: it is not sold twice', () => {
    const world = busy(ready())
    begin(world, { kind: 'bot', botId: 'a' })
    world.until('the closing order is on its way', () =>
      [...world.company.orders.live()].some(({ proposal }) => proposal.intentId.includes(':emergency:')),
    )
    world.crash().run(500).start()
    over(world, 120_000)
    world.trading()
    expect(positions(world)).toEqual(['b'])
    const closing = world.entries('order.submitting').filter(({ payload }) => JSON.stringify(payload).includes(':emergency:'))
    expect(closing.length).toBe(1)
    expectAgreement(world)
    expectReplayEqual(world)
    world.close()
  })

  test('a bot that an operator reset meanwhile stays let go, and a kill that was cleared is over', () => {
    const world = busy(ready())
    world.emulator.faults.add({ kind: 'apiError', methods: ['add_order'], text: 'EOrder:Insufficient funds' })
    begin(world, { kind: 'venue', venueId: 'kraken' })
    world.run(2_000)
    world.control.commandBot('a', 'reset', OPERATOR, 'it may keep it')
    world.run(100).crash().run(500).start()
    world.until('the bots are there', () => world.company.botOf('b')?.state === 'HALTED')
    world.run(2_000)
    expect(world.company.botOf('a')?.state).toBe('IDLE')
    world.emulator.faults.clear('all')
    over(world, 60_000)
    expect(positions(world)).toEqual(['a'])

    begin(world, ALL, false)
    over(world)
    world.control.clearKillSwitch(OPERATOR)
    world.run(100).crash().run(500).start()
    world.until('the company trades', () => world.company.director.state === 'TRADING', 60_000)
    world.run(2_000)
    expect(world.control.emergencies()).toEqual([])
    world.close()
  })

  test('one that was begun while the company still started holds the bots that come later', () => {
    const world = new World({ bots: BOTS })
    world.network.setUp('kraken.sim', false)
    world.start().run(3_000)
    expect(world.company.director.state).toBe('CHECKING')
    begin(world, { kind: 'bot', botId: 'b' })
    over(world) // there is nothing to end, and the bot is not there yet
    expect(world.company.botOf('b')).toBeNull()
    world.network.setUp('kraken.sim', true)
    world.until('the company trades', () => world.company.director.state === 'TRADING', 60_000)
    world.run(5_000)
    expect([world.company.botOf('a')?.state, world.company.botOf('b')?.state]).toEqual(['ACTIVE', 'HALTED'])
    expect(world.company.botOf('b')?.context.reasons.map(({ source, text }) => [source, text])).toEqual([['operator', 'drill (test)']])
    expectReplayEqual(world)
    world.close()
  })
})

describe('RSK-09 the flag file', () => {
  test('halts, and closes positions where it says so; what it does not say clearly closes nothing', () => {
    const world = busy(ready())
    world.company.emergencies.onFlagFile('smoke\nflatten: maybe\n')
    expect(world.company.director.state).toBe('HALTED')
    expect(world.company.killSwitch.state).toMatchObject({ source: 'file' })
    expect(world.alerts.find(({ code }) => code === 'KILL_FILE_INVALID')?.text).toContain('flatten: maybe')
    over(world)
    expect(newest(world)).toMatchObject({ shouldFlatten: false, ordersEnded: 2, reason: 'smoke flatten: maybe' })
    expect(positions(world)).toEqual(['a', 'b'])
    // It was corrected: the watch tells of the new content.
    world.company.emergencies.onFlagFile('smoke\nflatten: yes\n')
    over(world)
    expectClean(world)
    expect(() => world.control.clearKillSwitch(OPERATOR)).toThrow('flag file')
    // After a restart the file still lies there: what it asked for has been done.
    world.run(100).crash().run(500).start()
    world.company.emergencies.onFlagFile('smoke\nflatten: yes\n')
    world.until('it is up', () => world.company.director.state === 'HALTED', 60_000)
    expect(world.entries('emergency.begun').length).toBe(2)
    world.company.emergencies.onFlagFile(null)
    world.control.clearKillSwitch(OPERATOR)
    world.until('it trades', () => world.isTrading, 60_000)
    world.close()
  })

  test('that is there at the start flattens once the venue is there', () => {
    const world = busy(ready())
    world.crash().run(500)
    const life = world.idle() // the flag is seen before the start
    life.runtime.company.emergencies.onFlagFile('flatten: yes\n')
    life.runtime.start()
    const { company } = life.runtime
    world.clock.advance(30_000)
    expect(company.director.state).toBe('HALTED')
    expect(company.portfolio.positionOf('a' as never, 'BTC-USD@kraken' as never)).toBe(decimal('0'))
    expect(company.emergencies.views()[0]).toMatchObject({ state: 'ENDED', ordersEnded: 2, positionsClosed: 2 })
    world.close()
  })
})
