import { describe, expect, test } from 'bun:test'
import { DeadLetters } from '#actors/dead-letters'
import type { ChildHandle, ChildReports, ChildSpec, SupervisorEvent } from '#actors/supervision'
import { Supervisor, type SupervisorOptions } from '#actors/supervisor'
import { AppError } from '#domain/errors'
import type { RestartBudget } from '#domain/restart'
import { VirtualClock } from '#sim/virtual-clock'

// Everything here runs in virtual time.
const budget: RestartBudget = { restartMax: 3, restartWindowMs: 60_000, backoffMs: 1_000, backoffMaxMs: 8_000 }
const noJitter = { next: () => 0, integer: () => 0 }

/** A supervisor whose children write down what happens to them. */
function company(strategy: SupervisorOptions['strategy'], overrides: Readonly<Record<string, Partial<ChildSpec>>> = {}) {
  const clock = new VirtualClock(1_000_000)
  const letters = new DeadLetters()
  const log: string[] = []
  const events: SupervisorEvent[] = []
  const climbed: unknown[] = []
  const reports = new Map<string, ChildReports>()
  const options: SupervisorOptions = {
    id: 'bots',
    strategy,
    childrenMax: 5,
    clock,
    random: noJitter,
    deadLetters: letters,
    onEvent: (event) => events.push(event),
    onFailed: (error) => climbed.push(error),
  }
  const spec = (id: string): ChildSpec => ({
    id,
    restart: 'permanent',
    budget,
    whenSpent: 'park',
    startTimeoutMs: 5_000,
    stopTimeoutMs: 2_000,
    create: (own) => {
      reports.set(id, own)
      return { start: () => void log.push(`+${id}`), stop: () => void log.push(`-${id}`), recover: null }
    },
    ...overrides[id],
  })
  const supervisor = new Supervisor(options, ['a', 'b', 'c'].map(spec))
  const crash = (id: string) => reports.get(id)?.failed(new Error(`${id} broke`))
  const states = () => supervisor.children().map((child) => `${child.id}:${child.state}`)
  const count = (type: SupervisorEvent['type']) => events.filter((event) => event.type === type).length
  return { clock, letters, log, events, climbed, reports, supervisor, spec, crash, states, count }
}

async function running(strategy: SupervisorOptions['strategy'], overrides: Readonly<Record<string, Partial<ChildSpec>>> = {}) {
  const made = company(strategy, overrides)
  await made.supervisor.start()
  return made
}

describe('order', () => {
  test('RUN-06 starts children in order and stops them in reverse', async () => {
    const { supervisor, log, states, clock } = await running('oneForOne')
    expect(states()).toEqual(['a:running', 'b:running', 'c:running'])
    await supervisor.stop()
    expect(log).toEqual(['+a', '+b', '+c', '-c', '-b', '-a'])
    expect(states()).toEqual(['a:stopped', 'b:stopped', 'c:stopped'])
    expect(clock.pending).toBe(0)
  })

  test('RUN-06 waits for a slow start before it starts the next child', async () => {
    const made = company('oneForOne')
    const { clock, log } = made
    const slow = (): ChildHandle => ({
      start: () => new Promise<void>((resolve) => void clock.setTimeout(() => resolve(log.push('+slow') as never), 3_000)),
      stop: () => {},
      recover: null,
    })
    const supervisor = new Supervisor({ ...optionsOf(made), id: 'slow' }, [{ ...made.spec('a'), create: slow }, made.spec('b')])
    const started = supervisor.start()
    clock.advance(2_999)
    expect(log).toEqual([])
    clock.advance(1)
    await started
    expect(log).toEqual(['+slow', '+b'])
    expect(clock.pending).toBe(0)
  })
})

function optionsOf(made: ReturnType<typeof company>): SupervisorOptions {
  return {
    id: 'x',
    strategy: 'oneForOne',
    childrenMax: 5,
    clock: made.clock,
    random: noJitter,
    deadLetters: made.letters,
    onEvent: (event) => made.events.push(event),
    onFailed: (error) => made.climbed.push(error),
  }
}

