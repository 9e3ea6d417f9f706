import type { ClockPort } from '#ports/clock'
import type { VirtualClock } from '#sim/virtual-clock'

/** Our side's clock: the common one with a wall clock of its own. */
export class OwnClock implements ClockPort {
  readonly #clock: VirtualClock
  stepMs = 0

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.now() + this.stepMs
  }

  monotonicUs(): number {
    return this.#clock.monotonicUs()
  }

  setTimeout(fn: (...args: never[]) => void, delayMs: number): unknown {
    return this.#clock.setTimeout(fn, delayMs)
  }

  clearTimeout(handle: unknown): void {
    this.#clock.clearTimeout(handle)
  }

  defer(fn: () => void): void {
    this.#clock.defer(fn)
  }
}
