import { add, type Decimal, isZero, ZERO } from '#domain/decimal'

/** Sums by key. A sum that comes back to zero leaves no entry behind, so that finished orders cost no memory (I13). */
export class Tally {
  readonly #sums = new Map<string, Decimal>()

  of(key: string): Decimal {
    return this.#sums.get(key) ?? ZERO
  }

  add(key: string, delta: Decimal): void {
    if (isZero(delta)) return
    const held = this.#sums.get(key)
    const sum = held === undefined ? delta : add(held, delta)
    if (isZero(sum)) this.#sums.delete(key)
    else this.#sums.set(key, sum)
  }

  get size(): number {
    return this.#sums.size
  }
}
