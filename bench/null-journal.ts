import type { JournalPort } from '#ports/journal'

/** Counts and forgets: for figures that leave the journal out. */
export function nullJournal(): JournalPort {
  let seq = 0
  return {
    get headSeq() {
      return seq
    },
    get committedSeq() {
      return seq
    },
    isFenced: false,
    failure: null,
    append: () => ++seq,
    durable: () => Promise.resolve(++seq),
    settled: () => Promise.resolve(),
    read: () => [],
    subscribe: () => () => undefined,
    onFailure: () => undefined,
    close: () => Promise.resolve(),
  }
}
