// Whole runs of the company in virtual time against the emulator, under seeded faults.
import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { FAULT_NAMES, type FaultName } from '#sim/simulate/faults'
import { profileOf } from '#sim/simulate/profiles'
import { playSeed, runSeed } from '#sim/simulate/run-seed'
import type { SeedResult, SeedTask } from '#sim/simulate/types'
import { IS_LONG } from '#test/company/profile'

setDefaultTimeout(IS_LONG ? 3_600_000 : 240_000)

const CI = profileOf('ci')
/** Whole seeds run for their own sake; in the long profile as many as the summary of `troupe simulate` promises. */
const SEEDS = IS_LONG ? 200 : 10

function taskOf(seed: number, over: Partial<SeedTask> = {}): SeedTask {
  return { seed, profile: CI, faults: FAULT_NAMES, without: [], onTrace: null, ...over }
}

/** Everything that may not differ between two runs of a task. */
function lasting({ realMs, ...rest }: SeedResult): Omit<SeedResult, 'realMs'> {
  expect(realMs).toBeGreaterThan(0)
  return rest
}

describe('SIM-08 a seed of the profile ci', () => {
  const ran: SeedResult[] = []

  test(`I1 I2 I3 I4 I5 I6 I7 I8 I9 I10 I12 I13 hold through ${SEEDS} seeds of an hour under faults, books equal the emulator's`, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const result = await playSeed(taskOf(seed))
      expect({ seed, breaches: result.breaches }).toEqual({ seed, breaches: [] })
      expect(result.simulatedMs).toBeGreaterThanOrEqual(CI.marketMs)
      expect({ seed, restarts: result.lives - 1 }).not.toEqual({ seed, restarts: 0 })
      expect(result.orders).toBeGreaterThan(0)
      expect(result.fills).toBeGreaterThan(0)
      ran.push(result)
    }
    expect(new Set(ran.map(({ journalHash }) => journalHash)).size).toBe(ran.length)
  })

  test('each invariant that is judged while it runs, or at its rest, is judged in every seed', () => {
    expect(ran.length).toBe(SEEDS)
    for (const { checks, seed } of ran)
      for (const invariant of ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I9', 'I10', 'I12', 'I13'])
        expect({ seed, invariant, count: checks[invariant] ?? 0 }).not.toEqual({ seed, invariant, count: 0 })
  })

  test('I11 twice in one process gives the same result, journal hash and all', () => {
    for (const seed of [1, 7]) expect(lasting(runSeed(taskOf(seed)))).toEqual(lasting(runSeed(taskOf(seed))))
  })

  test('without faults nothing is hit, and one restart is left: an orderly one', () => {
    const result = runSeed(taskOf(3, { faults: [] }))
    expect(result).toMatchObject({ faults: {}, planned: 0, breaches: [] })
    expect(result.lives).toBeGreaterThan(1)
    expect(result.transitions['company STOPPING → STOPPED']).toBe(result.lives)
  })

  test('a fault that is left out is not hit', () => {
    const whole = runSeed(taskOf(2, { faults: ['crash'] }))
    const cut = runSeed(taskOf(2, { faults: ['crash'], without: Array.from({ length: whole.planned }, (_, index) => index) }))
    expect(whole.faults.crash).toBeGreaterThan(0)
    expect(cut).toMatchObject({ faults: {}, planned: whole.planned, breaches: [] })
  })

  test('the trace names faults, restarts and judgements, and changes nothing', () => {
    const lines: string[] = []
    const traced = runSeed(taskOf(5, { onTrace: (line) => lines.push(line) }))
    expect(lasting(traced)).toEqual(lasting(runSeed(taskOf(5))))
    expect(lines.some((line) => line.includes('crash'))).toBe(true)
    expect(lines.filter((line) => line.includes('judged')).length).toBe(2)
  })
})

describe('SIM-08 every fault', () => {
  /** A quarter of an hour is enough for each to be met within this many seeds that may draw nothing else. */
  const WITHIN = 6
  const HITS = new Map<FaultName, number>()
  const SHORT = { ...CI, marketMs: 900_000 }

  for (const name of FAULT_NAMES) {
    test(`${name} takes effect within ${WITHIN} seeds that may draw it alone, and breaks nothing`, async () => {
      let hits = 0
      for (let seed = 1; seed <= WITHIN && hits === 0; seed++) {
        const { faults, breaches } = await playSeed(taskOf(seed, { profile: SHORT, faults: [name] }))
        expect({ seed, breaches }).toEqual({ seed, breaches: [] })
        hits += faults[name] ?? 0
      }
      HITS.set(name, hits)
      expect(hits).toBeGreaterThan(0)
    })
  }

  afterAll(() => expect([...HITS.keys()]).toEqual([...FAULT_NAMES]))
})
