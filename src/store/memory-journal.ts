import type { JsonObject } from '#domain/json'
import type { ClockPort } from '#ports/clock'
import type { JournalEntry } from '#ports/journal'
import { GroupJournal, type JournalSink } from './group-journal'
import { entryOf, GENESIS_HASH, hashOf, type JournalRecord } from './journal-chain'

interface Row {
  readonly record: JournalRecord
  readonly previousHash: string
  readonly hash: string
}

/** Parsed when it is read, so that readers get the same plain JSON that the file would give them, and writers do not pay for it. */
function entryOfRow({ record, previousHash, hash }: Row): JournalEntry {
  return entryOf(record, JSON.parse(record.payloadText) as JsonObject, previousHash, hash)
}

/** The entries of journals in memory. It outlives the journal, as a disk outlives the process: a crash loses only what waited. */
export class MemoryJournalDisk implements JournalSink {
  readonly #rows: Row[] = []
  readonly #isChained: boolean
  #headHash = GENESIS_HASH
  #fault: Error | null = null

  /** @param isChained whether entries get their hashes; without, both hash fields are empty text (backtests, for speed). */
  constructor(isChained: boolean) {
    this.#isChained = isChained
  }

  get headSeq(): number {
    return this.#rows.length
  }

  /** Hash of the newest entry: the fingerprint of a run (I11). The genesis hash when empty or unchained. */
  get headHash(): string {
    return this.#headHash
  }

  /** Makes every later write fail, as a full disk does; null heals it. */
  failWith(fault: Error | null): void {
    this.#fault = fault
  }

  write(records: readonly JournalRecord[]): void {
    if (this.#fault !== null) throw this.#fault
    for (const record of records) this.#push(record)
  }

  read(afterSeq: number, limit: number): readonly JournalEntry[] {
    return this.#rows.slice(afterSeq, afterSeq + limit).map(entryOfRow)
  }

  close(): void {}

  #push(record: JournalRecord): void {
    if (!this.#isChained) {
      this.#rows.push({ record, previousHash: '', hash: '' })
      return
    }
    const hash = hashOf(this.#headHash, record)
    this.#rows.push({ record, previousHash: this.#headHash, hash })
    this.#headHash = hash
  }
}

/** Opens a journal on a disk in memory, with the promises of the file's (backtests, simulation). */
export function openMemoryJournal(disk: MemoryJournalDisk, clock: ClockPort): GroupJournal {
  return new GroupJournal(disk, clock)
}
