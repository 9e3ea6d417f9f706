import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { CommandRefusedError, NotFoundError } from '#domain/errors'
import { botId, instrumentId } from '#domain/ids'
import { wish, priceAt, place } from './intents'
import { expectReplayEqual } from './replayed'
import { OPERATOR, quietBot, World } from './world'

// Virtual time. What each breaker does by itself is in test/simulation/drills.test.ts.
setDefaultTimeout(60_000)

const BTC = 'BTC-USD@kraken'
const ETH = 'ETH-USD@kraken'
const TRIP = { threshold: '1', value: '2', reason: 'test' }

function ready(options: ConstructorParameters<typeof World>[0] = {}): World {
  const both = { ...quietBot('both'), instruments: [BTC, ETH] }
  return new World({ bots: [quietBot('a'), quietBot('b', ETH), both], ...options }).start().trading().run(5_000)
}

const trip = (world: World, breakerId: string) => world.company.board.trip(breakerId, TRIP)
const stateOf = (world: World, id: string) => world.company.botOf(id)?.state ?? 'not there'
const states = (world: World) => ['a', 'b', 'both'].map((id) => stateOf(world, id))
const breaker = (world: World, breakerId: string) => world.control.risk().breakers.find((one) => one.breakerId === breakerId)
const restart = (world: World) => {
  world.run(10).crash().start() // what was done is on the disk
  world.until('it is up', () => ['TRADING', 'HALTED'].includes(world.company.director.state) && world.company.bots.size === 3, 30_000)
  return world.run(5_000)
}

describe('RUN-05 several breakers at once', () => {
  test('RUN-05 a bot that two breakers hold goes on when the last one lets go', () => {
    const world = ready()
    trip(world, 'consecutiveLosses:a')
    trip(world, 'staleness:BTC-USD@kraken')
    expect(states(world)).toEqual(['PAUSED', 'ACTIVE', 'PAUSED'])
    world.run(10_000) // data is fresh
    expect(breaker(world, 'staleness:BTC-USD@kraken')?.state).toBe('ARMED')
    expect(states(world)).toEqual(['PAUSED', 'ACTIVE', 'ACTIVE'])
    world.control.resetBreaker('consecutiveLosses:a', OPERATOR, 'seen')
    expect(states(world)).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE'])
    world.close()
  })

  test('RUN-05 a halt of the company and one of a bot: each is signed off by itself', () => {
    const world = ready()
    trip(world, 'botDrawdown:a')
    trip(world, 'dailyLoss:company')
    trip(world, 'errorRate:company')
    expect([world.company.director.state, ...states(world)]).toEqual(['HALTED', 'HALTED', 'HALTED', 'HALTED'])
    world.control.resetBreaker('errorRate:company', OPERATOR, '')
    expect(world.company.director.state).toBe('HALTED') // latched, and the day's loss holds
    world.control.commandCompany('reset', OPERATOR, '')
    world.run(5_000)
    expect([world.company.director.state, ...states(world)]).toEqual(['TRADING', 'HALTED', 'ACTIVE', 'ACTIVE'])
    world.control.commandBot('a', 'reset', OPERATOR, '')
    expect([stateOf(world, 'a'), breaker(world, 'botDrawdown:a')?.state]).toEqual(['IDLE', 'ARMED'])
    expectReplayEqual(world.run(10))
    world.close()
  })

  test('RUN-05 a bot whose breaker is re-armed by name goes on by itself, as after any hold', () => {
    const world = ready()
    trip(world, 'botDrawdown:a')
    expect(stateOf(world, 'a')).toBe('HALTED')
    world.control.resetBreaker('botDrawdown:a', OPERATOR, 'seen')
    world.run(5_000)
    expect(stateOf(world, 'a')).toBe('ACTIVE')
    world.close()
  })

  test('RUN-12 a reset of a bot is refused, and signs nothing off, while something else keeps it', () => {
    const world = ready()
    trip(world, 'botDrawdown:a')
    trip(world, 'venueHealth:kraken')
    world.network.setUp('kraken.sim', false)
    world.network.cutSockets()
    world.run(2_000)
    expect(() => world.control.commandBot('a', 'reset', OPERATOR, '')).toThrow(CommandRefusedError)
    expect([stateOf(world, 'a'), breaker(world, 'botDrawdown:a')?.state]).toEqual(['HALTED', 'TRIPPED'])
    world.close()
  })
})

