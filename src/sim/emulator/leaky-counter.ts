/** A counter that falls by a fixed amount a second, never below zero. */
export class LeakyCounter {
  readonly #decayPerSec: number
  #level = 0
  #atMs: number

  constructor(decayPerSec: number, nowMs: number) {
    this.#decayPerSec = decayPerSec
    this.#atMs = nowMs
  }

  /** Returns the level at `nowMs`; a clock that steps back leaves it as it is. */
  levelAt(nowMs: number): number {
    if (nowMs > this.#atMs) {
      this.#level = Math.max(0, this.#level - ((nowMs - this.#atMs) / 1_000) * this.#decayPerSec)
      this.#atMs = nowMs
    }
    return this.#level
  }

  /** Adds to the level, which ends at `ceiling` at most. */
  raise(nowMs: number, amount: number, ceiling = Number.POSITIVE_INFINITY): void {
    this.#level = Math.min(ceiling, this.levelAt(nowMs) + amount)
  }
}
