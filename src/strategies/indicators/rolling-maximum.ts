import { requirePeriod } from './period'

/**
 * The greatest of the last `length` values heard, in constant time a value on average: a queue of those that may still become the
 * greatest, falling from head to tail. Head and tail only count up; their low bits are the place in the ring.
 */
export class RollingMaximum {
  readonly #length: number
  readonly #mask: number
  readonly #values: Float64Array
  /** Number of each value in the order heard. */
  readonly #numbers: Float64Array
  #head = 0
  #tail = 0
  #heard = 0

  /** @throws {InvariantError} when the length is not a positive integer. */
  constructor(length: number) {
    this.#length = requirePeriod(length, 'RollingMaximum')
    // One more than the window: a new value goes in before the expired one goes out.
    const capacity = 2 ** Math.ceil(Math.log2(length + 1))
    this.#mask = capacity - 1
    this.#values = new Float64Array(capacity)
    this.#numbers = new Float64Array(capacity)
  }

  /** NaN while fewer than `length` were heard. */
  get value(): number {
    return this.#heard < this.#length ? Number.NaN : (this.#values[this.#head & this.#mask] ?? Number.NaN)
  }

  push(value: number): void {
    const values = this.#values
    const numbers = this.#numbers
    const mask = this.#mask
    const head = this.#head
    const number = this.#heard
    let tail = this.#tail
    while (tail > head && (values[(tail - 1) & mask] ?? Number.NaN) <= value) tail--
    values[tail & mask] = value
    numbers[tail & mask] = number
    this.#tail = tail + 1
    this.#heard = number + 1
    if ((numbers[head & mask] ?? Number.NaN) <= number - this.#length) this.#head = head + 1
  }
}
