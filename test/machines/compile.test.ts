import { describe, expect, test } from 'bun:test'
import {
  type AnyActorLogic,
  type AnyStateMachine,
  and,
  assign,
  createActor,
  createMachine,
  emit,
  type InspectionEvent,
  raise,
  sendTo,
  setup,
} from 'xstate'
import { InvariantError } from '#domain/errors'
import { compile } from '#machines/compile'

type Event = { type: 'go'; by: number } | { type: 'back' } | { type: 'self' } | { type: 'again' } | { type: 'end' } | { type: 'other' }

/** Leaves a trace of every assign, with what it was given. */
const note = (text: string) => ({ type: 'note', params: { text } }) as const

const tracer = setup({
  types: { context: {} as { trace: readonly string[]; sum: number; left: number }, events: {} as Event, input: {} as { left: number } },
  actions: {
    note: assign(({ context }, params: { text: string }) => ({ trace: [...context.trace, params.text] })),
    add: assign({
      sum: ({ context }, params: { by: number }) => context.sum + params.by,
      left: ({ context }) => context.left - 1,
      trace: ({ context }) => context.trace,
    }),
    reset: assign({ sum: 0 }),
  },
  guards: {
    isAbove: ({ context }, params: { limit: number }) => context.sum > params.limit,
    isLeft: ({ context }) => context.left > 0,
    breaks: () => {
      throw new Error('boom')
    },
  },
}).createMachine({
  id: 'tracer',
  context: ({ input }) => ({ trace: [], sum: 0, left: input.left }),
  initial: 'off',
  entry: note('enter root'),
  exit: note('exit root'),
  on: {
    self: { target: '.on', actions: note('root self') },
    back: { target: '.off', actions: note('root back') },
    end: '.over',
    other: { guard: 'breaks', target: '.on' },
  },
  states: {
    off: {
      tags: ['quiet', 'safe'],
      meta: { shown: 'Off' },
      entry: note('enter off'),
      exit: note('exit off'),
      on: {
        go: [
          { guard: { type: 'isAbove', params: { limit: 5 } }, target: 'on', actions: [note('high'), 'reset'] },
          {
            guard: 'isLeft',
            target: 'on',
            actions: [note('low'), { type: 'add', params: ({ event }: { event: { by: number } }) => ({ by: event.by }) }],
          },
          { actions: note('none left') },
        ],
        self: {},
      },
    },
    on: {
      tags: 'loud',
      entry: note('enter on'),
      exit: note('exit on'),
      on: {
        go: { actions: { type: 'add', params: ({ event }: { event: { by: number } }) => ({ by: event.by }) } },
        self: { target: 'on', actions: note('internal') },
        again: { target: 'on', reenter: true, actions: note('external') },
        back: { guard: { type: 'isAbove', params: ({ event }) => ({ limit: event.type === 'back' ? 7 : 0 }) }, target: 'off' },
      },
    },
    over: { type: 'final', entry: note('enter over'), exit: note('exit over') },
  },
})

const start = (logic: AnyActorLogic, options: object = { input: { left: 2 } }) => createActor(logic, options as never).start()

/** Of the states that hold; their order is XState's own affair. */
const idsOf = ({ _nodes }: { _nodes: readonly { id: string }[] }) => _nodes.map((node) => node.id).sort()

/** Sends the same to the machine and to its compiled form; returns both actors once they agree on everything after each event. */
function both(machine: AnyStateMachine, events: readonly { type: string }[], input: unknown = { left: 2 }) {
  const actors = [start(machine, { input }), start(compile(machine), { input })] as const
  const same = () => {
    const [a, b] = actors.map((actor) => actor.getSnapshot())
    expect(Object.keys(b)).toEqual(Object.keys(a))
    expect(JSON.stringify(b)).toBe(JSON.stringify(a))
    for (const key of Object.keys(a)) if (key !== '_nodes') expect([key, b[key]]).toEqual([key, a[key]])
    expect(b.getMeta()).toEqual(a.getMeta())
    expect(idsOf(b)).toEqual(idsOf(a))
  }
  same()
  for (const event of events) {
    for (const actor of actors) actor.send(event)
    same()
  }
  return actors
}

