/** Entries looked at, when one must go, before the map grows instead. */
const LOOKED_AT_MAX = 8

/**
 * A map that forgets its oldest entries beyond a number: what monitors know of finished orders. Entries that may not be forgotten yet
 * become the youngest instead, and it grows where there are too many of them: a company bounds its live orders itself.
 */
export class BoundedMap<K, V> {
  readonly #entries = new Map<K, V>()
  readonly #max: number
  readonly #mayGo: (key: K) => boolean

  /** @param mayGo whether an entry may be forgotten; any may unless it is given. */
  constructor(max: number, mayGo: (key: K) => boolean = () => true) {
    this.#max = max
    this.#mayGo = mayGo
  }

  get(key: K): V | undefined {
    return this.#entries.get(key)
  }

  /** Adds or replaces; either makes the entry the youngest. */
  set(key: K, value: V): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size > this.#max) this.#forgetOne()
  }

  /** Returns the value of a key, made when it is missing. */
  make(key: K, create: () => V): V {
    const known = this.#entries.get(key)
    if (known !== undefined) return known
    const made = create()
    this.set(key, made)
    return made
  }

  delete(key: K): boolean {
    return this.#entries.delete(key)
  }

  entries(): Iterable<readonly [K, V]> {
    return this.#entries
  }

  clear(): void {
    this.#entries.clear()
  }

  #forgetOne(): void {
    let lookedAt = 0
    for (const [oldest, value] of this.#entries) {
      this.#entries.delete(oldest)
      if (this.#mayGo(oldest)) return
      this.#entries.set(oldest, value)
      if (++lookedAt >= LOOKED_AT_MAX) return
    }
  }
}
