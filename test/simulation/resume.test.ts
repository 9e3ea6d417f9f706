import { describe, expect, test } from 'bun:test'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RanSeed } from '#sim/simulate/outcome'
import type { Repeated } from '#sim/simulate/repeat'
import { openState, type StateIdentity } from '#sim/simulate/resume'
import { removeTempDirs, tempDir } from '#test/store/temp-dir'
import { resultDouble } from './fixtures/result-double'

removeTempDirs()

const IDENTITY: StateIdentity = { profile: 'ci', marketMs: 3_600_000, faults: ['drop', 'crash'], code: 'abc' }

function ran(seed: number): RanSeed {
  return { kind: 'ran', seed, cpuMs: 5.5, result: resultDouble(seed) }
}

/** Opens the file, appends seeds and closes it. Returns what was in it before, and the note. */
function session(path: string, seeds: readonly number[], identity: StateIdentity = IDENTITY) {
  const present: RanSeed[] = []
  const state = openState(path, identity, { onSeed: (outcome) => present.push(outcome), onJudged: () => undefined })
  for (const seed of seeds) state.append(ran(seed))
  state.close()
  return { present, note: state.note }
}

function newFile(): string {
  return join(tempDir(), 'folder', 'state.jsonl')
}

describe('state file of a simulation', () => {
  test('SIM-08 keeps finished seeds from one run to the next', () => {
    const path = newFile()
    expect(session(path, [3, 1])).toEqual({ present: [], note: null })
    expect(session(path, [2])).toEqual({ present: [ran(3), ran(1)], note: null })
    expect(session(path, [])).toEqual({ present: [ran(3), ran(1), ran(2)], note: null })
  })

  test('I11 keeps what the second run of a seed said of the first, in its place among the seeds', () => {
    const path = newFile()
    const read: string[] = []
    const reader = {
      onSeed: (outcome: RanSeed) => void read.push(`seed ${outcome.seed}`),
      onJudged: ({ seed, objection }: Repeated) => void read.push(`judged ${seed} ${objection}`),
    }
    const state = openState(path, IDENTITY, reader)
    state.append(ran(1))
    state.judged({ seed: 1, objection: null })
    state.judged({ seed: 51, objection: 'they differ' })
    state.append(ran(2))
    state.close()
    expect(read).toEqual([])
    openState(path, IDENTITY, reader).close()
    expect(read).toEqual(['seed 1', 'judged 1 null', 'judged 51 they differ', 'seed 2'])
  })

  test('SIM-08 drops a last line that was not written to its end, and goes on behind the line before it', () => {
    const path = newFile()
    session(path, [1, 2])
    const whole = readFileSync(path)
    for (const cut of [1, 2, 200]) {
      writeFileSync(path, whole.subarray(0, whole.length - cut))
      const { present, note } = session(path, [5])
      expect(present).toEqual([ran(1)])
      expect(note).toBe(`the last line of ${path} was damaged and is dropped: its seed runs again`)
      expect(session(path, [])).toEqual({ present: [ran(1), ran(5)], note: null })
    }
  })

  test('SIM-08 drops a last line that is whole and is nonsense', () => {
    const path = newFile()
    session(path, [1])
    appendFileSync(path, '{"cpuMs":5,"result":{"seed":"two"}}\n')
    const { present, note } = session(path, [])
    expect(present).toEqual([ran(1)])
    expect(note).toContain('was damaged and is dropped')
  })

  test('SIM-08 begins anew where not even the first line was finished', () => {
    const path = newFile()
    session(path, [])
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, 20))
    expect(session(path, [1]).present).toEqual([])
    expect(session(path, [])).toEqual({ present: [ran(1)], note: null })
  })

  test('SIM-08 reads a file that is larger than what is read at once', () => {
    const path = newFile()
    const seeds = Array.from({ length: 4_000 }, (_, index) => index)
    session(path, seeds)
    expect(readFileSync(path).length).toBeGreaterThan(1 << 20)
    expect(session(path, []).present.map(({ seed }) => seed)).toEqual(seeds)
  })

  test.each([
    ['its profile is ci, not soak', { ...IDENTITY, profile: 'soak' as const }],
    ['its seeds ran 1 h of market time, not 2 h', { ...IDENTITY, marketMs: 7_200_000 }],
    ['its seeds drew from other faults', { ...IDENTITY, faults: ['drop' as const] }],
    ['its seeds ran another version of the code, or other packages', { ...IDENTITY, code: 'abd' }],
  ])('SIM-08 refuses what does not go together (%s) and leaves the file as it is', (why, identity) => {
    const path = newFile()
    session(path, [1])
    const before = readFileSync(path, 'utf8')
    expect(() => session(path, [2], identity)).toThrow(
      `${path} cannot be gone on with: ${why}; delete it to begin anew, or name another with --state`,
    )
    expect(readFileSync(path, 'utf8')).toBe(before)
  })

  test.each([
    ['it is no state file of this version', (text: string) => `hello\n${text}`],
    ['line 2 is damaged, and lines follow it; restore the file', (text: string) => text.replace('"seed":1', '"seed":-1')],
  ])('SIM-08 refuses a file that it cannot read (%s) and leaves it as it is', (why, change) => {
    const path = newFile()
    session(path, [1, 2])
    const changed = change(readFileSync(path, 'utf8'))
    writeFileSync(path, changed)
    expect(() => session(path, [])).toThrow(why)
    expect(readFileSync(path, 'utf8')).toBe(changed)
  })
})