describe('compiled form', () => {
  test('runs exit, transition and entry assigns as XState does, the root before all states', () => {
    const [, compiled] = both(tracer, [
      { type: 'go', by: 3 },
      { type: 'self' },
      { type: 'again' },
      { type: 'back' },
      { type: 'go', by: 6 },
    ] as Event[])
    expect(compiled.getSnapshot().context.trace).toEqual(
      'enter root,enter off,exit off,low,enter on,internal,exit on,external,enter on,exit on,root back,enter off,exit off,low,enter on'.split(
        ',',
      ),
    )
  })

  test('tries candidates in order, with params of functions and values, and falls back to the root', () => {
    const go = { type: 'go', by: 4 } as const
    const [, compiled] = both(tracer, [go, go, { type: 'back' }, go, { type: 'back' }, go, { type: 'back' }, go])
    expect(compiled.getSnapshot().context).toMatchObject({ sum: 0 })
    const [, empty] = both(tracer, [go], { left: 0 })
    expect(empty.getSnapshot().context.trace.at(-1)).toBe('none left')
  })

  test('forbids with {} what the root allows, and keeps the snapshot of an event that changes nothing', () => {
    const actor = start(compile(tracer))
    const before = actor.getSnapshot()
    for (const type of ['self', 'again', 'unheard']) actor.send({ type })
    expect(actor.getSnapshot()).toBe(before)
    const still = setup({ types: { events: {} as { type: 'stay' } } }).createMachine({
      id: 'still',
      initial: 'here',
      states: { here: { on: { stay: 'here' } } },
    })
    const kept = start(compile(still), {})
    const first = kept.getSnapshot()
    kept.send({ type: 'stay' })
    expect(kept.getSnapshot()).toBe(first)
    both(still, [{ type: 'stay' }], undefined)
  })

  test('enters again where a transition of the root leads to the state it is in', () => {
    const [, compiled] = both(tracer, [{ type: 'go', by: 1 }, { type: 'back' }, { type: 'back' }] as Event[])
    expect(compiled.getSnapshot().context.trace.slice(-3)).toEqual(['exit off', 'root back', 'enter off'])
  })

  test('is done in a final state, after leaving it and the root', () => {
    const [interpreted, compiled] = both(tracer, [{ type: 'end' }, { type: 'go', by: 1 }] as Event[])
    expect(compiled.getSnapshot()).toMatchObject({ status: 'done', value: 'over', output: undefined })
    expect(compiled.getSnapshot().context.trace.slice(-4)).toEqual(['exit off', 'enter over', 'exit over', 'exit root'])
    expect(interpreted.getSnapshot().status).toBe('done')
    const born = createMachine({ id: 'born', initial: 'over', states: { over: { type: 'final' } } })
    both(born, [], undefined)
    expect(compile(born).chart(undefined).status).toBe('done')
  })

  test('offers what readers of a snapshot use', () => {
    const snapshot = start(compile(tracer)).getSnapshot()
    expect([snapshot.matches('off'), snapshot.matches('on'), snapshot.hasTag('safe'), snapshot.hasTag('loud')]).toEqual([
      true,
      false,
      true,
      false,
    ])
    expect([snapshot.can({ type: 'go', by: 1 }), snapshot.can({ type: 'self' }), snapshot.can({ type: 'unheard' })]).toEqual([
      true,
      false,
      false,
    ])
    expect(snapshot.getMeta()).toEqual({ 'tracer.off': { shown: 'Off' } })
    expect(compile(tracer).config).toBe(tracer.config)
  })

  test('persists and restores as the machine does, each from what the other wrote', () => {
    const events = [{ type: 'go', by: 2 }, { type: 'again' }] as const
    const [a, b] = both(tracer, events).map((actor) => actor.getPersistedSnapshot())
    expect(b).toEqual(a)
    const restored = start(compile(tracer), { snapshot: structuredClone(a) })
    const other = start(tracer, { snapshot: structuredClone(b) })
    for (const actor of [restored, other]) actor.send({ type: 'back' })
    expect(JSON.stringify(restored.getSnapshot())).toBe(JSON.stringify(other.getSnapshot()))
    const unknown = { ...structuredClone(a as object), value: 'nowhere' }
    for (const logic of [tracer, compile(tracer)]) {
      const broken = createActor(logic as AnyActorLogic, { snapshot: structuredClone(unknown) } as never)
      expect(broken.getSnapshot()).toMatchObject({ status: 'error', error: new Error("State 'nowhere' does not exist on 'tracer'") })
    }
  })

  test('shows inspectors the actors, events and snapshots that the machine shows', () => {
    const streamOf = (logic: AnyActorLogic) => {
      const seen: unknown[] = []
      const inspect = (event: InspectionEvent) => {
        if (event.type === '@xstate.microstep') return
        const { value, context, status } = (event.type === '@xstate.snapshot' ? event.snapshot : {}) as Record<string, unknown>
        seen.push([
          event.type,
          event.type === '@xstate.event' || event.type === '@xstate.snapshot' ? event.event : null,
          value,
          context,
          status,
        ])
      }
      const actor = createActor(logic, { input: { left: 1 }, inspect } as never).start()
      for (const event of [{ type: 'go', by: 1 }, { type: 'unheard' }, { type: 'end' }]) actor.send(event)
      return seen
    }
    expect(streamOf(compile(tracer))).toEqual(streamOf(tracer))
  })
})

