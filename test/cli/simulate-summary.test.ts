import { describe, expect, test } from 'bun:test'
import { readArguments } from '#cli/command'
import { simulateCommand } from '#cli/simulate'
import { failureLines, seedJson } from '#cli/simulate-lines'
import { readSimulatePlan } from '#cli/simulate-options'
import { plantedDocument } from '#cli/simulate-planted'
import { shrunkLines } from '#cli/simulate-shrink'
import { isGreen, type SweepEnd, summaryJson, summaryText } from '#cli/simulate-summary'
import { PLANTED_BUGS } from '#sim/planted/bugs'
import type { SeedOutcome } from '#sim/simulate/outcome'
import { planSeed } from '#sim/simulate/plan'
import { Tally } from '#sim/simulate/summary'
import { resultDouble } from '#test/simulation/fixtures/result-double'

function settingOf(line: string) {
  return readSimulatePlan(readArguments(simulateCommand, line.split(' ')))
}

/** A run of results that nothing was simulated for. */
function endOf(line: string, outcomes: readonly SeedOutcome[], over: Partial<SweepEnd> = {}): SweepEnd {
  const tally = new Tally()
  for (const outcome of outcomes) tally.add(outcome)
  return { setting: settingOf(line), first: 1, last: 8, totals: tally.totals(), realMs: 65_000, resumed: 0, ...over }
}

function seeds(count: number, over: Parameters<typeof resultDouble>[2] = {}): readonly SeedOutcome[] {
  return Array.from({ length: count }, (_, index) => ({
    kind: 'ran',
    seed: index + 1,
    cpuMs: 1_500,
    result: resultDouble(index + 1, [], over),
  }))
}

const LINE = '--jobs 2 --faults drop,crash,fullDisk'

describe('summary of a simulation (of results that nothing was simulated for)', () => {
  test('SIM-08 shows figures, faults, invariants and charts', () => {
    const text = summaryText(endOf(LINE, seeds(8)))
    const lines = text.split('\n')
    expect(lines[1]).toBe('Simulated 8 seeds: 1 FAILED (seed 7)')
    expect(lines).toContain('  seeds         1..8')
    expect(lines).toContain('  simulated     0.33 days of market time')
    expect(lines).toContain('  real time     1 min 5 s on 2 worker processes')
    expect(lines).toContain('  CPU time      12 s; 100.0 simulated days a CPU-hour')
    expect(lines).toContain('  clock events  800; 67 a CPU-second')
    expect(lines).toContain('  company       32 orders, 24 fills, 8 restarts')
    expect(text).toMatch(/^ {2}profile {7}ci: 1 h of market time a seed, at least 1 restart, market step /m)
    expect(text).toMatch(/^ {2}drop +16 {2}a message is lost on its way/m)
    expect(text).toMatch(/^ {2}fullDisk +0 {2}the journal cannot/m)
    expect(lines).toContain('  note: fullDisk: never fired; from 100 seeds on that fails the run')
    expect(text).toMatch(/^ {2}I5 +8 +1$/m)
    expect(text).toMatch(/^ {2}note: I2, .* I14: never judged; from 100 seeds/m)
    expect(text).toMatch(/^ {2}order +3 of 13 +1 of \d+$/m)
    expect(text).toMatch(/^ {2}bot: never entered: starting, operating\.active, /m)
  })

  test('SIM-08 tells of a run that was stopped, of one that went on, and of processes that died', () => {
    const died: SeedOutcome = { kind: 'died', seed: 8, text: 'gone' }
    const text = summaryText(endOf(LINE, [...seeds(3), died], { last: 2_000, resumed: 1_500 }))
    expect(text).toContain('Simulated 4 of 2,000 seeds: 1 FAILED (seed 8)')
    expect(text).toContain('seeds         1..2000, 1,500 of them finished by an earlier run')
    expect(text).toMatch(/^ {2}DIED +0 +1$/m)
  })

  test('SIM-08 is green without a breach, and from a hundred seeds on only without a gap', () => {
    const quiet = { breaches: [] }
    expect(isGreen(endOf(LINE, seeds(6, quiet)))).toBe(true)
    expect(isGreen(endOf(LINE, seeds(7)))).toBe(false)
    const gap = endOf(LINE, seeds(100, quiet), { last: 100 })
    expect(isGreen(gap)).toBe(false)
    expect(summaryText(gap)).toContain('\n  FAILED fullDisk: never fired\n')
    expect(summaryText(gap)).toMatch(/\n {2}FAILED I2, .* I14: never judged\n/)
  })

  test('SIM-08 gives a program the same, real time apart from the rest', () => {
    const json = JSON.parse(summaryJson(endOf(LINE, seeds(8)), { isInterrupted: false })) as Record<string, unknown>
    expect(json).toMatchObject({
      type: 'summary',
      isGreen: false,
      seeds: 8,
      orders: 32,
      faults: { drop: 16, crash: 8, fullDisk: 0 },
      unfired: ['fullDisk'],
      failures: [{ seed: 7 }],
      real: { realMs: 65_000, cpuMs: 12_000, jobs: 2 },
      isInterrupted: false,
    })
  })
})

