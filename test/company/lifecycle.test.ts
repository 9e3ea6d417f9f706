import { describe, expect, test } from 'bun:test'
import { CommandRefusedError } from '#domain/errors'
import { DEFAULT_BREAKER_LIMITS } from '#risk/breakers/limits'
import { expectAgreement } from './agree'
import { place, priceAt, rest, wish } from './intents'
import { expectReplayEqual } from './replayed'
import { atRest } from './rest'
import { busyBot, OPERATOR, quietBot, type Script, World } from './world'

const TWO = [quietBot('a'), quietBot('b', 'ETH-USD@kraken')]

function ready(options: ConstructorParameters<typeof World>[0] = {}): World {
  return new World({ bots: TWO, ...options }).start().trading().run(10_000)
}

const bot = (world: World, id: string) => {
  const host = world.company.botOf(id)
  if (host === null) throw new Error(`no bot ${id}`)
  return host
}
const stateOf = (world: World, id: string) => world.company.botOf(id)?.state ?? 'not there yet'
const sourcesOf = (world: World, id: string) => bot(world, id).context.reasons.map((reason) => reason.source)

function blockedCode(world: World, id: string, target = '0.005'): string {
  world.run(500)
  const answer = wish(world, { bot: id, target, price: priceAt(world, -30, id), postOnly: true })
  world.run(500)
  const first = answer.result?.results[0]
  return first?.kind === 'blocked' ? first.code : (first?.kind ?? answer.result?.plan.reason ?? 'nothing')
}

describe('RUN-12 pause, resume and halt', () => {
  test('of one bot: no new risk from it, its sibling trades on; a halt cancels its orders alone and is latched', () => {
    const world = ready()
    rest(world, '0.005', { bot: 'a' })
    rest(world, '0.1', { bot: 'b' })
    world.control.commandBot('a', 'pause', OPERATOR, 'tea')
    expect(stateOf(world, 'a')).toBe('PAUSED')
    expect(world.account().openOrders.length).toBe(2) // a pause keeps orders and positions
    world.control.commandBot('a', 'resume', OPERATOR, '')
    expect(stateOf(world, 'a')).toBe('ACTIVE')
    world.control.commandBot('a', 'halt', OPERATOR, 'stop it')
    world.until('its orders are gone', () => world.account().openOrders.length === 1, 2_000)
    expect(stateOf(world, 'a')).toBe('HALTED')
    expect(blockedCode(world, 'a')).toBe('bot_state')
    expect(stateOf(world, 'b')).toBe('ACTIVE')
    expect(() => world.control.commandBot('a', 'resume', OPERATOR, '')).toThrow(CommandRefusedError)
    world.control.commandBot('a', 'reset', OPERATOR, '')
    expect(stateOf(world, 'a')).toBe('IDLE')
    world.control.commandBot('a', 'start', OPERATOR, '')
    world.until('it runs again', () => stateOf(world, 'a') === 'ACTIVE', 20_000)
    world.close()
  })

  test('of the company: a pause holds every bot, and ends only when its last reason does', () => {
    const world = ready()
    world.control.commandCompany('pause', OPERATOR, 'lunch')
    world.company.pause('drill', 'another reason')
    expect([stateOf(world, 'a'), stateOf(world, 'b')]).toEqual(['PAUSED', 'PAUSED'])
    expect(blockedCode(world, 'a')).toBe('company_state')
    world.control.commandCompany('resume', OPERATOR, '')
    expect(world.company.director.state).toBe('PAUSED')
    world.company.resume('drill')
    expect(world.company.director.state).toBe('TRADING')
    expect([stateOf(world, 'a'), stateOf(world, 'b')]).toEqual(['ACTIVE', 'ACTIVE'])
    world.close()
  })

  test('a bot that an operator paused stays paused through a pause and a resume of the company', () => {
    const world = ready()
    world.control.commandBot('a', 'pause', OPERATOR, '')
    world.control.commandCompany('pause', OPERATOR, '')
    expect(sourcesOf(world, 'a').toSorted()).toEqual(['operator', 'parent'])
    world.control.commandCompany('resume', OPERATOR, '')
    expect([stateOf(world, 'a'), stateOf(world, 'b')]).toEqual(['PAUSED', 'ACTIVE'])
    world.close()
  })

  test('a halt of the company takes effect within 10 s, is left by a named reset alone, and brings back who ran', () => {
    const world = ready()
    rest(world, '0.005', { bot: 'a' })
    world.control.commandBot('b', 'halt', OPERATOR, 'its own')
    world.control.commandCompany('halt', OPERATOR, 'all')
    world.until('orders are gone', () => world.account().openOrders.length === 0, 10_000)
    expect(world.company.director.state).toBe('HALTED')
    expect(() => world.control.commandCompany('resume', OPERATOR, '')).toThrow(CommandRefusedError)
    world.run(60_000)
    expect(world.company.director.state).toBe('HALTED')
    world.control.commandCompany('reset', OPERATOR, '')
    world.until('a trades', () => stateOf(world, 'a') === 'ACTIVE', 20_000)
    // The halt of its own outlives the company's.
    expect(stateOf(world, 'b')).toBe('HALTED')
    expectReplayEqual(world)
    world.close()
  })

  test('a halt during an outage, reset during the outage: the bots come back with the venue', () => {
    const world = ready()
    world.network.setUp('kraken.sim', false)
    world.network.cutSockets()
    world.run(2_000)
    world.control.commandCompany('halt', OPERATOR, '')
    world.control.commandCompany('reset', OPERATOR, '')
    world.run(5_000)
    expect(stateOf(world, 'a')).not.toBe('ACTIVE')
    world.network.setUp('kraken.sim', true)
    world.until('the bots trade', () => stateOf(world, 'a') === 'ACTIVE' && stateOf(world, 'b') === 'ACTIVE', 120_000)
    world.close()
  })
})

