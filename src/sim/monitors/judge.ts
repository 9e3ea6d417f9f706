import { type Breach, INVARIANTS, type Invariant } from './types'

/** Breaches kept, and told to listeners; what follows is only counted. */
const KEPT_MAX = 100

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
  readonly #told = new Set<string>()
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

  /** Counts one judgement; `text` says what broke, and null that nothing did. The same text is told once. */
  that(invariant: Invariant, text: string | null, place: Place | null = null): void {
    this.checks[invariant]++
    if (text !== null) this.#broke(invariant, text, place ?? this.#now())
  }

  /** A judgement could not be made. */
  failed(text: string): void {
    this.#broke('MONITOR', text, this.#now())
  }

  onBreach(listener: (breach: Breach) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #broke(invariant: Invariant | 'MONITOR', text: string, { seq, atMs }: Place): void {
    const key = `${invariant} ${text}`
    if (this.#told.has(key)) return
    this.breachCount++
    if (this.breaches.length >= KEPT_MAX) return
    this.#told.add(key)
    const breach: Breach = { invariant, text, atMs, seq }
    this.breaches.push(breach)
    for (const listener of this.#listeners) listener(breach)
  }
}
