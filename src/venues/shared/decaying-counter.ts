import type { ClockPort } from '#ports/clock'

const US_PER_SEC = 1_000_000

/** A counter that leaks: spending fills it, time drains it, the venue refuses above the maximum. */
export class DecayingCounter {
  readonly #clock: ClockPort
  readonly #decayPerSec: number
  #level = 0
  #atUs: number

  constructor(clock: ClockPort, decayPerSec: number) {
    this.#clock = clock
    this.#decayPerSec = decayPerSec
    this.#atUs = clock.monotonicUs()
  }

  /** Returns the present level. */
  level(): number {
    const nowUs = this.#clock.monotonicUs()
    this.#level = Math.max(0, this.#level - ((nowUs - this.#atUs) / US_PER_SEC) * this.#decayPerSec)
    this.#atUs = nowUs
    return this.#level
  }

  spend(points: number): void {
    this.#level = this.level() + points
  }

  /** Raises the level to at least `points`: the venue said that its own count stands there. */
  raiseTo(points: number): void {
    this.#level = Math.max(this.level(), points)
  }

  /** Returns the ms until the level is at most `ceiling`; 0 when it is now. */
  waitMs(ceiling: number): number {
    const above = this.level() - ceiling
    return above <= 1e-9 ? 0 : Math.ceil((above / this.#decayPerSec) * 1_000)
  }
}
