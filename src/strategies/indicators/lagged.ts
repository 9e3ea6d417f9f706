import { requirePeriod } from './period'

/** The value heard so many values before the newest one. */
export class Lagged {
  readonly #values: Float64Array
  #next = 0
  #isFull = false

  /** @throws {InvariantError} when the lag is not a positive integer. */
  constructor(lag: number) {
    this.#values = new Float64Array(requirePeriod(lag, 'Lagged'))
  }

  /** Hears a value. @returns the one heard `lag` values before it; NaN before the value number `lag + 1`. */
  push(value: number): number {
    const before = this.#isFull ? (this.#values[this.#next] ?? Number.NaN) : Number.NaN
    this.#values[this.#next] = value
    this.#next++
    if (this.#next === this.#values.length) {
      this.#next = 0
      this.#isFull = true
    }
    return before
  }
}
