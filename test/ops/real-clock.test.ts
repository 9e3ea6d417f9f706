import { describe, expect, test } from 'bun:test'
import { RealClock } from '#ops/real-clock'
import { systemRandom } from '#ops/system-random'

const after = (clock: RealClock, ms: number) => new Promise<void>((resolve) => void clock.setTimeout(resolve, ms))

// These tests are about real time and therefore wait for a few ms of it.
describe('RealClock', () => {
  test('fires in order of due time from one real timer, never early', async () => {
    const clock = new RealClock()
    const begunUs = clock.monotonicUs()
    const seen: [string, number][] = []
    const note = (name: string) => seen.push([name, clock.monotonicUs() - begunUs])
    clock.setTimeout(() => note('b'), 12)
    clock.setTimeout(() => note('a'), 4)
    clock.setTimeout(() => note('a2'), 4)
    await after(clock, 20)
    expect(seen.map(([name]) => name)).toEqual(['a', 'a2', 'b'])
    expect(seen[0]?.[1]).toBeGreaterThanOrEqual(4_000)
    expect(seen[2]?.[1]).toBeGreaterThanOrEqual(12_000)
    expect(clock.pending).toBe(0)
  })

  test('a delay beyond 2^31-1 ms does not fire at once, and others do beside it', async () => {
    const clock = new RealClock()
    let fired = false
    const handle = clock.setTimeout(
      () => {
        fired = true
      },
      2 ** 31 + 5_000,
    )
    await after(clock, 5)
    expect(fired).toBe(false)
    expect(clock.pending).toBe(1)
    clock.clearTimeout(handle)
    expect(clock.pending).toBe(0)
  })

  test('defers past the microtasks of the turn', async () => {
    const clock = new RealClock()
    const seen: string[] = []
    const done = new Promise<void>((resolve) =>
      clock.defer(() => {
        seen.push('deferred')
        resolve()
      }),
    )
    void Promise.resolve().then(() => seen.push('microtask'))
    seen.push('turn')
    await done
    expect(seen).toEqual(['turn', 'microtask', 'deferred'])
  })

  test('a timer set from a timer fires, and a cleared one does not', async () => {
    const clock = new RealClock()
    const seen: string[] = []
    const cleared = clock.setTimeout(() => seen.push('cleared'), 3)
    clock.setTimeout(() => {
      clock.clearTimeout(cleared)
      clock.setTimeout(() => seen.push('inner'), 1)
    }, 1)
    await after(clock, 12)
    expect(seen).toEqual(['inner'])
  })

  test('a call that throws is an uncaught exception and does not stop the clock', async () => {
    const source = `
      import { RealClock } from '#ops/real-clock'
      const clock = new RealClock()
      process.on('uncaughtException', (error) => console.log('uncaught', error.message))
      clock.setTimeout(() => { throw new Error('bug') }, 1)
      clock.setTimeout(() => console.log('next'), 1)
    `
    const child = Bun.spawnSync(['bun', '-e', source], { cwd: `${import.meta.dir}/../..` })
    expect(child.stdout.toString()).toBe('uncaught bug\nnext\n')
  })

  test('now() is the machine’s UTC time', () => {
    expect(Math.abs(new RealClock().now() - Date.now())).toBeLessThan(50)
  })
})

describe('systemRandom', () => {
  test('stays within its bounds', () => {
    for (let call = 0; call < 1_000; call++) {
      const value = systemRandom.next()
      expect(value >= 0 && value < 1).toBe(true)
      const index = systemRandom.integer(3)
      expect(index === 0 || index === 1 || index === 2).toBe(true)
    }
  })
})
