import type { Breach } from '../monitors/types'
import type { FaultName } from './faults'

/** How much of the world a seed runs: how long, how busy, how often it restarts. Printed with every run. */
export interface SimulationProfile {
  readonly name: 'ci' | 'soak'
  /** Market time a seed, ms, before it is brought to rest and judged. */
  readonly marketMs: number
  /** Restarts a seed has at least: orderly stops and crashes, drawn by the seed. */
  readonly restartsMin: number
  /** Market time between two steps of the emulated market, ms. */
  readonly stepMs: number
  /** Mean market time between two prints, ms. */
  readonly tradeEveryMs: number
  /** The least number of bots; the seed adds up to two, four at most. */
  readonly bots: number
}

/** One run to make: the whole of what decides its outcome. */
export interface SeedTask {
  /** 0 to 4294967295. */
  readonly seed: number
  readonly profile: SimulationProfile
  /** Faults that the seed may draw from; empty runs without any. */
  readonly faults: readonly FaultName[]
  /** Indices of the seed's fault plan to leave out: how the shrinker cuts a failing run. */
  readonly without: readonly number[]
  /** Also writes a readable timeline, handed over line by line. */
  readonly onTrace: ((line: string) => void) | null
}

/** What a run found. Plain JSON, so that it crosses processes; nothing in it depends on real time but `realMs`. */
export interface SeedResult {
  readonly seed: number
  readonly simulatedMs: number
  readonly realMs: number
  /** Events of the clock that were fired. */
  readonly events: number
  readonly journalEntries: number
  /** Hash of the newest journal entry (I11). */
  readonly journalHash: string
  readonly lives: number
  readonly orders: number
  readonly fills: number
  /** Faults that took effect, by name. */
  readonly faults: Readonly<Partial<Record<FaultName, number>>>
  /** How many faults the seed planned: the indices that `without` may name. */
  readonly planned: number
  /** How often each invariant was judged. */
  readonly checks: Readonly<Record<string, number>>
  /** `order open → filled` and the like, with counts: what of the charts was walked. */
  readonly transitions: Readonly<Record<string, number>>
  readonly breaches: readonly Breach[]
}
