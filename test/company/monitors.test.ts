import { describe, expect, test } from 'bun:test'
import { letGo } from '#actors/desk/guarded-venue'
import { mustExist } from '#domain/errors'
import type { Fill } from '#domain/order'
import type { VenuePort } from '#ports/venue'
import { INVARIANTS } from '#sim/monitors/types'
import { atRest } from './rest'
import { place, priceAt, rest, wish } from './intents'
import { busyBot, OPERATOR, quietBot, World, type WorldOptions } from './world'

// Faults are put into a running company from outside; time is virtual, the venue is the emulator.

function ready(options: ConstructorParameters<typeof World>[0] = {}): World {
  return new World(options).start().trading().run(5_000)
}

/** Puts `over` in place of calls of the company's venue: a mistake between desk and port. */
function spoil(world: World, over: (venue: VenuePort) => Partial<VenuePort>): void {
  const venue = mustExist(world.company.deps.venues[0], 'no venue')
  Object.assign(venue, over({ ...venue }))
}

function breached(world: World): readonly string[] {
  return world.entries('invariant.breached').map((entry) => `${entry.payload['invariant']}`)
}

describe('I1 to I13 in a running company (virtual time, emulator)', () => {
  test('I1 a port that sends twice halts the company, alerts, is journaled and shown, and what rests is cancelled', () => {
    const world = ready({ bots: [quietBot('tester'), quietBot('other', 'ETH-USD@kraken')] })
    const resting = rest(world, '0.1', { bot: 'other' })
    spoil(world, (venue) => ({
      submit: (order, options) => {
        void venue.submit(order, options)
        letGo(order) // or the guard would not let it pass again
        return venue.submit(order, options)
      },
    }))
    expect(world.control.health()).toMatchObject({ status: 'HEALTHY', monitors: { breaches: 0 } })
    wish(world, { target: '0.01', price: priceAt(world, -90) })
    world.until('the company is halted', () => world.company.director.state === 'HALTED', 1_000)
    world.run(1)
    expect(breached(world)).toEqual(['I1', 'I2'])
    expect(world.alerts.find(({ code }) => code === 'INVARIANT_BREACHED')).toMatchObject({ severity: 'CRITICAL' })
    expect(world.company.killSwitch.state).toMatchObject({ source: 'internal' })
    expect(world.company.killSwitch.state?.reason).toStartWith('invariant I1: a submission of')
    const health = world.control.health()
    expect(health).toMatchObject({ status: 'UNHEALTHY', monitors: { breaches: 2 } })
    expect(health.problems).toContain('2 invariants broke (see the alerts)')
    world.until('what rested is cancelled', () => world.statusOf(resting.clientOrderId) === 'CANCELED', 5_000)
    world.close()
  })

  test('I4 an order that is sent while its company is paused halts it', () => {
    const world = ready()
    spoil(world, (venue) => ({
      submit: (order, options) => {
        world.control.commandCompany('pause', OPERATOR, 'just now')
        return venue.submit(order, options)
      },
    }))
    wish(world, { target: '0.01', price: priceAt(world, -90) })
    world.until('the company is halted', () => world.company.director.state === 'HALTED', 1_000)
    world.run(1)
    expect(breached(world)).toEqual(['I4'])
    world.close()
  })

  test('I5 a fill that never reaches the books is found at the second sweep after', () => {
    const world = ready()
    const { reports } = world.company.desk
    const onFill = reports.onFill.bind(reports)
    reports.onFill = (fill: Fill) => {
      if (fill.side !== 'buy') onFill(fill)
    }
    place(world, { target: '0.01' })
    world.run(150_000)
    expect(breached(world)).toContain('I5')
    expect(world.company.director.state).toBe('HALTED')
    world.close()
  })

  test('I9 a session token in a log line halts the company', () => {
    const world = ready()
    let token: string | null = null
    world.onPassage = ({ direction, text }) => {
      if (direction === 'up') token ??= /"token":"([^"]+)"/.exec(text)?.[1] ?? null
    }
    rest(world, '0.01')
    // Under its own name it is redacted; this is how it slips through.
    world.company.deps.log.warn('a frame', { frame: `of session ${mustExist<string>(token, 'no frame carried a token')}` })
    world.run(1)
    expect(breached(world)).toEqual(['I9'])
    world.close()
  })

  test('I8 a desk that does not cancel under a halt is found by the clock', () => {
    const world = ready()
    rest(world, '0.01')
    spoil(world, () => ({
      cancel: () => new Promise(() => undefined),
      cancelAll: () => new Promise(() => undefined),
    }))
    Object.assign(world.company.desk, { cancelAllAt: () => 0, cancelWhere: () => 0 })
    world.control.commandCompany('halt', OPERATOR, 'now')
    world.run(60_000)
    expect(breached(world)).toEqual([])
    world.run(180_000)
    expect(breached(world)).toEqual(['I8'])
    world.close()
  })

  test('I13 a registry that keeps the actors of orders that were given up halts the company, again after each clearing', () => {
    const config: WorldOptions['config'] = (given) => ({ ...given, desk: { ...given.desk, retireAfterMs: 60_000 } })
    const world = new World({ bots: [busyBot('busy-btc')], config }).start().trading()
    Object.assign(world.company.registry, { retire: () => undefined })
    world.run(600_000)
    expect(breached(world)).toEqual(['I13'])
    expect(world.company.director.state).toBe('HALTED')
    world.control.clearKillSwitch(OPERATOR)
    world.run(61_000)
    expect(breached(world)).toEqual(['I13', 'I13'])
    expect(world.company.director.state).toBe('HALTED')
    world.close()
  })

  test('I14 a position that nothing watches, and one beyond its stop without an exit, halt the company', () => {
    for (const [spoil, text] of [
      [(world: World) => world.company.protections.stop(), 'nothing has protected it'],
      [(world: World) => Object.assign(world.company.market, { onQuoteOf: () => () => undefined }), 'beyond its trigger'],
    ] as const) {
      const ratios = { stopLossRatio: 0.02, takeProfitRatio: null, trailingRatio: null }
      const protection = { ...ratios, collarBps: 25, escalateAfterMs: 5_000, retryMs: 250, native: false }
      const world = new World({ bots: [{ ...quietBot('tester'), protection }] })
      world.start().trading().run(10_000)
      spoil(world)
      place(world, { target: '0.01' })
      world.run(10_000)
      world.emulator.shiftPrice('BTC/USD', 0.97)
      world.run(150_000)
      expect(breached(world)[0]).toBe('I14')
      expect(world.runtime.monitors.breaches[0]?.text).toContain(text)
      world.close()
    }
  })

  test('I1 to I13 hold through trading, a crash, an orderly restart and a halt, and are judged in each life', () => {
    const world = ready({ bots: [busyBot('busy-btc'), busyBot('busy-eth', 'ETH-USD@kraken')] })
    const judged = new Set<string>()
    const note = () => {
      const { monitors } = world.runtime
      monitors.sweep()
      expect(monitors.breaches).toEqual([])
      for (const name of INVARIANTS) if (monitors.checks[name] > 0) judged.add(name)
    }
    world.run(120_000)
    note()
    world.crash().start().trading().run(120_000)
    note()
    world.control.tripKillSwitch('enough', OPERATOR)
    world.run(2_000)
    note()
    world.control.clearKillSwitch(OPERATOR)
    world.run(60_000)
    atRest(world)
    note()
    world.stop()
    world.start().run(20_000)
    world.control.commandCompany('resume', OPERATOR, '')
    world.trading().run(60_000)
    note()
    expect([...judged].sort()).toEqual(['I1', 'I10', 'I12', 'I13', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9'])
    world.close()
  })
})
