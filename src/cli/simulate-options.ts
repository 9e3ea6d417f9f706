import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { DAY_MS } from '#domain/time'
import { PLANTED_BUGS } from '#sim/planted/bugs'
import type { PlantedBug } from '#sim/planted/types'
import { FAULT_NAMES, type FaultName } from '#sim/simulate/faults'
import { planSeed } from '#sim/simulate/plan'
import { PROFILES } from '#sim/simulate/profiles'
import type { SimulationProfile } from '#sim/simulate/types'
import { type Arguments, JSON_FLAG, type OptionSpec, UsageError } from './command'
import { ROOT } from './world-options'

const SEED_MAX = 4_294_967_295
const SEEDS_MAX = 1_000_000
const DAYS_MAX = 366
const JOBS_MAX = 256
/** A soak goes on until somebody ends it. */
const SEEDS_BY_DEFAULT = { ci: [1, 500], soak: [1, SEEDS_MAX] } as const
/** Where a soak keeps its finished seeds, below the checkout. */
const SOAK_STATE = join('.run', 'simulate-soak.jsonl')

/** Options of `troupe simulate`. */
export const SIMULATE_OPTIONS: readonly OptionSpec[] = [
  { name: 'seeds', value: 'A..B', text: 'seeds to run, or one seed; default 1..500 (ci), 1..1000000 (soak)' },
  { name: 'days', value: 'D', text: 'market time a seed, days; default as the profile says' },
  { name: 'profile', value: 'NAME', text: 'ci (short and dense, the default) or soak (long)' },
  { name: 'faults', value: 'LIST', text: 'all (the default), none, or names with commas between: drop,crash,lostReply' },
  { name: 'jobs', value: 'N', text: 'worker processes; default one a core' },
  { name: 'trace', value: 'SEED', text: 'run one seed and write what happened, line by line' },
  { name: 'shrink', value: 'SEED', text: 'cut a failing seed to the fewest faults that still fail the same way' },
  { name: 'without', value: 'I,J', text: 'leave out faults of the plan by their numbers (one seed, --trace or --shrink)' },
  { name: 'state', value: 'FILE', text: `keep finished seeds there and go on from it; default for soak: ${SOAK_STATE}` },
  { name: 'planted', value: null, text: 'run with each planted bug (or those named) and expect that it is found' },
  { name: 'known', value: null, text: 'with --planted: only the one seed of each bug that is known to find it' },
  { name: 'write-docs', value: null, text: 'with --planted: write the table to docs/planted-bugs.md' },
  JSON_FLAG,
]

/** What decides a run besides its seed, and how it is made. */
export interface SimulateSetting {
  /** With the market time that was asked for. */
  readonly profile: SimulationProfile
  readonly faults: readonly FaultName[]
  readonly without: readonly number[]
  readonly jobs: number
  readonly isJson: boolean
}

/** What a command line of `troupe simulate` asks for. */
export type SimulatePlan = SimulateSetting &
  (
    | { readonly kind: 'sweep'; readonly first: number; readonly last: number; readonly statePath: string | null }
    | { readonly kind: 'trace'; readonly seed: number; readonly planted: PlantedBug | null }
    | { readonly kind: 'shrink'; readonly seed: number }
    | { readonly kind: 'planted'; readonly bugs: readonly PlantedBug[]; readonly isKnownOnly: boolean; readonly writesDocs: boolean }
  )

/** Reads the command line. @throws {UsageError} naming option, value and rule. */
export function readSimulatePlan(args: Arguments): SimulatePlan {
  const setting = readSetting(args)
  const has = (name: string) => args.text(name) !== null || args.flag(name)
  const chosen = (['trace', 'shrink', 'seeds'] as const).filter(has)
  if (chosen.length > 1) throw new UsageError(`--${chosen[0]} and --${chosen[1]} exclude each other`)
  const isPlanted = args.flag('planted')
  if (!isPlanted) {
    if (args.positionals[0] !== undefined) throw new UsageError(`"${args.positionals[0]}" is not expected here without --planted`)
    for (const name of ['known', 'write-docs']) if (has(name)) throw new UsageError(`--${name} belongs to --planted`)
  }
  const trace = seedOption(args, 'trace')
  const shrink = seedOption(args, 'shrink')
  const isSweep = !isPlanted && trace === null && shrink === null
  if (has('state') && !isSweep) throw new UsageError('--state belongs to a run over seeds')
  if (setting.isJson && trace !== null) throw new UsageError('--trace has no --json: its lines are for reading')
  if (trace !== null) return { ...planned(setting, trace), kind: 'trace', seed: trace, planted: isPlanted ? onlyBug(args) : null }
  if (isPlanted) return { ...setting, ...readPlanted(args) }
  if (shrink !== null) return { ...planned(setting, shrink), kind: 'shrink', seed: shrink }
  const [first, last] = seedRange(args.text('seeds'), setting.profile.name)
  if (setting.without.length > 0 && first !== last) throw new UsageError('--without names faults of one seed: give --seeds one seed')
  return { ...planned(setting, first), kind: 'sweep', first, last, statePath: statePathOf(args, setting, first === last) }
}

