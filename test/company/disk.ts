import { InvariantError } from '#domain/errors'
import type { JournalEntry } from '#ports/journal'
import type { JournalSink } from '#store/group-journal'
import type { JournalRecord } from '#store/journal-chain'
import { MemoryJournalDisk } from '#store/memory-journal'

/** The memory disk of the product with a knife: the write that reaches a chosen entry is torn there, and the life that wrote it ends. */
export class TearingDisk implements JournalSink {
  readonly disk = new MemoryJournalDisk(true)
  #tearAtSeq = Number.POSITIVE_INFINITY
  #onTear: () => void = () => undefined

  get headSeq(): number {
    return this.disk.headSeq
  }

  /** Lets exactly `seq` entries reach the disk; `onTear` is called in the step of that write. */
  tearAt(seq: number, onTear: () => void): void {
    this.#tearAtSeq = seq
    this.#onTear = onTear
  }

  write(records: readonly JournalRecord[]): void {
    const last = records.at(-1)
    if (last === undefined) throw new InvariantError('an empty group was written')
    if (last.seq < this.#tearAtSeq) return this.disk.write(records)
    this.disk.write(records.filter((record) => record.seq <= this.#tearAtSeq))
    this.#tearAtSeq = Number.POSITIVE_INFINITY
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
