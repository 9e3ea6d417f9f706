import { z } from 'zod'
import { FAULT_NAMES, type FaultName } from './faults'
import type { SeedResult } from './types'

const count = z.int().min(0)

const breach = z.object({ invariant: z.string(), text: z.string(), atMs: z.number(), seq: z.number() })

/** A result as it comes from a worker process or out of a state file. */
const seedResult: z.ZodType<SeedResult> = z.object({
  seed: count,
  simulatedMs: z.number().min(0),
  realMs: z.number().min(0),
  events: count,
  journalEntries: count,
  journalHash: z.string(),
  lives: count,
  orders: count,
  fills: count,
  faults: z.partialRecord(z.enum(FAULT_NAMES), count),
  planned: count,
  checks: z.record(z.string(), count),
  transitions: z.record(z.string(), count),
  breaches: z.array(breach),
})

/** One run as a worker process is asked for it: everything that decides its outcome, in JSON. */
export interface RunRequest {
  readonly seed: number
  readonly profile: 'ci' | 'soak'
  /** Market time, ms. */
  readonly marketMs: number
  readonly faults: readonly FaultName[]
  readonly without: readonly number[]
}

/** The schema of a request. */
export const runRequest: z.ZodType<RunRequest> = z.object({
  seed: count,
  profile: z.enum(['ci', 'soak']),
  marketMs: z.number().positive(),
  faults: z.array(z.enum(FAULT_NAMES)),
  without: z.array(count),
})

/** A run that came to its end, with breaches or without. */
export interface RanSeed {
  readonly kind: 'ran'
  readonly seed: number
  /** CPU time of the worker process for this run, ms. */
  readonly cpuMs: number
  readonly result: SeedResult
}

/** A run that took its process with it, or was ended for taking too long. */
export interface DiedSeed {
  readonly kind: 'died'
  readonly seed: number
  readonly text: string
}

/** What became of a seed. */
export type SeedOutcome = RanSeed | DiedSeed

/** The schema of a worker's answer, which is also a line of the state file. */
export const ranSeed: z.ZodType<Omit<RanSeed, 'kind' | 'seed'>> = z.object({ cpuMs: z.number().min(0), result: seedResult })

/** Returns why a run is no success, one entry an objection; empty when it is one. */
export function objectionsOf(outcome: SeedOutcome): readonly { readonly invariant: string; readonly text: string }[] {
  return outcome.kind === 'died' ? [{ invariant: 'DIED', text: outcome.text }] : outcome.result.breaches
}