describe('failures', () => {
  const fragile = setup({
    types: { context: {} as { count: number }, events: {} as { type: 'guard' | 'assign' | 'actor' | 'spawn' | 'add' } },
    actions: {
      add: assign(({ context }) => ({ count: context.count + 1 })),
      explode: assign((): { count: number } => {
        throw new Error('boom')
      }),
      askSelf: assign(({ self }) => ({ count: self.id.length })),
      spawnOne: assign(({ spawn }) => ({ count: String(spawn).length })),
    },
    guards: {
      breaks: () => {
        throw new Error('boom')
      },
    },
  }).createMachine({
    id: 'fragile',
    context: { count: 0 },
    initial: 'whole',
    states: {
      whole: {
        on: {
          add: { actions: 'add' },
          guard: { guard: 'breaks', target: 'whole' },
          assign: { actions: ['add', 'explode'] },
          actor: { actions: 'askSelf' },
          spawn: { actions: 'spawnOne' },
        },
      },
    },
  })

  for (const type of ['guard', 'assign'] as const) {
    test(`a throwing ${type} gives an error snapshot with the machine's own message, and drops what was assigned`, () => {
      const ends = [fragile, compile(fragile)].map((logic) => {
        const actor = start(logic, {})
        const errors: unknown[] = []
        actor.subscribe({ error: (error) => errors.push(String(error)) })
        actor.send({ type: 'add' })
        actor.send({ type })
        const { status, value, context, error } = actor.getSnapshot()
        return { status, value, context, error: String(error), errors }
      })
      expect(ends[1]).toEqual(ends[0] as never)
      expect(ends[1]).toMatchObject({ status: 'error', value: 'whole', context: { count: 1 } })
    })
  }

  test('an assign that asks for an actor fails: there may be none', () => {
    for (const type of ['actor', 'spawn'] as const) {
      const chart = compile(fragile).chart(undefined)
      expect(() => chart.send({ type })).toThrow(InvariantError)
      expect([chart.value, chart.context, chart.status]).toEqual(['whole', { count: 0 }, 'active'])
    }
  })

  test('a context that throws fails as it does in the machine', () => {
    const stillborn = createMachine({
      id: 'stillborn',
      context: () => {
        throw new Error('no input')
      },
      initial: 'a',
      states: { a: {} },
    })
    const ends = [stillborn, compile(stillborn)].map((logic) => {
      const actor = createActor(logic as AnyActorLogic)
      return { ...actor.getSnapshot(), error: String(actor.getSnapshot().error) }
    })
    expect(ends[1]).toEqual(ends[0] as never)
    expect(() => compile(stillborn).chart(undefined)).toThrow('no input')
  })

  test('a machine whose child failed, as far as it can have one, fails with it', () => {
    const error = { type: 'xstate.error.actor.x', actorId: 'x', error: new Error('theirs') }
    const ends = [fragile, compile(fragile)].map((logic) => {
      const actor = start(logic, {})
      actor.subscribe({ error: () => undefined })
      actor.send(error as never)
      return JSON.stringify(actor.getSnapshot())
    })
    expect(ends[1]).toBe(ends[0] as string)
  })
})