describe('RUN-05 RSK-08 named re-arm', () => {
  test('RUN-05 is journaled with who and why, refused where there is nothing to sign off, and where the condition lasts', () => {
    const world = ready()
    expect(() => world.control.resetBreaker('nope:company', OPERATOR, '')).toThrow(NotFoundError)
    expect(() => world.control.resetBreaker('dailyLoss:company', OPERATOR, '')).toThrow('is ARMED: there is nothing to sign off')
    trip(world, 'drift:company')
    expect(() => world.control.resetBreaker('drift:company', OPERATOR, '')).toThrow('holds as long as this does')
    trip(world, 'dailyDrawdown:company')
    world.control.resetBreaker('dailyDrawdown:company', OPERATOR, 'hedged elsewhere')
    world.run(100)
    expect(world.entries('breaker.reset').map(({ payload }) => payload)).toEqual([
      { breakerId: 'dailyDrawdown:company', reason: 'hedged elsewhere', operator: 'test', address: '127.0.0.1' },
    ])
    const rearmed = world.entries('breaker.transition').find(({ payload }) => payload['to'] === 'ARMED')
    expect(rearmed?.payload).toMatchObject({ from: 'TRIPPED', operator: 'test' })
    world.close()
  })

  test('RUN-05 WEB-13 shows threshold, figure, time, reason, what it does, and when it re-arms', () => {
    const world = ready()
    expect(breaker(world, 'botDrawdown:a')).toEqual({
      breakerId: 'botDrawdown:a',
      kind: 'botDrawdown',
      scope: 'bot:a',
      state: 'ARMED',
      response: 'halt',
      rearm: 'operator',
      threshold: '0.25',
      value: '0',
      trippedAtMs: null,
      rearmsAtMs: null,
      reason: null,
    })
    for (const { value, kind } of world.control.risk().breakers)
      expect([kind, value]).toEqual([kind, expect.stringMatching(/^\d+(\.\d+)?$/)])
    trip(world, 'dailyDrawdown:company')
    trip(world, 'consecutiveLosses:a')
    const nowMs = world.clock.now()
    expect(breaker(world, 'dailyDrawdown:company')).toMatchObject({
      state: 'TRIPPED',
      value: '2',
      threshold: '1',
      reason: 'test',
      trippedAtMs: nowMs,
    })
    expect(breaker(world, 'dailyDrawdown:company')?.rearmsAtMs).toBe(Date.UTC(2026, 0, 6))
    expect(breaker(world, 'consecutiveLosses:a')).toMatchObject({ state: 'COOLING', rearmsAtMs: nowMs + 86_400_000 })
    expect(world.control.risk().mode).toBe('reducing')
    world.close()
  })
})

describe('RSK-10 a market that is disabled', () => {
  test('RSK-10 a bot with another market goes on there; one without pauses; orders that reduce pass', () => {
    const world = ready()
    const open = place(world, { bot: 'both', target: '0.005' })
    world.until('bought', () => world.statusOf(open.clientOrderId) === 'FILLED', 10_000)
    trip(world, `marketErrors:${BTC}`)
    expect(states(world)).toEqual(['PAUSED', 'ACTIVE', 'ACTIVE'])
    const more = wish(world, { bot: 'both', target: '0.01', price: priceAt(world, -30, 'both'), postOnly: true })
    world.run(1_000)
    expect(more.result?.results[0]).toMatchObject({ kind: 'blocked', code: 'bot_state' })
    const less = wish(world, { bot: 'both', target: '0' })
    world.run(1_000)
    expect(less.result?.results[0]?.kind).toBe('sent')
    world.close()
  })

  test('RSK-10 with its last market disabled it pauses too, also when a restart lies between, and goes on with the first that is back', () => {
    const world = ready()
    trip(world, `marketErrors:${BTC}`)
    world.run(60_000)
    trip(world, `marketErrors:${ETH}`)
    expect(states(world)).toEqual(['PAUSED', 'PAUSED', 'PAUSED'])
    restart(world)
    expect(states(world)).toEqual(['PAUSED', 'PAUSED', 'PAUSED'])
    world.run(240_000)
    expect(states(world)).toEqual(['ACTIVE', 'PAUSED', 'ACTIVE'])
    world.run(60_000)
    expect(states(world)).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE'])
    world.close()
  })
})

