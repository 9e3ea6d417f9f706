import { describe, expect, test } from 'bun:test'
import { profileOf } from '#sim/simulate/profiles'
import { runSeed } from '#sim/simulate/run-seed'
import type { SeedTask } from '#sim/simulate/types'

const MARKET_MS = 1_200_000
const TASK: SeedTask = {
  seed: 5,
  profile: { ...profileOf('ci'), marketMs: MARKET_MS },
  faults: ['drop', 'delay', 'crash'],
  without: [],
  onTrace: null,
}

describe('timeline of a seed', () => {
  const lines: string[] = []
  const traced = runSeed({ ...TASK, onTrace: (line) => lines.push(line) })

  test('I11 a run that is watched is the run that nobody watches', () => {
    expect({ ...traced, realMs: 0 }).toEqual({ ...runSeed(TASK), realMs: 0 })
  })

  test('SIM-08 tells of faults, lives, transitions, verdicts, orders, messages with what became of them, and fills', () => {
    const tells = (pattern: RegExp) => expect(lines.some((line) => pattern.test(line))).toBe(true)
    tells(/Z fault 0 crash: \{/)
    tells(/Z life 2 starts/)
    tells(/Z #\d+ director company\.transition: CHECKING → TRADING$/)
    tells(/Z #\d+ bot:\S+ bot\.transition: STARTING → ACTIVE$/)
    tells(/Z #\d+ risk verdict\.passed: /)
    tells(/Z #\d+ order:\w+ order\.submitting: (buy|sell) \S+ \S+@kraken at \S+/)
    tells(/Z socket → venue \{"method":"add_order"/)
    tells(/Z socket ← venue \{"channel":"executions"/)
    tells(/Z #\d+ order:\w+ order\.(accepted|canceled): /)
    tells(/ \[(lost|late by \d+ ms)\]$/)
  })

  test('SIM-08 tells each entry once, in the order of the journal, and no line without its time', () => {
    const seqs = lines.flatMap((line) => /Z #(\d+) /.exec(line)?.[1] ?? []).map(Number)
    expect(seqs.length).toBeGreaterThan(100)
    expect(seqs).toEqual([...new Set(seqs)].sort((one, other) => one - other))
    expect(lines.filter((line) => !/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ \S/.test(line))).toEqual([])
  })

  test('I9 shows no token of the private stream', () => {
    const shown = lines.filter((line) => line.includes('"token"'))
    expect(shown.length).toBeGreaterThan(0)
    expect(shown.filter((line) => !line.includes('"token":"…"'))).toEqual([])
  })
})