describe('restart budget', () => {
  for (const restartMax of [0, 1, 3, 5]) {
    test(`RUN-06 I13 restarts a child that crashes ${restartMax + 1} times exactly ${restartMax} times, then escalates; siblings never notice`, async () => {
      const own = { ...budget, restartMax }
      const { crash, clock, log, count, states, supervisor, climbed } = await running('oneForOne', { b: { budget: own } })
      for (let crashes = 0; crashes <= restartMax; crashes++) {
        crash('b')
        clock.advance(8_000)
      }
      expect(supervisor.child('b').restarts).toBe(restartMax)
      expect(log.filter((line) => line === '+b')).toHaveLength(restartMax + 1)
      expect(log.filter((line) => line === '-b')).toHaveLength(restartMax + 1)
      expect(count('child.escalated')).toBe(1)
      expect(states()).toEqual(['a:running', 'b:parked', 'c:running'])
      expect(log.filter((line) => line.endsWith('a') || line.endsWith('c'))).toEqual(['+a', '+c'])
      expect(climbed).toEqual([])
      expect(clock.pending).toBe(0)
    })
  }

  test('RUN-06 waits 1, 2 and 4 s before the restarts', async () => {
    const { crash, clock, events } = await running('oneForOne')
    const startedAt: number[] = []
    for (let crashes = 0; crashes < 3; crashes++) {
      const before = clock.now()
      crash('a')
      while (events.at(-1)?.type !== 'child.started') clock.advance(1)
      startedAt.push(clock.now() - before)
    }
    expect(startedAt).toEqual([1_000, 2_000, 4_000])
  })

  test('RUN-06 forgets crashes that left the window', async () => {
    const { crash, clock, supervisor, count } = await running('oneForOne')
    for (let crashes = 0; crashes < 10; crashes++) {
      crash('a')
      clock.advance(30_000)
    }
    expect(supervisor.child('a').restarts).toBe(10)
    expect(count('child.escalated')).toBe(0)
  })

  test('RUN-06 counts time on the monotonic side: a stepped wall clock neither spends nor refills the budget', async () => {
    const { crash, clock, count } = await running('oneForOne')
    for (let crashes = 0; crashes < 4; crashes++) {
      crash('a')
      clock.stepWallClock(3_600_000)
      clock.advance(8_000)
    }
    expect(count('child.escalated')).toBe(1)
  })

  test('RUN-06 stops every child and lets the failure climb where the spec says so', async () => {
    const own: Partial<ChildSpec> = { whenSpent: 'fail', budget: { ...budget, restartMax: 0 } }
    const { crash, clock, log, climbed, states } = await running('oneForOne', { b: own })
    crash('b')
    clock.advance(0)
    expect(log.slice(3)).toEqual(['-c', '-b', '-a'])
    expect(climbed).toEqual([new Error('b broke')])
    expect(states()).toEqual(['a:stopped', 'b:stopped', 'c:stopped'])
    expect(clock.pending).toBe(0)
  })

  test('RUN-06 climbs from a nested supervisor to its parent, which restarts it whole', async () => {
    const made = company('oneForOne')
    const { clock, log, letters } = made
    const inner: { crash: () => void } = { crash: () => {} }
    const parent = new Supervisor({ ...optionsOf(made), id: 'root' }, [
      made.spec('a'),
      {
        ...made.spec('inner'),
        create: (reports) => {
          const leaf: ChildSpec = { ...made.spec('b'), whenSpent: 'fail', budget: { ...budget, restartMax: 1 } }
          inner.crash = () => made.crash('b')
          return new Supervisor({ ...optionsOf(made), id: 'inner', deadLetters: letters, onFailed: reports.failed }, [leaf])
        },
      },
    ])
    await parent.start()
    inner.crash()
    clock.advance(1_000)
    inner.crash()
    clock.advance(999)
    expect(log).toEqual(['+a', '+b', '-b', '+b', '-b'])
    clock.advance(1)
    expect(log).toEqual(['+a', '+b', '-b', '+b', '-b', '+b'])
    expect(parent.child('inner')).toMatchObject({ state: 'running', restarts: 1 })
    await parent.stop()
    expect(clock.pending).toBe(0)
  })
})

