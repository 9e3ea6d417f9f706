// The venue's one command for the whole account belongs to the halt that asked for it. The whole company in virtual time against the emulator.
import { describe, expect, test } from 'bun:test'
import { priceAt, rest, wish } from './intents'
import { OPERATOR, quietBot, World } from './world'

const BOTS = [quietBot('a'), quietBot('b', 'ETH-USD@kraken'), quietBot('c')]

/** Counts the commands for the whole account that leave, from now on. */
function cancelAlls(world: World): () => number {
  const venue = world.company.venueOf('kraken' as never)
  const send = venue.cancelAll.bind(venue)
  let count = 0
  Object.assign(venue, {
    cancelAll: () => {
      count++
      return send()
    },
  })
  return () => count
}

/** Two orders rest and two more are ones of which the venue tells nothing. */
function inDoubt(): World {
  const world = new World({ bots: BOTS }).start().trading().run(10_000)
  rest(world, '0.005', { bot: 'a', price: priceAt(world, -80, 'a') })
  rest(world, '0.1', { bot: 'b', price: priceAt(world, -80, 'b') })
  world.emulator.faults.add({ kind: 'lostReply', id: 'lost', methods: ['add_order'], withholdEvents: true })
  const questions = ['QueryOrders', 'OpenOrders', 'ClosedOrders', 'TradesHistory']
  world.emulator.faults.add({ kind: 'apiError', id: 'mute', methods: questions, text: 'EService:Busy' })
  // The commands are lost too: what is in doubt stays so through the halt, and through what comes after it.
  const lost = ['batch_cancel', 'cancel_all', 'cancel_order', 'CancelAll', 'CancelOrder', 'CancelOrderBatch']
  world.emulator.faults.add({ kind: 'apiError', id: 'deaf', methods: lost, text: 'EService:Busy' })
  for (const bot of ['a', 'c'] as const) wish(world, { bot, target: '0.012', price: priceAt(world, -500, bot), postOnly: true })
  return world.run(500)
}

describe('RSK-09 the command for the whole account', () => {
  test('is a halt’s alone: after the reset the kill of a bot uses batches, although an order of the halt has not ended', () => {
    const world = inDoubt()
    const count = cancelAlls(world)
    world.control.emergencyHalt({ kind: 'all' }, false, 'drill', OPERATOR)
    expect(count()).toBe(1)
    world.run(30)
    world.control.clearKillSwitch(OPERATOR)
    expect(world.company.director.state).not.toBe('HALTED')
    const before = count()
    world.control.emergencyHalt({ kind: 'bot', botId: 'a' }, false, 'drill', OPERATOR)
    world.control.emergencyHalt({ kind: 'bot', botId: 'c' }, false, 'drill', OPERATOR)
    world.run(30_000)
    expect(world.company.desk.cancels).toBeGreaterThan(1) // there is still something to end
    expect(count()).toBe(before)
    world.close()
  })

  test('is not taken up by the orders that a stop cancels', () => {
    const world = inDoubt()
    const count = cancelAlls(world)
    world.control.emergencyHalt({ kind: 'all' }, false, 'drill', OPERATOR)
    expect(count()).toBe(1)
    world.stop()
    expect(count()).toBe(1)
    world.close()
  })

  test('is not prolonged by a narrower kill while the halt holds', () => {
    const world = inDoubt()
    const count = cancelAlls(world)
    world.control.emergencyHalt({ kind: 'all' }, false, 'drill', OPERATOR)
    world.run(30_000)
    const before = count()
    expect(before).toBe(3) // every second of five rounds
    world.control.emergencyHalt({ kind: 'bot', botId: 'a' }, false, 'drill', OPERATOR)
    world.run(10_000)
    expect(count()).toBe(before)
    world.close()
  })
})
