import { describe, expect, test } from 'bun:test'
import { assign, createActor, setup } from 'xstate'
import { realTime } from '#ops/real-time'
import { VirtualClock } from '#sim/virtual-clock'

const START = Date.UTC(2026, 0, 5)

describe('VirtualClock', () => {
  test('SIM-08 fires timers in order of due time, ties in order of making, and moves now() to each', () => {
    const clock = new VirtualClock(START)
    const seen: [string, number][] = []
    clock.setTimeout(() => seen.push(['late', clock.now() - START]), 20)
    clock.setTimeout(() => seen.push(['first', clock.now() - START]), 10)
    clock.setTimeout(() => seen.push(['second', clock.now() - START]), 10)
    clock.runUntil(START + 100)
    expect(seen).toEqual([
      ['first', 10],
      ['second', 10],
      ['late', 20],
    ])
    expect(clock.now()).toBe(START + 100)
    expect(clock.pending).toBe(0)
  })

  test('SIM-08 leaves a timer beyond the end where it is', () => {
    const clock = new VirtualClock(START)
    let fired = 0
    clock.setTimeout(() => fired++, 101)
    clock.runUntil(START + 100)
    expect(fired).toBe(0)
    clock.advance(1)
    expect(fired).toBe(1)
  })

  test('SIM-08 drains whole promise chains between two events', () => {
    const clock = new VirtualClock(START)
    const seen: string[] = []
    const chain = async () => {
      for (let link = 0; link < 5; link++) await null
      seen.push('chain')
    }
    clock.setTimeout(() => void chain(), 5)
    clock.setTimeout(() => seen.push('timer'), 5)
    clock.runUntil(START + 5)
    expect(seen).toEqual(['chain', 'timer'])
  })

  test('SIM-08 defers to the end of the present instant, before later timers', () => {
    const clock = new VirtualClock(START)
    const seen: string[] = []
    clock.setTimeout(() => {
      clock.defer(() => seen.push('deferred'))
      void Promise.resolve().then(() => seen.push('microtask'))
      seen.push('turn')
    }, 5)
    clock.setTimeout(() => seen.push('later'), 5.001)
    clock.runUntil(START + 6)
    expect(seen).toEqual(['turn', 'microtask', 'deferred', 'later'])
  })

  test('a stepped wall clock moves now() and neither fires nor holds a timer', () => {
    const clock = new VirtualClock(START)
    let firedAt = 0
    clock.setTimeout(() => {
      firedAt = clock.monotonicUs()
    }, 1_000)
    clock.stepWallClock(3_600_000)
    clock.runUntil(START + 999)
    expect(firedAt).toBe(0)
    expect(clock.now()).toBe(START + 3_600_999)
    clock.stepWallClock(-7_200_000)
    clock.runUntil(START + 1_000)
    expect(firedAt).toBe(1_000_000)
    expect(clock.now()).toBe(START + 1_000 - 3_600_000)
  })

  test('a cleared timer never fires, and clearing twice or nothing is harmless', () => {
    const clock = new VirtualClock(START)
    let fired = 0
    const handle = clock.setTimeout(() => fired++, 1)
    clock.clearTimeout(handle)
    clock.clearTimeout(handle)
    clock.clearTimeout(undefined)
    clock.runUntil(START + 10)
    expect(fired).toBe(0)
  })

  test('what a call throws reaches the runner, and the others still fire', () => {
    const clock = new VirtualClock(START)
    let fired = 0
    clock.setTimeout(() => {
      throw new Error('bug')
    }, 1)
    clock.setTimeout(() => fired++, 2)
    expect(() => clock.runUntil(START + 5)).toThrow('bug')
    clock.runUntil(START + 5)
    expect(fired).toBe(1)
  })

  test('an endless loop at one instant is named instead of hanging the run', () => {
    const clock = new VirtualClock(START)
    const again = () => clock.defer(again)
    again()
    expect(() => clock.runUntil(START + 1)).toThrow('plans itself without end')
  })

  test('drives the delays of an XState machine', () => {
    const clock = new VirtualClock(START)
    const machine = setup({ types: { context: {} as { turns: number } } }).createMachine({
      context: { turns: 0 },
      initial: 'red',
      states: {
        red: { after: { 1000: { target: 'green', actions: assign({ turns: ({ context }) => context.turns + 1 }) } } },
        green: { after: { 500: 'red' } },
      },
    })
    const actor = createActor(machine, { clock }).start()
    clock.runUntil(START + 3_100)
    expect(actor.getSnapshot().context.turns).toBe(2)
    expect(actor.getSnapshot().value).toBe('red')
    actor.stop()
  })

  test('SIM-08 gives the same order for 20,000 random timers in two runs', () => {
    const run = () => {
      const clock = new VirtualClock(START)
      let state = 7
      const next = () => {
        state = (state * 48_271) % 2_147_483_647
        return state
      }
      const hasher = new Bun.CryptoHasher('sha256')
      for (let index = 0; index < 20_000; index++) {
        const handle = clock.setTimeout(() => {
          hasher.update(`${index}@${clock.monotonicUs()};`)
          if (index % 3 === 0) clock.defer(() => hasher.update('d'))
        }, next() % 5_000)
        if (index % 5 === 0) clock.clearTimeout(handle)
      }
      clock.runUntil(START + 5_000)
      expect(clock.pending).toBe(0)
      return hasher.digest('hex')
    }
    expect(run()).toBe(run())
  })
})

describe('VirtualClock paced', () => {
  test('runs at the speed asked for and lets a server in the same process answer meanwhile', async () => {
    const clock = new VirtualClock(START)
    let ticks = 0
    const tick = () => {
      ticks++
      clock.setTimeout(tick, 1_000)
    }
    clock.setTimeout(tick, 1_000)
    using server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response(String(ticks)) })
    const begunUs = realTime.monotonicUs()
    const run = clock.runPaced(START + 200_000, 1_000, realTime)
    const answers: number[] = []
    for (let call = 0; call < 3; call++) {
      answers.push(Number(await (await fetch(server.url)).text()))
      await Bun.sleep(30)
    }
    await run
    const tookMs = (realTime.monotonicUs() - begunUs) / 1_000
    expect(ticks).toBe(200)
    expect(tookMs).toBeGreaterThan(190)
    expect(answers[2]).toBeGreaterThan(answers[0] ?? 0)
    expect(clock.now()).toBe(START + 200_000)
  })

  test('yields while it runs flat out, and stops when told', async () => {
    const clock = new VirtualClock(START)
    const again = () => void clock.setTimeout(again, 1)
    again()
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 20)
    await clock.runPaced(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, realTime, stop.signal)
    expect(clock.now()).toBeGreaterThan(START + 1_000)
  })

  test('an event planned from outside while the run naps is fired soon', async () => {
    const clock = new VirtualClock(START)
    const stop = new AbortController()
    const run = clock.runPaced(Number.POSITIVE_INFINITY, 1, realTime, stop.signal)
    await Bun.sleep(15)
    await new Promise<void>((resolve) => clock.defer(resolve))
    stop.abort()
    await run
    expect(clock.now()).toBeGreaterThan(START)
  })
})
