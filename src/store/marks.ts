import type { Database } from 'bun:sqlite'
import { z } from 'zod'
import type { MarkPort } from '#ports/store'
import type { Store } from './open-store'

const markRow = z.object({ value: z.string() })

/** Marks in the store's file. Each `put` is forced to the disk, also where the journal's durability is `process`: a nonce may never fall back. */
export class SqliteMarks implements MarkPort {
  readonly #database: Database
  readonly #isAlwaysFull: boolean

  constructor(store: Store) {
    this.#database = store.database
    this.#isAlwaysFull = store.durability === 'power'
  }

  get(key: string): string | null {
    const row: unknown = this.#database.query('SELECT value FROM marks WHERE key = ?').get(key)
    return row === null ? null : markRow.parse(row).value
  }

  put(key: string, value: string): void {
    if (!this.#isAlwaysFull) this.#database.run('PRAGMA synchronous = FULL')
    try {
      this.#database
        .query('INSERT INTO marks (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value')
        .run(key, value)
    } finally {
      if (!this.#isAlwaysFull) this.#database.run('PRAGMA synchronous = NORMAL')
    }
  }
}
