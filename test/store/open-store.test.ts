import { Database } from 'bun:sqlite'
import { describe, expect, test } from 'bun:test'
import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '#domain/errors'
import { VirtualClock } from '#sim/virtual-clock'
import { openJournal } from '#store/journal'
import { openStore, STORE_FILE } from '#store/open-store'
import { verifyJournal } from '#store/verify'
import { draftOf, START } from './journal.conformance'
import { removeTempDirs, tempDir } from './temp-dir'

removeTempDirs()

const OUR_MIGRATIONS = join(import.meta.dir, '..', '..', 'drizzle')

/** Returns a copy of our migrations with one more, as the next version would bring it. */
function migrationsWith(sql: string): string {
  const folder = tempDir()
  cpSync(OUR_MIGRATIONS, folder, { recursive: true })
  const indexPath = join(folder, 'meta', '_journal.json')
  const index = JSON.parse(readFileSync(indexPath, 'utf8')) as {
    entries: { idx: number; when: number; tag: string; version: string; breakpoints: boolean }[]
  }
  const last = index.entries.at(-1)
  index.entries.push({ idx: index.entries.length, version: '6', when: (last?.when ?? 0) + 1_000, tag: '9999_next', breakpoints: true })
  writeFileSync(indexPath, JSON.stringify(index))
  writeFileSync(join(folder, '9999_next.sql'), sql)
  return folder
}

function errorOf(act: () => unknown): AppError {
  try {
    act()
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

function storeWithOneEntry(): string {
  const dataDir = tempDir()
  const clock = new VirtualClock(START)
  const store = openStore({ dataDir, durability: 'process' })
  const journal = openJournal(store, clock)
  journal.append(draftOf('kept'))
  void journal.close()
  store.close()
  return dataDir
}

describe('openStore', () => {
  test('DAT-01 makes a SQLite file in WAL mode that only its owner can read', () => {
    const dataDir = tempDir()
    const store = openStore({ dataDir, durability: 'power' })
    expect(statSync(store.path).mode & 0o777).toBe(0o600)
    expect(store.database.query('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    expect(store.database.query('PRAGMA synchronous').get()).toEqual({ synchronous: 2 })
    expect(store.schemaVersion).toBeGreaterThan(0)
    store.close()
    const lighter = openStore({ dataDir, durability: 'process' })
    expect(lighter.database.query('PRAGMA synchronous').get()).toEqual({ synchronous: 1 })
    lighter.close()
    expect(readdirSync(dataDir)).toEqual([STORE_FILE])
  })

  test('DAT-03 holds what the company needs now: journal, snapshots, marks and the past of the portfolio', () => {
    const store = openStore({ dataDir: tempDir(), durability: 'process' })
    const tables = store.database
      .query<{ name: string }, []>(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_\\_drizzle%' ESCAPE '\\' ORDER BY name",
      )
      .all()
      .map((row) => row.name)
    expect(tables.filter((name) => !name.startsWith('sqlite_'))).toEqual(['journal', 'marks', 'portfolio_snapshots', 'snapshots'])
    store.close()
  })

  test('DAT-04 migrates at start, and again without any change', () => {
    const dataDir = storeWithOneEntry()
    for (let round = 0; round < 3; round++) openStore({ dataDir, durability: 'process' }).close()
    expect(verifyJournal(join(dataDir, STORE_FILE))).toMatchObject({ kind: 'intact', headSeq: 1 })
  })

  test('DAT-04 brings an older schema up to date, keeps the rows, and leaves a copy to go back to', () => {
    const dataDir = storeWithOneEntry()
    const next = migrationsWith('CREATE TABLE extra (id integer PRIMARY KEY NOT NULL);')
    const store = openStore({ dataDir, durability: 'process', migrationsDir: next })
    expect(store.database.query('SELECT count(*) AS count FROM extra').get()).toEqual({ count: 0 })
    const version = store.schemaVersion
    store.close()
    const backup = join(dataDir, `${STORE_FILE}.schema-${version - 1}`)
    expect(statSync(backup).mode & 0o777).toBe(0o600)
    expect(verifyJournal(backup)).toMatchObject({ kind: 'intact', headSeq: 1 })
  })

  test('DAT-04 refuses an unknown newer schema in one line that says what, where and what to do', () => {
    const dataDir = storeWithOneEntry()
    openStore({ dataDir, durability: 'process', migrationsDir: migrationsWith('CREATE TABLE extra (id integer);') }).close()
    const error = errorOf(() => openStore({ dataDir, durability: 'process' }))
    expect(error.code).toBe('SCHEMA_NEWER')
    expect(error.message).not.toContain('\n')
    expect(error.message).toContain(join(dataDir, STORE_FILE))
    expect(error.message).toContain('start the newer version')
  })

  test('DAT-04 a migration that fails changes nothing and says how to go back', () => {
    const dataDir = storeWithOneEntry()
    const broken = migrationsWith('CREATE TABLE extra (id integer);\n--> statement-breakpoint\nCREATE TABLE journal (id integer);')
    const error = errorOf(() => openStore({ dataDir, durability: 'process', migrationsDir: broken }))
    expect(error.code).toBe('MIGRATION_FAILED')
    expect(error.message).toContain('nothing was changed')
    const backup = `${join(dataDir, STORE_FILE)}.schema-`
    expect(error.message).toContain(`copy ${backup}`)
    const store = openStore({ dataDir, durability: 'process' })
    expect(store.database.query("SELECT count(*) AS count FROM sqlite_schema WHERE name = 'extra'").get()).toEqual({ count: 0 })
    store.close()
    expect(verifyJournal(join(dataDir, STORE_FILE))).toMatchObject({ kind: 'intact', headSeq: 1 })
  })

  test('DAT-04 the restore instructions work: the copy opens with the former version', () => {
    const dataDir = storeWithOneEntry()
    const store = openStore({ dataDir, durability: 'process', migrationsDir: migrationsWith('DROP TABLE marks;') })
    const former = store.schemaVersion - 1
    store.close()
    cpSync(join(dataDir, `${STORE_FILE}.schema-${former}`), join(dataDir, STORE_FILE))
    const restored = openStore({ dataDir, durability: 'process' })
    expect(restored.schemaVersion).toBe(former)
    expect(restored.database.query('SELECT count(*) AS count FROM marks').get()).toEqual({ count: 0 })
    restored.close()
  })

  test('a file that is no database is named with the remedy', () => {
    const dataDir = tempDir()
    writeFileSync(join(dataDir, STORE_FILE), 'x'.repeat(5_000))
    const error = errorOf(() => openStore({ dataDir, durability: 'process' }))
    expect(error.code).toBe('JOURNAL_CORRUPT')
    expect(error.message).toContain('troupe journal verify')
    expect(existsSync(join(dataDir, STORE_FILE))).toBe(true)
  })

  test('RUN-07 a store that another connection holds is called locked, not corrupt', () => {
    const dataDir = storeWithOneEntry()
    const holder = new Database(join(dataDir, STORE_FILE))
    holder.run('PRAGMA locking_mode = EXCLUSIVE')
    holder.run('BEGIN EXCLUSIVE')
    expect(errorOf(() => openStore({ dataDir, durability: 'process' })).code).toBe('DATA_DIR_LOCKED')
    holder.close()
  })

  test('a database of somebody else is not taken for ours', () => {
    const dataDir = tempDir()
    const foreign = new Database(join(dataDir, STORE_FILE))
    foreign.run('CREATE TABLE journal (note text)')
    foreign.close()
    expect(errorOf(() => openStore({ dataDir, durability: 'process' })).code).toBe('MIGRATION_FAILED')
  })
})
