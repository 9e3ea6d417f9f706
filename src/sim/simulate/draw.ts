import { invariant, mustExist } from '#domain/errors'
import type { SeededRandom } from '#sim/random'

/** Draws of a plan from one seeded stream. */
export class Draw {
  readonly #random: SeededRandom

  constructor(random: SeededRandom) {
    this.#random = random
  }

  /** True with the given chance, 0 to 1. */
  chance(ratio: number): boolean {
    return this.#random.next() < ratio
  }

  /** A number in [from, to). */
  between(from: number, to: number): number {
    return from + (to - from) * this.#random.next()
  }

  /** An integer from `from` to `to`, both included. */
  integer(from: number, to: number): number {
    return from + this.#random.integer(to - from + 1)
  }

  /** An integer in [from, to], small ones as likely as large ones of ten times the size. */
  spread(from: number, to: number): number {
    // Squares in place of powers: they are the same on every machine.
    const part = this.#random.next()
    return Math.round(from + (to - from) * part * part)
  }

  /** One of the list, each as likely. */
  pick<T>(items: readonly T[]): T {
    invariant(items.length > 0, 'Draw.pick(): an empty list')
    return items[this.#random.integer(items.length)] as T
  }

  /** One of the list by its weight. */
  weighted<T>(items: readonly (readonly [item: T, weight: number])[]): T {
    const total = items.reduce((sum, [, weight]) => sum + weight, 0)
    let left = this.#random.next() * total
    for (const [item, weight] of items) {
      left -= weight
      if (left < 0) return item
    }
    return mustExist(items.at(-1), 'Draw.weighted(): an empty list')[0]
  }
}
