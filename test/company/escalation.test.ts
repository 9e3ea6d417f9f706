import { describe, expect, test } from 'bun:test'
import { OPERATOR, quietBot, World } from './world'

// Virtual time, emulated venue.
const BTC = 'BTC-USD@kraken'

function ready(): World {
  return new World({ bots: [quietBot('a')] }).start().trading().run(5_000)
}

const unresolved = (world: World) => world.alerts.filter(({ code }) => code.startsWith('UNRESOLVED_'))

describe('OBS-03 REQ-AL1 what stays unresolved is told of again', () => {
  test('OBS-03 REQ-AL1 the kill switch is told of within 5 s, and as unresolved after two minutes, then each half an hour', () => {
    const world = ready()
    const pulledAtMs = world.clock.now()
    world.control.tripKillSwitch('drill', OPERATOR)
    const first = world.alerts.find(({ code }) => code === 'KILL_SWITCH')
    expect((first?.atMs ?? 0) - pulledAtMs).toBeLessThanOrEqual(5_000)
    world.run(119_000)
    expect(unresolved(world)).toEqual([])
    world.run(2_000)
    expect(unresolved(world)).toHaveLength(1)
    expect(unresolved(world)[0]).toMatchObject({ code: 'UNRESOLVED_KILL_SWITCH', severity: 'CRITICAL', details: { forMin: 2 } })
    world.run(1_800_000)
    expect(unresolved(world)).toHaveLength(2)
    // It is no new error: it trips nothing.
    expect(world.control.risk().breakers.filter(({ state }) => state === 'TRIPPED')).toEqual([])
  })

  test('OBS-03 REQ-AL1 what was cleared within two minutes is not told of again', () => {
    const world = ready()
    world.control.tripKillSwitch('drill', OPERATOR)
    world.run(60_000)
    world.control.clearKillSwitch(OPERATOR)
    world.run(600_000)
    expect(unresolved(world)).toEqual([])
  })

  test('OBS-03 a breaker that holds is named with its reason; one that cools down ends by itself and is not', () => {
    const world = ready()
    world.company.board.trip('portfolioDrawdown:company', { threshold: '0.4', value: '0.5', reason: 'half of it is gone' })
    world.company.board.trip('consecutiveLosses:a', { threshold: '3', value: '3', reason: 'three losses' })
    world.run(130_000)
    const texts = unresolved(world).map(({ text }) => text)
    expect(texts).toContain('unresolved for 2 min: breaker portfolioDrawdown:company holds: half of it is gone')
    expect(texts.some((text) => text.includes('consecutiveLosses'))).toBe(false)
  })

  test('OBS-03 a silent stream that stays silent is escalated, and not once it speaks again', () => {
    const world = ready()
    world.company.board.trip(`staleness:${BTC}`, { threshold: '5000', value: '6000', reason: 'quotes are old' })
    world.run(10_000) // data is fresh: it lets go
    world.run(300_000)
    expect(unresolved(world)).toEqual([])
  })

  test('OBS-03 a restart counts from when it began', () => {
    const world = ready()
    world.control.tripKillSwitch('drill', OPERATOR)
    world.run(90_000).crash().start()
    world.until('it is up', () => world.company.director.state === 'HALTED', 30_000)
    const before = unresolved(world).length
    world.run(31_000)
    expect(unresolved(world).length - before).toBe(1)
  })
})
