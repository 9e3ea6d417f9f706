import { Database } from 'bun:sqlite'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { AppError, messageOf } from '#domain/errors'
import { EVERYTHING, queryJournal } from './journal-query'
import { STORE_FILE, schemaNewer, schemaVersionOf } from './open-store'
import { verifyJournal } from './verify'

/** What a store's file says of itself. */
export interface StoreFacts {
  readonly path: string
  /** Migrations that the file has; 0 for an empty one. */
  readonly schemaVersion: number
  /** Migrations that this version of Troupe knows. */
  readonly knownVersion: number
}

/**
 * Reads the facts of a data directory's store without changing anything; null when there is none yet.
 * @throws {AppError} `JOURNAL_CORRUPT` for a file that is no sound database.
 */
export function readStoreFacts(dataDir: string): StoreFacts | null {
  const path = join(dataDir, STORE_FILE)
  if (!existsSync(path)) return null
  const knownVersion = readMigrationFiles({ migrationsFolder: join(import.meta.dir, '..', '..', 'drizzle') }).length
  try {
    const database = new Database(path, { readonly: true })
    try {
      return { path, schemaVersion: schemaVersionOf(database), knownVersion }
    } finally {
      database.close()
    }
  } catch (error) {
    throw corrupt(path, messageOf(error), { lastGoodSeq: 0 })
  }
}

/**
 * Checks a store before it is opened for writing: its schema, and every entry of its journal (about 5 s a million entries).
 * @returns when the journal's newest entry was written, UTC ms; null where there is none.
 * @throws {AppError} `SCHEMA_NEWER`, or `JOURNAL_CORRUPT` naming the first entry that does not hold.
 */
export function requireSoundStore(dataDir: string): number | null {
  const facts = readStoreFacts(dataDir)
  if (facts === null || facts.schemaVersion === 0) return null
  if (facts.schemaVersion > facts.knownVersion) throw schemaNewer(facts.path, facts.schemaVersion, facts.knownVersion)
  const verdict = verifyJournal(facts.path)
  switch (verdict.kind) {
    case 'intact':
      return queryJournal(facts.path, { ...EVERYTHING, after: verdict.headSeq - 1, limit: 1 })[0]?.atMs ?? null
    case 'absent':
      return null
    case 'broken':
      throw corrupt(facts.path, `entry ${verdict.seq} does not hold: ${verdict.text}`, { seq: verdict.seq, fault: verdict.fault })
    case 'damaged':
      throw corrupt(facts.path, `it cannot be read beyond entry ${verdict.lastGoodSeq}: ${verdict.text}`, {
        lastGoodSeq: verdict.lastGoodSeq,
      })
  }
}

function corrupt(path: string, what: string, details: Readonly<Record<string, unknown>>): AppError {
  return new AppError(`the journal in ${path} is corrupt: ${what}; nothing was started; restore a backup, or see RUNBOOK.md`, {
    code: 'JOURNAL_CORRUPT',
    severity: 'CRITICAL',
    details: { path, ...details },
  })
}
