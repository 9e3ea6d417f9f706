import { LeakyCounter } from '#sim/emulator/leaky-counter'
import { TIER_LIMITS, type Tier } from './tiers'

/** Order commands are counted by the engine alone (protocol sheet §5.1); the batches, amends and edits by analogy. */
const FREE = new Set(['AddOrder', 'AddOrderBatch', 'AmendOrder', 'EditOrder', 'CancelOrder', 'CancelOrderBatch'])
/** Ledger and trade history: sources name 2 and 4; the emulator takes the dearer. */
const DEAR = new Set(['Ledgers', 'QueryLedgers', 'TradesHistory', 'QueryTrades', 'ClosedOrders'])

/** Returns what a private method adds to the REST counter. */
export function restCostOf(method: string): number {
  if (FREE.has(method)) return 0
  return DEAR.has(method) ? 4 : 1
}

/** The REST counters of §5.1, one a key. */
export class RestCounters {
  readonly #tier: Tier
  readonly #counters = new Map<string, LeakyCounter>()

  constructor(tier: Tier) {
    this.#tier = tier
  }

  /**
   * Charges one private call. Returns false when the counter would pass its maximum; such a call counts too, because calling on
   * prolongs the refusal (up to twice the maximum, so that it ends).
   */
  admit(apiKey: string, method: string, nowMs: number): boolean {
    const cost = restCostOf(method)
    if (cost === 0) return true
    const limits = TIER_LIMITS[this.#tier]
    const counter = this.#counters.get(apiKey) ?? new LeakyCounter(limits.restDecayPerSec, nowMs)
    this.#counters.set(apiKey, counter)
    const isAdmitted = counter.levelAt(nowMs) + cost <= limits.restMax
    counter.raise(nowMs, cost, limits.restMax * 2)
    return isAdmitted
  }

  levelOf(apiKey: string, nowMs: number): number {
    return this.#counters.get(apiKey)?.levelAt(nowMs) ?? 0
  }
}
