// Emergency halts that come after another halt of the same. The whole company in virtual time against the emulator.
import { describe, expect, test } from 'bun:test'
import { expectAgreement } from './agree'
import { place, priceAt, wish } from './intents'
import { expectReplayEqual } from './replayed'
import { OPERATOR, quietBot, World } from './world'

const newest = (world: World) => world.control.emergencies()[0]

/** Bot a holds something, and has an order of which the venue tells nothing. */
function inDoubt(): World {
  const world = new World({ bots: [quietBot('a'), quietBot('b', 'ETH-USD@kraken')] }).start().trading().run(10_000)
  const record = place(world, { bot: 'a', target: '0.01' })
  world.until('it is bought', () => world.statusOf(record.clientOrderId) === 'FILLED', 10_000)
  world.emulator.faults.add({ kind: 'lostReply', id: 'lost', methods: ['add_order'], withholdEvents: true })
  const questions = ['QueryOrders', 'OpenOrders', 'ClosedOrders', 'TradesHistory']
  world.emulator.faults.add({ kind: 'apiError', id: 'mute', methods: questions, text: 'EService:Busy' })
  wish(world, { bot: 'a', target: '0.012', price: priceAt(world, -500, 'a'), postOnly: true })
  return world.run(12_000)
}

describe('RSK-09 RUN-12 an emergency halt begun again', () => {
  for (const isRestarted of [false, true])
    test(`after the reset of its bot closes what the bot holds${isRestarted ? ', also across a restart' : ''}`, () => {
      const world = inDoubt()
      const begin = () => world.control.emergencyHalt({ kind: 'bot', botId: 'a' }, true, 'drill', OPERATOR)
      const { emergencyId } = begin()
      world.run(15_000)
      expect(newest(world)).toMatchObject({ state: 'OVERDUE', ordersLeftCount: 1, positionsLeftCount: 1 })
      world.control.commandBot('a', 'reset', OPERATOR, '')
      world.run(500)
      expect(newest(world)?.positionsLeftCount).toBe(0) // let go
      expect(begin().emergencyId).toBe(emergencyId)
      expect(world.company.botOf('a')?.state).toBe('HALTED')
      world.run(2_000)
      if (isRestarted) world.crash().run(500).start()
      world.emulator.faults.clear(['lost', 'mute'])
      world.until('it is over', () => newest(world)?.endedAtMs !== null && newest(world) !== undefined, 180_000)
      expect(newest(world)).toMatchObject({ state: 'ENDED', ordersLeftCount: 0, positionsLeftCount: 0, positionsClosed: 1 })
      world.run(3_000)
      expect(world.control.positions()).toEqual([])
      expect(world.account().openOrders).toEqual([])
      expect(world.company.botOf('a')?.state).toBe('HALTED')
      expectAgreement(world)
      expectReplayEqual(world)
      world.close()
    })
})

describe('RSK-09 an operator’s halt of everything', () => {
  for (const way of ['api', 'file'] as const)
    test(`by ${way} ends others’ orders too where a breaker had pulled the switch before`, () => {
      const world = new World().start().trading().run(10_000)
      world.placeAsStranger('0.01', String(priceAt(world, -400)), true)
      world.run(5_000)
      world.company.board.trip('portfolioDrawdown:company', { threshold: '0.4', value: '0.5', reason: 'too deep' })
      world.run(5_000)
      expect(world.company.killSwitch.state).toMatchObject({ source: 'breaker' })
      expect(world.account().openOrders.length).toBe(1) // the company’s own halt leaves it alone
      if (way === 'api') world.control.emergencyHalt({ kind: 'all' }, false, 'drill', OPERATOR)
      else world.company.emergencies.onFlagFile('drill\n')
      world.until('it is over', () => newest(world)?.endedAtMs !== null, 10_000)
      expect(newest(world)).toMatchObject({ state: 'ENDED', ordersEnded: 1, ordersLeftCount: 0 })
      expect(world.account().openOrders).toEqual([])
      world.close()
    })
})
