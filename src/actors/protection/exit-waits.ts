import type { ClockPort } from '#ports/clock'

/** An exit that has waited so long for orders that are in its way alerts, and again each time after as long; ms. */
const WAITS_MS_MAX = 10_000

/** How long and how often an exit has waited for something else before it was placed. */
export class ExitWaits {
  readonly #clock: ClockPort
  readonly #onLong: (count: number, reason: string) => void
  #count = 0
  #sinceUs = 0

  /** @param onLong told of every 10 s of waiting, with the number of times that it was tried. */
  constructor(clock: ClockPort, onLong: (count: number, reason: string) => void) {
    this.#clock = clock
    this.#onLong = onLong
  }

  /** Notes that it had to wait once more. */
  add(reason: string): void {
    const nowUs = this.#clock.monotonicUs()
    if (this.#count === 0) this.#sinceUs = nowUs
    this.#count++
    if (nowUs - this.#sinceUs < WAITS_MS_MAX * 1_000) return
    this.#sinceUs = nowUs
    this.#onLong(this.#count, reason)
  }

  /** Notes that its order is on its way. */
  clear(): void {
    this.#count = 0
  }
}