/** Returns the setting once it is sure that the seed planned what it leaves out. */
function planned(setting: SimulateSetting, seed: number): SimulateSetting {
  const most = setting.without.at(-1)
  if (most === undefined) return setting
  const { planned: count } = planSeed({ ...setting, seed, onTrace: null })
  if (most >= count) throw new UsageError(`--without: seed ${seed} plans ${count} faults, numbered from 0; there is no ${most}`)
  return setting
}

/** A single seed of a soak is run again when somebody asks for it, and so has no state file unless one is named. */
function statePathOf(args: Arguments, { profile, without }: SimulateSetting, isOneSeed: boolean): string | null {
  const given = args.text('state')
  if (given !== null && without.length > 0) throw new UsageError('--state keeps whole runs: it excludes --without')
  if (given === '') throw new UsageError('--state = "": name a file')
  if (given !== null) return resolve(given)
  return profile.name === 'soak' && !isOneSeed ? join(ROOT, SOAK_STATE) : null
}

function readSetting(args: Arguments): SimulateSetting {
  const name = args.text('profile') ?? 'ci'
  const profile = PROFILES.find((candidate) => candidate.name === name)
  if (profile === undefined) {
    const known = PROFILES.map((candidate) => candidate.name).join(' or ')
    throw new UsageError(`--profile = "${name}": there is no such profile; choose ${known}`)
  }
  const days = args.text('days')
  return {
    profile: days === null ? profile : { ...profile, marketMs: daysMs(days) },
    faults: faultsOf(args.text('faults') ?? 'all'),
    without: indicesOf(args.text('without')),
    jobs: wholeNumber('jobs', args.text('jobs'), 1, JOBS_MAX) ?? Math.min(JOBS_MAX, Math.max(1, availableParallelism())),
    isJson: args.flag('json'),
  }
}

function daysMs(text: string): number {
  const days = text.trim() === '' ? Number.NaN : Number(text)
  const ms = Math.round(days * DAY_MS)
  if (!(ms >= 1) || days > DAYS_MAX)
    throw new UsageError(`--days = "${text}": must be a number above 0 and at most ${DAYS_MAX}, such as 0.5`)
  return ms
}

/** In the order of the vocabulary, each once, so that the same faults in another order give the same runs. */
function faultsOf(text: string): readonly FaultName[] {
  if (text === 'all') return FAULT_NAMES
  if (text === 'none') return []
  const names = text.split(',').map((name) => name.trim())
  for (const name of names) {
    if (!FAULT_NAMES.some((known) => known === name))
      throw new UsageError(`--faults: there is no fault "${name}"; choose all, none, or of ${FAULT_NAMES.join(', ')}`)
  }
  return FAULT_NAMES.filter((known) => names.includes(known))
}

function indicesOf(text: string | null): readonly number[] {
  if (text === null) return []
  const parts = text.split(',').map((part) => part.trim())
  for (const part of parts) {
    if (!/^\d{1,6}$/.test(part)) throw new UsageError(`--without = "${text}": must be numbers of planned faults with commas between`)
  }
  return [...new Set(parts.map(Number))].sort((one, other) => one - other)
}

function wholeNumber(name: string, text: string | null, least: number, most: number): number | null {
  if (text === null) return null
  const value = Number(text)
  if (!/^\d{1,10}$/.test(text) || value < least || value > most)
    throw new UsageError(`--${name} = "${text}": must be a whole number from ${least} to ${most}`)
  return value
}

function seedOption(args: Arguments, name: string): number | null {
  return wholeNumber(name, args.text(name), 0, SEED_MAX)
}

function seedRange(text: string | null, profile: 'ci' | 'soak'): readonly [number, number] {
  if (text === null) return SEEDS_BY_DEFAULT[profile]
  const match = /^(\d{1,10})(?:\.\.(\d{1,10}))?$/.exec(text)
  const first = Number(match?.[1])
  const last = Number(match?.[2] ?? match?.[1])
  if (match === null || first > SEED_MAX || last > SEED_MAX)
    throw new UsageError(`--seeds = "${text}": must be a range such as 1..200, or one seed, from 0 to ${SEED_MAX}`)
  if (first > last) throw new UsageError(`--seeds = "${text}": the first seed is above the last`)
  if (last - first >= SEEDS_MAX) throw new UsageError(`--seeds = "${text}": at most ${SEEDS_MAX} seeds a run`)
  return [first, last]
}

function readPlanted(args: Arguments) {
  if (args.text('seeds') !== null || args.text('shrink') !== null || args.text('without') !== null)
    throw new UsageError('--planted chooses seeds by itself; with one name it goes with --trace SEED')
  const bugs = args.positionals.length === 0 ? PLANTED_BUGS : args.positionals.map(bugNamed)
  const writesDocs = args.flag('write-docs')
  if (writesDocs && bugs !== PLANTED_BUGS) throw new UsageError('--write-docs writes the whole table: name no bug')
  return { kind: 'planted', bugs, isKnownOnly: args.flag('known'), writesDocs } as const
}

function onlyBug(args: Arguments): PlantedBug {
  const [name, ...others] = args.positionals
  if (name === undefined || others.length > 0) throw new UsageError('--planted with --trace takes one name of a bug')
  return bugNamed(name)
}

function bugNamed(name: string): PlantedBug {
  const bug = PLANTED_BUGS.find((candidate) => candidate.name === name)
  if (bug !== undefined) return bug
  throw new UsageError(`there is no planted bug "${name}"; choose of ${PLANTED_BUGS.map((known) => known.name).join(', ')}`)
}
