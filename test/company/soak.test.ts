import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mustExist } from '#domain/errors'
import { IS_LONG } from './profile'
import type { SoakSample, SoakTask } from './soak-types'

/** Watches a company in a process of its own, so that nobody else's memory is measured. */
async function soak(task: Omit<SoakTask, 'dataDir' | 'isDetailed'>): Promise<readonly SoakSample[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'troupe-soak-'))
  try {
    const child = Bun.spawn([process.execPath, join(import.meta.dir, 'soak-child.ts')], {
      cwd: join(import.meta.dir, '..', '..'),
      env: { ...process.env, SOAK_TASK: JSON.stringify({ ...task, dataDir, isDetailed: false } satisfies SoakTask) },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const [out, complaints] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
    expect(complaints).toBe('')
    expect(await child.exited).toBe(0)
    return out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as SoakSample)
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** Slope of a figure over market hours, least squares. */
function slopeOf(samples: readonly SoakSample[], figure: (sample: SoakSample) => number): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const x = samples.map((sample) => sample.hour)
  const y = samples.map(figure)
  const [meanX, meanY] = [mean(x), mean(y)]
  const over = x.reduce((sum, value, index) => sum + (value - meanX) * ((y[index] ?? 0) - meanY), 0)
  return over / x.reduce((sum, value) => sum + (value - meanX) ** 2, 0)
}

/** The least RSS of a sample and the two behind it: what the collector had not given back yet is not held. */
function floorOf(samples: readonly SoakSample[], sample: SoakSample): number {
  const at = samples.indexOf(sample)
  return Math.min(...samples.slice(at, at + 3).map(({ rssMb }) => rssMb))
}

/** That nothing grows over the later part of a soak, and nothing is left behind its end. */
function expectFlat(samples: readonly SoakSample[], fromHour: number, closedMin: number): void {
  const end = mustExist(samples.at(-1), 'no sample')
  const late = samples.slice(0, -1).filter((sample) => sample.hour >= fromHour)
  const rss = slopeOf(late, (sample) => floorOf(late, sample))
  const heap = slopeOf(late, (sample) => sample.heapMb)
  const last = mustExist(late.at(-1), 'no late sample')
  console.log(
    `${last.hour} h, ${last.events} events, ${last.closed} orders, ${last.entries} entries: RSS ${last.rssMb.toFixed(0)} MB, ` +
      `${rss.toFixed(2)} MB/h from hour ${fromHour} on, heap ${heap.toFixed(2)} MB/h`,
  )
  expect(last.closed).toBeGreaterThan(closedMin)
  expect(late.length).toBeGreaterThanOrEqual(8)
  expect(rss, 'growth of RSS, MB an hour of market time').toBeLessThan(1)
  expect(heap, 'growth of the heap, MB an hour of market time').toBeLessThan(1)
  for (const figure of ['actors', 'tracked', 'timers'] as const) {
    const values = late.map((sample) => sample[figure])
    expect(Math.max(...values), figure).toBeLessThan(1.6 * Math.min(...values) + 20)
  }
  // Ids of executions of the last hour or so, and of every flow: rounding is booked once a minute at most.
  expect(last.ids, 'ids in the ledger').toBeLessThan((2.5 * last.closed) / last.hour + 60 * last.hour + 200)
  expect(new Set(late.map((sample) => sample.sockets))).toEqual(new Set([2]))
  expect(new Set(late.map((sample) => sample.state))).toEqual(new Set(['TRADING']))
  for (const { actors, tracked } of late) expect(actors).toBe(tracked)
  // Every watched order whose time in the tracker is over has been collected.
  expect(last.retired).toBeGreaterThan(20)
  expect(samples.map((sample) => sample.uncollected).filter((count) => count > 0)).toEqual([])
  // The market's own timer is all that is left.
  expect({ actors: end.actors, live: end.live, timers: end.timers, sockets: end.sockets, state: end.state }).toEqual({
    actors: 0,
    live: 0,
    timers: 1,
    sockets: 0,
    state: 'STOPPED',
  })
}

describe('PAIN-13 I13 a company that runs for days (virtual time, its own process, its real store)', () => {
  // Few orders an hour: what is kept of the last thousands of them, and bounded, is still filling up meanwhile.
  const calm = {
    bots: 10,
    awayBps: 3,
    marketStepMs: 15_000,
    retireAfterMs: 600_000,
    timeframe: '15m',
    stepMs: 900_000,
    watchEvery: 1,
  } as const

  test('ten bots for 72 h: memory, actors, timers and sockets stay as they are, finished orders are collected', async () => {
    expectFlat(await soak({ ...calm, hours: 72, sampleMinutes: 60 }), 24, 1_000)
  }, 600_000)

  if (IS_LONG) {
    test('ten bots for 72 h, some orders a minute: the same', async () => {
      const brisk = { ...calm, timeframe: '1m', stepMs: 60_000, watchEvery: 20 } as const
      expectFlat(await soak({ ...brisk, hours: 72, sampleMinutes: 60 }), 36, 40_000)
    }, 3_600_000)

    test('ten bots for 24 h, some hundred thousand orders: the same', async () => {
      const busy = { ...calm, timeframe: '1m', marketStepMs: 5_000, stepMs: 1_000, watchEvery: 200 } as const
      expectFlat(await soak({ ...busy, hours: 24, sampleMinutes: 30 }), 8, 200_000)
    }, 7_200_000)
  }
})
