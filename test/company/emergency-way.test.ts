// What stands in the way of an operator's close. The whole company in virtual time against the emulator.
import { describe, expect, test } from 'bun:test'
import { expectAgreement } from './agree'
import { intentOf, place, priceAt, rest, wish } from './intents'
import { expectReplayEqual } from './replayed'
import { OPERATOR, quietBot, World } from './world'

const newest = (world: World) => world.control.emergencies()[0]
const held = (world: World): string => world.company.portfolio.positionOf('a' as never, 'BTC-USD@kraken' as never)

function holding(bots = [quietBot('a'), quietBot('b')]): World {
  const world = new World({ bots }).start().trading().run(10_000)
  const record = place(world, { bot: 'a', target: '0.01' })
  world.until('it is bought', () => world.statusOf(record.clientOrderId) === 'FILLED', 10_000)
  return world.run(2_000)
}

describe('RSK-09 EXE-11 another of our bots would be met by what closes a position', () => {
  test('an emergency cancels the order in its way, says why, and closes', () => {
    const world = holding()
    const near = rest(world, '0.005', { bot: 'b', price: priceAt(world, -30, 'b') })
    world.control.emergencyHalt({ kind: 'bot', botId: 'a' }, true, 'drill', OPERATOR)
    world.until('it is over', () => newest(world)?.endedAtMs !== null, 10_000)
    expect(newest(world)).toMatchObject({ state: 'ENDED', positionsClosed: 1, positionsLeft: [] })
    expect(held(world)).toBe('0')
    expect(world.statusOf(near.clientOrderId)).toBe('CANCELED')
    const [told] = world.entries('flatten.wayCleared')
    expect(told?.payload).toMatchObject({
      botId: 'a',
      by: 'operator',
      canceled: [near.clientOrderId],
      reason: expect.stringContaining('our own buy'),
    })
    expect(world.company.botOf('b')?.state).toBe('ACTIVE')
    world.run(3_000)
    expectAgreement(world)
    expectReplayEqual(world)
    world.close()
  })

  test('an order too far away to be met stays', () => {
    const world = holding()
    const far = rest(world, '0.005', { bot: 'b', price: priceAt(world, -300, 'b') })
    world.control.emergencyHalt({ kind: 'bot', botId: 'a' }, true, 'drill', OPERATOR)
    world.until('it is over', () => newest(world)?.endedAtMs !== null, 10_000)
    expect(held(world)).toBe('0')
    expect(world.statusOf(far.clientOrderId)).toBe('OPEN')
    world.close()
  })

  test('a bot that quotes again at once does not keep the position open', () => {
    const world = holding()
    const price = priceAt(world, -30, 'b')
    rest(world, '0.005', { bot: 'b', price })
    world.control.emergencyHalt({ kind: 'bot', botId: 'a' }, true, 'drill', OPERATOR)
    const answers: ReturnType<typeof wish>[] = []
    for (let turn = 0; turn < 500 && newest(world)?.endedAtMs === null; turn++) {
      world.run(10)
      if (world.account().openOrders.length === 0) answers.push(wish(world, { bot: 'b', target: '0.005', price, postOnly: true }))
    }
    expect(newest(world)).toMatchObject({ state: 'ENDED', positionsClosed: 1 })
    expect(held(world)).toBe('0')
    expect(world.entries('flatten.wayCleared').length).toBe(1)
    world.run(1_000)
    expect(answers.some(({ result }) => result?.results.some(({ kind }) => kind === 'blocked') === true)).toBe(true)
    world.close()
  })

  test('a stop with onStop: flatten clears its way too', () => {
    const world = holding([{ ...quietBot('a'), onStop: 'flatten' }, quietBot('b')])
    rest(world, '0.005', { bot: 'b', price: priceAt(world, -3, 'b') })
    world.control.commandBot('a', 'stop', OPERATOR, '')
    world.until('it is stopped', () => world.company.botOf('a')?.state === 'STOPPED', 10_000)
    expect(held(world)).toBe('0')
    world.close()
  })
})

test('RSK-09 RUN-12 a bot and a market that nobody is configured for any more can be named while an order of theirs lives', () => {
  const world = holding()
  rest(world, '0.012', { bot: 'a', price: priceAt(world, -80, 'a') })
  const bots = world.company.deps.bots as unknown[]
  const at = bots.findIndex((bot) => (bot as { botId: string }).botId === 'a')
  bots.splice(at, 1)
  expect(() => world.control.emergencyHalt({ kind: 'bot', botId: 'nobody' }, false, 'drill', OPERATOR)).toThrow('there is no bot')
  world.control.emergencyHalt({ kind: 'bot', botId: 'a' }, false, 'drill', OPERATOR)
  world.until('it is over', () => newest(world)?.endedAtMs !== null, 10_000)
  expect(newest(world)).toMatchObject({ state: 'ENDED', ordersEnded: 1 })
  expect(world.account().openOrders).toEqual([])
  world.control.emergencyHalt({ kind: 'bot', botId: 'a' }, true, 'drill', OPERATOR) // by its position
  world.until('it is over', () => newest(world)?.endedAtMs !== null, 10_000)
  expect(newest(world)?.positionsLeft).toMatchObject([{ botId: 'a', why: 'its bot is not configured' }])
  world.close()
})

test('EXE-04 I4 an order that its venue checks first is not sent when its line was cancelled meanwhile', () => {
  const world = new World().start().trading().run(10_000)
  const asked = { target: '0.01', price: priceAt(world, -50), postOnly: true }
  const { spec } = [...world.company.bots.values()][0] ?? { spec: null }
  if (spec === null) throw new Error('no bot')
  let kind: string | null = null
  const terms = { routing: spec.routing, sizing: spec.sizing, isOperatorFlatten: false, shouldPreview: true }
  void world.company.desk.execute(intentOf(world, asked), terms).then((result) => {
    kind = result?.results[0]?.kind ?? 'none'
  })
  world.run(5) // the question is on its way
  expect(kind).toBeNull()
  expect(world.entries('preview.answered').length).toBe(0)
  world.company.desk.cancelWhere(() => true, false)
  world.run(5_000)
  expect(world.entries('preview.answered').length).toBe(1)
  expect(String(kind)).toBe('dropped')
  expect(world.entries('order.submitting').length).toBe(0)
  expect(world.account().openOrders).toEqual([])
  world.close()
})

test('RSK-09 that the flag file was seen is journaled although the switch was pulled before', () => {
  const world = new World().start().trading().run(10_000)
  world.control.emergencyHalt({ kind: 'all' }, false, 'drill', OPERATOR)
  world.until('it is over', () => newest(world)?.endedAtMs !== null, 10_000)
  expect(world.entries('killSwitch.flagged').length).toBe(0)
  world.company.emergencies.onFlagFile('by hand\n')
  world.run(2_000)
  expect(world.entries('killSwitch.flagged').map(({ payload }) => payload)).toEqual([{ reason: 'by hand' }])
  expect(world.entries('emergency.begun').length).toBe(1)
  expectReplayEqual(world)
  world.close()
})
