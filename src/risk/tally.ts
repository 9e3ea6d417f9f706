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

/**
 * Sums by two keys, without a text made of both for each look-up: the gate asks a dozen times a judgement. As in `Tally`, a sum of zero
 * leaves no entry; the first keys stay, since there are no more than bots, accounts and instruments.
 */
export class PairTally {
  readonly #tallies = new Map<string, Tally>()

  of(one: string, other: string): Decimal {
    return this.#tallies.get(one)?.of(other) ?? ZERO
  }

  add(one: string, other: string, delta: Decimal): void {
    if (isZero(delta)) return
    const known = this.#tallies.get(one)
    if (known !== undefined) return known.add(other, delta)
    const tally = new Tally()
    tally.add(other, delta)
    this.#tallies.set(one, tally)
  }

  get size(): number {
    let size = 0
    for (const tally of this.#tallies.values()) size += tally.size
    return size
  }
}
