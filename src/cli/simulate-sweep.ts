import { formatDuration } from '#domain/time'
import type { ClockPort } from '#ports/clock'
import { codeDigest } from '#sim/simulate/code-digest'
import type { SeedOutcome } from '#sim/simulate/outcome'
import type { WorkerPool } from '#sim/simulate/pool'
import { type Repeated, Repeats } from '#sim/simulate/repeat'
import { openState, type SeedState, type StateReader } from '#sim/simulate/resume'
import { type Failure, Tally } from '#sim/simulate/summary'
import { settingWords } from './simulate-lines'
import type { SimulatePlan } from './simulate-options'
import { jsonOutput, type SimulateOutput, textOutput } from './simulate-output'
import { type ShrunkSeed, shrinkSeed, shrunkFacts, shrunkLines } from './simulate-shrink'
import { isGreen, type SweepEnd, summaryJson, summaryText } from './simulate-summary'
import { openPool, requestOf } from './simulate-workers'
import { ROOT } from './world-options'

/** What the cutting down of the first failing seed may cost when nobody asked for it. */
const TRIES_MAX = 60
const SHRINK_MS_MAX = 120_000

type Sweep = SimulatePlan & { readonly kind: 'sweep' }

/** Runs a range of seeds and tells how they went. Returns the exit code: 1 for a breach, or for a gap where enough seeds ran. */
export async function runSweep(plan: Sweep, clock: ClockPort, signal: AbortSignal): Promise<number> {
  const output = plan.isJson ? jsonOutput(plan.first) : textOutput(plan, clock)
  const tally = new Tally()
  const take = (outcome: SeedOutcome) => {
    if (outcome.seed >= plan.first && outcome.seed <= plan.last && tally.add(outcome)) output.outcome(outcome)
  }
  const total = plan.last - plan.first + 1
  const repeats = new Repeats(plan.first, total)
  const judge = (repeated: Repeated | null) => {
    if (repeated === null || repeated.seed < plan.first || repeated.seed > plan.last) return
    tally.judge(repeated.seed, 'I11', repeated.objection)
    if (repeated.objection !== null) output.objection(repeated.seed, 'I11', repeated.objection)
  }
  const state = openStateOf(plan, output, {
    onSeed: (outcome) => {
      take(outcome)
      // Compared with a run of today, should no comparison follow.
      repeats.take(outcome)
    },
    onJudged: (repeated) => {
      if (!repeats.picks(repeated.seed)) return
      repeats.known(repeated)
      judge(repeated)
    },
  })
  const resumed = tally.count
  if (resumed > 0) output.say(`${resumed} ${resumed === 1 ? 'seed was' : 'seeds were'} finished before, as ${plan.statePath} says`)
  const startedUs = clock.monotonicUs()
  const elapsedMs = () => (clock.monotonicUs() - startedUs) / 1_000
  const pool = openPool(plan.jobs, clock, null)
  try {
    output.say(settingLine(plan))
    const unfollow = output.follow(() => ({ done: tally.count, total, resumed, failed: tally.failed, elapsedMs: elapsedMs() }))
    const keep = (outcome: SeedOutcome) => {
      if (outcome.kind === 'ran' && !tally.has(outcome.seed)) state?.append(outcome)
      take(outcome)
      const repeated = repeats.take(outcome)
      if (repeated !== null) state?.judged(repeated)
      judge(repeated)
    }
    await pool.run(requestsOf(plan, tally, repeats), keep, signal).finally(unfollow)
    output.end()
    const totals = tally.totals()
    const shrunk = await shrinkFirst(plan, pool, output, totals.failures[0], signal, clock)
    tell(plan, { setting: plan, first: plan.first, last: plan.last, totals, realMs: elapsedMs(), resumed }, shrunk, signal.aborted)
    return isGreen({ setting: plan, totals }) ? 0 : 1
  } finally {
    await pool.close()
    state?.close()
  }
}

function openStateOf(plan: Sweep, output: SimulateOutput, reader: StateReader): SeedState | null {
  const { statePath, profile, faults } = plan
  if (statePath === null) return null
  const state = openState(statePath, { profile: profile.name, marketMs: profile.marketMs, faults, code: codeDigest(ROOT) }, reader)
  if (state.note !== null) output.warn(state.note)
  return state
}

function* requestsOf(plan: Sweep, tally: Tally, repeats: Repeats) {
  for (let seed = plan.first; seed <= plan.last; seed++) {
    const runs = Math.max(tally.has(seed) ? 0 : 1, repeats.missing(seed))
    for (let run = 0; run < runs; run++) yield requestOf(plan, seed)
  }
}

function settingLine({ first, last, profile, jobs, statePath }: Sweep): string {
  const kept = statePath === null ? '' : `; finished seeds are kept in ${statePath}`
  return `Simulating seeds ${first}..${last}, ${formatDuration(profile.marketMs)} of market time each, on ${jobs} worker ${jobs === 1 ? 'process' : 'processes'}${kept}`
}

/** Cuts the first failing seed down, within bounds; null when there is none, or nothing to cut. */
async function shrinkFirst(
  plan: Sweep,
  pool: WorkerPool,
  output: SimulateOutput,
  failure: Failure | undefined,
  signal: AbortSignal,
  clock: ClockPort,
): Promise<ShrunkSeed | null> {
  const invariant = failure?.objections[0]?.invariant
  if (failure === undefined || invariant === undefined || failure.planned === plan.without.length || signal.aborted) return null
  output.say(`Shrinking seed ${failure.seed} (${invariant}, ${failure.planned} faults) …`)
  const deadline = new AbortController()
  const timer = clock.setTimeout(() => deadline.abort(), SHRINK_MS_MAX)
  const { seed, planned } = failure
  const either = AbortSignal.any([signal, deadline.signal])
  const asked = { pool, setting: plan, seed, invariant, planned, triesMax: TRIES_MAX, signal: either, onProgress: () => undefined }
  return await shrinkSeed(asked).finally(() => clock.clearTimeout(timer))
}

function tell(plan: Sweep, end: SweepEnd, shrunk: ShrunkSeed | null, isInterrupted: boolean): void {
  if (plan.isJson) {
    console.log(summaryJson(end, { isInterrupted, shrunk: shrunk === null ? null : shrunkFacts(plan, shrunk) }))
    return
  }
  if (shrunk !== null) console.log(shrunkLines(plan, shrunk).join('\n'))
  console.log(summaryText(end))
  if (!isInterrupted) return
  const again = `bun run troupe simulate --seeds ${plan.first}..${plan.last} ${settingWords(plan)}`
  const how =
    plan.statePath === null
      ? 'nothing was kept; with --state FILE a run can be gone on with'
      : `go on with: ${again} --state ${plan.statePath}`
  console.log(`\nInterrupted; ${how}`)
}
