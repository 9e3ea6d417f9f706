import { DAY_MS } from '#domain/time'
import { FAULT_NAMES } from '#sim/simulate/faults'
import { objectionsOf, type SeedOutcome } from '#sim/simulate/outcome'
import { profileOf } from '#sim/simulate/profiles'
import type { SimulateSetting } from './simulate-options'

/** How many invariants of one seed are told of; the trace has them all. */
const TOLD_MAX = 3

/** What a command needs to make the same run again. */
export type Repeatable = Pick<SimulateSetting, 'profile' | 'faults' | 'without'>

/** Returns the words of a command line that give the same setting, the defaults left out. */
export function settingWords({ profile, faults, without }: Repeatable): string {
  return [
    `--profile ${profile.name}`,
    ...(profile.marketMs === profileOf(profile.name).marketMs ? [] : [`--days ${profile.marketMs / DAY_MS}`]),
    ...(faults.length === FAULT_NAMES.length ? [] : [`--faults ${faults.length === 0 ? 'none' : faults.join(',')}`]),
    ...(without.length === 0 ? [] : [`--without ${without.join(',')}`]),
  ].join(' ')
}

/** Returns the command that runs one seed again. */
export function replayCommand(setting: Repeatable, seed: number): string {
  return `bun run troupe simulate --seeds ${seed}..${seed} ${settingWords(setting)}`
}

/** Returns the command that tells what happens in one seed. */
export function traceCommand(setting: Repeatable, seed: number): string {
  return `bun run troupe simulate --trace ${seed} ${settingWords(setting)}`
}

/** Returns what a person reads of a failing seed: its objections, how to run it again and how to look into it. */
export function failureLines(setting: Repeatable, outcome: SeedOutcome): readonly string[] {
  const objections = objectionsOf(outcome)
  // The first of each invariant: what follows is mostly the same again.
  const firsts = objections.filter(({ invariant }, index) => objections.findIndex((one) => one.invariant === invariant) === index)
  const told = firsts.slice(0, TOLD_MAX)
  const more = objections.length - told.length
  return [
    ...told.map(({ invariant, text }) => `FAILED seed ${outcome.seed}: ${invariant}: ${text}`),
    ...(more > 0 ? [`FAILED seed ${outcome.seed}: and ${more} more`] : []),
    `       replay: ${replayCommand(setting, outcome.seed)}`,
    `       trace:  ${traceCommand(setting, outcome.seed)}`,
  ]
}

/**
 * Returns the line of a seed under --json: what two runs on any machine agree on, so nothing of real time.
 * @see docs/recipes/simulate.md
 */
export function seedJson(outcome: SeedOutcome): string {
  if (outcome.kind === 'died') return JSON.stringify({ type: 'seed', seed: outcome.seed, journalHash: null, died: outcome.text })
  const { realMs: _, checks, faults, transitions, ...result } = outcome.result
  return JSON.stringify({ type: 'seed', ...result, faults: sorted(faults), checks: sorted(checks), transitions: sorted(transitions) })
}

function sorted(counts: Readonly<Record<string, number | undefined>>): Readonly<Record<string, number | undefined>> {
  return Object.fromEntries(Object.entries(counts).sort(([one], [other]) => (one < other ? -1 : 1)))
}
