import { describe, expect, test } from 'bun:test'
import { FAULT_NAMES, type FaultName } from '#sim/simulate/faults'
import { planSeed } from '#sim/simulate/plan'
import type { SeedPlan } from '#sim/simulate/plan-types'
import { profileOf } from '#sim/simulate/profiles'
import type { SeedTask } from '#sim/simulate/types'

const CI = profileOf('ci')

function planOf(seed: number, over: Partial<SeedTask> = {}): SeedPlan {
  return planSeed({ seed, profile: CI, faults: FAULT_NAMES, without: [], onTrace: null, ...over })
}

const SEEDS = Array.from({ length: 200 }, (_, index) => index + 1)

describe('SIM-08 the schedule of a seed', () => {
  test('I11 is the same each time, and another for another seed', () => {
    for (const seed of SEEDS) expect(planOf(seed)).toEqual(planOf(seed))
    expect(new Set(SEEDS.map((seed) => JSON.stringify(planOf(seed)))).size).toBe(SEEDS.length)
  })

  test('leaves out what it is told to, and changes nothing about the rest', () => {
    for (const seed of SEEDS.slice(0, 50)) {
      const whole = planOf(seed)
      const without = whole.faults.map(({ index }) => index).filter((index) => index % 3 === seed % 3)
      const cut = planOf(seed, { without })
      expect(cut.planned).toBe(whole.planned)
      expect(cut.faults).toEqual(whole.faults.filter(({ index }) => !without.includes(index)))
      expect({ ...cut, faults: [] }).toEqual({ ...whole, faults: [] })
    }
  })

  test('uses a subset of the allowed faults of its own: every name somewhere, no seed all of them', () => {
    const seen = new Set<FaultName>()
    for (const seed of SEEDS) {
      const names = new Set(planOf(seed).faults.map(({ name }) => name))
      for (const name of names) seen.add(name)
      expect(names.size).toBeLessThan(FAULT_NAMES.length * 0.8)
    }
    expect([...seen].sort()).toEqual([...FAULT_NAMES].sort())
  })

  test('uses none that is not allowed, and none at all where none is', () => {
    for (const seed of SEEDS) {
      for (const { name } of planOf(seed, { faults: ['drop', 'cut'] }).faults) expect(['drop', 'cut']).toContain(name)
      expect(planOf(seed, { faults: [] })).toMatchObject({ planned: 0, faults: [] })
    }
  })

  test('has a crash in the first leg wherever crashes are allowed, and orderly stops for the restarts that are still missing', () => {
    for (const seed of SEEDS) {
      const { faults, legsMs, stopsMs } = planOf(seed)
      expect(faults[0]).toMatchObject({ index: 0, name: 'crash' })
      expect(faults[0]?.startMs).toBeLessThan(legsMs[0] ?? 0)
      const soak = planOf(seed, { profile: profileOf('soak'), faults: ['drop'] })
      expect(soak.stopsMs.length).toBeGreaterThanOrEqual(profileOf('soak').restartsMin)
      for (const stopMs of stopsMs) expect(stopMs).toBeLessThan(CI.marketMs)
    }
  })

  test('ends each fault before the end of the leg in which it begins, and begins none while the company starts', () => {
    for (const seed of SEEDS) {
      const { faults, legsMs } = planOf(seed)
      expect(legsMs.at(-1)).toBe(CI.marketMs)
      for (const { startMs, endMs } of faults) {
        expect(startMs).toBeGreaterThanOrEqual(60_000)
        expect(endMs).toBeGreaterThanOrEqual(startMs)
        const leg = legsMs.find((legMs) => startMs < legMs) ?? 0
        expect(endMs).toBeLessThan(leg)
      }
    }
  })
})
