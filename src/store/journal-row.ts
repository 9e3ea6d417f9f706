import { z } from 'zod'
import type { JsonObject } from '#domain/json'
import type { JournalEntry } from '#ports/journal'
import { entryOf, JOURNAL_NAME, type JournalRecord } from './journal-chain'

/** The columns of a journal row, in the order of their names here. */
export const JOURNAL_COLUMNS = 'seq, at_ms, actor, kind, payload, correlation_id, causation_seq, previous_hash, hash'

const hash = z.string().regex(/^[0-9a-f]{64}$/)

/** A journal row as the database gives it. */
export const journalRow = z.object({
  seq: z.int().positive(),
  at_ms: z.int(),
  actor: z.string().regex(JOURNAL_NAME),
  kind: z.string().regex(JOURNAL_NAME),
  payload: z.string(),
  correlation_id: z.string().regex(JOURNAL_NAME).nullable(),
  causation_seq: z.int().positive().nullable(),
  previous_hash: hash,
  hash,
})

export type JournalRow = z.infer<typeof journalRow>

/** Returns the hashed part of a row. */
export function recordOfRow(row: JournalRow): JournalRecord {
  return {
    seq: row.seq,
    atMs: row.at_ms,
    actor: row.actor,
    kind: row.kind,
    payloadText: row.payload,
    correlationId: row.correlation_id,
    causationSeq: row.causation_seq,
  }
}

/** Returns the entry of a row. @throws {SyntaxError} when the payload is not JSON. */
export function entryOfRow(row: JournalRow): JournalEntry {
  return entryOf(recordOfRow(row), JSON.parse(row.payload) as JsonObject, row.previous_hash, row.hash)
}
