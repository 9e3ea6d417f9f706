import { describe, expect, test } from 'bun:test'
import { INVARIANTS } from '#sim/monitors/types'
import { FAULT_NAMES } from '#sim/simulate/faults'
import type { SeedOutcome } from '#sim/simulate/outcome'
import { progressBar, progressText } from '#sim/simulate/progress'
import { gapsOf, objectionCounts, Tally } from '#sim/simulate/summary'
import { resultDouble } from './fixtures/result-double'

function ran(seed: number, over: Parameters<typeof resultDouble>[2] = {}): SeedOutcome {
  return { kind: 'ran', seed, cpuMs: 100, result: resultDouble(seed, [], over) }
}

function tallyOf(outcomes: readonly SeedOutcome[]): Tally {
  const tally = new Tally()
  for (const outcome of outcomes) tally.add(outcome)
  return tally
}

describe('what a simulation adds up', () => {
  test('SIM-08 sums what its seeds did, whatever order they came in', () => {
    const outcomes = [ran(7), ran(1, { faults: { drop: 1, delay: 4 }, lives: 1 }), { kind: 'died', seed: 3, text: 'gone' } as const]
    const totals = tallyOf(outcomes).totals()
    expect(totals).toEqual({
      seeds: new Set([1, 3, 7]),
      simulatedMs: 7_200_000,
      cpuMs: 200,
      events: 200,
      journalEntries: 20,
      orders: 8,
      fills: 6,
      restarts: 1,
      faults: new Map([
        ['drop', 3],
        ['crash', 1],
        ['delay', 4],
      ]),
      checks: new Map([
        ['I1', 8],
        ['I5', 2],
      ]),
      transitions: new Map([['order open → filled', 6]]),
      failures: [
        { seed: 3, planned: 0, objections: [{ invariant: 'DIED', text: 'gone' }] },
        { seed: 7, planned: 6, objections: [expect.objectContaining({ invariant: 'I5', text: 'cash is missing' })] },
      ],
    })
    expect(tallyOf([...outcomes].reverse()).totals()).toEqual(totals)
  })

  test('SIM-08 counts a seed once', () => {
    const tally = tallyOf([ran(7)])
    expect(tally.add(ran(7))).toBe(false)
    expect(tally).toMatchObject({ count: 1, failed: 1 })
    expect(tally.totals().orders).toBe(4)
  })

  test('SIM-08 names a fault that never fired and an invariant that was never judged, and fails for it from a hundred seeds on', () => {
    const seeds = (count: number) => tallyOf(Array.from({ length: count }, (_, index) => ran(index + 1))).totals()
    const gaps = gapsOf(seeds(99), ['drop', 'tornTail', 'fullDisk'])
    expect(gaps).toEqual({
      unfired: ['tornTail', 'fullDisk'],
      unjudged: INVARIANTS.filter((name) => name !== 'I1' && name !== 'I5'),
      isFailure: false,
    })
    expect(gapsOf(seeds(100), ['drop', 'tornTail']).isFailure).toBe(true)
  })

  test('SIM-08 finds no gap where every fault fired and every invariant was judged', () => {
    const everything = {
      faults: Object.fromEntries(FAULT_NAMES.map((name) => [name, 1])),
      checks: Object.fromEntries(INVARIANTS.map((name) => [name, 1])),
    }
    const totals = tallyOf(Array.from({ length: 100 }, (_, index) => ran(index, everything))).totals()
    expect(gapsOf(totals, FAULT_NAMES)).toEqual({ unfired: [], unjudged: [], isFailure: false })
  })

  test('SIM-08 counts objections by invariant', () => {
    const totals = tallyOf([ran(7), ran(14), { kind: 'died', seed: 2, text: 'gone' }]).totals()
    expect(objectionCounts(totals.failures)).toEqual(
      new Map([
        ['DIED', 1],
        ['I5', 2],
      ]),
    )
  })
})

describe('progress of a simulation', () => {
  const half = { done: 60, total: 100, resumed: 10, failed: 0, elapsedMs: 25_000 }

  test('SIM-08 tells seeds, rate, breaches and what is left; what an earlier run did is no speed of this one', () => {
    expect(progressText(half)).toBe('60 of 100 seeds, 2.00 seeds/s, no breach, 20 s left')
    expect(progressText({ ...half, failed: 1 })).toContain(', 1 failing seed, ')
    expect(progressText({ ...half, done: 10 })).toBe('10 of 100 seeds, 0.00 seeds/s, no breach, time left unknown yet')
    expect(progressText({ ...half, done: 100, failed: 2 })).toBe('100 of 100 seeds, 3.60 seeds/s, 2 failing seeds')
  })

  test('SIM-08 draws a bar that is full at the end and not before', () => {
    expect(progressBar(half)).toStartWith(`${'█'.repeat(18)}${'·'.repeat(12)} 60 %  60 of`)
    expect(progressBar({ ...half, done: 100 })).toStartWith(`${'█'.repeat(30)} 100 %`)
    expect(progressBar({ ...half, done: 999, total: 1_000 })).toContain(' 99 % ')
  })
})
