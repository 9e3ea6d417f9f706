import { INVARIANTS } from '#sim/monitors/types'
import type { FaultName } from './faults'
import { objectionsOf, type SeedOutcome } from './outcome'

/** From so many seeds on, a fault that never fired or an invariant that was never judged fails the run. */
export const SEEDS_THAT_MUST_COVER = 100

/** A failing seed. */
export interface Failure {
  readonly seed: number
  /** How many faults it planned; 0 when the process died and nobody knows. */
  readonly planned: number
  readonly objections: readonly { readonly invariant: string; readonly text: string }[]
}

/** Everything that a run adds up over its seeds. Depends on which seeds ran, and not on the order they came in. */
export interface Totals {
  readonly seeds: ReadonlySet<number>
  /** By seed. */
  readonly failures: readonly Failure[]
  readonly simulatedMs: number
  readonly cpuMs: number
  readonly events: number
  readonly journalEntries: number
  readonly orders: number
  readonly fills: number
  readonly restarts: number
  readonly faults: ReadonlyMap<FaultName, number>
  readonly checks: ReadonlyMap<string, number>
  readonly transitions: ReadonlyMap<string, number>
}

/** Adds outcomes up as they come. */
export class Tally {
  readonly #seeds = new Set<number>()
  readonly #failures: Failure[] = []
  readonly #faults = new Map<FaultName, number>()
  readonly #checks = new Map<string, number>()
  readonly #transitions = new Map<string, number>()
  readonly #sums = { simulatedMs: 0, cpuMs: 0, events: 0, journalEntries: 0, orders: 0, fills: 0, restarts: 0 }

  /** Counts a seed. One that was counted before is not counted twice: returns false then. */
  add(outcome: SeedOutcome): boolean {
    if (this.#seeds.has(outcome.seed)) return false
    this.#seeds.add(outcome.seed)
    const objections = objectionsOf(outcome)
    if (objections.length > 0)
      this.#failures.push({ seed: outcome.seed, planned: outcome.kind === 'ran' ? outcome.result.planned : 0, objections })
    if (outcome.kind === 'died') return true
    const { result } = outcome
    for (const name of ['simulatedMs', 'events', 'journalEntries', 'orders', 'fills'] as const) this.#sums[name] += result[name]
    this.#sums.cpuMs += outcome.cpuMs
    this.#sums.restarts += Math.max(0, result.lives - 1)
    count(this.#faults, result.faults)
    count(this.#checks, result.checks)
    count(this.#transitions, result.transitions)
    return true
  }

  /** Counts a judgement that was made of a seed from outside; `objection` is null where there is none. */
  judge(seed: number, invariant: string, objection: string | null): void {
    this.#checks.set(invariant, (this.#checks.get(invariant) ?? 0) + 1)
    if (objection === null) return
    const index = this.#failures.findIndex((failure) => failure.seed === seed)
    const present = this.#failures[index] ?? { seed, planned: 0, objections: [] }
    this.#failures[index < 0 ? this.#failures.length : index] = {
      ...present,
      objections: [...present.objections, { invariant, text: objection }],
    }
  }

  has(seed: number): boolean {
    return this.#seeds.has(seed)
  }

  /** How many seeds were counted. */
  get count(): number {
    return this.#seeds.size
  }

  /** How many of them failed. */
  get failed(): number {
    return this.#failures.length
  }

  totals(): Totals {
    return {
      ...this.#sums,
      seeds: this.#seeds,
      failures: [...this.#failures].sort((one, other) => one.seed - other.seed),
      faults: this.#faults,
      checks: this.#checks,
      transitions: this.#transitions,
    }
  }
}

function count<K extends string>(into: Map<K, number>, counts: Readonly<Partial<Record<K, number>>>): void {
  for (const key of Object.keys(counts) as K[]) into.set(key, (into.get(key) ?? 0) + (counts[key] ?? 0))
}

/** What a run was meant to meet and did not. */
export interface Gaps {
  /** Faults that the seeds could draw and that never took effect. */
  readonly unfired: readonly FaultName[]
  /** Invariants that nobody judged. */
  readonly unjudged: readonly string[]
  /** True when so many seeds ran that a gap is a failure. */
  readonly isFailure: boolean
}

/** Returns the gaps of a run whose seeds could draw from `faults`. */
export function gapsOf(totals: Totals, faults: readonly FaultName[]): Gaps {
  const unfired = faults.filter((name) => (totals.faults.get(name) ?? 0) === 0)
  const unjudged = INVARIANTS.filter((name) => (totals.checks.get(name) ?? 0) === 0)
  return { unfired, unjudged, isFailure: totals.seeds.size >= SEEDS_THAT_MUST_COVER && unfired.length + unjudged.length > 0 }
}

/** Returns the invariant and how often it was objected to, in the order of the design. */
export function objectionCounts(failures: readonly Failure[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { objections } of failures) for (const { invariant } of objections) counts.set(invariant, (counts.get(invariant) ?? 0) + 1)
  return counts
}
