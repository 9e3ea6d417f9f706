import { Database } from 'bun:sqlite'
import type { JournalEntry } from '#ports/journal'
import { entryOfRow, JOURNAL_COLUMNS, journalRow } from './journal-row'

/** Which entries to read; null does not filter. */
export interface JournalQuery {
  /** Entries with a greater sequence number. */
  readonly after: number
  readonly limit: number
  /** How the kind begins: `order.`. */
  readonly kindPrefix: string | null
  /** How the actor's id begins: `bot:`. */
  readonly actorPrefix: string | null
  /** Entries of one order: its facts, and what carries its id as correlation. */
  readonly clientOrderId: string | null
}

/** Filters nothing. */
export const EVERYTHING = { kindPrefix: null, actorPrefix: null, clientOrderId: null } as const

/**
 * Reads entries from a store's file, ascending, beside a running company or without one. It checks no hashes.
 * @throws {SQLiteError} when the file is no database; {ZodError} or {SyntaxError} for an entry that cannot be read.
 */
export function queryJournal(path: string, query: JournalQuery): readonly JournalEntry[] {
  const conditions = ['seq > ?']
  const values: (string | number)[] = [query.after]
  const startsWith = (column: string, prefix: string | null) => {
    if (prefix === null) return
    conditions.push(`substr(${column}, 1, ?) = ?`)
    values.push(prefix.length, prefix)
  }
  startsWith('kind', query.kindPrefix)
  startsWith('actor', query.actorPrefix)
  if (query.clientOrderId !== null) {
    conditions.push('(correlation_id = ? OR actor = ?)')
    values.push(query.clientOrderId, `order:${query.clientOrderId}`)
  }
  const database = new Database(path, { readonly: true })
  try {
    const text = `SELECT ${JOURNAL_COLUMNS} FROM journal WHERE ${conditions.join(' AND ')} ORDER BY seq LIMIT ?`
    return database
      .query(text)
      .all(...values, query.limit)
      .map((row) => entryOfRow(journalRow.parse(row)))
  } finally {
    database.close()
  }
}
