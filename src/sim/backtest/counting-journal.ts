import type { JournalDraft, JournalEntry, JournalPort } from '#ports/journal'

type Listener = Parameters<JournalPort['subscribe']>[0]

/**
 * A journal that counts its entries and forgets them: for long backtests of which nobody asked to keep the journal. Listeners hear each
 * entry; its payload is neither checked nor written out.
 */
export class CountingJournal implements JournalPort {
  readonly failure = null
  readonly isFenced = false
  readonly #now: () => number
  readonly #listeners = new Set<Listener>()
  #headSeq = 0

  constructor(now: () => number) {
    this.#now = now
  }

  get headSeq(): number {
    return this.#headSeq
  }

  get committedSeq(): number {
    return this.#headSeq
  }

  append(draft: JournalDraft): number {
    const seq = ++this.#headSeq
    if (this.#listeners.size === 0) return seq
    const { actor, kind, payload, correlationId, causationSeq } = draft
    const entry = { seq, atMs: this.#now(), actor, kind, payload, correlationId, causationSeq }
    for (const listener of this.#listeners) listener(entry)
    return seq
  }

  durable(draft: JournalDraft): Promise<number> {
    return Promise.resolve(this.append(draft))
  }

  settled(): Promise<void> {
    return Promise.resolve()
  }

  read(): readonly JournalEntry[] {
    return []
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  onFailure(): void {}

  close(): Promise<void> {
    return Promise.resolve()
  }
}