describe('refusals', () => {
  const named = setup({
    types: { events: {} as { type: 'go' } },
    actions: {
      raiseIt: raise({ type: 'go' }),
      tell: sendTo('x', { type: 'go' }),
      show: emit({ type: 'go' }),
      effect: () => undefined,
      keep: assign({}),
    },
    guards: { yes: () => true, both: and([() => true]) },
    actors: { feed: createMachine({}) },
  })
  type Config = Parameters<typeof named.createMachine>[0]
  const flat = (state: object, root: object = {}): Config => ({ id: 'm', initial: 'a', states: { a: state, b: {} }, ...root }) as Config
  const go = (transition: unknown) => flat({ on: { go: transition } })

  const cases: readonly (readonly [string, Config, string])[] = [
    ['invoke', flat({ invoke: { src: 'feed' } }), 'state "a": invoke of "feed"'],
    ['invoke at the root', flat({}, { invoke: { src: 'feed' } }), 'its root: invoke of "feed"'],
    ['after', flat({ after: { 10: 'b' } }), 'state "a": after (10)'],
    ['always', flat({ always: 'b' }), 'state "a": always'],
    ['nested states', flat({ initial: 'c', states: { c: {} } }), 'state "a": a compound state'],
    ['parallel states', { id: 'm', type: 'parallel', states: { a: {} } } as Config, 'its root: parallel states'],
    ['a parallel state', flat({ type: 'parallel', states: { c: {} } }), 'state "a": a parallel state'],
    ['a history state', flat({}, { states: { a: {}, h: { type: 'history' } } }), 'state "h": a history state'],
    ['no states', { id: 'm' } as Config, 'its root: no states'],
    ['a final state with output', flat({ type: 'final', output: 1 }), 'state "a": output'],
    ['output of the machine', flat({}, { output: 1 }), 'its root: output'],
    ['a wildcard', flat({ on: { '*': 'b' } }), 'state "a": the wildcard "*"'],
    ['a partial wildcard at the root', flat({}, { on: { 'order.*': '.b' } }), 'its root: the wildcard "order.*"'],
    ["XState's own events", flat({ on: { 'xstate.done.actor.x': 'b' } }), 'state "a": the event "xstate.done.actor.x" of XState itself'],
    ['an inline action', go({ actions: () => undefined }), 'state "a": the inline action "actions"'],
    [
      'an anonymous action',
      flat({
        entry: [
          (
            () => () =>
              undefined
          )(),
        ],
      }),
      'state "a": the inline action "anonymous"',
    ],
    ['an inline guard', go({ guard: () => true, target: 'b' }), 'state "a": the inline guard "guard"'],
    ['an inline raise', go({ actions: raise({ type: 'go' }) }), 'state "a": the inline action "xstate.raise"'],
    ['a named raise', go({ actions: 'raiseIt' }), 'state "a": the action "raiseIt" is no assign (xstate.raise)'],
    ['a named sendTo', go({ actions: 'tell' }), 'state "a": the action "tell" is no assign (xstate.sendTo)'],
    ['a named emit', go({ actions: 'show' }), 'state "a": the action "show" is no assign (xstate.emit)'],
    ['a named effect', go({ actions: ['keep', 'effect'] }), 'state "a": the action "effect" is no assign (effect)'],
    ['an effect of the root', flat({}, { entry: 'effect' }), 'its root: the action "effect" is no assign (effect)'],
    ['an action without code', go({ actions: 'unwritten' }), 'state "a": the action "unwritten" has nothing behind it'],
    ['a guard without code', go({ guard: 'unwritten', target: 'b' }), 'state "a": the guard "unwritten" has no function behind it'],
    ['a guard made of others', go({ guard: 'both', target: 'b' }), 'state "a": the guard "both" is made of others (and)'],
    ['a guard of others inline', go({ guard: and(['yes']), target: 'b' }), 'state "a": the inline guard "and"'],
    ['several targets', go({ target: ['a', 'b'] }), 'state "a": several targets of "go"'],
    ['the root as target', go({ target: '#m' }), 'state "a": the target of "go" is no state of the root'],
    ['reenter at the root', flat({}, { on: { go: { target: '.b', reenter: true } } }), 'its root: reenter of "go"'],
  ]
  for (const [what, config, text] of cases) {
    test(`${what} cannot be compiled`, () => {
      const machine = named.createMachine(config)
      expect(() => compile(machine)).toThrow(InvariantError)
      expect(() => compile(machine)).toThrow(`compile(): machine "m", ${text}`)
    })
  }

  test('an assign without a name is an assign all the same', () => {
    both(named.createMachine(go({ actions: assign({}) })), [{ type: 'go' }], undefined)
  })
})
