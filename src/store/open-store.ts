import { Database } from 'bun:sqlite'
import { chmodSync, closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { drizzle } from 'drizzle-orm/bun-sqlite'
import { migrate } from 'drizzle-orm/bun-sqlite/migrator'
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

const migrationIndex = z.object({ entries: z.array(z.object({ tag: z.string() })) })
const countRow = z.object({ count: z.number() })

/**
 * Opens the store of a data directory, makes it when there is none, and brings its schema up to date (DAT-04). Every step may be
 * repeated: a migration runs whole or not at all, and an existing database is copied beforehand.
 * @throws {AppError} `SCHEMA_NEWER` for a schema that this version does not know, `MIGRATION_FAILED` with how to restore,
 * `JOURNAL_CORRUPT` for a file that is no sound database.
 */
export function openStore(options: StoreOptions): Store {
  const path = join(options.dataDir, STORE_FILE)
  const migrationsDir = options.migrationsDir ?? join(import.meta.dir, '..', '..', 'drizzle')
  const known = migrationIndex.parse(JSON.parse(readFileSync(join(migrationsDir, 'meta', '_journal.json'), 'utf8'))).entries.length
  const database = openFile(path, options.durability)
  try {
    const present = schemaVersionOf(database)
    if (present > known) throw schemaNewer(path, present, known)
    if (present < known) upgrade(database, path, migrationsDir, present, known)
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
    database.run('PRAGMA busy_timeout = 2000')
    database.run('PRAGMA journal_mode = WAL')
    database.run(`PRAGMA synchronous = ${durability === 'power' ? 'FULL' : 'NORMAL'}`)
    database.run(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
    database.query('SELECT count(*) FROM sqlite_schema').get()
    return database
  } catch (error) {
    database.close()
    throw new AppError(`${path} cannot be read (${messageOf(error)}); run "troupe journal verify", then restore a backup`, {
      code: 'JOURNAL_CORRUPT',
      severity: 'CRITICAL',
      cause: error,
      details: { path },
    })
  }
}

/** Returns the count of migrations that a database has; 0 for a new one. */
export function schemaVersionOf(database: Database): number {
  const has = countRow.parse(database.query("SELECT count(*) AS count FROM sqlite_schema WHERE name = '__drizzle_migrations'").get())
  if (has.count === 0) return 0
  return countRow.parse(database.query('SELECT count(*) AS count FROM __drizzle_migrations').get()).count
}

function upgrade(database: Database, path: string, migrationsDir: string, present: number, known: number): void {
  const backup = `${path}.schema-${present}`
  try {
    if (present > 0) {
      rmSync(backup, { force: true })
      database.query('VACUUM INTO ?').run(backup)
      chmodSync(backup, 0o600)
    }
    migrate(drizzle(database), { migrationsFolder: migrationsDir })
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

function schemaNewer(path: string, present: number, known: number): AppError {
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
