import type { Database, Statement } from 'bun:sqlite'
import { z } from 'zod'
import { sha256Hex } from '#domain/digest'
import { canonicalJson, type Json } from '#domain/json'
import type { SnapshotPort } from '#ports/store'
import type { Store } from './open-store'

const snapshotRow = z.object({ seq: z.int().nonnegative(), data: z.string(), digest: z.string() })

/** Folds of the journal in the store's file. One row a name and version; a newer one takes its place. */
export class SqliteSnapshots implements SnapshotPort {
  readonly #database: Database
  readonly #upsert: Statement<unknown, [string, number, number, string, string]>

  constructor(store: Store) {
    this.#database = store.database
    this.#upsert = store.database.query(
      'INSERT INTO snapshots (name, version, seq, data, digest) VALUES (?, ?, ?, ?, ?) ON CONFLICT (name, version) DO UPDATE SET seq = excluded.seq, data = excluded.data, digest = excluded.digest',
    )
  }

  save(name: string, version: number, seq: number, data: Json): void {
    const text = canonicalJson(data)
    this.#upsert.run(name, version, seq, text, sha256Hex(text))
  }

  /** One that is damaged, or that stands ahead of the journal on disk (a crash took the tail), is none: the fold starts afresh. */
  load(name: string, version: number): { readonly seq: number; readonly data: Json } | null {
    const row: unknown = this.#database
      .query(
        'SELECT seq, data, digest FROM snapshots WHERE name = ? AND version = ? AND seq <= (SELECT coalesce(max(seq), 0) FROM journal)',
      )
      .get(name, version)
    const parsed = snapshotRow.safeParse(row)
    if (!parsed.success || sha256Hex(parsed.data.data) !== parsed.data.digest) return null
    return { seq: parsed.data.seq, data: JSON.parse(parsed.data.data) as Json }
  }
}