describe('restart kinds', () => {
  test('RUN-06 restarts a permanent child that ended by itself', async () => {
    const { reports, clock, log } = await running('oneForOne')
    reports.get('a')?.done()
    clock.advance(1_000)
    expect(log.filter((line) => line === '+a')).toHaveLength(2)
  })

  test('RUN-06 restarts a transient child after a failure, not after an orderly end', async () => {
    const { reports, clock, log, crash, states } = await running('oneForOne', { a: { restart: 'transient' } })
    crash('a')
    clock.advance(1_000)
    expect(log.filter((line) => line === '+a')).toHaveLength(2)
    reports.get('a')?.done()
    clock.advance(60_000)
    expect(log.filter((line) => line === '+a')).toHaveLength(2)
    expect(states()[0]).toBe('a:ended')
  })

  test('RUN-06 never restarts a temporary child', async () => {
    const { crash, clock, log, states } = await running('oneForOne', { a: { restart: 'temporary' } })
    crash('a')
    clock.advance(60_000)
    expect(log.filter((line) => line.endsWith('a'))).toEqual(['+a', '-a'])
    expect(states()).toEqual(['a:ended', 'b:running', 'c:running'])
  })
})

describe('rest for one', () => {
  test('RUN-06 takes down those that depend on the failed child, in reverse, and brings them back in order', async () => {
    const { crash, clock, log, states } = await running('restForOne')
    crash('b')
    clock.advance(0)
    expect(log.slice(3)).toEqual(['-c', '-b'])
    expect(states()).toEqual(['a:running', 'b:backingOff', 'c:stopped'])
    clock.advance(1_000)
    expect(log.slice(5)).toEqual(['+b', '+c'])
    expect(states()).toEqual(['a:running', 'b:running', 'c:running'])
    expect(clock.pending).toBe(0)
  })

  test('RUN-06 spends the budget of the failed child alone', async () => {
    const { crash, clock, supervisor } = await running('restForOne')
    crash('a')
    clock.advance(1_000)
    expect(supervisor.children().map((child) => child.restarts)).toEqual([1, 0, 0])
  })

  test('RUN-06 gives way when an earlier child fails during the back-off of a later one', async () => {
    const { crash, clock, log, states } = await running('restForOne')
    crash('c')
    clock.advance(500)
    crash('a')
    clock.advance(600)
    expect(states()).toEqual(['a:backingOff', 'b:stopped', 'c:stopped'])
    clock.advance(400)
    expect(states()).toEqual(['a:running', 'b:running', 'c:running'])
    expect(log).toEqual(['+a', '+b', '+c', '-c', '-b', '-a', '+a', '+b', '+c'])
    expect(clock.pending).toBe(0)
  })

  test('RUN-06 holds back those after a child that fails to start', async () => {
    let fails = 2
    const made = company('restForOne', {
      b: {
        create: () => ({ start: () => (fails-- > 0 ? Promise.reject(new Error('not yet')) : undefined), stop: () => {}, recover: null }),
      },
    })
    await made.supervisor.start()
    expect(made.states()).toEqual(['a:running', 'b:backingOff', 'c:idle'])
    made.clock.advance(3_000)
    expect(made.states()).toEqual(['a:running', 'b:running', 'c:running'])
  })
})

