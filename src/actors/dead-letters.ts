/** One event that nobody received. */
export interface DeadLetter {
  readonly actorId: string
  readonly eventType: string
  /** Why: `unknown` id, `stopped` actor, or a report of an incarnation that was `replaced`. */
  readonly cause: 'unknown' | 'stopped' | 'replaced'
}

const RECENT_MAX = 100

/** Counts what was sent to actors that are gone. XState drops such events without a word. */
export class DeadLetters {
  readonly #recent: DeadLetter[] = []
  readonly #onLetter: (letter: DeadLetter) => void
  #count = 0

  /** @param onLetter called for each, synchronously; must not throw. */
  constructor(onLetter: (letter: DeadLetter) => void = () => {}) {
    this.#onLetter = onLetter
  }

  /** All since the start. */
  get count(): number {
    return this.#count
  }

  /** The newest hundred, oldest first. */
  get recent(): readonly DeadLetter[] {
    return this.#recent
  }

  record(letter: DeadLetter): void {
    this.#count++
    this.#recent.push(letter)
    if (this.#recent.length > RECENT_MAX) this.#recent.shift()
    this.#onLetter(letter)
  }
}
