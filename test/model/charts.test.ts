import { describe, expect, test } from 'bun:test'
import { type AnyMachineSnapshot, type EventObject, transition } from 'xstate'
import { leafOf } from '#machines/status'
import { CHARTS, type Chart, pathsOf } from './charts'
import { statesOf } from './explore'

function next(chart: Chart, snapshot: AnyMachineSnapshot, event: EventObject): AnyMachineSnapshot {
  return snapshot.status === 'done' ? snapshot : (transition(chart.machine, snapshot, event)[0] as AnyMachineSnapshot)
}

function effects(chart: Chart, snapshot: AnyMachineSnapshot, event: EventObject): readonly string[] {
  return transition(chart.machine, snapshot, event)[1].map((action) => action.type)
}

for (const chart of CHARTS) {
  const paths = pathsOf(chart)
  const snapshots = paths.map(({ path }) => path.state as AnyMachineSnapshot)

  describe(`the ${chart.name} chart`, () => {
    test('EXE-12 keeps a context that survives JSON in each state', () => {
      for (const snapshot of snapshots) expect(JSON.parse(JSON.stringify(snapshot.context))).toEqual(snapshot.context)
    })

    test('RUN-02 has no wildcard below the root, and none at the root but for failures of its actors', () => {
      for (const node of statesOf(chart.machine.root)) {
        const wild = [...node.transitions.keys()].filter((type) => type.includes('*'))
        expect(wild).toEqual(node === chart.machine.root && wild.length > 0 ? ['xstate.error.actor.*'] : [])
      }
    })

    test('RUN-01 declares all that it uses in setup(), and uses all that it declares', () => {
      const used = { actions: new Set<string>(), guards: new Set<string>(), actors: new Set<string>(), delays: new Set<string>() }
      const name = (item: unknown): string => {
        const type = typeof item === 'string' ? item : (item as { type?: unknown }).type
        if (typeof type !== 'string') throw new Error(`an inline implementation in ${chart.name}`)
        return type
      }
      for (const node of statesOf(chart.machine.root)) {
        for (const action of [...node.entry, ...node.exit]) used.actions.add(name(action))
        for (const invoke of node.invoke) used.actors.add(name(invoke.src))
        for (const after of node.after) used.delays.add(String(after.delay))
        for (const candidates of node.transitions.values())
          for (const { guard, actions } of candidates) {
            for (const action of actions) used.actions.add(name(action))
            if (guard !== undefined) used.guards.add(name(guard))
          }
      }
      // XState adds its own actions where a state has a deadline.
      for (const action of used.actions) if (action.startsWith('xstate.')) used.actions.delete(action)
      for (const kind of ['actions', 'guards', 'actors', 'delays'] as const)
        expect([...used[kind]].sort()).toEqual(Object.keys(chart.machine.implementations[kind]).sort())
    })

    test('RUN-01 names states in camelCase and events in dotted lower case', () => {
      for (const node of statesOf(chart.machine.root)) {
        expect(node.key).toMatch(/^[a-z][a-zA-Z]*$/)
        for (const type of node.ownEvents) if (!type.startsWith('xstate.')) expect(type).toMatch(/^[a-z]+\.[a-z][a-zA-Z]*$/)
      }
    })

    test('RUN-01 hears each of its events somewhere', () => {
      const heard = new Set<string>(chart.machine.events)
      for (const { type } of chart.events) if (!type.startsWith('xstate.error.')) expect([...heard]).toContain(type)
    })
  })
}

function chartOf(name: string): { readonly chart: Chart; readonly snapshots: readonly AnyMachineSnapshot[] } {
  const chart = CHARTS.find((candidate) => candidate.name === name)
  if (chart === undefined) throw new Error(`no chart ${name}`)
  return { chart, snapshots: pathsOf(chart).map(({ path }) => path.state as AnyMachineSnapshot) }
}

const reason = { source: 'breaker:loss', text: '6 %', sinceMs: 2 }
const halt = { type: 'system.halt', reason, atMs: 2 }
const reset = { type: 'operator.reset', operator: 'ann', atMs: 3 }

