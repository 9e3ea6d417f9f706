import { InvariantError } from '#domain/errors'
import type { JournalEntry } from '#ports/journal'
import type { JournalSink } from '#store/group-journal'
import type { JournalRecord } from '#store/journal-chain'
import { MemoryJournalDisk } from '#store/memory-journal'

/**
 * The memory disk of the product, with what can befall a disk: the write that reaches a chosen entry is torn there and the life that
 * wrote it ends, and a disk can be full until somebody makes room.
 */
export class TearingDisk implements JournalSink {
  readonly disk = new MemoryJournalDisk(true)
  #tearAtSeq = Number.POSITIVE_INFINITY
  #onTear: () => void = () => undefined
  /** How often it is filled: it has room again once as often was made. */
  #fillings = 0
  #refused = 0

  get headSeq(): number {
    return this.disk.headSeq
  }

  get isFull(): boolean {
    return this.#fillings > 0
  }

  /** Returns how many writes, of the journal and of what lies beside it, were refused since the last call because the disk was full. */
  takeRefused(): number {
    const refused = this.#refused
    this.#refused = 0
    return refused
  }

  /** Lets exactly `seq` entries reach the disk; `onTear` is called in the step of that write. */
  tearAt(seq: number, onTear: () => void): void {
    this.#tearAtSeq = seq
    this.#onTear = onTear
  }

  /** Lets the next group reach the disk but for its last entry, `onTear` in the step of that write. */
  tearNext(onTear: () => void): void {
    this.#tearAtSeq = 0
    this.#onTear = onTear
  }

  /** Takes a planned tear back. */
  mend(): void {
    this.#tearAtSeq = Number.POSITIVE_INFINITY
  }

  /** Fills the disk. Returns what makes the room again; where it is filled several times, all of them must. */
  fill(): () => void {
    this.#fillings++
    let isOver = false
    return () => {
      if (!isOver) this.#fillings--
      isOver = true
    }
  }

  /** Refuses a write where the disk is full. @throws {Error} `ENOSPC`, as the files do. */
  checkRoom(): void {
    if (this.#fillings === 0) return
    this.#refused++
    throw new Error('ENOSPC: no space left on device')
  }

  write(records: readonly JournalRecord[]): void {
    const last = records.at(-1)
    if (last === undefined) throw new InvariantError('an empty group was written')
    this.checkRoom()
    if (last.seq < this.#tearAtSeq) return this.disk.write(records)
    const tearAtSeq = this.#tearAtSeq === 0 ? last.seq - 1 : this.#tearAtSeq
    this.disk.write(records.filter((record) => record.seq <= tearAtSeq))
    this.mend()
    this.#onTear()
  }

  read(afterSeq: number, limit: number): readonly JournalEntry[] {
    return this.disk.read(afterSeq, limit)
  }

  /** Every entry that is on the disk. */
  entries(): readonly JournalEntry[] {
    return this.disk.read(0, Number.POSITIVE_INFINITY)
  }

  close(): void {}
}
