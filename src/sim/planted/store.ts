import type { Mistake } from './types'

/** Mistakes in what is written, and in what is read back. */
export const STORE_BUGS: readonly Mistake[] = [
  {
    name: 'store-acknowledges-before-the-write',
    what: 'An entry counts as durable before its group is written.',
    breaks: ['I2'],
    file: 'src/store/group-journal.ts',
    find: 'if (!this.#isFenced) this.#waiters.push({ seq, resolve, reject })',
    replace: 'if (!this.#isFenced) resolve(seq)',
  },
  {
    name: 'store-failed-write-is-acknowledged',
    what: 'A group that could not be written counts as written.',
    breaks: ['I2'],
    file: 'src/store/group-journal.ts',
    find: 'this.#fail(error, records, waiters)\n      return',
    replace: 'for (const waiter of waiters) waiter.resolve(waiter.seq)\n      return void [error, records]',
  },
  {
    name: 'store-hash-is-not-chained',
    what: 'The hash of an entry does not cover the hash before it.',
    breaks: ['I10'],
    file: 'src/store/journal-chain.ts',
    find: 'export function hashOf(previousHash: string, record: JournalRecord): string {',
    replace: 'export function hashOf(previousHash: string, record: JournalRecord): string {\n  previousHash = GENESIS_HASH',
  },
  {
    name: 'store-entries-out-of-order',
    what: 'A group of entries is written newest first.',
    breaks: ['I10'],
    file: 'src/store/group-journal.ts',
    find: 'this.#sink.write(records)',
    replace: 'this.#sink.write(records.toReversed())',
  },
  {
    name: 'store-snapshot-ahead-of-the-journal',
    what: 'A snapshot claims a later place in the journal than it was taken at: what lies between is lost to a restart.',
    breaks: ['I10'],
    file: 'src/actors/company/lifecycle.ts',
    find: 'deps.snapshots.save(SNAPSHOT, SNAPSHOT_VERSION, seq, data)',
    replace: 'deps.snapshots.save(SNAPSHOT, SNAPSHOT_VERSION, seq + 25, data)',
  },
  {
    name: 'store-snapshot-forgets-working-orders',
    what: 'A restart from a snapshot does not go back to the orders that worked when it was taken.',
    breaks: ['I10'],
    file: 'src/actors/company/lifecycle.ts',
    find: 'ordersFrom: orders.firstSeq,',
    replace: 'ordersFrom: seq + 1,',
  },
  {
    name: 'store-replay-skips-fills',
    what: 'A replay of the journal leaves out the postings of fills.',
    breaks: ['I10', 'I5'],
    file: 'src/actors/portfolio/portfolio.ts',
    find: 'if (raw !== undefined) this.#apply(readPosting(raw), false)',
    replace: "if (raw !== undefined && entry.kind !== 'order.filled') this.#apply(readPosting(raw), false)",
  },
  {
    name: 'store-durable-by-its-own-word',
    what: 'The journal says that an entry is durable before its group is written, and believes it.',
    breaks: ['I2'],
    file: 'src/store/group-journal.ts',
    find: 'if (!this.#isFenced) this.#waiters.push({ seq, resolve, reject })',
    replace: 'if (!this.#isFenced) {\n        this.#committedSeq = seq\n        resolve(seq)\n      }',
  },
]
