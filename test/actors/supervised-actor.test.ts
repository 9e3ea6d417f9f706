import { describe, expect, test } from 'bun:test'
import { createActor, fromCallback, fromPromise, setup } from 'xstate'
import { DeadLetters } from '#actors/dead-letters'
import { actorChild, crashSafe, deliver } from '#actors/supervised-actor'
import type { ChildReports, SupervisorEvent } from '#actors/supervision'
import { Supervisor } from '#actors/supervisor'
import { botId } from '#domain/ids'
import { type BotActor, botMachine } from '#machines/bot.machine'
import { VirtualClock } from '#sim/virtual-clock'

// Everything here runs in virtual time.
const budget = { restartMax: 2, restartWindowMs: 60_000, backoffMs: 1_000, backoffMaxMs: 8_000 }

function bots(names: readonly string[]) {
  const clock = new VirtualClock(0)
  const deadLetters = new DeadLetters()
  const actors = new Map<string, BotActor>()
  const runners = new Set<string>()
  const events: SupervisorEvent[] = []
  const machine = (name: string) =>
    botMachine.provide({
      actors: {
        warmUp: fromPromise<void, { botId: ReturnType<typeof botId> }>(
          () => new Promise((resolve) => void clock.setTimeout(() => resolve(), 10)),
        ),
        strategyRunner: fromCallback<{ type: string }, { botId: ReturnType<typeof botId> }>(() => {
          runners.add(name)
          return () => runners.delete(name)
        }),
      },
      actions: { cancelOrders: () => {}, drain: ({ self }) => self.send({ type: 'bot.drained', atMs: clock.now() }) },
    })
  const create = (name: string) => (reports: ChildReports) => {
    const actor = createActor(crashSafe(machine(name)), { input: { botId: botId(name), reasons: [], drainTimeoutMs: 1_000 }, clock })
    actors.set(name, actor)
    return actorChild({
      actor,
      reports,
      begin: { type: 'bot.start', atMs: clock.now() },
      failureOf: (snapshot) => (snapshot.hasTag('failed') ? (snapshot.context.error ?? 'failed') : null),
      retry: () => ({ type: 'bot.retry' as const, atMs: clock.now() }),
      drain: async (bot) => bot.send({ type: 'bot.stop', shouldFlatten: false, atMs: clock.now() }),
    })
  }
  const supervisor = new Supervisor(
    {
      id: 'bots',
      strategy: 'oneForOne',
      childrenMax: 10,
      clock,
      random: { next: () => 0, integer: () => 0 },
      deadLetters,
      onEvent: (event) => events.push(event),
      onFailed: () => {},
    },
    names.map((name) => ({
      id: name,
      restart: 'transient',
      budget,
      whenSpent: 'park',
      startTimeoutMs: 1_000,
      stopTimeoutMs: 1_000,
      create: create(name),
    })),
  )
  const actor = (name: string) => actors.get(name) as BotActor
  const state = (name: string) => JSON.stringify(actor(name).getSnapshot().value)
  return { clock, supervisor, actor, state, runners, events, deadLetters }
}

describe('a bot under its supervisor', () => {
  test('RUN-02 RUN-06 brings a bot in error back through starting, in the same actor, with its holds', async () => {
    const { clock, supervisor, actor, state, runners } = bots(['a', 'b'])
    await supervisor.start()
    clock.advance(10)
    const first = actor('a')
    first.send({ type: 'bot.pause', reason: { source: 'operator', text: 'lunch', sinceMs: 1 }, atMs: 1 })
    first.send({ type: 'bot.crashed', error: 'strategy threw', atMs: 1 })
    expect(state('a')).toBe('"error"')
    expect(supervisor.child('a')).toMatchObject({ state: 'backingOff', error: 'strategy threw' })
    clock.advance(1_010)
    expect(actor('a')).toBe(first)
    expect(state('a')).toBe('{"operating":"paused"}')
    expect(state('b')).toBe('{"operating":"active"}')
    expect([...runners]).toEqual(['b'])
    await supervisor.stop()
    expect(clock.pending).toBe(0)
    expect(runners.size).toBe(0)
  })

  test('RUN-06 parks a bot that spent its budget; an operator who starts it takes it back', async () => {
    const { clock, supervisor, actor, state, events } = bots(['a', 'b'])
    await supervisor.start()
    clock.advance(10)
    for (let crashes = 0; crashes < 3; crashes++) {
      actor('a').send({ type: 'bot.crashed', error: 'strategy threw', atMs: 1 })
      clock.advance(8_010)
    }
    expect(events.filter((event) => event.type === 'child.escalated')).toHaveLength(1)
    expect(supervisor.children().map((child) => [child.id, child.state, child.restarts])).toEqual([
      ['a', 'parked', 2],
      ['b', 'running', 0],
    ])
    expect(clock.pending).toBe(0)
    actor('a').send({ type: 'bot.start', atMs: 1 })
    clock.advance(10)
    expect(state('a')).toBe('{"operating":"active"}')
    expect(supervisor.child('a').state).toBe('running')
  })

  test('RUN-06 builds a bot anew whose machine itself crashed, and its runner dies with the corpse', async () => {
    const { clock, supervisor, actor, state, runners } = bots(['a'])
    await supervisor.start()
    clock.advance(10)
    const corpse = actor('a')
    const poison = {
      type: 'bot.pause',
      get reason(): never {
        throw new Error('poison')
      },
      atMs: 1,
    } as const
    corpse.send(poison)
    expect(corpse.getSnapshot().status).toBe('error')
    expect(runners.size).toBe(0)
    clock.advance(1_010)
    expect(actor('a')).not.toBe(corpse)
    expect(state('a')).toBe('{"operating":"active"}')
    expect([...runners]).toEqual(['a'])
  })

  test('RUN-06 counts what is delivered to a stopped actor as a dead letter', async () => {
    const { clock, supervisor, actor, deadLetters } = bots(['a'])
    await supervisor.start()
    clock.advance(10)
    expect(deliver(actor('a'), { type: 'bot.pause', reason: { source: 'x', text: '', sinceMs: 1 }, atMs: 1 }, deadLetters)).toBe(true)
    await supervisor.stop()
    expect(deliver(actor('a'), { type: 'bot.start', atMs: 1 }, deadLetters)).toBe(false)
    expect(deadLetters.recent).toEqual([{ actorId: actor('a').id, eventType: 'bot.start', cause: 'stopped' }])
  })
})

describe('crashSafe', () => {
  test('RUN-06 stops the children of a machine that throws (without it they would run on)', () => {
    let alive = 0
    const parent = setup({
      types: { events: {} as { type: 'go' } },
      actors: {
        child: fromCallback(() => {
          alive++
          return () => {
            alive--
          }
        }),
      },
      actions: {
        explode: () => {
          throw new Error('boom')
        },
      },
    }).createMachine({ invoke: { src: 'child' }, on: { go: { actions: 'explode' } } })
    for (const [machine, left] of [
      [parent, 1],
      [crashSafe(parent), 0],
    ] as const) {
      alive = 0
      const actor = createActor(machine)
      actor.subscribe({ error: () => {} })
      actor.start()
      actor.send({ type: 'go' })
      expect(actor.getSnapshot().status).toBe('error')
      expect(alive).toBe(left)
    }
  })
})
