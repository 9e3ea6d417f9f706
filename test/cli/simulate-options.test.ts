import { describe, expect, test } from 'bun:test'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { readArguments, UsageError } from '#cli/command'
import { simulateCommand } from '#cli/simulate'
import { replayCommand, traceCommand } from '#cli/simulate-lines'
import { readSimulatePlan } from '#cli/simulate-options'
import { PLANTED_BUGS } from '#sim/planted/bugs'
import { FAULT_NAMES } from '#sim/simulate/faults'
import { PROFILES, profileOf } from '#sim/simulate/profiles'
import { ROOT } from './cli'

function planOf(line: string) {
  return readSimulatePlan(
    readArguments(
      simulateCommand,
      line.split(' ').filter((word) => word !== ''),
    ),
  )
}

function refusalOf(line: string): string {
  try {
    planOf(line)
  } catch (error) {
    if (error instanceof UsageError) return error.message
    throw error
  }
  return 'no refusal'
}

const BUG = PLANTED_BUGS[0]?.name ?? ''

describe('options of troupe simulate', () => {
  test('SIM-08 runs five hundred seeds of the profile ci with every fault on every core unless told otherwise', () => {
    expect(planOf('')).toEqual({
      kind: 'sweep',
      first: 1,
      last: 500,
      statePath: null,
      profile: profileOf('ci'),
      faults: FAULT_NAMES,
      without: [],
      jobs: availableParallelism(),
      isJson: false,
    })
  })

  test('SIM-08 keeps the seeds of a soak unless it is one seed or another file is named', () => {
    expect(planOf('--profile soak')).toMatchObject({ first: 1, last: 1_000_000, statePath: join(ROOT, '.run', 'simulate-soak.jsonl') })
    expect(planOf('--profile soak --seeds 17..17')).toMatchObject({ statePath: null })
    expect(planOf('--seeds 1..3 --state here.jsonl')).toMatchObject({ statePath: resolve('here.jsonl') })
  })

  test('SIM-08 reads seeds, days, faults in any order, and what to leave out', () => {
    expect(planOf('--seeds 4294967295 --days 0.5 --faults crash,drop,crash --without 7,2,7 --jobs 3 --json')).toMatchObject({
      first: 4_294_967_295,
      last: 4_294_967_295,
      profile: { name: 'ci', marketMs: 43_200_000 },
      faults: ['drop', 'crash'],
      without: [2, 7],
      jobs: 3,
      isJson: true,
    })
    expect(planOf('--faults none')).toMatchObject({ faults: [] })
  })

  test('SIM-08 reads what else there is to do', () => {
    expect(planOf('--trace 17')).toMatchObject({ kind: 'trace', seed: 17, planted: null })
    expect(planOf(`--planted ${BUG} --trace 17`)).toMatchObject({ kind: 'trace', seed: 17, planted: { name: BUG } })
    expect(planOf('--shrink 0')).toMatchObject({ kind: 'shrink', seed: 0 })
    expect(planOf('--planted --known --write-docs')).toMatchObject({
      kind: 'planted',
      bugs: PLANTED_BUGS,
      isKnownOnly: true,
      writesDocs: true,
    })
    expect(planOf(`--planted ${BUG}`)).toMatchObject({ kind: 'planted', bugs: [{ name: BUG }], isKnownOnly: false, writesDocs: false })
  })

  test.each([
    ['--seeds 5..1', '--seeds = "5..1": the first seed is above the last'],
    ['--seeds x', '--seeds = "x": must be a range such as 1..200, or one seed, from 0 to 4294967295'],
    ['--seeds 1..', '--seeds = "1..": must be a range such as 1..200, or one seed, from 0 to 4294967295'],
    ['--seeds 0..4294967296', '--seeds = "0..4294967296": must be a range such as 1..200, or one seed, from 0 to 4294967295'],
    ['--seeds 0..1000000', '--seeds = "0..1000000": at most 1000000 seeds a run'],
    ['--days 0', '--days = "0": must be a number above 0 and at most 366, such as 0.5'],
    ['--days -1', "Option '--days' argument is ambiguous (see: bun run troupe simulate --help)"],
    ['--days 367', '--days = "367": must be a number above 0 and at most 366, such as 0.5'],
    ['--days NaN', '--days = "NaN": must be a number above 0 and at most 366, such as 0.5'],
    ['--days 1e-12', '--days = "1e-12": must be a number above 0 and at most 366, such as 0.5'],
    ['--jobs 0', '--jobs = "0": must be a whole number from 1 to 256'],
    ['--jobs 1.5', '--jobs = "1.5": must be a whole number from 1 to 256'],
    ['--jobs 257', '--jobs = "257": must be a whole number from 1 to 256'],
    ['--trace x', '--trace = "x": must be a whole number from 0 to 4294967295'],
    ['--shrink 4294967296', '--shrink = "4294967296": must be a whole number from 0 to 4294967295'],
    ['--seeds 1 --without a', '--without = "a": must be numbers of planned faults with commas between'],
    ['--without 1', '--without names faults of one seed: give --seeds one seed'],
    ['--seeds 1 --without 1 --state f', '--state keeps whole runs: it excludes --without'],
    ['--state=', '--state = "": name a file'],
    ['--trace 1 --state f', '--state belongs to a run over seeds'],
    ['--planted --state f', '--state belongs to a run over seeds'],
    ['--trace 1 --shrink 1', '--trace and --shrink exclude each other'],
    ['--trace 1 --seeds 1', '--trace and --seeds exclude each other'],
    ['--trace 1 --json', '--trace has no --json: its lines are for reading'],
    ['--known', '--known belongs to --planted'],
    ['--write-docs', '--write-docs belongs to --planted'],
    [`--planted ${BUG} --write-docs`, '--write-docs writes the whole table: name no bug'],
    [BUG, `"${BUG}" is not expected here without --planted`],
    ['--planted --trace 1', '--planted with --trace takes one name of a bug'],
    ['--planted --seeds 1..2', '--planted chooses seeds by itself; with one name it goes with --trace SEED'],
    ['--planted --shrink 1', '--planted chooses seeds by itself; with one name it goes with --trace SEED'],
  ])('SIM-08 refuses %s', (line, message) => {
    expect(refusalOf(line)).toBe(message)
  })

  test('SIM-08 names what there is where a name does not exist', () => {
    expect(refusalOf('--profile night')).toBe(
      `--profile = "night": there is no such profile; choose ${PROFILES.map((profile) => profile.name).join(' or ')}`,
    )
    expect(refusalOf('--faults drop,fire')).toBe(`--faults: there is no fault "fire"; choose all, none, or of ${FAULT_NAMES.join(', ')}`)
    expect(refusalOf('--planted nope')).toBe(`there is no planted bug "nope"; choose of ${PLANTED_BUGS.map((bug) => bug.name).join(', ')}`)
  })

  test('SIM-08 refuses to leave out what a seed does not plan', () => {
    expect(refusalOf('--seeds 3 --without 1,399')).toMatch(/^--without: seed 3 plans \d+ faults, numbered from 0; there is no 399$/)
    expect(refusalOf('--trace 3 --faults none --without 0')).toBe('--without: seed 3 plans 0 faults, numbered from 0; there is no 0')
  })

  test('SIM-08 prints commands that mean the same run', () => {
    for (const line of ['', '--profile soak --days 0.1 --faults none', '--seeds 9 --faults crash,drop --without 1,2 --days 0.3333']) {
      const plan = planOf(line)
      const { profile, faults, without } = plan
      const words = (command: string) => command.replace('bun run troupe simulate ', '')
      expect(planOf(words(replayCommand(plan, 9)))).toMatchObject({ kind: 'sweep', first: 9, last: 9, profile, faults, without })
      expect(planOf(words(traceCommand(plan, 9)))).toMatchObject({ kind: 'trace', seed: 9, profile, faults, without })
    }
    expect(replayCommand(planOf(''), 17)).toBe('bun run troupe simulate --seeds 17..17 --profile ci')
  })
})