describe('lines of a failing seed', () => {
  const breach = (invariant: string, text: string) => ({ invariant, text, atMs: 0, seq: 0 })

  test('SIM-08 name invariant and text, and the commands that run it again and trace it', () => {
    const outcome: SeedOutcome = { kind: 'ran', seed: 7, cpuMs: 1, result: resultDouble(7) }
    expect(failureLines(settingOf('--faults drop,crash --days 0.5'), outcome)).toEqual([
      'FAILED seed 7: I5: cash is missing',
      '       replay: bun run troupe simulate --seeds 7..7 --profile ci --days 0.5 --faults drop,crash',
      '       trace:  bun run troupe simulate --trace 7 --profile ci --days 0.5 --faults drop,crash',
    ])
  })

  test('SIM-08 tell the first of each invariant, of three at most, and how many more there are', () => {
    const breaches = [breach('I1', 'a'), breach('I1', 'b'), breach('I2', 'c'), breach('I3', 'd'), breach('I4', 'e')]
    const lines = failureLines(settingOf('--json'), { kind: 'ran', seed: 9, cpuMs: 1, result: resultDouble(9, [], { breaches }) })
    expect(lines.slice(0, 4)).toEqual(['FAILED seed 9: I1: a', 'FAILED seed 9: I2: c', 'FAILED seed 9: I3: d', 'FAILED seed 9: and 2 more'])
  })

  test('SIM-08 tell of a process that died', () => {
    expect(failureLines(settingOf('--json'), { kind: 'died', seed: 13, text: 'the worker process died (SIGKILL)' })[0]).toBe(
      'FAILED seed 13: DIED: the worker process died (SIGKILL)',
    )
    expect(seedJson({ kind: 'died', seed: 13, text: 'gone' })).toBe('{"type":"seed","seed":13,"journalHash":null,"died":"gone"}')
  })

  test('SIM-08 say after shrinking which faults are left, and how to run with them alone', () => {
    const setting = settingOf('--faults drop,crash')
    const { faults, planned } = planSeed({ ...setting, seed: 7, onTrace: null })
    const without = faults.map(({ index }) => index).filter((index) => index !== 0)
    const lines = shrunkLines(setting, { seed: 7, invariant: 'I5', planned, left: [0], without, tries: 9, isMinimal: true })
    expect(lines[0]).toBe(`Seed 7 still breaches I5 with 1 of its ${planned} faults (9 tries; none of them can be left out)`)
    expect(lines[1]).toMatch(/^ {2}#0 (drop|crash) after \S.*: (a message is lost|the process dies)/)
    expect(lines[2]).toBe(`  replay: bun run troupe simulate --seeds 7..7 --profile ci --faults drop,crash --without ${without.join(',')}`)
    expect(lines).toHaveLength(4)
  })
})

describe('page of planted bugs', () => {
  test('SIM-08 lists each with what it breaks and the seed that found it', () => {
    const [one, other] = PLANTED_BUGS
    if (one === undefined || other === undefined) throw new Error('there are fewer than two planted bugs')
    const text = plantedDocument([
      { bug: one, seed: 3, seeds: 3, invariants: ['I7', 'I5'], note: '' },
      { bug: other, seed: null, seeds: 20, invariants: [], note: '' },
    ])
    expect(text).toContain('The simulation finds 1 of 2')
    expect(text).toContain(`| \`${one.name}\` | ${one.what} | \`${one.file}\` | ${one.breaks.join(', ')} | 3 (I7, I5) |`)
    expect(text).toContain(`| \`${other.name}\` | ${other.what} | \`${other.file}\` | ${other.breaks.join(', ')} | not in 20 seeds |`)
  })
})
