import { sha256Hex } from '#domain/digest'
import { canonicalJson } from '#domain/json'
import type { JournalEntry, JournalPort } from '#ports/journal'
import type { Judge } from './judge'
import type { Secrets } from './secrets'

/** Entries read at once, and at most in one sweep: a backlog is worked off by the next ones. */
const PAGE = 500
const SWEEP_MAX = 5_000

/**
 * I10: what was committed is chained: numbers without a gap, each hash over the one before and the whole entry, counted again from what the
 * journal gives back. Begins at the head that it finds; the store's own check has verified what lies before. Reads each text for secrets besides.
 */
export class Chain {
  readonly #judge: Judge
  readonly #secrets: Secrets
  readonly #journal: Pick<JournalPort, 'read' | 'committedSeq'>
  #seq: number
  #hash: string | null

  constructor(judge: Judge, secrets: Secrets, journal: Pick<JournalPort, 'read' | 'committedSeq'>) {
    this.#judge = judge
    this.#secrets = secrets
    this.#journal = journal
    this.#seq = journal.committedSeq
    this.#hash = this.#seq === 0 ? '0'.repeat(64) : (journal.read(this.#seq - 1, 1)[0]?.hash ?? null)
  }

  sweep(): void {
    for (let count = 0; count < SWEEP_MAX && this.#seq < this.#journal.committedSeq; ) {
      const page = this.#journal.read(this.#seq, PAGE)
      if (page.length === 0) return this.#judge.that('I10', `entry ${this.#seq + 1} was committed and cannot be read`)
      for (const entry of page) this.#onEntry(entry)
      count += page.length
    }
  }

  #onEntry(entry: JournalEntry): void {
    const { hash, previousHash, ...rest } = entry
    const text = canonicalJson(rest)
    this.#secrets.judge(`journal entry ${entry.seq}`, text)
    this.#judge.that('I10', this.#broken(entry, text), entry)
    this.#seq = Math.max(this.#seq + 1, entry.seq)
    this.#hash = hash
  }

  #broken({ seq, hash, previousHash }: JournalEntry, text: string): string | null {
    if (seq !== this.#seq + 1) return `entry ${seq} follows entry ${this.#seq}`
    if (hash === '') return null // a journal without a chain
    if (this.#hash !== null && previousHash !== this.#hash) return `entry ${seq} is not chained to the one before`
    return sha256Hex(previousHash + text) === hash ? null : `the hash of entry ${seq} is not that of its content`
  }
}
