import { Database, SQLiteError } from 'bun:sqlite'
import { copyFileSync, existsSync, mkdtempSync, openSync, closeSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InvariantError, messageOf } from '#domain/errors'
import { canonicalJson, type Json } from '#domain/json'
import { GENESIS_HASH, hashOf } from './journal-chain'
import { JOURNAL_COLUMNS, type JournalRow, journalRow, recordOfRow } from './journal-row'

/**
 * What a check of a journal found. `broken` names the first entry that does not hold: somebody or something changed it.
 * `damaged` means that the file itself cannot be read to its end, and names the last entry that could be read and holds.
 */
export type JournalVerdict =
  | { readonly kind: 'intact'; readonly headSeq: number; readonly headHash: string }
  | { readonly kind: 'broken'; readonly seq: number; readonly fault: JournalFault; readonly text: string }
  | { readonly kind: 'damaged'; readonly lastGoodSeq: number; readonly text: string }
  | { readonly kind: 'absent'; readonly text: string }

/** `gap`: the sequence number is missing. `link`: it does not name the hash before it. `form`: a column has no sound value. */
export type JournalFault = 'gap' | 'link' | 'hash' | 'payload' | 'form'

interface Progress {
  seq: number
  hash: string
}

/** Checks the journal in a store's file from its first entry on. Reads only, and needs no running company. */
export function verifyJournal(path: string): JournalVerdict {
  if (!existsSync(path)) return { kind: 'absent', text: `${path} does not exist` }
  const good: Progress = { seq: 0, hash: GENESIS_HASH }
  try {
    return walkFile(path, good, true)
  } catch (error) {
    const text = messageOf(error)
    if (good.seq > 0) return { kind: 'damaged', lastGoodSeq: good.seq, text }
    // SQLite opens no file that is shorter than its header says, nor one in a folder where it may not write: read a copy.
    const verdict = verifyCopy(path, good)
    const isDamaged = error instanceof SQLiteError && (error.code === 'SQLITE_CORRUPT' || error.code === 'SQLITE_NOTADB')
    return isDamaged ? { kind: 'damaged', lastGoodSeq: good.seq, text } : verdict
  }
}

function walkFile(path: string, good: Progress, isReadonly: boolean): JournalVerdict {
  const database = isReadonly ? new Database(path, { readonly: true }) : new Database(path, { readwrite: true })
  try {
    const rows = database.prepare(`SELECT ${JOURNAL_COLUMNS} FROM journal ORDER BY seq`)
    try {
      for (const row of rows.iterate()) {
        const fault = faultOf(row, good)
        if (fault !== null) return { kind: 'broken', seq: good.seq + 1, ...fault }
      }
    } finally {
      rows.finalize()
    }
    return { kind: 'intact', headSeq: good.seq, headHash: good.hash }
  } finally {
    database.close()
  }
}

/** Checks one row against what came before, and moves `good` on to it when it holds. */
function faultOf(raw: unknown, good: Progress): { readonly fault: JournalFault; readonly text: string } | null {
  const parsed = journalRow.safeParse(raw)
  if (!parsed.success)
    return { fault: 'form', text: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ') }
  const row = parsed.data
  if (row.seq !== good.seq + 1) return { fault: 'gap', text: `entry ${row.seq} follows entry ${good.seq}` }
  if (row.previous_hash !== good.hash) return { fault: 'link', text: `its previous hash is not the hash of entry ${good.seq}` }
  if (hashOf(row.previous_hash, recordOfRow(row)) !== row.hash) return { fault: 'hash', text: 'its content does not have its hash' }
  if (!isCanonical(row)) return { fault: 'payload', text: 'its payload is not canonical JSON' }
  good.seq = row.seq
  good.hash = row.hash
  return null
}

function isCanonical(row: JournalRow): boolean {
  try {
    return canonicalJson(JSON.parse(row.payload) as Json) === row.payload
  } catch (error) {
    // A number beyond the doubles parses to infinity, which has no canonical form.
    if (error instanceof SyntaxError || error instanceof InvariantError) return false
    throw error
  }
}

/** Bytes 92 to 95 of a database say for which change the page count in its header holds; any other value makes SQLite count the pages. */
const PAGE_COUNT_VALIDITY_OFFSET = 92

function verifyCopy(path: string, good: Progress): JournalVerdict {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-verify-'))
  try {
    const copy = join(folder, 'copy.sqlite')
    copyFileSync(path, copy)
    if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`)
    const file = openSync(copy, 'r+')
    writeSync(file, new Uint8Array([0xff, 0xff, 0xff, 0xff]), 0, 4, PAGE_COUNT_VALIDITY_OFFSET)
    closeSync(file)
    return walkFile(copy, good, false)
  } catch (error) {
    return { kind: 'damaged', lastGoodSeq: good.seq, text: messageOf(error) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