describe('RSK-09 the kill switch', () => {
  test('RSK-09 REQ-K1 halts at once, cancels within 10 s, alerts, outlives a crash and a reset, and is cleared explicitly', () => {
    const world = ready()
    rest(world, '0.005', { bot: 'a' })
    const pulledAtMs = world.clock.now()
    world.control.tripKillSwitch('drill', OPERATOR)
    expect(world.company.director.state).toBe('HALTED')
    expect(world.alerts.find((alert) => alert.code === 'KILL_SWITCH')).toMatchObject({ severity: 'CRITICAL', atMs: pulledAtMs })
    world.until('orders are gone', () => world.account().openOrders.length === 0, 10_000)
    expect(blockedCode(world, 'a')).toBe('kill_switch')
    world.crash().start()
    world.until('it is up', () => world.company.director.state === 'HALTED', 30_000)
    world.run(5_000)
    expect(world.company.killSwitch.state).toMatchObject({ reason: 'drill', sinceMs: pulledAtMs })
    expect(() => world.control.commandCompany('reset', OPERATOR, '')).toThrow(CommandRefusedError)
    expect(world.company.director.state).toBe('HALTED')
    world.control.clearKillSwitch(OPERATOR)
    world.trading()
    expect(stateOf(world, 'a')).toBe('ACTIVE')
    world.run(10).crash().start().trading()
    expect(world.company.killSwitch.isActive).toBe(false)
    world.close()
  })

  test('clearing it signs off nothing else: a tripped daily-loss breaker still holds the company', () => {
    const world = ready({ config: (config) => ({ ...config, breakers: { ...config.breakers, dailyLossRatio: 0.00002 } }) })
    place(world, { bot: 'a', target: '0.02' })
    world.until('the breaker trips', () => world.company.director.state === 'HALTED', 10_000)
    world.control.tripKillSwitch('drill', OPERATOR)
    world.control.clearKillSwitch(OPERATOR)
    world.run(5_000)
    expect(world.company.director.state).toBe('HALTED')
    world.control.commandCompany('reset', OPERATOR, '')
    world.trading()
    world.close()
  })
})

