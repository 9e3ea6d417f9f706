import { formatDuration } from '#domain/time'
import type { ClockPort } from '#ports/clock'
import { FAULTS } from '#sim/simulate/faults'
import { objectionsOf, type RunRequest, type SeedOutcome } from '#sim/simulate/outcome'
import { planSeed } from '#sim/simulate/plan'
import type { PlannedFault } from '#sim/simulate/plan-types'
import type { WorkerPool } from '#sim/simulate/pool'
import { type Shrunk, shrink } from '#sim/simulate/shrink'
import { replayCommand, traceCommand } from './simulate-lines'
import type { SimulatePlan, SimulateSetting } from './simulate-options'
import { jsonOutput, textOutput } from './simulate-output'
import { openPool, requestOf } from './simulate-workers'

/** Runs that a search may take which somebody asked for. */
const TRIES_MAX = 1_000

/** A failing seed and the fewest faults with which it still breaches the same invariant. */
export interface ShrunkSeed extends Shrunk {
  readonly seed: number
  readonly invariant: string
  /** How many faults it planned. */
  readonly planned: number
}

export interface ShrinkSeedOptions {
  readonly pool: WorkerPool
  readonly setting: SimulateSetting
  readonly seed: number
  /** What to keep breaching. */
  readonly invariant: string
  readonly planned: number
  readonly triesMax: number
  readonly signal: AbortSignal
  readonly onProgress: (left: number, tries: number) => void
}

/** Cuts a failing seed down. */
export async function shrinkSeed(options: ShrinkSeedOptions): Promise<ShrunkSeed> {
  const { pool, setting, seed, invariant, planned, triesMax, signal, onProgress } = options
  const shrunk = await shrink({
    planned,
    without: setting.without,
    atOnce: pool.jobs,
    triesMax,
    signal,
    onProgress,
    stillFails: async (candidates) => {
      const outcomes = await runAll(
        pool,
        candidates.map((without) => requestOf({ ...setting, without }, seed)),
        signal,
      )
      return outcomes.map((outcome) => outcome !== null && breaches(outcome, invariant))
    },
  })
  return { ...shrunk, seed, invariant, planned }
}

/** Runs requests and returns their outcomes in the same order; null for what was ended before its time. */
export async function runAll(pool: WorkerPool, requests: readonly RunRequest[], signal: AbortSignal) {
  const outcomes: (SeedOutcome | null)[] = requests.map(() => null)
  const keep = (outcome: SeedOutcome, place: number) => {
    outcomes[place] = outcome
  }
  await pool.run(requests, keep, signal)
  return outcomes
}

function breaches(outcome: SeedOutcome, invariant: string): boolean {
  return objectionsOf(outcome).some((objection) => objection.invariant === invariant)
}

/** Returns what a person reads of a seed that was cut down. */
export function shrunkLines(setting: SimulateSetting, shrunk: ShrunkSeed): readonly string[] {
  const { seed, invariant, planned, left, tries, isMinimal } = shrunk
  const repeat = { ...setting, without: shrunk.without }
  const how = isMinimal ? 'none of them can be left out' : 'the search was not finished'
  return [
    `Seed ${seed} still breaches ${invariant} with ${left.length} of its ${planned} faults (${tries} tries; ${how})`,
    ...leftOf(setting, shrunk).map(faultLine),
    `  replay: ${replayCommand(repeat, seed)}`,
    `  trace:  ${traceCommand(repeat, seed)}`,
  ]
}

/** Returns the same for a program. */
export function shrunkFacts(setting: SimulateSetting, shrunk: ShrunkSeed) {
  const repeat = { ...setting, without: shrunk.without }
  return { ...shrunk, faults: leftOf(setting, shrunk), replay: replayCommand(repeat, shrunk.seed) }
}

function leftOf({ profile, faults }: SimulateSetting, { seed, without }: ShrunkSeed): readonly PlannedFault[] {
  return planSeed({ seed, profile, faults, without, onTrace: null }).faults
}

function faultLine({ index, name, startMs, endMs, fault }: PlannedFault): string {
  const { kind: _, ...measure } = fault
  const figures = Object.keys(measure).length === 0 ? '' : ` ${JSON.stringify(measure)}`
  const length = endMs > startMs ? ` for ${formatDuration(endMs - startMs)}` : ''
  return `  #${index} ${name} after ${formatDuration(startMs)}${length}: ${FAULTS[name]}${figures}`
}

type ShrinkPlan = SimulatePlan & { readonly kind: 'shrink' }

/** Cuts one seed down as far as it goes. Returns the exit code: 0 for a seed that does not fail, else 1. */
export async function runShrink(plan: ShrinkPlan, clock: ClockPort, signal: AbortSignal): Promise<number> {
  const output = plan.isJson ? jsonOutput(plan.seed) : textOutput(plan, clock)
  const pool = openPool(plan.jobs, clock, null)
  try {
    const [outcome] = await runAll(pool, [requestOf(plan, plan.seed)], signal)
    if (outcome === undefined || outcome === null) return 1
    output.outcome(outcome)
    const [first] = objectionsOf(outcome)
    if (first === undefined) {
      output.say(`seed ${plan.seed} does not fail: there is nothing to shrink`)
      return 0
    }
    const planned = planSeed({ ...plan, onTrace: null }).planned
    const onProgress = (left: number, tries: number) => output.say(`  ${left} of ${planned} faults left after ${tries} tries`)
    const asked = { pool, setting: plan, seed: plan.seed, invariant: first.invariant, planned, triesMax: TRIES_MAX, signal, onProgress }
    const shrunk = await shrinkSeed(asked)
    console.log(plan.isJson ? JSON.stringify({ type: 'shrunk', ...shrunkFacts(plan, shrunk) }) : shrunkLines(plan, shrunk).join('\n'))
    return 1
  } finally {
    await pool.close()
  }
}
