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
  #isFull = false
  #refused = 0

  get headSeq(): number {
    return this.disk.headSeq
  }

  get isFull(): boolean {
    return this.#isFull
  }

  /** How many groups were refused because the disk was full. */
  get refused(): number {
    return this.#refused
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

  /** Fills the disk, or makes room again. */
  setFull(isFull: boolean): void {
    this.disk.failWith(isFull ? new Error('ENOSPC: no space left on device') : null)
    this.#isFull = isFull
  }

  write(records: readonly JournalRecord[]): void {
    const last = records.at(-1)
    if (last === undefined) throw new InvariantError('an empty group was written')
    if (this.#isFull) this.#refused++
    if (this.#isFull || last.seq < this.#tearAtSeq) return this.disk.write(records)
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