describe('limits', () => {
  test('RUN-06 counts a start that passes its deadline as a failure', async () => {
    const made = company('oneForOne', {
      b: { create: () => ({ start: () => new Promise<void>(() => {}), stop: () => {}, recover: null }) },
    })
    const started = made.supervisor.start()
    made.clock.advance(5_000)
    await started
    expect(made.supervisor.child('b')).toMatchObject({ state: 'backingOff', error: 'b did not start within 5000 ms' })
    expect(made.states()[2]).toBe('c:running')
  })

  test('RUN-08 gives up a child that does not stop before its deadline, and goes on', async () => {
    const made = await running('oneForOne', {
      b: { create: () => ({ start: () => {}, stop: () => new Promise<void>(() => {}), recover: null }) },
    })
    const stopped = made.supervisor.stop()
    made.clock.advance(2_000)
    await stopped
    expect(made.log.slice(-2)).toEqual(['-c', '-a'])
    expect(made.events).toContainEqual({ type: 'child.stopFailed', childId: 'b', error: 'b did not stop within 2000 ms', atMs: 1_002_000 })
    expect(made.clock.pending).toBe(0)
  })

  test('RUN-08 stops during a start that hangs, and leaves no timer', async () => {
    const made = company('restForOne', {
      b: { create: () => ({ start: () => new Promise<void>(() => {}), stop: () => {}, recover: null }) },
    })
    const started = made.supervisor.start()
    made.clock.advance(10)
    await made.supervisor.stop()
    await started
    expect(made.states()).toEqual(['a:stopped', 'b:stopped', 'c:idle'])
    expect(made.clock.pending).toBe(0)
  })

  test('RUN-08 stops during a back-off, and leaves no timer', async () => {
    const made = await running('oneForOne')
    made.crash('a')
    await made.supervisor.stop()
    expect(made.clock.pending).toBe(0)
    made.clock.advance(60_000)
    expect(made.log.filter((line) => line === '+a')).toHaveLength(1)
  })

  test('RUN-06 counts a failure once, and a late report of a replaced incarnation as a dead letter', async () => {
    const made = await running('oneForOne')
    const old = made.reports.get('a')
    made.crash('a')
    made.crash('a')
    made.clock.advance(1_000)
    old?.failed(new Error('again'))
    old?.done()
    expect(made.supervisor.child('a')).toMatchObject({ state: 'running', restarts: 1 })
    expect(made.letters.count).toBe(3)
    expect(made.letters.recent.at(-1)).toEqual({ actorId: 'a', eventType: 'child.done', cause: 'replaced' })
  })

  test('RUN-06 survives a child whose construction throws', async () => {
    let tries = 0
    const create = (): ChildHandle => {
      if (tries++ === 0) throw new AppError('no memory', { code: 'INVARIANT_BROKEN' })
      return { start: () => {}, stop: () => {}, recover: null }
    }
    const made = await running('oneForOne', { a: { create } })
    expect(made.states()).toEqual(['a:backingOff', 'b:running', 'c:running'])
    made.clock.advance(1_000)
    expect(made.states()[0]).toBe('a:running')
  })

  test('RUN-06 refuses a taken id, and more children than its limit', async () => {
    const made = await running('oneForOne')
    await expect(made.supervisor.add(made.spec('a'))).rejects.toThrow('exists already')
    await made.supervisor.add(made.spec('d'))
    await made.supervisor.add(made.spec('e'))
    await expect(made.supervisor.add(made.spec('f'))).rejects.toThrow('limit')
    await made.supervisor.remove('d')
    expect(made.states()).toEqual(['a:running', 'b:running', 'c:running', 'e:running'])
    expect(() => made.supervisor.child('d')).toThrow('no child "d"')
  })
})

describe('by hand', () => {
  test('RUN-06 restarts a parked child anew, its history forgotten', async () => {
    const made = await running('oneForOne', { a: { budget: { ...budget, restartMax: 1 } } })
    for (let crashes = 0; crashes < 2; crashes++) {
      made.crash('a')
      made.clock.advance(1_000)
    }
    expect(made.states()[0]).toBe('a:parked')
    await made.supervisor.restart('a')
    expect(made.states()[0]).toBe('a:running')
    made.crash('a')
    made.clock.advance(1_000)
    expect(made.states()[0]).toBe('a:running')
  })

  test('RUN-06 recovers a child in place where it can, and takes it back from parking when it reports so', async () => {
    const log: string[] = []
    const create = (): ChildHandle => ({
      start: () => void log.push('start'),
      stop: () => void log.push('stop'),
      recover: () => log.push('recover') > 0,
    })
    let own: ChildReports | null = null
    const made = await running('oneForOne', {
      a: {
        budget: { ...budget, restartMax: 1 },
        create: (reports) => {
          own = reports
          return create()
        },
      },
    })
    const reports = own as ChildReports | null
    reports?.failed(new Error('first'))
    made.clock.advance(1_000)
    expect(log).toEqual(['start', 'recover'])
    reports?.failed(new Error('second'))
    made.clock.advance(60_000)
    expect(made.states()[0]).toBe('a:parked')
    expect(log).toEqual(['start', 'recover'])
    reports?.recovered()
    expect(made.states()[0]).toBe('a:running')
    await made.supervisor.stop()
    expect(log).toEqual(['start', 'recover', 'stop'])
  })
})
