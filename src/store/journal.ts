import type { Database, Statement } from 'bun:sqlite'
import { AppError, messageOf } from '#domain/errors'
import type { ClockPort } from '#ports/clock'
import type { JournalEntry } from '#ports/journal'
import { GroupJournal, type JournalSink } from './group-journal'
import { GENESIS_HASH, hashOf, type JournalRecord } from './journal-chain'
import { entryOfRow, JOURNAL_COLUMNS, journalRow, recordOfRow } from './journal-row'
import type { Store } from './open-store'

/** A checkpoint blocks for 2 to 4 ms: it waits until this much was written and nothing was committed for the quiet time. */
const CHECKPOINT_BYTES = 4 * 1024 * 1024
const CHECKPOINT_BYTES_MAX = 16 * 1024 * 1024
const QUIET_MS = 25
/** What a commit adds to the write-ahead log at least: about three pages. */
const COMMIT_BYTES = 12_288

type InsertParams = [number, number, string, string, string, string | null, number | null, string, string]

/**
 * Opens the journal of a store. One writer: the single-instance lock of the data directory is what makes that true.
 * @throws {AppError} `JOURNAL_CORRUPT` when the newest entry does not carry its own hash.
 */
export function openJournal(store: Store, clock: ClockPort): GroupJournal {
  return new GroupJournal(new SqliteSink(store, clock), clock)
}

class SqliteSink implements JournalSink {
  readonly #database: Database
  readonly #clock: ClockPort
  readonly #insert: Statement<unknown, InsertParams>
  readonly #select: Statement<unknown, [number, number]>
  readonly #commit: (records: readonly JournalRecord[]) => string
  #headSeq = 0
  #headHash = GENESIS_HASH
  #walBytes = 0
  #lastCommitUs = 0
  #checkpointTimer: unknown = null

  constructor(store: Store, clock: ClockPort) {
    this.#database = store.database
    this.#clock = clock
    this.#insert = store.database.prepare(`INSERT INTO journal (${JOURNAL_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#select = store.database.prepare(`SELECT ${JOURNAL_COLUMNS} FROM journal WHERE seq > ? ORDER BY seq LIMIT ?`)
    this.#commit = store.database.transaction((records: readonly JournalRecord[]) => this.#insertAll(records)).immediate
    this.#readHead(store.path)
  }

  get headSeq(): number {
    return this.#headSeq
  }

  write(records: readonly JournalRecord[]): void {
    this.#headHash = this.#commit(records)
    this.#headSeq = records.at(-1)?.seq ?? this.#headSeq
    this.#noteCommit(records)
  }

  read(afterSeq: number, limit: number): readonly JournalEntry[] {
    return this.#select.all(afterSeq, limit).map((row, index) => {
      try {
        return entryOfRow(journalRow.parse(row))
      } catch (error) {
        throw corrupt(`journal entry ${afterSeq + index + 1} cannot be read (${messageOf(error)})`, error)
      }
    })
  }

  close(): void {
    this.#clock.clearTimeout(this.#checkpointTimer)
    this.#insert.finalize()
    this.#select.finalize()
  }

  #readHead(path: string): void {
    const row: unknown = this.#database.query(`SELECT ${JOURNAL_COLUMNS} FROM journal ORDER BY seq DESC LIMIT 1`).get()
    if (row === null) return
    const head = journalRow.safeParse(row)
    if (!head.success || hashOf(head.data.previous_hash, recordOfRow(head.data)) !== head.data.hash) {
      throw corrupt(`the newest journal entry in ${path} does not carry its own hash`, head.error)
    }
    this.#headSeq = head.data.seq
    this.#headHash = head.data.hash
  }

  #insertAll(records: readonly JournalRecord[]): string {
    let previous = this.#headHash
    for (const record of records) {
      const hash = hashOf(previous, record)
      const { seq, atMs, actor, kind, payloadText, correlationId, causationSeq } = record
      this.#insert.run(seq, atMs, actor, kind, payloadText, correlationId, causationSeq, previous, hash)
      previous = hash
    }
    return previous
  }

  #noteCommit(records: readonly JournalRecord[]): void {
    this.#walBytes += COMMIT_BYTES
    for (const record of records) this.#walBytes += record.payloadText.length + 300
    this.#lastCommitUs = this.#clock.monotonicUs()
    if (this.#walBytes >= CHECKPOINT_BYTES) this.#armCheckpoint()
  }

  #armCheckpoint(): void {
    this.#checkpointTimer ??= this.#clock.setTimeout(() => {
      this.#checkpointTimer = null
      const isQuiet = this.#clock.monotonicUs() - this.#lastCommitUs >= QUIET_MS * 1_000
      if (isQuiet || this.#walBytes >= CHECKPOINT_BYTES_MAX) {
        this.#database.run('PRAGMA wal_checkpoint(PASSIVE)')
        this.#walBytes = 0
      } else {
        this.#armCheckpoint()
      }
    }, QUIET_MS)
  }
}

function corrupt(what: string, cause: unknown): AppError {
  return new AppError(`${what}; run "troupe journal verify" and restore a backup`, { code: 'JOURNAL_CORRUPT', severity: 'CRITICAL', cause })
}
