import { Database, SQLiteError } from 'bun:sqlite'
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '#domain/errors'

/** The lock of a data directory, held by this process. */
export interface InstanceLock {
  release(): void
}

/** Who works on a data directory. `pid` is null when it is not known. */
export type LockState = { readonly kind: 'free' } | { readonly kind: 'held'; readonly pid: number | null }

/** A database that nobody refers to is closed by the garbage collector, and its lock with it. */
const HELD = new Set<Database>()

/**
 * Takes the single-instance lock of a data directory (RUN-07). It is a lock of the operating system, on an open database: it
 * dies with the process, also by kill -9, so nothing stale is ever left to be cleaned up. The file `lock.pid` only serves the message.
 * Nothing else in this process may open `lock.sqlite` meanwhile: closing a file gives up a process's POSIX locks on it.
 * @throws {AppError} `DATA_DIR_LOCKED` when another process holds it.
 */
export function acquireInstanceLock(dataDir: string): InstanceLock {
  const pidPath = join(dataDir, 'lock.pid')
  const lockPath = join(dataDir, 'lock.sqlite')
  if (!existsSync(lockPath)) closeSync(openSync(lockPath, 'a', 0o600))
  const database = new Database(lockPath, { readwrite: true })
  try {
    database.run('PRAGMA busy_timeout = 0')
    database.run('PRAGMA journal_mode = MEMORY')
    database.run('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (!isBusy(error)) throw error
    const pid = readPid(dataDir)
    const holder = pid === '' ? 'another process' : `process ${pid}`
    throw new AppError(`single-instance lock: ${dataDir} is in use by ${holder}; stop it, or choose another data directory`, {
      code: 'DATA_DIR_LOCKED',
      severity: 'CRITICAL',
      details: { dataDir, pid },
    })
  }
  writeFileSync(pidPath, `${process.pid}\n`, { mode: 0o600 })
  HELD.add(database)
  return {
    release: () => {
      HELD.delete(database)
      database.close()
    },
  }
}

/**
 * Tells whether a process works on a data directory, by taking its lock for an instant. Changes no file. Never call it in the process
 * that holds the lock: closing the file would give the lock up.
 */
export function probeInstanceLock(dataDir: string): LockState {
  const lockPath = join(dataDir, 'lock.sqlite')
  if (!existsSync(lockPath)) return { kind: 'free' }
  const database = new Database(lockPath, { readwrite: true })
  try {
    database.run('PRAGMA busy_timeout = 0')
    database.run('BEGIN EXCLUSIVE')
    database.run('ROLLBACK')
    return { kind: 'free' }
  } catch (error) {
    if (!isBusy(error)) throw error
    const pid = Number(readPid(dataDir))
    return { kind: 'held', pid: pid > 0 ? pid : null }
  } finally {
    database.close()
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof SQLiteError && error.code?.startsWith('SQLITE_BUSY') === true
}

function readPid(dataDir: string): string {
  const path = join(dataDir, 'lock.pid')
  const pid = existsSync(path) ? readFileSync(path, 'utf8').trim() : ''
  return /^\d{1,10}$/.test(pid) ? pid : ''
}
