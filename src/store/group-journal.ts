import { AppError, InvariantError, messageOf } from '#domain/errors'
import type { ClockPort } from '#ports/clock'
import type { JournalDraft, JournalEntry, JournalPort } from '#ports/journal'
import { type JournalRecord, recordOf } from './journal-chain'

/** One turn that appends more than this is a loop without end. */
const WAITING_MAX = 500_000

/** Where a group of entries goes. One writer; calls never overlap. */
export interface JournalSink {
  /** Sequence number of the newest committed entry; 0 when there is none. */
  readonly headSeq: number
  /** Writes all records or none; a return means that they are durable. @throws when none was written. */
  write(records: readonly JournalRecord[]): void
  read(afterSeq: number, limit: number): readonly JournalEntry[]
  close(): void
}

interface Waiter {
  readonly seq: number
  readonly resolve: (seq: number) => void
  readonly reject: (error: Error) => void
}

type Listener = (entry: Omit<JournalEntry, 'previousHash' | 'hash'>) => void

/**
 * The journal in front of any sink: sequence numbers at once, one group commit an event-loop turn. The first commit that fails
 * ends it: what waits is rejected, and nothing more is taken, because state without a record must not grow.
 */
export class GroupJournal implements JournalPort {
  readonly #sink: JournalSink
  readonly #clock: ClockPort
  readonly #listeners = new Set<Listener>()
  readonly #failureListeners: ((error: Error) => void)[] = []
  #headSeq: number
  #committedSeq: number
  #waiting: JournalRecord[] = []
  #waiters: Waiter[] = []
  #isArmed = false
  #isFenced = false
  #isClosed = false
  #failure: AppError | null = null

  constructor(sink: JournalSink, clock: ClockPort) {
    this.#sink = sink
    this.#clock = clock
    this.#headSeq = sink.headSeq
    this.#committedSeq = sink.headSeq
  }

  get headSeq(): number {
    return this.#headSeq
  }

  get committedSeq(): number {
    return this.#committedSeq
  }

  get isFenced(): boolean {
    return this.#isFenced
  }

  get failure(): Error | null {
    return this.#failure
  }

  append(draft: JournalDraft): number {
    if (this.#failure !== null) throw this.#failure
    if (this.#isClosed) throw new AppError('the journal is closed', { code: 'JOURNAL_FAILED', severity: 'HIGH' })
    const seq = this.#headSeq + 1
    const record = recordOf(draft, seq, this.#clock.now())
    if (this.#waiting.length >= WAITING_MAX) throw new InvariantError(`journal: ${WAITING_MAX} entries wait for one commit`)
    this.#headSeq = seq
    if (this.#isFenced) return seq
    this.#waiting.push(record)
    this.#arm()
    if (this.#listeners.size > 0) this.#tell(draft, record)
    return seq
  }

  durable(draft: JournalDraft): Promise<number> {
    return new Promise((resolve, reject) => {
      const seq = this.append(draft)
      if (!this.#isFenced) this.#waiters.push({ seq, resolve, reject })
    })
  }

  settled(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#isFenced) return
      if (this.#failure !== null) reject(this.#failure)
      else if (this.#waiting.length === 0) resolve()
      else this.#waiters.push({ seq: this.#headSeq, resolve: () => resolve(), reject })
    })
  }

  read(afterSeq: number, limit: number): readonly JournalEntry[] {
    return this.#sink.read(afterSeq, limit)
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  onFailure(listener: (error: Error) => void): void {
    this.#failureListeners.push(listener)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    const failedBefore = this.#failure
    this.#flush()
    this.#isClosed = true
    this.#sink.close()
    if (this.#failure !== null && this.#failure !== failedBefore) throw this.#failure
  }

  /** Kills this writer, as a crash does: what waits for its commit is lost, and no promise or listener is served any more. */
  fence(): void {
    this.#isFenced = true
    this.#waiting = []
    this.#waiters = []
    this.#listeners.clear()
    this.#failureListeners.length = 0
  }

  #arm(): void {
    if (this.#isArmed) return
    this.#isArmed = true
    this.#clock.defer(() => this.#flush())
  }

  #flush(): void {
    this.#isArmed = false
    if (this.#waiting.length === 0 || this.#isClosed) return
    const records = this.#waiting
    const waiters = this.#waiters
    this.#waiting = []
    this.#waiters = []
    try {
      this.#sink.write(records)
    } catch (error) {
      this.#fail(error, records, waiters)
      return
    }
    // A crash in the step of the write: whoever waited died with it.
    if (this.#isFenced) return
    this.#committedSeq = records.at(-1)?.seq ?? this.#committedSeq
    for (const waiter of waiters) waiter.resolve(waiter.seq)
  }

  #fail(cause: unknown, records: readonly JournalRecord[], waiters: readonly Waiter[]): void {
    const failure = new AppError(`the journal cannot be written (${messageOf(cause)}); ${records.length} entries are lost`, {
      code: 'JOURNAL_FAILED',
      severity: 'CRITICAL',
      cause,
      details: { firstSeq: records[0]?.seq ?? null, count: records.length },
    })
    this.#failure = failure
    for (const waiter of waiters) waiter.reject(failure)
    for (const listener of this.#failureListeners.splice(0)) this.#call(() => listener(failure))
  }

  #tell(draft: JournalDraft, record: JournalRecord): void {
    const { actor, kind, payload, correlationId, causationSeq } = draft
    const entry = { seq: record.seq, atMs: record.atMs, actor, kind, payload, correlationId, causationSeq }
    for (const listener of this.#listeners) this.#call(() => listener(entry))
  }

  /** A listener's bug must not fail the fact that it was told of: it is thrown in a turn of its own, where the process sees it. */
  #call(act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#clock.defer(() => {
        throw error
      })
    }
  }
}
