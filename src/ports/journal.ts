import type { JsonObject } from '#domain/json'

/** A fact to be journaled. Payloads are plain JSON and hold no secret: the `Secret` type prints as `[secret]`. */
export interface JournalDraft {
  /** Id of the actor whose fact it is: `order:…`, `bot:…`, `venue:kraken`, `ledger`. */
  readonly actor: string
  /** `order.submitting`, `verdict.blocked`, `bot.transition`… */
  readonly kind: string
  readonly payload: JsonObject
  /** The order or plan that the fact belongs to; null when none. */
  readonly correlationId: string | null
  /** The sequence number of the entry that led to this one; null when none. */
  readonly causationSeq: number | null
}

export interface JournalEntry extends JournalDraft {
  /** From 1, without gaps. Order is the sequence, never the time. */
  readonly seq: number
  readonly atMs: number
  readonly previousHash: string
  readonly hash: string
}

/** `power`: fsync before the answer. `process`: survives a crash of the process. */
export type Durability = 'power' | 'process'

/** The append-only record of the company: one writer, hash-chained, group commit once an event-loop turn. */
export interface JournalPort {
  /** Sequence number of the newest entry, appended or still waiting for its commit; 0 when empty. */
  readonly headSeq: number
  /** Sequence number of the newest entry that is durable; 0 when there is none. What a promise of `durable` has resolved for lies below. */
  readonly committedSeq: number
  /**
   * Gives the fact its sequence number at once and writes it with the present turn's group.
   * @throws {AppError} `JOURNAL_FAILED` once a commit has failed: the journal takes nothing more.
   */
  append(draft: JournalDraft): number
  /** Like `append`, and resolves with the sequence number when the entry is durable; rejects with `JOURNAL_FAILED`. */
  durable(draft: JournalDraft): Promise<number>
  /** Resolves when everything appended so far is durable. */
  settled(): Promise<void>
  /** Returns committed entries with `seq > afterSeq`, ascending, at most `limit`. */
  read(afterSeq: number, limit: number): readonly JournalEntry[]
  /** Calls `listener` for each entry as it is appended (before its commit), in order. Returns the unsubscribe function. */
  subscribe(listener: (entry: Omit<JournalEntry, 'previousHash' | 'hash'>) => void): () => void
  /** True once this writer was fenced, as in a crash: what it takes goes nowhere, and nobody is told. */
  readonly isFenced: boolean
  /** Null while the journal works; the first failure once it does not. */
  readonly failure: Error | null
  /** Calls `listener` once, at the first failed commit. */
  onFailure(listener: (error: Error) => void): void
  /** Writes what waits and closes. */
  close(): Promise<void>
}
