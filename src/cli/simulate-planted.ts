import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ClockPort } from '#ports/clock'
import type { PlantedBug } from '#sim/planted/types'
import { objectionsOf, type SeedOutcome } from '#sim/simulate/outcome'
import type { WorkerPool } from '#sim/simulate/pool'
import type { SimulatePlan, SimulateSetting } from './simulate-options'
import { runAll } from './simulate-shrink'
import { openPool, requestOf } from './simulate-workers'
import { left, right, tableLines } from './table'
import { ROOT } from './world-options'

type PlantedPlan = SimulatePlan & { readonly kind: 'planted' }

/** How the search for one planted bug went. */
export interface PlantedFinding {
  readonly bug: PlantedBug
  /** The first seed whose run objected as the bug's list says; null when none did. */
  readonly seed: number | null
  /** How many seeds it took, or how many were looked through in vain. */
  readonly seeds: number
  /** What that seed objected to. */
  readonly invariants: readonly string[]
  /** What a person should know of it; empty when nothing. */
  readonly note: string
}

/** Runs each planted bug until it is found. Returns the exit code: 1 when one was not. */
export async function runPlanted(plan: PlantedPlan, clock: ClockPort, signal: AbortSignal): Promise<number> {
  const findings = await searchAll(plan, clock, signal)
  const missed = findings.filter(({ seed }) => seed === null)
  if (plan.isJson) console.log(JSON.stringify({ type: 'summary', planted: findings.length, missed: missed.map(({ bug }) => bug.name) }))
  else console.log(reportOf(findings, plan.bugs.length).join('\n'))
  if (plan.writesDocs && findings.length === plan.bugs.length) {
    writeFileSync(join(ROOT, 'docs', 'planted-bugs.md'), plantedDocument(findings))
    if (!plan.isJson) console.log('\nwrote docs/planted-bugs.md')
  }
  return missed.length === 0 && findings.length === plan.bugs.length ? 0 : 1
}

/** Looks for as many bugs at a time as there are jobs, each with one process. Returns the findings in the order of the list. */
async function searchAll(plan: PlantedPlan, clock: ClockPort, signal: AbortSignal): Promise<readonly PlantedFinding[]> {
  const findings = new Map<PlantedBug, PlantedFinding>()
  const sound = new SoundRuns(plan)
  const bugs = plan.bugs[Symbol.iterator]()
  const lane = async () => {
    const pool = openPool(1, clock, null)
    try {
      for (let next = bugs.next(); next.done !== true && !signal.aborted; next = bugs.next()) {
        const finding = await sound.attributed(await searchFor(next.value, plan, clock, signal), pool, signal)
        if (signal.aborted) return
        findings.set(next.value, finding)
        console.log(plan.isJson ? JSON.stringify(factsOf(finding)) : lineOf(finding, findings.size, plan.bugs.length))
      }
    } finally {
      await pool.close()
    }
  }
  await Promise.all(Array.from({ length: Math.min(plan.jobs, plan.bugs.length) }, lane))
  return plan.bugs.flatMap((bug) => findings.get(bug) ?? [])
}

/** Looks through the bug's seeds from 1, or at the known one alone. */
async function searchFor(bug: PlantedBug, plan: PlantedPlan, clock: ClockPort, signal: AbortSignal): Promise<PlantedFinding> {
  const first = plan.isKnownOnly ? bug.seed : 1
  const last = plan.isKnownOnly ? bug.seed : bug.budget
  const outcomes: SeedOutcome[] = []
  // A process that dies with the bug in it mostly could not take it in, and will not with the next seed.
  const isOver = () => outcomes.some((outcome) => outcome.kind === 'died' || expected(bug, outcome).length > 0)
  const pool = openPool(1, clock, bug.name)
  function* requests() {
    for (let seed = first; seed <= last && !isOver(); seed++) yield requestOf(plan, seed)
  }
  try {
    await pool.run(requests(), (outcome) => outcomes.push(outcome), signal)
  } finally {
    await pool.close()
  }
  return findingOf(bug, outcomes)
}

function expected(bug: PlantedBug, outcome: SeedOutcome): readonly string[] {
  return invariantsOf(outcome).filter((name) => bug.breaks.includes(name))
}

