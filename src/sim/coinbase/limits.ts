import { LeakyCounter } from '#sim/emulator/leaky-counter'

/** Requests a second (protocol sheet §4): private ones a user, public ones an address, which here is one for all. */
export const PRIVATE_PER_SEC = 30
export const PUBLIC_PER_SEC = 10
/** Connections, and messages without a token, a second. */
export const SOCKETS_PER_SEC = 8

/** A bucket a name that empties at a rate and holds a second's worth. */
export class RateLimit {
  readonly #perSec: number
  readonly #counters = new Map<string, LeakyCounter>()

  constructor(perSec: number) {
    this.#perSec = perSec
  }

  /** Charges one; false when it comes too fast. What is refused is not counted. */
  admit(name: string, nowMs: number): boolean {
    const counter = this.#counters.get(name) ?? new LeakyCounter(this.#perSec, nowMs)
    this.#counters.set(name, counter)
    if (counter.levelAt(nowMs) + 1 > this.#perSec) return false
    counter.raise(nowMs, 1)
    return true
  }

  /** How many would be admitted now. */
  remaining(name: string, nowMs: number): number {
    return Math.max(0, Math.floor(this.#perSec - (this.#counters.get(name)?.levelAt(nowMs) ?? 0)))
  }
}