describe('halts', () => {
  test('RUN-02 RUN-12 halts a bot in every state, and keeps the reason', () => {
    const { chart, snapshots } = chartOf('bot')
    for (const snapshot of snapshots) {
      const after = next(chart, snapshot, halt)
      expect(after.value).toBe('halted')
      expect(after.context.reasons.map((held: { source: string }) => held.source)).toContain('breaker:loss')
    }
  })

  test('RUN-12 latches: nothing but the reset of a named operator leaves a halted bot', () => {
    const { chart, snapshots } = chartOf('bot')
    for (const snapshot of snapshots.filter((candidate) => candidate.value === 'halted'))
      for (const event of chart.events)
        if (event.type !== 'operator.reset') expect([event.type, next(chart, snapshot, event).value]).toEqual([event.type, 'halted'])
  })

  test('RUN-05 RUN-12 resets a halted bot only once no breaker holds', () => {
    const { chart, snapshots } = chartOf('bot')
    for (const snapshot of snapshots.filter((candidate) => candidate.value === 'halted')) {
      const held = next(chart, snapshot, halt)
      expect(next(chart, held, reset).value).toBe('halted')
      const released = ['breaker:loss', 'venue:kraken'].reduce(
        (at, source) => next(chart, at, { type: 'bot.resume', source, atMs: 3 } as EventObject),
        held,
      )
      const after = next(chart, released, reset)
      expect(after.value).toBe('idle')
      expect(after.context).toMatchObject({ reasons: [], lastOperator: 'ann' })
    }
  })

  test('RUN-12 halts the company in every state; while it stops, the halt is added and the stop goes on', () => {
    const { chart, snapshots } = chartOf('orchestrator')
    for (const snapshot of snapshots.filter((candidate) => candidate.status !== 'done')) {
      const after = next(chart, snapshot, halt)
      expect(after.value).toBe(snapshot.value === 'stopping' ? 'stopping' : 'halted')
      expect(after.context.isHaltLatched).toBe(true)
      expect(effects(chart, snapshot, halt)).toContain('haltAll')
    }
  })

  test('RUN-12 latches: only a reset, a stop or a failure of the process leaves a halted company', () => {
    const { chart, snapshots } = chartOf('orchestrator')
    const leaving = new Set<string>()
    for (const snapshot of snapshots.filter((candidate) => candidate.value === 'halted'))
      for (const event of chart.events) if (next(chart, snapshot, event).value !== 'halted') leaving.add(event.type)
    expect([...leaving].sort()).toEqual(['operator.reset', 'system.failed', 'system.stop', 'xstate.error.actor.stop'])
  })

  test('RUN-12 comes up halted after a restart when it was halted before', () => {
    const { chart } = chartOf('orchestrator')
    const finals = pathsOf(chart).filter(({ input }) => (input as { isHaltLatched: boolean }).isHaltLatched)
    const trading = finals.filter(({ path }) => JSON.stringify(path.state.value) === '{"running":"trading"}')
    expect(trading.length).toBeGreaterThan(0)
    for (const { path } of trading) expect(path.steps.map((step) => step.event.type)).toContain('operator.reset')
  })
})

describe('pauses', () => {
  const pause = (source: string) => ({ type: 'bot.pause', reason: { source, text: '', sinceMs: 1 }, atMs: 1 })

  test('RUN-02 trades only when no reason holds', () => {
    for (const snapshot of chartOf('bot').snapshots) if (snapshot.hasTag('trading')) expect(snapshot.context.reasons).toEqual([])
    for (const snapshot of chartOf('orchestrator').snapshots) if (snapshot.hasTag('trading')) expect(snapshot.context.reasons).toEqual([])
  })

  test('RUN-02 keeps the reason of a pause that comes in any other state', () => {
    const { chart, snapshots } = chartOf('bot')
    for (const snapshot of snapshots) {
      const after = next(chart, snapshot, pause('market:BTC'))
      expect(after.context.reasons.map((held: { source: string }) => held.source)).toContain('market:BTC')
      expect(leafOf(after.value)).toBe(snapshot.matches('operating') ? 'paused' : leafOf(snapshot.value))
    }
  })

  test('RUN-02 goes to paused when it is started under a tripped breaker', () => {
    const { chart } = chartOf('bot')
    const held = pathsOf(chart).filter(({ input }) => (input as { reasons: unknown[] }).reasons.length > 0)
    const started = held.find(({ path }) => path.steps.length === 3 && path.steps.at(-1)?.event.type === 'xstate.done.actor.warmUp')
    expect(started?.path.state.value).toEqual({ operating: 'paused' })
  })
})

