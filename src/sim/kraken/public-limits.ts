import { LeakyCounter } from '#sim/emulator/leaky-counter'

/** Emulator: about one public call a second, as the venue advises, after a burst of this many. */
const BURST = 15
const DECAY_PER_SEC = 1

/** Limits of public REST calls: one counter for all of them, and one a pair for OHLC and Trades (protocol sheet §5.1). */
export class PublicLimits {
  readonly #counters = new Map<string, LeakyCounter>()

  /** Charges one call; false when it comes too fast. A refused call is not counted. */
  admit(method: string, pair: string, nowMs: number): boolean {
    const names = method === 'OHLC' || method === 'Trades' ? ['all', `${method} ${pair}`] : ['all']
    const counters = names.map((name) => this.#counter(name, nowMs))
    if (counters.some((counter) => counter.levelAt(nowMs) + 1 > BURST)) return false
    for (const counter of counters) counter.raise(nowMs, 1)
    return true
  }

  #counter(name: string, nowMs: number): LeakyCounter {
    const counter = this.#counters.get(name) ?? new LeakyCounter(DECAY_PER_SEC, nowMs)
    // An unknown pair must not grow the table: names beyond the bound share the common counter.
    if (this.#counters.size < 1_000) this.#counters.set(name, counter)
    return counter
  }
}
