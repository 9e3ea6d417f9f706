import { requirePeriod } from './period'

/**
 * The last `length` values heard. Every figure is computed anew over exactly these values, oldest first, so that it does not depend on
 * what was heard before them: a running sum would collect the rounding of all that ever passed through it.
 */
export class LastValues {
  readonly #length: number
  /** Each value lies twice, `length` apart, so that the last ones are always in a row, from `#oldest` on. */
  readonly #data: Float64Array
  #oldest = 0
  #count = 0

  /** @throws {InvariantError} when the length is not a positive integer. */
  constructor(length: number) {
    this.#length = requirePeriod(length, 'LastValues')
    this.#data = new Float64Array(2 * length)
  }

  push(value: number): void {
    this.#data[this.#oldest] = value
    this.#data[this.#oldest + this.#length] = value
    this.#oldest = this.#oldest + 1 === this.#length ? 0 : this.#oldest + 1
    if (this.#count < this.#length) this.#count++
  }

  /** Returns the mean; NaN while fewer than `length` were heard. */
  mean(): number {
    if (this.#count < this.#length) return Number.NaN
    const data = this.#data
    const end = this.#oldest + this.#length
    let total = 0
    for (let index = this.#oldest; index < end; index++) total += data[index] ?? Number.NaN
    return total / this.#length
  }

  /** Returns the population standard deviation (divisor `length`) about their `mean`. */
  deviation(mean: number): number {
    const data = this.#data
    const end = this.#oldest + this.#length
    let squares = 0
    for (let index = this.#oldest; index < end; index++) {
      const distance = (data[index] ?? Number.NaN) - mean
      squares += distance * distance
    }
    return Math.sqrt(squares / this.#length)
  }
}
