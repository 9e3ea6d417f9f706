// A company at rest in virtual time, whose state is tampered with behind the back of its journal.
import { describe, expect, test } from 'bun:test'
import { replayFindings } from '#sim/world/replayed'
import type { Life } from '#sim/world/world'
import { atRest } from '#test/company/rest'
import { busyBot, World } from '#test/company/world'

function rested(): World {
  const world = new World({ seed: 'replayed', bots: [busyBot('busy')] }).start()
  atRest(world.trading().run(60_000))
  expect(replayFindings(world)).toEqual([])
  return world
}

/** Where findings differ, what differs left out. */
const placesOf = (world: World) => replayFindings(world).map((text) => text.replace(/: .*/, ''))

describe('I10 what a replay must bring back', () => {
  test('a kill switch in force that no entry tells of', () => {
    const world = rested()
    world.company.killSwitch.restore({ reason: 'drill', source: 'test', sinceMs: world.clock.now() })
    expect(placesOf(world)).toContain('I10 in force.killSwitch')
    world.close()
  })

  test('a kill switch that the journal tells of and that is not in force', () => {
    const world = rested()
    world.life.journal.append({
      actor: 'control',
      kind: 'killSwitch.tripped',
      payload: { reason: 'drill', source: 'test' },
      correlationId: null,
      causationSeq: null,
    })
    world.run(10)
    expect(placesOf(world)).toEqual(['I10 in force.killSwitch'])
    world.close()
  })

  test('the hold of a bot, and a tripped breaker, that were not journaled', () => {
    const world = rested()
    Object.assign(world.life.journal, { append: () => world.life.journal.headSeq })
    const atMs = world.clock.now()
    const bot = [...world.company.bots.values()][0]
    bot?.send({ type: 'bot.pause', reason: { source: 'operator', text: 'drill', sinceMs: atMs }, atMs })
    const breaker = world.company.board.all()[0]
    breaker?.chart.actor.send({ type: 'breaker.trip', threshold: '1', value: '1', reason: 'drill', atMs })
    const places = placesOf(world)
    expect(places.some((place) => place.startsWith('I10 in force.bots.busy'))).toBe(true)
    expect(places).toContain(`I10 in force.breakers.${breaker?.breakerId}`)
    world.close()
  })

  test('a memory that heard what the disk has not', () => {
    const world = rested()
    world.company.memory.replay({ kind: 'bot.command', payload: { command: 'stop' }, correlationId: 'busy', atMs: 0 })
    expect(placesOf(world)).toEqual(['I10 from empty.memory.bots.busy.wanted'])
    world.close()
  })

  test('the lives that only replay cannot write: the disk has one writer', () => {
    const world = rested()
    const idle: Life[] = []
    const make = world.idle.bind(world)
    world.idle = (snapshots) => {
      const life = make(snapshots)
      idle.push(life)
      return life
    }
    expect(replayFindings(world)).toEqual([])
    expect(idle.length).toBeGreaterThan(0)
    const before = world.disk.headSeq
    const pending = world.clock.pending
    for (const { journal, store, clock } of idle) {
      journal.append({ actor: 'test', kind: 'test.late', payload: {}, correlationId: null, causationSeq: null })
      store.marks.put('late', '1')
      clock.setTimeout(() => undefined, 1)
    }
    expect(world.clock.pending).toBe(pending)
    world.run(0)
    expect(world.entries('test.late')).toEqual([])
    expect([world.disk.headSeq >= before, world.marks.get('late')]).toEqual([true, null])
    world.close()
  })
})