describe('RSK-09 a threshold trips the kill switch', () => {
  test('RSK-09 in the name of the breaker; foreign orders stay; what was cleared does not come back with a restart', () => {
    const world = ready()
    const price = String(priceAt(world, -400, 'a'))
    world.placeAsStranger('0.01', price, true)
    world.run(2_000)
    trip(world, 'portfolioDrawdown:company')
    expect(world.company.killSwitch.state).toMatchObject({ source: 'breaker', reason: 'test' })
    expect(world.company.director.state).toBe('HALTED')
    world.run(5_000)
    expect(world.account().openOrders.length).toBe(1)
    restart(world)
    expect([world.company.killSwitch.isActive, world.company.director.state]).toEqual([true, 'HALTED'])
    // A reset that the kill switch refuses signs nothing off.
    expect(() => world.control.commandCompany('reset', OPERATOR, '')).toThrow(CommandRefusedError)
    expect(breaker(world, 'portfolioDrawdown:company')?.state).toBe('TRIPPED')
    world.control.clearKillSwitch(OPERATOR)
    expect(world.company.director.state).toBe('HALTED') // the breaker holds it
    restart(world)
    expect([world.company.killSwitch.isActive, world.company.director.state]).toEqual([false, 'HALTED'])
    world.control.commandCompany('reset', OPERATOR, '')
    world.run(5_000)
    expect([world.company.director.state, ...states(world)]).toEqual(['TRADING', 'ACTIVE', 'ACTIVE', 'ACTIVE'])
    expect(world.entries('killSwitch.tripped').length).toBe(1)
    world.close()
  })

  test('RUN-12 a company that comes back halted has its bots HALTED, and all of them come back with its reset', () => {
    const world = ready()
    world.control.commandCompany('halt', OPERATOR, 'test')
    restart(world)
    expect([world.company.director.state, ...states(world)]).toEqual(['HALTED', 'HALTED', 'HALTED', 'HALTED'])
    world.control.commandCompany('reset', OPERATOR, '')
    world.run(5_000)
    expect([world.company.director.state, ...states(world)]).toEqual(['TRADING', 'ACTIVE', 'ACTIVE', 'ACTIVE'])
    world.close()
  })
})

describe('RSK-08 an equity that cannot be told', () => {
  test('RSK-08 a restart whose prices come late trips no drawdown', () => {
    const world = ready({ config: (config) => ({ ...config, breakers: { ...config.breakers, botDrawdownRatio: 0.05 } }) })
    const open = place(world, { bot: 'a', target: '0.02' }) // an eighth of what it has
    world.until('bought', () => world.statusOf(open.clientOrderId) === 'FILLED', 10_000)
    world.run(70_000).crash()
    // The book of the market never stands: nothing is quoted for a while.
    world.emulator.setPairStatus('BTC/USD', 'offline')
    world.emulator.faults.add({ kind: 'droppedFrame', id: 'quiet', methods: ['ticker', 'book'] })
    world.start().run(60_000)
    expect(world.company.market.mid(instrumentId(BTC))).toBeNull()
    expect(Number(world.company.portfolio.performance(botId('a')).equity)).toBeLessThan(9_000)
    expect(
      world.company.board
        .all()
        .filter(({ chart }) => chart.state !== 'ARMED')
        .map(({ breakerId }) => breakerId),
    ).toEqual([])
    world.emulator.faults.clear(['quiet'])
    world.emulator.setPairStatus('BTC/USD', 'online')
    world.run(60_000)
    expect(Number(world.company.portfolio.performance(botId('a')).equity)).toBeGreaterThan(9_900)
    expect(states(world)).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE'])
    world.close()
  })
})