describe('RSK-08 breakers', () => {
  test('a daily loss halts all until an operator resets; what he signed off does not trip it again', () => {
    const world = ready({ config: (config) => ({ ...config, breakers: { ...config.breakers, dailyLossRatio: 0.00002 } }) })
    rest(world, '0.1', { bot: 'b', price: priceAt(world, -90, 'b') })
    place(world, { bot: 'a', target: '0.02' })
    world.until('the company is halted', () => world.company.director.state === 'HALTED', 10_000)
    expect([stateOf(world, 'a'), stateOf(world, 'b')]).toEqual(['HALTED', 'HALTED'])
    world.until('orders are gone', () => world.account().openOrders.length === 0, 10_000)
    expect(world.alertCodes()).toContain('BREAKER_DAILYLOSS')
    world.crash().start()
    world.until('it comes up halted', () => world.company.director.state === 'HALTED', 30_000)
    world.run(30_000)
    expect(world.company.director.state).toBe('HALTED')
    world.control.commandCompany('reset', OPERATOR, 'seen')
    world.trading().run(120_000)
    expect(world.company.director.state).toBe('TRADING')
    expectReplayEqual(world)
    world.close()
  })

  test('three losing trades in a row pause that bot for its time; it resumes by itself, also when a restart lies between', () => {
    const world = ready({
      config: (config) => ({ ...config, breakers: { ...config.breakers, consecutiveLosses: 3, consecutiveLossPauseMs: 1_800_000 } }),
    })
    expect(DEFAULT_BREAKER_LIMITS.consecutiveLossPauseMs).toBe(24 * 3_600_000)
    // Fees make each round trip a loss.
    for (let round = 0; round < 3; round++) {
      const open = place(world, { bot: 'a', target: '0.005' })
      world.until('bought', () => world.statusOf(open.clientOrderId) === 'FILLED', 10_000)
      const close = place(world, { bot: 'a', target: '0' })
      world.until('sold', () => world.statusOf(close.clientOrderId) === 'FILLED', 10_000)
    }
    expect(stateOf(world, 'a')).toBe('PAUSED')
    expect(sourcesOf(world, 'a')).toEqual(['breaker:consecutiveLosses:a'])
    expect(stateOf(world, 'b')).toBe('ACTIVE')
    expectReplayEqual(world)
    world.run(600_000).crash().start()
    world.until('the company is up', () => world.company.director.state === 'TRADING' && stateOf(world, 'b') === 'ACTIVE', 60_000)
    world.run(10_000)
    expect(stateOf(world, 'a')).toBe('PAUSED')
    world.run(1_100_000)
    expect(stateOf(world, 'a')).toBe('PAUSED')
    world.run(100_000)
    expect(stateOf(world, 'a')).toBe('ACTIVE')
    // The run of losses is over: one more fill does not trip it.
    const open = place(world, { bot: 'a', target: '0.005' })
    world.until('bought', () => world.statusOf(open.clientOrderId) === 'FILLED', 10_000)
    world.run(10_000)
    expect(stateOf(world, 'a')).toBe('ACTIVE')
    world.close()
  }, 60_000)

  test('RSK-10 PAIN-04 a stream that goes silent pauses the bots within 10 s, without a closed socket; data again lifts it', () => {
    const world = ready()
    world.emulator.faults.add({ kind: 'silentSocket', id: 'quiet' })
    world.until('the bots are paused', () => stateOf(world, 'a') === 'PAUSED' && stateOf(world, 'b') === 'PAUSED', 10_000)
    expect(blockedCode(world, 'a')).not.toBe('sent')
    world.emulator.faults.clear(['quiet'])
    world.until('the bots trade again', () => stateOf(world, 'a') === 'ACTIVE' && stateOf(world, 'b') === 'ACTIVE', 60_000)
    expect([...world.company.venues.values()].map((host) => host.state)).toEqual(['ONLINE'])
    world.close()
  })
})

describe('RUN-06 a strategy that throws', () => {
  const explode: Script = () => {
    throw new Error('boom')
  }

  test('restarts its bot with backoff; beyond the budget that bot alone is HALTED by the supervisor and its orders are cancelled', () => {
    const world = ready({ bots: [quietBot('a'), busyBot('busy', 'ETH-USD@kraken')] })
    const record = rest(world, '0.005', { bot: 'a', price: priceAt(world, -90, 'a') })
    world.scripts.set('a', explode)
    const executed = world.entries('order.submitting').length
    // The next decision: the quiet bot's bar is a day; a pause and a resume let it decide at once.
    world.control.commandBot('a', 'pause', OPERATOR, '')
    world.control.commandBot('a', 'resume', OPERATOR, '')
    world.until('it is given up', () => stateOf(world, 'a') === 'HALTED', 60_000)
    expect(sourcesOf(world, 'a')).toEqual(['supervisor'])
    expect(world.control.bots().find((view) => view.botId === 'a')?.restarts).toBe(3)
    expect(world.alertCodes()).toContain('RESTARTS_SPENT')
    world.until('its order is cancelled', () => world.statusOf(record.clientOrderId) === 'CANCELED', 10_000)
    world.run(30_000)
    expect(stateOf(world, 'busy')).toBe('ACTIVE')
    expect(world.entries('order.submitting').length).toBeGreaterThan(executed)
    const restarts = world.entries('child.restarting').map((entry) => Number(entry.payload['delayMs']))
    expect(restarts.length).toBe(3)
    expect(restarts[1]).toBeGreaterThan((restarts[0] ?? 0) * 1.2)

    // Neither a pause of the company nor its halt revives it; nor does a restart.
    world.scripts.delete('a')
    world.control.commandCompany('pause', OPERATOR, '')
    world.control.commandCompany('resume', OPERATOR, '')
    expect(stateOf(world, 'a')).toBe('HALTED')
    world.control.commandCompany('halt', OPERATOR, '')
    world.control.commandCompany('reset', OPERATOR, '')
    world.run(5_000)
    expect(stateOf(world, 'a')).toBe('HALTED')
    world.crash().start()
    world.until('the sibling is back', () => stateOf(world, 'busy') === 'ACTIVE', 60_000)
    expect(stateOf(world, 'a')).toBe('HALTED')
    world.control.commandBot('a', 'reset', OPERATOR, '')
    world.control.commandBot('a', 'start', OPERATOR, '')
    world.until('it runs again', () => stateOf(world, 'a') === 'ACTIVE', 20_000)
    world.close()
  })

  test('once is forgiven: the bot is back after its backoff', () => {
    const world = ready()
    let throws = 1
    world.scripts.set('a', () => {
      if (throws-- > 0) throw new Error('boom')
      return []
    })
    world.control.commandBot('a', 'pause', OPERATOR, '')
    world.control.commandBot('a', 'resume', OPERATOR, '')
    world.run(100)
    expect(stateOf(world, 'a')).toBe('ERROR')
    expect(stateOf(world, 'b')).toBe('ACTIVE')
    world.until('it is back', () => stateOf(world, 'a') === 'ACTIVE', 10_000)
    world.close()
  })
})

