import { Database, SQLiteError } from 'bun:sqlite'
import { chmodSync, closeSync, existsSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { z } from 'zod'
import { AppError, messageOf } from '#domain/errors'
import type { Durability } from '#ports/journal'

/** The store's file in a data directory. */
export const STORE_FILE = 'troupe.sqlite'

/** Checkpoints are the journal's business (in quiet moments); this many pages, 64 MB, are the net below it. */
const CHECKPOINT_PAGES = 16_000

export interface StoreOptions {
  readonly dataDir: string
  readonly durability: Durability
  /** Where the generated migrations lie; default the project's `drizzle/`. */
  readonly migrationsDir?: string
}

/** An open database with the schema of this version. */
export interface Store {
  readonly database: Database
  readonly path: string
  /** Count of migrations applied. */
  readonly schemaVersion: number
  readonly durability: Durability
  /** Folds the write-ahead log into the file and closes it. Close the journal first. */
  close(): void
}

type Migrations = ReturnType<typeof readMigrationFiles>

const countRow = z.object({ count: z.number() })

/**
 * Opens the store of a data directory, makes it when there is none, and brings its schema up to date (DAT-04). Every step may be
 * repeated: a migration runs whole or not at all, and an existing database is copied beforehand.
 * @throws {AppError} `SCHEMA_NEWER` for a schema that this version does not know, `MIGRATION_FAILED` with how to restore,
 * `JOURNAL_CORRUPT` for a file that is no sound database, `DATA_DIR_LOCKED` for one that another process holds.
 */
export function openStore(options: StoreOptions): Store {
  const path = join(options.dataDir, STORE_FILE)
  const migrations = readMigrationFiles({ migrationsFolder: options.migrationsDir ?? join(import.meta.dir, '..', '..', 'drizzle') })
  const known = migrations.length
  const database = openFile(path, options.durability)
  try {
    const present = schemaVersionOf(database)
    if (present > known) throw schemaNewer(path, present, known)
    if (present < known) upgrade(database, path, migrations, present)
    return { database, path, schemaVersion: known, durability: options.durability, close: () => closeFile(database) }
  } catch (error) {
    database.close()
    throw error
  }
}

function openFile(path: string, durability: Durability): Database {
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
  const database = new Database(path, { readwrite: true, strict: true })
  try {
    database.run('PRAGMA busy_timeout = 500')
    database.run('PRAGMA journal_mode = WAL')
    database.run(`PRAGMA synchronous = ${durability === 'power' ? 'FULL' : 'NORMAL'}`)
    database.run(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
    database.query('SELECT count(*) FROM sqlite_schema').get()
    return database
  } catch (error) {
    database.close()
    throw openFailure(path, error)
  }
}

function openFailure(path: string, error: unknown): AppError {
  const options = { severity: 'CRITICAL', cause: error, details: { path } } as const
  if (error instanceof SQLiteError && error.code?.startsWith('SQLITE_BUSY') === true) {
    return new AppError(`${path} is locked by another process; stop it first`, { code: 'DATA_DIR_LOCKED', ...options })
  }
  const text = `${path} cannot be read (${messageOf(error)}); run "troupe journal verify", then restore a backup`
  return new AppError(text, { code: 'JOURNAL_CORRUPT', ...options })
}

/** Returns the count of migrations that a database has; 0 for a new one. */
export function schemaVersionOf(database: Database): number {
  const has = countRow.parse(database.query("SELECT count(*) AS count FROM sqlite_schema WHERE name = '__drizzle_migrations'").get())
  if (has.count === 0) return 0
  return countRow.parse(database.query('SELECT count(*) AS count FROM __drizzle_migrations').get()).count
}

function upgrade(database: Database, path: string, migrations: Migrations, present: number): void {
  const known = migrations.length
  const backup = `${path}.schema-${present}`
  try {
    if (present > 0) {
      rmSync(backup, { force: true })
      database.query('VACUUM INTO ?').run(backup)
      chmodSync(backup, 0o600)
    }
    database.transaction(() => applyFrom(database, migrations, present)).immediate()
  } catch (error) {
    const restore =
      present === 0
        ? `remove ${path} and start again`
        : `stop Troupe, copy ${backup} over ${path}, remove ${path}-wal and start the former version`
    throw new AppError(
      `${path}: migration from schema ${present} to ${known} failed (${messageOf(error)}); nothing was changed; to go back, ${restore}`,
      {
        code: 'MIGRATION_FAILED',
        severity: 'CRITICAL',
        cause: error,
        details: { path, present, known },
      },
    )
  }
}

/**
 * Runs the migrations that are missing and notes each as drizzle would. Not with drizzle's own migrator: it leaves its prepared
 * statements open, and the file could then not be closed (its log and lock stayed behind, measured).
 */
function applyFrom(database: Database, migrations: Migrations, present: number): void {
  database.run('CREATE TABLE IF NOT EXISTS __drizzle_migrations (id INTEGER PRIMARY KEY, hash text NOT NULL, created_at numeric)')
  const note = database.query('INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)')
  for (const migration of migrations.slice(present)) {
    for (const statement of migration.sql) database.run(statement)
    note.run(migration.hash, migration.folderMillis)
  }
}

/** Returns the error for a database from a newer version. */
export function schemaNewer(path: string, present: number, known: number): AppError {
  return new AppError(
    `${path} has schema ${present}, this version knows up to ${known}; start the newer version, or restore a backup from before its first start`,
    {
      code: 'SCHEMA_NEWER',
      severity: 'CRITICAL',
      details: { path, present, known },
    },
  )
}

function closeFile(database: Database): void {
  database.run('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
}