function invariantsOf(outcome: SeedOutcome): readonly string[] {
  return [...new Set(objectionsOf(outcome).map(({ invariant }) => invariant))]
}

function findingOf(bug: PlantedBug, outcomes: readonly SeedOutcome[]): PlantedFinding {
  const found = outcomes.find((outcome) => expected(bug, outcome).length > 0)
  if (found !== undefined) return { bug, seed: found.seed, seeds: outcomes.length, invariants: invariantsOf(found), note: '' }
  const other = outcomes.find((outcome) => objectionsOf(outcome).length > 0)
  const objection = other === undefined ? undefined : objectionsOf(other)[0]
  const note =
    other === undefined || objection === undefined
      ? ''
      : `expected ${bug.breaks.join(' or ')}, but seed ${other.seed} objected with ${objection.invariant}: ${objection.text}`
  return { bug, seed: null, seeds: outcomes.length, invariants: [], note }
}

/** Runs of seeds without any planted bug, each made once. */
class SoundRuns {
  readonly #setting: SimulateSetting
  readonly #outcomes = new Map<number, SeedOutcome>()

  constructor(setting: SimulateSetting) {
    this.#setting = setting
  }

  /** A finding counts only when the same seed is green without the bug. */
  async attributed(finding: PlantedFinding, pool: WorkerPool, signal: AbortSignal): Promise<PlantedFinding> {
    const { seed } = finding
    if (seed === null || signal.aborted) return finding
    const outcome = this.#outcomes.get(seed) ?? (await runAll(pool, [requestOf(this.#setting, seed)], signal))[0]
    if (outcome === null || outcome === undefined) return finding
    this.#outcomes.set(seed, outcome)
    const [objection] = objectionsOf(outcome)
    if (objection === undefined) return finding
    const note = `seed ${seed} fails without the bug too (${objection.invariant}: ${objection.text})`
    return { ...finding, seed: null, invariants: [], note }
  }
}

function lineOf({ bug, seed, seeds, invariants, note }: PlantedFinding, done: number, total: number): string {
  const how = seed === null ? `NOT FOUND in ${seeds} ${plural(seeds)}` : `found at seed ${seed} (${invariants.join(', ')})`
  return `[${done}/${total}] ${bug.name}: ${how}${note === '' ? '' : `; ${note}`}`
}

function plural(seeds: number): string {
  return seeds === 1 ? 'seed' : 'seeds'
}

function reportOf(findings: readonly PlantedFinding[], wanted: number): readonly string[] {
  const found = findings.filter(({ seed }) => seed !== null).length
  const table = tableLines(
    [left('planted bug'), right('at seed'), right('seeds'), left('found by'), left('expected')],
    findings.map(({ bug, seed, seeds, invariants }) => [
      bug.name,
      seed === null ? 'MISSED' : String(seed),
      String(seeds),
      invariants.join(', '),
      bug.breaks.join(', '),
    ]),
  )
  const rest = findings.length < wanted ? `; ${wanted - findings.length} were not looked for` : ''
  return ['', ...table, '', `${found} of ${findings.length} planted bugs were found${rest}`]
}

function factsOf({ bug, seed, seeds, invariants, note }: PlantedFinding) {
  return { type: 'planted', name: bug.name, seed, seeds, invariants, expected: bug.breaks, note }
}

/** Returns the page of planted bugs. */
export function plantedDocument(findings: readonly PlantedFinding[]): string {
  const rows = findings.map(
    ({ bug, seed, seeds, invariants }) =>
      `| \`${bug.name}\` | ${bug.what} | \`${bug.file}\` | ${bug.breaks.join(', ')} | ${seed === null ? `not in ${seeds} seeds` : `${seed} (${invariants.join(', ')})`} |`,
  )
  const found = findings.filter(({ seed }) => seed !== null).length
  return [
    '# Planted bugs',
    '',
    'Mistakes that a programmer could make, put into one module each as it is loaded by a process that simulates; the code carries no switch',
    `for them. The simulation finds ${found} of ${findings.length}: each at the seed below, counted from 1, while the same seed without the bug is green.`,
    '',
    'Generated by `bun run troupe simulate --planted --write-docs`; do not edit.',
    '',
    '| bug | what it does | file | expected to break | found at seed (by) |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}