describe('RUN-04 the venue', () => {
  test('PAIN-05 a reconnect pauses the bots, subscribes the wanted set anew within 5 s of coming back, and resumes them', () => {
    const world = ready()
    for (let round = 0; round < 5; round++) {
      world.network.cutSockets()
      world.until('the bots are paused', () => stateOf(world, 'a') === 'PAUSED' && stateOf(world, 'b') === 'PAUSED', 5_000)
      expect(sourcesOf(world, 'a')).toEqual(['venue:kraken'])
      world.until('the venue is back', () => [...world.company.venues.values()].every((host) => host.state === 'ONLINE'), 30_000)
      const backAtMs = world.clock.now()
      world.until(
        'every wanted market is quoted',
        () => TWO.every(({ instruments }) => world.company.market.isSound(instruments[0] as never)),
        5_000,
      )
      expect(world.clock.now() - backAtMs).toBeLessThan(5_000)
      world.until('the bots trade', () => stateOf(world, 'a') === 'ACTIVE' && stateOf(world, 'b') === 'ACTIVE', 5_000)
      expect(world.company.venueOf('kraken' as never).health().refusedSubscriptions).toEqual([])
      world.run(35_000)
    }
    world.close()
  })

  test('PAIN-05 what the private stream missed while it was away is brought in', () => {
    const world = ready()
    const record = place(world, { bot: 'a', target: '0.01', price: priceAt(world, -2, 'a'), postOnly: true })
    world.until('it rests', () => world.statusOf(record.clientOrderId) === 'OPEN', 5_000)
    world.fate = ({ carrier }) => (carrier === 'socket' ? { kind: 'cut' } : { kind: 'carry', extraMs: 0 })
    world.network.cutSockets()
    world.until('the venue executed it', () => world.account().fills.length > 0, 3_600_000)
    world.fate = () => ({ kind: 'carry', extraMs: 0 })
    world.trading().until('it is booked', () => world.statusOf(record.clientOrderId) === 'FILLED', 120_000)
    atRest(world)
    expectAgreement(world, true)
    world.close()
  })

  test('PAIN-06 a book whose checksum fails is never traded on: the product is down until it is rebuilt', () => {
    const world = ready()
    world.emulator.faults.add({ kind: 'badChecksum', count: 3 })
    let crossed = 0
    const { market } = world.company
    const onBook = market.onBook.bind(market)
    market.onBook = (id, book) => {
      const bid = book?.bids[0]?.price
      const ask = book?.asks[0]?.price
      if (bid !== undefined && ask !== undefined && Number(bid) >= Number(ask)) crossed++
      onBook(id, book)
    }
    world.run(60_000)
    expect(crossed).toBe(0)
    expect(world.company.venueOf('kraken' as never).health().checksumErrors).toBe(3)
    expect(TWO.every(({ instruments }) => market.isSound(instruments[0] as never))).toBe(true)
    world.close()
  })
})
