import { BoundedMap } from './bounded-map'
import { type Breach, INVARIANTS, type Invariant } from './types'

/** Breaches kept to be shown; what follows is counted and told to listeners like the others. */
const KEPT_MAX = 100
/** Breaches that are known when they come again; of more the oldest are told anew. */
const KNOWN_MAX = 1_000

/** Where a judgement was made, unless it is of now. */
export interface Place {
  readonly seq: number
  readonly atMs: number
}

/** Counts judgements and collects breaches. */
export class Judge {
  readonly checks: Record<Invariant, number>
  readonly breaches: Breach[] = []
  breachCount = 0
  readonly #known = new BoundedMap<string, true>(KNOWN_MAX)
  readonly #listeners = new Set<(breach: Breach) => void>()
  readonly #now: () => Place

  /** @param now the market time and the journal's head at the moment of the question. */
  constructor(now: () => Place) {
    this.#now = now
    this.checks = Object.fromEntries(INVARIANTS.map((invariant) => [invariant, 0])) as Record<Invariant, number>
  }

  /** Counts one judgement that held. */
  held(invariant: Invariant): void {
    this.checks[invariant]++
  }

  /** Counts one judgement; `text` says what broke, and null that nothing did. The same text is told once until `forget`. */
  that(invariant: Invariant, text: string | null, place: Place | null = null): void {
    this.checks[invariant]++
    if (text !== null) this.#broke(invariant, text, place ?? this.#now())
  }

  /** A judgement could not be made. */
  failed(text: string): void {
    this.#broke('MONITOR', text, this.#now())
  }

  /** What was told before is told again when it is found again: somebody has signed it off. */
  forget(): void {
    this.#known.clear()
  }

  onBreach(listener: (breach: Breach) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #broke(invariant: Invariant | 'MONITOR', text: string, { seq, atMs }: Place): void {
    const key = `${invariant} ${text}`
    if (this.#known.get(key) === true) return
    this.#known.set(key, true)
    this.breachCount++
    const breach: Breach = { invariant, text, atMs, seq }
    if (this.breaches.length < KEPT_MAX) this.breaches.push(breach)
    for (const listener of this.#listeners) listener(breach)
  }
}
