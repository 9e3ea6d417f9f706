import { drainMicrotasks } from 'bun:jsc'
import { describe, expect, test } from 'bun:test'
import { type Actor, type AnyStateMachine, createActor, fromCallback, fromPromise } from 'xstate'
import { VirtualClock } from '#sim/virtual-clock'
import { CHARTS, type Chart, type Path, pathsOf } from './charts'

/** A running machine whose actors answer when the test says so. Everything runs in virtual time. */
class Rig {
  readonly clock = new VirtualClock(0)
  readonly actor: Actor<AnyStateMachine>
  /** What is awaited or running now, by the name of the actor. */
  readonly waiting = new Map<string, { readonly answer: (error: unknown) => void }>()
  readonly actions: string[] = []

  constructor(chart: Chart, input: object) {
    const { actors, actions } = chart.machine.implementations
    const isPromise = (name: string) => chart.events.some((event) => event.type === `xstate.done.actor.${name}`)
    const provided = chart.machine.provide({
      actors: Object.fromEntries(Object.keys(actors).map((name) => [name, isPromise(name) ? this.#promise(name) : this.#callback(name)])),
      // Those that write the context stay; those that the actor file provides are written down.
      actions: Object.fromEntries(
        Object.entries(actions)
          .filter(([, action]) => !('resolve' in (action as object)))
          .map(([name]) => [name, () => void this.actions.push(name)]),
      ),
    })
    this.actor = createActor(provided, { clock: this.clock, input })
    this.actor.subscribe({ error: () => {} })
    this.actor.start()
  }

  #promise(name: string) {
    return fromPromise(({ signal }) => {
      const { promise, resolve, reject } = Promise.withResolvers<undefined>()
      const own = { answer: (error: unknown) => (error === undefined ? resolve(undefined) : reject(error)) }
      this.waiting.set(name, own)
      signal.addEventListener('abort', () => this.waiting.get(name) === own && this.waiting.delete(name))
      return promise
    })
  }

  #callback(name: string) {
    return fromCallback(({ receive }) => {
      receive(() => {})
      this.waiting.set(name, { answer: () => {} })
      return () => this.waiting.delete(name)
    })
  }

  /** Plays one step of a path; false when the world cannot bring it about from here. */
  play(chart: Chart, event: { readonly type: string; readonly error?: unknown }): boolean {
    const [, kind, name = ''] = /^xstate\.(done\.actor|error\.actor|after)\.(\w+)/.exec(event.type) ?? []
    if (kind === undefined) this.actor.send(event)
    else if (kind === 'after') {
      const delay = chart.machine.implementations.delays[name]
      if (typeof delay !== 'function') throw new Error(`no delay ${name}`)
      const before = this.clock.pending
      this.clock.advance(delay({ context: this.actor.getSnapshot().context, event } as never, undefined as never))
      if (before === 0) return false
    } else {
      const waiting = this.waiting.get(name)
      if (waiting === undefined) return false
      this.waiting.delete(name)
      waiting.answer(kind === 'done.actor' ? undefined : event.error)
    }
    drainMicrotasks()
    return true
  }
}

/** A path that the world can bring about: no callback actor fails by itself, no long deadline passes while a shorter one runs. */
function isPlayable(path: Path): boolean {
  return path.steps.every(({ event: { type } }) => !/xstate\.error\.actor\.(feeds|strategyRunner)|xstate\.after\.stableMs/.test(type))
}

for (const chart of CHARTS) {
  describe(`the running ${chart.name}`, () => {
    test('RUN-02 RUN-03 RUN-04 RUN-05 goes where its chart says, along every path (virtual time)', () => {
      let played = 0
      for (const { input, path } of pathsOf(chart).filter((candidate) => isPlayable(candidate.path))) {
        const rig = new Rig(chart, input)
        const events = path.steps
          .map((step) => step.event as { type: string; error?: unknown })
          .filter((event) => event.type !== 'xstate.init')
        const types = events.map((event) => event.type).join(' > ')
        if (!events.every((event) => rig.play(chart, event))) continue
        played++
        expect([types, rig.actor.getSnapshot().value]).toEqual([types, path.state.value])
        expect(chart.essence(rig.actor.getSnapshot().context)).toEqual(chart.essence(path.state.context))
        rig.actor.stop()
        expect(rig.clock.pending).toBe(0)
        expect([...rig.waiting.keys()]).toEqual([])
      }
      expect(played).toBeGreaterThan(10)
    })
  })
}

describe('effects', () => {
  const rigOf = (name: string, input: (given: object) => object = (given) => given) => {
    const chart = CHARTS.find((candidate) => candidate.name === name)
    if (chart === undefined) throw new Error(`no chart ${name}`)
    const rig = new Rig(chart, input(chart.inputs[0] ?? {}))
    return { rig, play: (event: { type: string }) => rig.play(chart, event), state: () => rig.actor.getSnapshot().value }
  }
  const reason = { source: 'operator', text: '', sinceMs: 1 }

  test('RUN-02 runs the strategy in active alone, and stops it in the same step as the state', () => {
    const { rig, play } = rigOf('bot')
    play({ type: 'bot.start' })
    expect([...rig.waiting.keys()]).toEqual(['warmUp'])
    play({ type: 'xstate.done.actor.warmUp' })
    expect([...rig.waiting.keys()]).toEqual(['strategyRunner'])
    rig.actor.send({ type: 'bot.pause', reason })
    expect([...rig.waiting.keys()]).toEqual([])
    rig.actor.send({ type: 'bot.resume', source: 'operator' })
    expect([...rig.waiting.keys()]).toEqual(['strategyRunner'])
    rig.actor.send({ type: 'system.halt', reason })
    expect([...rig.waiting.keys()]).toEqual([])
    expect(rig.actions).toEqual(['cancelOrders'])
    rig.actor.send({ type: 'system.halt', reason: { ...reason, source: 'parent' } })
    expect(rig.actions).toEqual(['cancelOrders', 'cancelOrders'])
  })

  test('RUN-08 ends the drain of a stop at its deadline', () => {
    const { rig, play, state } = rigOf('bot')
    play({ type: 'bot.start' })
    rig.actor.send({ type: 'bot.stop', shouldFlatten: true, atMs: 1 })
    expect(rig.actions).toEqual(['drain'])
    rig.clock.advance(4_999)
    expect(state()).toBe('stopping')
    rig.clock.advance(1)
    expect(state()).toBe('stopped')
    expect(rig.actor.getSnapshot().context).toMatchObject({ isDrained: false, isFlattening: true })
  })

  test('RUN-04 backs off 1, 2, 4, 8, 8 s, and at most a quarter more', () => {
    const { rig, play, state } = rigOf('venue', (given) => ({ ...given, attemptMax: 0 }))
    play({ type: 'venue.connect' })
    for (const seconds of [1, 2, 4, 8, 8]) {
      rig.play(CHARTS[1] as Chart, { type: 'xstate.error.actor.connect', error: new Error('no') })
      expect(state()).toBe('backingOff')
      rig.clock.advance(seconds * 1_000 - 1)
      expect(state()).toBe('backingOff')
      rig.clock.advance(seconds * 250 + 1)
      expect(state()).toBe('connecting')
    }
  })

  test('RUN-04 keeps the feeds through syncing, online and degraded, and drops them with the connection', () => {
    const { rig, play } = rigOf('venue')
    play({ type: 'venue.connect' })
    play({ type: 'xstate.done.actor.connect' })
    for (const stream of ['public', 'private']) rig.actor.send({ type: 'stream.up', stream, reason: '', atMs: 1 })
    expect([...rig.waiting.keys()].sort()).toEqual(['feeds', 'sync'])
    play({ type: 'xstate.done.actor.sync' })
    rig.actor.send({ type: 'product.down', product: 'BTC-USD', reason: 'x', atMs: 1 })
    expect(rig.actor.getSnapshot().value).toEqual({ connected: 'degraded' })
    expect([...rig.waiting.keys()]).toEqual(['feeds'])
    rig.actor.send({ type: 'stream.down', stream: 'public', reason: '1006', atMs: 1 })
    expect([...rig.waiting.keys()]).toEqual([])
    expect(rig.actions).toEqual(['closeSession'])
  })

  test('RUN-04 reconnects when a stream stays silent, and counts from the newest silence', () => {
    const { rig, play, state } = rigOf('venue')
    play({ type: 'venue.connect' })
    play({ type: 'xstate.done.actor.connect' })
    for (const stream of ['public', 'private']) rig.actor.send({ type: 'stream.up', stream, reason: '', atMs: 1 })
    play({ type: 'xstate.done.actor.sync' })
    rig.actor.send({ type: 'product.down', product: 'BTC-USD', reason: 'x', atMs: 1 })
    rig.clock.advance(60_000)
    expect(state()).toEqual({ connected: 'degraded' })
    rig.actor.send({ type: 'stream.silent', stream: 'public', reason: 'x', atMs: 1 })
    rig.clock.advance(10_000)
    rig.actor.send({ type: 'stream.silent', stream: 'public', reason: 'x', atMs: 1 })
    rig.clock.advance(9_999)
    expect(state()).toEqual({ connected: 'degraded' })
    rig.clock.advance(1)
    expect(state()).toBe('backingOff')
  })

  test('RUN-04 forgets its failures once the session was stable', () => {
    const { rig, play } = rigOf('venue')
    play({ type: 'venue.connect' })
    rig.play(CHARTS[1] as Chart, { type: 'xstate.error.actor.connect', error: new Error('no') })
    rig.clock.advance(1_500)
    play({ type: 'xstate.done.actor.connect' })
    for (const stream of ['public', 'private']) rig.actor.send({ type: 'stream.up', stream, reason: '', atMs: 1 })
    play({ type: 'xstate.done.actor.sync' })
    rig.clock.advance(299_999)
    expect(rig.actor.getSnapshot().context.attempt).toBe(1)
    rig.clock.advance(1)
    expect(rig.actor.getSnapshot().context.attempt).toBe(0)
  })

  test('RUN-05 tells its parent once that it tripped and once that it re-armed, after its cool-down', () => {
    const { rig, state } = rigOf('breaker')
    rig.actor.send({ type: 'breaker.trip', threshold: '5 %', value: '6 %', reason: 'loss', atMs: 0 })
    rig.actor.send({ type: 'breaker.trip', threshold: '5 %', value: '7 %', reason: 'loss', atMs: 0 })
    expect(rig.actions).toEqual(['notifyTripped'])
    rig.actor.send({ type: 'breaker.cleared', value: '1 %', atMs: 0 })
    rig.clock.advance(59_999)
    expect(state()).toBe('cooling')
    rig.clock.advance(1)
    expect(state()).toBe('armed')
    expect(rig.actions).toEqual(['notifyTripped', 'notifyRearmed'])
  })

  test('RUN-05 keeps after a restart what is left of the cool-down', () => {
    const { rig, state } = rigOf('breaker')
    rig.actor.send({
      type: 'breaker.restored',
      state: 'cooling',
      threshold: '5 %',
      value: '',
      reason: 'loss',
      trippedAtMs: 0,
      rearmsAtMs: 60_000,
      trips: 1,
      atMs: 45_000,
    })
    rig.clock.advance(14_999)
    expect(state()).toBe('cooling')
    rig.clock.advance(1)
    expect(state()).toBe('armed')
  })

  test('RUN-05 re-arms at once when the cool-down ended while the process was down', () => {
    const { rig, state } = rigOf('breaker')
    rig.actor.send({
      type: 'breaker.restored',
      state: 'cooling',
      threshold: '5 %',
      value: '',
      reason: 'loss',
      trippedAtMs: 0,
      rearmsAtMs: 60_000,
      trips: 1,
      atMs: 90_000,
    })
    rig.clock.advance(0)
    expect(state()).toBe('armed')
  })

  test('RUN-08 exits with 0 after an orderly stop and with 1 after a failure or an overrun', () => {
    const orderly = rigOf('orchestrator')
    orderly.rig.actor.send({ type: 'system.stop', reason: 'SIGTERM', atMs: 1 })
    orderly.play({ type: 'xstate.done.actor.stop' })
    expect(orderly.rig.actor.getSnapshot()).toMatchObject({ status: 'done', value: 'stopped', output: { exitCode: 0, error: null } })
    const slow = rigOf('orchestrator')
    slow.rig.actor.send({ type: 'system.stop', reason: 'SIGTERM', atMs: 1 })
    slow.rig.clock.advance(30_000)
    expect(slow.rig.actor.getSnapshot().output).toEqual({ exitCode: 1, error: 'the stop did not finish before its deadline' })
  })

  test('RUN-01 is loud about an effect that nobody provided', () => {
    const chart = CHARTS[0] as Chart
    const actor = createActor(chart.machine, { input: chart.inputs[0] })
    const errors: unknown[] = []
    actor.subscribe({ error: (error) => errors.push(error) })
    actor.start()
    actor.send({ type: 'system.halt', reason, atMs: 1 })
    expect(String(errors[0])).toContain('the bot machine ran "cancelOrders", which nobody provided')
  })
})
