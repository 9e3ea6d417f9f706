import { describe, expect, test } from 'bun:test'
import type { SeedOutcome } from '#sim/simulate/outcome'
import { Repeats } from '#sim/simulate/repeat'
import { Tally } from '#sim/simulate/summary'
import { resultDouble } from './fixtures/result-double'

function ran(seed: number, over: Parameters<typeof resultDouble>[2] = {}): SeedOutcome {
  return { kind: 'ran', seed, cpuMs: 1, result: resultDouble(seed, [], over) }
}

describe('seeds that are run twice (of results that nothing was simulated for)', () => {
  test('I11 one of fifty is, in a run of ten seeds or more', () => {
    const picked = (first: number, count: number) => {
      const repeats = new Repeats(first, count)
      return Array.from({ length: count }, (_, index) => first + index).filter((seed) => repeats.picks(seed))
    }
    expect(picked(1, 120)).toEqual([1, 51, 101])
    expect(picked(7, 10)).toEqual([7])
    expect(picked(1, 9)).toEqual([])
  })

  test('I11 two runs that differ in anything but real time are told of', () => {
    const compared = (one: SeedOutcome, other: SeedOutcome) => {
      const repeats = new Repeats(1, 100)
      expect(repeats.take(one)).toBeNull()
      return repeats.take(other)
    }
    expect(compared(ran(1), ran(1, { realMs: 99 }))).toEqual({ seed: 1, objection: null })
    expect(compared(ran(1), ran(1, { journalHash: 'another' }))).toEqual({
      seed: 1,
      objection: 'two runs of the seed differ: their journals end in another and hash-1-',
    })
    expect(compared(ran(1), ran(1, { events: 99 }))?.objection).toContain('two runs of the seed differ')
  })

  test('I11 a picked seed needs two runs, one where the first is known, and none once they were compared', () => {
    const repeats = new Repeats(1, 200)
    expect([1, 2, 51, 101, 151].map((seed) => repeats.missing(seed))).toEqual([2, 0, 2, 2, 2])
    repeats.take(ran(2))
    repeats.take(ran(1))
    repeats.take(ran(51))
    repeats.take(ran(51))
    repeats.take(ran(101))
    repeats.known({ seed: 101, objection: 'they differed' })
    expect([1, 2, 51, 101, 151].map((seed) => repeats.missing(seed))).toEqual([1, 0, 0, 0, 2])
    expect(repeats.take(ran(101))).toBeNull()
    expect(repeats.take(ran(1))).toEqual({ seed: 1, objection: null })
  })

  test('I11 a run that died is compared with nothing', () => {
    const repeats = new Repeats(1, 100)
    expect(repeats.take(ran(1))).toBeNull()
    expect(repeats.take({ kind: 'died', seed: 1, text: 'gone' })).toBeNull()
  })

  test('I11 the comparison counts as a judgement, and a difference as a failure of the seed', () => {
    const tally = new Tally()
    tally.add(ran(1))
    tally.add(ran(7))
    tally.judge(1, 'I11', null)
    tally.judge(7, 'I11', 'they differ')
    tally.judge(2, 'I11', 'these too')
    const { checks, failures } = tally.totals()
    expect(checks.get('I11')).toBe(3)
    expect(failures.map(({ seed, objections }) => `${seed} ${objections.map(({ invariant }) => invariant).join()}`)).toEqual([
      '2 I11',
      '7 I5,I11',
    ])
  })
})
