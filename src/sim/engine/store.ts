import { Database } from 'bun:sqlite'
import { InvariantError, invariant } from '#domain/errors'
import type { Json, JsonObject } from '#domain/json'
import type { Persistent, RowChange } from './types'

const SCHEMA_VERSION = 1

/** Keeps the parts' state. `commit` is cheap when little changed and is what makes an answer durable: call it before answering. */
export interface SimStore {
  /** Loads the parts' stored rows into them. Returns false when the store was new (nothing was loaded). Call once, before use. */
  attach(parts: readonly Persistent[]): boolean
  /** Writes everything that changed since the last commit, in one transaction; nothing when nothing changed. */
  commit(): void
  close(): void
}

interface StoredRow {
  readonly bucket: string
  readonly key: string
  readonly ordinal: number
  readonly value: string
}

function parseValue(row: StoredRow, part: string): JsonObject {
  const value: Json = JSON.parse(row.value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvariantError(`emulator store: row ${part}/${row.bucket}/${row.key} is damaged`)
  }
  return value as JsonObject
}

/**
 * Keeps the parts' rows in one SQLite file. A commit writes only changed rows, in one transaction, into the write-ahead log:
 * it survives a killed process (not a power cut, which an emulator need not).
 */
class SqliteStore implements SimStore {
  readonly #db: Database
  #parts: readonly Persistent[] = []

  constructor(file: string) {
    this.#db = new Database(file, { create: true, strict: true })
    this.#db.run('PRAGMA journal_mode = WAL')
    this.#db.run('PRAGMA synchronous = NORMAL')
    const version = this.#db.query<{ user_version: number }, []>('PRAGMA user_version').get()?.user_version ?? 0
    invariant(
      version === 0 || version === SCHEMA_VERSION,
      `${file}: schema ${version} is not ${SCHEMA_VERSION}; delete the emulator's file`,
    )
    this.#db.run(
      `CREATE TABLE IF NOT EXISTS row (part TEXT NOT NULL, bucket TEXT NOT NULL, key TEXT NOT NULL, ordinal INTEGER NOT NULL,
       value TEXT NOT NULL, PRIMARY KEY (part, bucket, key)) WITHOUT ROWID`,
    )
    this.#db.run(`PRAGMA user_version = ${SCHEMA_VERSION}`)
  }

  attach(parts: readonly Persistent[]): boolean {
    this.#parts = parts
    const read = this.#db.query<StoredRow, [string]>(
      'SELECT bucket, key, ordinal, value FROM row WHERE part = ? ORDER BY bucket, ordinal, key',
    )
    const stored = parts.map((part) => ({ part, rows: read.all(part.part).map((row) => ({ ...row, value: parseValue(row, part.part) })) }))
    const hasRows = stored.some(({ rows }) => rows.length > 0)
    for (const { part, rows } of stored) part.load(rows)
    if (!hasRows) this.#write(parts.map((part) => ({ part: part.part, rows: part.rows() })))
    return hasRows
  }

  commit(): void {
    const changed = this.#parts.map((part) => ({ part: part.part, rows: part.drain() })).filter(({ rows }) => rows.length > 0)
    if (changed.length > 0) this.#write(changed)
  }

  close(): void {
    this.commit()
    this.#db.close()
  }

  #write(changed: readonly { readonly part: string; readonly rows: readonly RowChange[] }[]): void {
    const put = this.#db.query(
      `INSERT INTO row (part, bucket, key, ordinal, value) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (part, bucket, key) DO UPDATE SET ordinal = excluded.ordinal, value = excluded.value`,
    )
    const remove = this.#db.query('DELETE FROM row WHERE part = ? AND bucket = ? AND key = ?')
    this.#db.transaction(() => {
      for (const { part, rows } of changed) {
        for (const row of rows) {
          if (row.value === null) remove.run(part, row.bucket, row.key)
          else put.run(part, row.bucket, row.key, row.ordinal, JSON.stringify(row.value))
        }
      }
    })()
  }
}

/** Keeps rows in a Map, as JSON text so that nothing is shared with the parts. It outlives a simulated crash of an emulator. */
class MemoryStore implements SimStore {
  readonly #rows = new Map<string, Map<string, StoredRow>>()
  #parts: readonly Persistent[] = []

  attach(parts: readonly Persistent[]): boolean {
    this.#parts = parts
    const hasRows = parts.some((part) => (this.#rows.get(part.part)?.size ?? 0) > 0)
    for (const part of parts) {
      const stored = [...(this.#rows.get(part.part)?.values() ?? [])]
      part.load(stored.map((row) => ({ ...row, value: parseValue(row, part.part) })).sort((a, b) => a.ordinal - b.ordinal))
    }
    if (!hasRows) for (const part of parts) this.#write(part.part, part.rows())
    return hasRows
  }

  commit(): void {
    for (const part of this.#parts) this.#write(part.part, part.drain())
  }

  /** The rows stay: a later `attach` of new parts loads them, which is how a crash is simulated. */
  close(): void {
    this.#parts = []
  }

  #write(part: string, rows: readonly RowChange[]): void {
    let kept = this.#rows.get(part)
    if (kept === undefined) {
      kept = new Map()
      this.#rows.set(part, kept)
    }
    for (const { bucket, key, ordinal, value } of rows) {
      const name = `${bucket}\u0000${key}`
      if (value === null) kept.delete(name)
      else kept.set(name, { bucket, key, ordinal, value: JSON.stringify(value) })
    }
  }
}

/**
 * Opens (and creates) the file of an emulator's durable state.
 * @throws {InvariantError} when the file's schema is not this version's.
 */
export function openSqliteStore(file: string): SimStore {
  return new SqliteStore(file)
}

/** Keeps nothing: for an emulator that is never started again, as in a simulation. */
export function openForgetfulStore(): SimStore {
  return { attach: () => false, commit: () => undefined, close: () => undefined }
}

/** Opens a store in memory, for virtual time. `close` keeps the rows, so that a simulated restart finds them. */
export function openMemoryStore(): SimStore {
  return new MemoryStore()
}
