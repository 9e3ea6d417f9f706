import { describe, expect, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import { expectAgreement } from './agree'
import { place, rest } from './intents'
import { busyBot, OPERATOR, quietBot, World } from './world'

const TWO = [quietBot('a'), quietBot('b', 'ETH-USD@kraken')]

function ready(options: ConstructorParameters<typeof World>[0] = {}): World {
  return new World({ bots: TWO, ...options }).start().trading().run(10_000)
}

const stateOf = (world: World, id: string) => world.company.botOf(id)?.state ?? 'not there yet'

describe('RUN-08 I13 an orderly stop', () => {
  test('cancels what works, agrees with the venue to the last digit, and leaves no timer, socket or order', () => {
    const world = ready({ bots: [quietBot('a'), busyBot('busy', 'ETH-USD@kraken')] })
    rest(world, '0.005', { bot: 'a' })
    world.run(60_000)
    expect(world.stop()).toEqual({ exitCode: 0, error: null })
    expect(world.account().openOrders).toEqual([])
    expectAgreement(world, true)
    world.run(20)
    expect(world.life.clock.pending).toBe(0)
    expect(world.network.openSockets).toBe(0)
    expect(Object.keys(world.record().deadMen)).toEqual([])
    world.close()
  })

  for (const [what, spoil] of [
    ['the venue is unreachable', (world: World) => world.network.setUp('kraken.sim', false)],
    [
      'the venue is gone in the middle',
      (world: World) => {
        world.network.setUp('kraken.sim', false)
        world.network.cutSockets()
      },
    ],
    [
      'every message is lost',
      (world: World) => {
        world.fate = () => ({ kind: 'drop' })
      },
    ],
  ] as const) {
    test(`ends within its deadline though ${what}, and leaves no timer`, () => {
      const world = ready()
      rest(world, '0.005', { bot: 'a' })
      spoil(world)
      const end = world.stop(60_000)
      expect(end).toEqual({ exitCode: 0, error: null })
      world.run(120_000) // questions that were under way, and their bounded repeats, time out
      expect(world.life.clock.pending).toBe(0)
      world.close()
    })
  }

  test('ends while the company still waits for its venue', () => {
    const world = new World({ bots: TWO })
    world.network.setUp('kraken.sim', false)
    world.start().run(10_000)
    expect(world.company.director.state).toBe('CHECKING')
    expect(world.stop(60_000)).toEqual({ exitCode: 0, error: null })
    world.run(10_000)
    expect(world.life.clock.pending).toBe(0)
    world.close()
  })

  test('leaves orders to the dead-man switch where so configured, and the next start finds them', () => {
    const world = ready({ config: (config) => ({ ...config, desk: { ...config.desk, shutdownCancels: false } }) })
    const record = rest(world, '0.005', { bot: 'a' })
    expect(world.stop().exitCode).toBe(0)
    expect(world.account().openOrders.length).toBe(1)
    expect(Object.keys(world.record().deadMen).length).toBe(1)
    world.run(1_000).start().trading()
    expect(world.statusOf(record.clientOrderId)).toBe('OPEN')
    expectAgreement(world)
    world.close()
  })
})

describe('RUN-02 a restart finds bots as an operator left them', () => {
  for (const [command, state] of [
    ['pause', 'PAUSED'],
    ['halt', 'HALTED'],
    ['stop', 'STOPPED'],
  ] as const) {
    test(`${command}: ${state} before and after a crash, and after an orderly stop`, () => {
      const world = ready()
      world.control.commandBot('a', command, OPERATOR, 'by hand')
      world.run(2_000)
      expect(stateOf(world, 'a')).toBe(state)
      world.crash().start()
      world.until('the sibling trades', () => stateOf(world, 'b') === 'ACTIVE', 60_000)
      world.run(5_000)
      expect(['STOPPED', 'IDLE'].includes(stateOf(world, 'a')) ? 'STOPPED' : stateOf(world, 'a')).toBe(state)
      world.stop()
      world.run(50).start()
      world.until('the sibling trades', () => stateOf(world, 'b') === 'ACTIVE', 60_000)
      world.run(5_000)
      expect(['STOPPED', 'IDLE'].includes(stateOf(world, 'a')) ? 'STOPPED' : stateOf(world, 'a')).toBe(state)
      world.close()
    })
  }

  test('a reset bot that nobody started stays IDLE over a restart; a paused company stays PAUSED', () => {
    const world = ready()
    world.control.commandBot('a', 'halt', OPERATOR, '')
    world.control.commandBot('a', 'reset', OPERATOR, '')
    world.control.commandCompany('pause', OPERATOR, '')
    world.run(1).crash().start()
    world.until('it is up', () => world.company.director.state === 'PAUSED', 60_000)
    world.run(5_000)
    expect(stateOf(world, 'a')).toBe('IDLE')
    expect(stateOf(world, 'b')).toBe('PAUSED')
    world.control.commandCompany('resume', OPERATOR, '')
    expect(stateOf(world, 'b')).toBe('ACTIVE')
    expect(stateOf(world, 'a')).toBe('IDLE')
    world.close()
  })

  test('a stop with onStop: flatten closes the position', () => {
    const world = ready({
      bots: [{ ...quietBot('a'), onStop: 'flatten', routing: { style: 'marketable', slippageBpsMax: 50, timeInForce: 'gtc' } }],
    })
    const open = place(world, { bot: 'a', target: '0.01' })
    world.until('bought', () => world.statusOf(open.clientOrderId) === 'FILLED', 10_000)
    world.control.commandBot('a', 'stop', OPERATOR, '')
    world.until('it is stopped', () => stateOf(world, 'a') === 'STOPPED', 20_000)
    expect(world.company.portfolio.positionOf('a' as never, 'BTC-USD@kraken' as never)).toBe(decimal('0'))
    world.close()
  })
})
