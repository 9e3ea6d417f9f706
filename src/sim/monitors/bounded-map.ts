/** A map that forgets its oldest entries beyond a number: what monitors know of finished orders. */
export class BoundedMap<K, V> {
  readonly #entries = new Map<K, V>()
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  get(key: K): V | undefined {
    return this.#entries.get(key)
  }

  /** Adds or replaces; either makes the entry the youngest. */
  set(key: K, value: V): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size <= this.#max) return
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest)
      return
    }
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
}
