/** Counts what happened within the last stretch of time. Keeps as many moments as it is asked for at most. */
export class SlidingWindow {
  readonly lengthMs: number
  readonly #lengthUs: number
  #momentsUs: number[] = []
  #first = 0

  /** @param lengthMs how long a moment counts. */
  constructor(lengthMs: number) {
    this.lengthMs = lengthMs
    this.#lengthUs = lengthMs * 1_000
  }

  /** Notes one more moment, monotonic µs; of more than `max` the oldest are forgotten. */
  note(nowUs: number, max: number): void {
    this.#momentsUs.push(nowUs)
    if (this.#momentsUs.length - this.#first > max) this.#first++
    this.#compact()
  }

  /** Returns how many moments lie within the length before now. */
  count(nowUs: number): number {
    const { length } = this.#momentsUs
    while (this.#first < length && nowUs - (this.#momentsUs[this.#first] ?? nowUs) >= this.#lengthUs) this.#first++
    this.#compact()
    return this.#momentsUs.length - this.#first
  }

  /** Lets go of what has left the window, once that is most of it. */
  #compact(): void {
    if (this.#first <= 32 || this.#first * 2 < this.#momentsUs.length) return
    this.#momentsUs = this.#momentsUs.slice(this.#first)
    this.#first = 0
  }
}
