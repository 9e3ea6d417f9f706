import { sha256Hex } from '#domain/digest'
import { canonicalJson } from '#domain/json'
import type { JournalEntry, JournalPort } from '#ports/journal'
import type { Judge } from './judge'
import type { Secrets } from './secrets'

/** Entries read in one turn, a few milliseconds, and at most at a whole sweep: a backlog is worked off by the next ones. */
const PAGE = 200
const PAGES_MAX = 25

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

  /** Reads page after page, in one turn. */
  sweep(): void {
    for (let pages = 0; pages < PAGES_MAX && this.readOn(); pages++);
  }

  /** Reads one page; false once there is nothing left, or it cannot be read. */
  readOn(): boolean {
    if (this.#seq >= this.#journal.committedSeq) return false
    const page = this.#journal.read(this.#seq, PAGE)
    if (page.length === 0) this.#judge.that('I10', `entry ${this.#seq + 1} was committed and cannot be read`)
    for (const entry of page) this.#onEntry(entry)
    return page.length > 0 && this.#seq < this.#journal.committedSeq
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
