import { LeakyCounter } from '#sim/emulator/leaky-counter'
import { TIER_LIMITS, type Tier } from './tiers'

/** A transaction of the matching engine; `ageMs` is the time since the order's creation or last amend. */
export type EngineTransaction =
  | { readonly kind: 'add' }
  | { readonly kind: 'batchAdd'; readonly count: number }
  | { readonly kind: 'amend' | 'edit' | 'cancel'; readonly ageMs: number }
  | { readonly kind: 'batchCancel'; readonly agesMs: readonly number[] }

const AGE_LIMITS_MS = [5_000, 10_000, 15_000, 45_000, 90_000, 300_000] as const
const AGE_COSTS = { amend: [3, 2, 1, 0, 0, 0], edit: [6, 5, 4, 2, 1, 0], cancel: [8, 6, 5, 4, 2, 1] } as const
const FIXED_COSTS = { amend: 1, edit: 1, cancel: 0 } as const

function ageCost(kind: 'amend' | 'edit' | 'cancel', ageMs: number): number {
  const index = AGE_LIMITS_MS.findIndex((limit) => ageMs < limit)
  return index < 0 ? 0 : (AGE_COSTS[kind][index] ?? 0)
}

/** Returns what a transaction adds to the counter of its pair: a fixed part and one that falls with the order's age (§5.2). */
export function engineCostOf(transaction: EngineTransaction): number {
  switch (transaction.kind) {
    case 'add':
      return 1
    case 'batchAdd':
      return transaction.count / 2
    case 'amend':
    case 'edit':
    case 'cancel':
      return FIXED_COSTS[transaction.kind] + ageCost(transaction.kind, transaction.ageMs)
    case 'batchCancel':
      return transaction.agesMs.reduce((total, ageMs) => total + ageCost('cancel', ageMs), 0)
  }
}

/** The engine counters of §5.2, one an account and pair, shared by REST and WebSocket. */
export class EngineCounters {
  readonly #tier: Tier
  readonly #counters = new Map<string, LeakyCounter>()

  constructor(tier: Tier) {
    this.#tier = tier
  }

  /**
   * Charges a transaction and returns whether it may go on. What would take the counter over its threshold is refused and not
   * charged. Emulator: one cancel is refused only while the counter stands at the threshold already, several at once never.
   */
  admit(account: string, pair: string, transaction: EngineTransaction, nowMs: number): boolean {
    const limits = TIER_LIMITS[this.#tier]
    const counter = this.#counter(account, pair, nowMs)
    const cost = engineCostOf(transaction)
    const level = counter.levelAt(nowMs)
    if (transaction.kind === 'cancel' ? level >= limits.engineMax : transaction.kind !== 'batchCancel' && level + cost > limits.engineMax)
      return false
    counter.raise(nowMs, cost)
    return true
  }

  /** Charges what cannot be refused any more: the fixed part counts even when a transaction fails validation. */
  charge(account: string, pair: string, transaction: EngineTransaction, nowMs: number): void {
    this.#counter(account, pair, nowMs).raise(nowMs, engineCostOf(transaction))
  }

  levelOf(account: string, pair: string, nowMs: number): number {
    return this.#counters.get(`${account} ${pair}`)?.levelAt(nowMs) ?? 0
  }

  #counter(account: string, pair: string, nowMs: number): LeakyCounter {
    const key = `${account} ${pair}`
    const counter = this.#counters.get(key) ?? new LeakyCounter(TIER_LIMITS[this.#tier].engineDecayPerSec, nowMs)
    this.#counters.set(key, counter)
    return counter
  }
}
