// Stops that close positions while something stands in their way. The whole company in virtual time against the emulator.
import { describe, expect, test } from 'bun:test'
import { expectAgreement } from './agree'
import { place } from './intents'
import { expectReplayEqual } from './replayed'
import { OPERATOR, quietBot, World } from './world'

const stateOf = (world: World) => world.company.botOf('a')?.state
const held = (world: World): string => world.company.portfolio.positionOf('a' as never, 'BTC-USD@kraken' as never)

/** Bot a, which is to close its positions when it stops, holds something. */
function holding(): World {
  const world = new World({ bots: [{ ...quietBot('a'), onStop: 'flatten' }, quietBot('b')] }).start().trading().run(10_000)
  const record = place(world, { bot: 'a', target: '0.01' })
  world.until('it is bought', () => world.statusOf(record.clientOrderId) === 'FILLED', 10_000)
  return world.run(2_000)
}

describe('RUN-01 a stop with onStop: flatten', () => {
  test('goes on trying until the position is closed', () => {
    const world = holding()
    world.emulator.faults.add({ kind: 'apiError', methods: ['add_order'], text: 'EOrder:Insufficient funds', count: 2 })
    world.control.commandBot('a', 'stop', OPERATOR, '')
    world.until('it is stopped', () => stateOf(world) === 'STOPPED', 10_000)
    expect(held(world)).toBe('0')
    expect(world.company.botOf('a')?.context.isDrained).toBe(true)
    expect(world.alertCodes()).not.toContain('STOP_LEFT')
    world.run(3_000)
    expectAgreement(world)
    expectReplayEqual(world)
    world.close()
  })

  test('stops at the deadline all the same, tells what is left, and tries no longer', () => {
    const world = holding()
    world.emulator.setPairStatus('BTC/USD', 'cancelOnly')
    world.run(200)
    world.control.commandBot('a', 'stop', OPERATOR, '')
    world.run(4_900)
    expect(stateOf(world)).toBe('STOPPING')
    world.run(200)
    expect(stateOf(world)).toBe('STOPPED')
    expect(world.alerts.find(({ code }) => code === 'STOP_LEFT')).toMatchObject({
      severity: 'HIGH',
      text: expect.stringMatching(/^bot a .* it still holds 0\.01 BTC-USD@kraken \((product_status|venue_state): /),
    })
    world.emulator.setPairStatus('BTC/USD', 'online')
    world.run(30_000)
    expect(held(world)).toBe('0.01')
    expect(world.alertCodes().filter((code) => code === 'STOP_LEFT').length).toBe(1)
    world.close()
  })
})
