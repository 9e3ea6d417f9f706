// A company on two venues in virtual time, each an emulator of its own: what one of them does must not keep the other waiting.
import { expect, test } from 'bun:test'
import { OPERATOR } from './world'
import { TwoVenues } from './two-venues'

function ready(hasBatches = true): TwoVenues {
  const bots = { a: 'BTC-USD@kraken', b: 'ETH-USD@kraken', c: 'BTC-USD@other', d: 'SOL-USD@other' }
  const world = new TwoVenues(bots, hasBatches).start().run(5_000)
  for (const [bot, held, more] of [
    ['a', '0.004', '0.009'],
    ['b', '0.09', '0.2'],
    ['c', '0.004', '0.009'],
    ['d', '1.7', '4'],
  ] as const) {
    const bought = world.order(bot, held, null)
    world.until('it is bought', () => bought.isOver)
    const rests = world.order(bot, more, 80)
    world.until('it rests', () => world.company.orders.stateOf(rests) === 'open')
  }
  return world.run(1_000)
}

const begin = (world: TwoVenues, scope: Parameters<TwoVenues['runtime']['control']['emergencyHalt']>[0]) =>
  world.runtime.control.emergencyHalt(scope, true, 'drill', OPERATOR)
const newest = (world: TwoVenues) => world.runtime.control.emergencies()[0]
const positions = (world: TwoVenues) => world.runtime.control.positions().map(({ botId }) => botId)

test('RSK-09 EXE-11 one venue is down: the other is emptied within seconds, this one is told of, and emptied when it is back', () => {
  const world = ready()
  world.setUp('kraken', false).run(100)
  const startMs = world.clock.timeLineMs
  begin(world, { kind: 'all' })
  world.until('the other venue is empty', () => world.openAt('other') === 0 && positions(world).join() === 'a,b', 5_000)
  expect(world.clock.timeLineMs - startMs).toBeLessThan(2_000)
  world.until('it is overdue', () => newest(world)?.state === 'OVERDUE', 11_000)
  expect(newest(world)).toMatchObject({ ordersEnded: 2, ordersLeftCount: 2, positionsClosed: 2, positionsLeftCount: 2 })
  expect(
    newest(world)
      ?.ordersLeft.map(({ botId }) => botId)
      .sort(),
  ).toEqual(['a', 'b'])
  expect(world.openAt('kraken')).toBe(2)
  world.setUp('kraken', true)
  world.until('all is over', () => newest(world)?.state === 'ENDED', 120_000)
  expect([world.openAt('kraken'), positions(world)]).toEqual([0, []])
  world.close()
})

test('RUN-12 scope venue: the bots of one venue are held and emptied, those of the other go on', () => {
  const world = ready()
  begin(world, { kind: 'venue', venueId: 'other' })
  world.until('it is over', () => newest(world)?.state === 'ENDED', 10_000)
  expect(positions(world)).toEqual(['a', 'b'])
  expect([world.openAt('kraken'), world.openAt('other')]).toEqual([2, 0])
  const states = ['a', 'b', 'c', 'd'].map((id) => world.company.botOf(id)?.state)
  expect(states).toEqual(['ACTIVE', 'ACTIVE', 'HALTED', 'HALTED'])
  world.close()
})

test('RSK-09 one venue answers nothing at all: the other does not wait for it', () => {
  const world = ready()
  world.emulators.kraken.faults.add({ kind: 'latency', stage: 'request', fixedMs: 600_000 })
  begin(world, { kind: 'all' })
  world.until('the other venue is empty', () => world.openAt('other') === 0 && positions(world).join() === 'a,b', 2_000)
  world.close()
})

test('RUN-12 a venue that takes no batches gets a cancel for each order, after its command for all where that may be used', () => {
  for (const scope of [{ kind: 'venue', venueId: 'other' }, { kind: 'all' }] as const) {
    const world = ready(false)
    world.emulators.other.faults.add({ kind: 'lostReply', methods: ['cancel_all'], withholdEvents: true })
    begin(world, scope)
    world.until('it is over', () => newest(world)?.state === 'ENDED', 30_000)
    expect(newest(world)).toMatchObject({ ordersEnded: scope.kind === 'all' ? 4 : 2, positionsClosed: scope.kind === 'all' ? 4 : 2 })
    world.close()
  }
})