describe('the venue session', () => {
  test('RUN-04 can be disconnected in every state', () => {
    const { chart, snapshots } = chartOf('venue')
    for (const snapshot of snapshots)
      expect(next(chart, snapshot, { type: 'venue.disconnect', reason: 'stop', atMs: 2 } as EventObject).value).toBe('offline')
  })

  test('RUN-04 passes through syncing before it is tradable, after every connection', () => {
    for (const { path } of pathsOf(chartOf('venue').chart)) {
      if (!(path.state as AnyMachineSnapshot).hasTag('tradable')) continue
      const types = path.steps.map((step) => step.event.type)
      expect(types.lastIndexOf('xstate.done.actor.sync')).toBeGreaterThan(types.lastIndexOf('xstate.done.actor.connect'))
    }
  })

  test('RUN-04 is online only when every wanted stream is up and every product trades', () => {
    for (const { value, context } of chartOf('venue').snapshots)
      if (leafOf(value) === 'online') expect(context).toMatchObject({ publicStream: 'up', privateStream: 'up', productsDown: [] })
  })

  test('RUN-04 fails at once when the venue refuses the credentials', () => {
    const { chart, snapshots } = chartOf('venue')
    const refusal = chart.events.find((event) => 'error' in event && event.error instanceof Error && event.error.message === 'bad key')
    if (refusal === undefined) throw new Error('no refusal among the events')
    for (const snapshot of snapshots.filter((candidate) => candidate.value === 'connecting'))
      expect(next(chart, snapshot, refusal).value).toBe('failed')
  })
})

describe('the order', () => {
  test('RUN-03 is flat, without deadlines, actors or transient steps', () => {
    for (const node of statesOf(chartOf('order').chart.machine.root)) {
      expect(node.invoke).toEqual([])
      expect(node.after).toEqual([])
      expect(node.always ?? []).toEqual([])
      expect(node.parent === undefined || Object.keys(node.states).length === 0).toBe(true)
    }
  })

  test('EXE-12 is led to reconciling by a restart from every state that is not over', () => {
    const { chart, snapshots } = chartOf('order')
    for (const snapshot of snapshots)
      expect(next(chart, snapshot, { type: 'order.restored', atMs: 2 } as EventObject).value).toBe(
        snapshot.hasTag('terminal') ? snapshot.value : 'reconciling',
      )
  })

  test('I6 never leaves less open than the venue may still fill, on any path', () => {
    for (const { value, context } of chartOf('order').snapshots) {
      const { quantity, filledQuantity, venueFilledQuantity, leavesQuantity, amend } = context
      const cap = Math.max(Number(quantity), Number(amend?.quantity ?? 0))
      const isOver = ['filled', 'canceled', 'rejected', 'expired', 'error'].includes(String(value))
      const open = isOver ? Math.max(0, Number(venueFilledQuantity) - Number(filledQuantity)) : cap - Number(filledQuantity)
      expect([value, Number(leavesQuantity)]).toEqual([value, open])
    }
  })
})

describe('the breaker', () => {
  test('RUN-05 trips from every state', () => {
    const { chart, snapshots } = chartOf('breaker')
    for (const snapshot of snapshots)
      expect(
        next(chart, snapshot, { type: 'breaker.trip', threshold: '5 %', value: '9 %', reason: 'loss', atMs: 5 } as EventObject).value,
      ).toBe('tripped')
  })

  test('RUN-05 waits for a named operator where it is configured so', () => {
    const waiting = pathsOf(chartOf('breaker').chart).filter(({ input }) => (input as { rearm: string }).rearm === 'operator')
    for (const { path } of waiting)
      if (leafOf(path.state.value) === 'cooling') expect(path.steps.map((step) => step.event.type)).toContain('breaker.restored')
  })
})
