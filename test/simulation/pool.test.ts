import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { RealClock } from '#ops/real-clock'
import type { RunRequest, SeedOutcome } from '#sim/simulate/outcome'
import { WorkerPool } from '#sim/simulate/pool'
import { resultDouble } from './fixtures/result-double'

// Each worker is a process of its own: a busy machine may take long to start one.
setDefaultTimeout(60_000)

const WORKER = [process.execPath, join(import.meta.dir, 'fixtures', 'worker-double.ts')]

function requestsFor(seeds: readonly number[]): readonly RunRequest[] {
  return seeds.map((seed) => ({ seed, profile: 'ci', marketMs: 1_000, faults: [], without: [] }))
}

/** Runs seeds through processes that hold no company. */
async function outcomesOf(seeds: readonly number[], jobs: number, over: { command?: readonly string[]; runMsMax?: () => number } = {}) {
  const outcomes: [number, SeedOutcome][] = []
  const pool = new WorkerPool({ command: WORKER, jobs, clock: new RealClock(), runMsMax: () => 30_000, ...over })
  try {
    await pool.run(requestsFor(seeds), (outcome, place) => outcomes.push([place, outcome]), new AbortController().signal)
  } finally {
    await pool.close()
  }
  return outcomes
}

describe('worker pool (processes without a company in them)', () => {
  test('SIM-08 runs each seed once, on one process as on three', async () => {
    const seeds = [1, 2, 3, 4, 5, 6, 8, 9, 10, 11]
    const expected = seeds.map(
      (seed, place) => [place, { kind: 'ran', seed, cpuMs: 5, result: resultDouble(seed) }] as [number, SeedOutcome],
    )
    expect(await outcomesOf(seeds, 1)).toEqual(expected)
    expect((await outcomesOf(seeds, 3)).sort(([one], [other]) => one - other)).toEqual(expected)
  })

  test('SIM-08 tells of a process that dies, with its seed and its last words, and goes on with another', async () => {
    const outcomes = (await outcomesOf([12, 13, 14, 15, 17], 1)).map(([, outcome]) => outcome)
    expect(outcomes.map(({ kind, seed }) => `${seed} ${kind}`)).toEqual(['12 ran', '13 died', '14 died', '15 died', '17 ran'])
    const texts = outcomes.map((outcome) => (outcome.kind === 'died' ? outcome.text : ''))
    expect(texts[1]).toBe('the worker process died (exit code 1): error: thirteen is too much')
    expect(texts[2]).toBe('the worker process died (SIGKILL)')
    expect(texts[3]).toBe('the worker process said what is no result: hello')
  })

  test('SIM-08 ends a run that hangs', async () => {
    const outcomes = await outcomesOf([16, 17], 1, { runMsMax: () => 1_000 })
    expect(outcomes.map(([, outcome]) => outcome.kind)).toEqual(['died', 'ran'])
    expect(outcomes[0]?.[1]).toMatchObject({ seed: 16, text: 'the worker process gave no result within 1 s and was ended' })
  })

  test('SIM-08 gives up when no process lives long enough for a result', async () => {
    const command = [process.execPath, '-e', 'throw new Error("no such company")']
    const run = outcomesOf([...Array(100).keys()], 2, { command })
    await expect(run).rejects.toMatchObject({ code: 'SIMULATION_FAILED', message: expect.stringContaining('no such company') })
  })

  test('SIM-08 stops at once when it is told to, and tells of nothing afterwards', async () => {
    const controller = new AbortController()
    const pool = new WorkerPool({ command: WORKER, jobs: 2, clock: new RealClock(), runMsMax: () => 30_000 })
    const told: number[] = []
    const keep = ({ seed }: SeedOutcome) => {
      told.push(seed)
      controller.abort()
    }
    await pool.run(requestsFor([1, 16, 2, 3, 4]), keep, controller.signal)
    await pool.close()
    expect(told).toEqual([1])
  })
})
