import { sha256Hex } from '#domain/digest'
import { InvariantError } from '#domain/errors'
import { canonicalJson, type JsonObject } from '#domain/json'
import type { JournalDraft, JournalEntry } from '#ports/journal'

/** The hash before the first entry. */
export const GENESIS_HASH = '0'.repeat(64)

/** Payloads are facts, not files. */
const PAYLOAD_CHARS_MAX = 1_048_576

/** What an actor, a kind and a correlation id may look like: printable ASCII that stands in JSON as it is. */
export const JOURNAL_NAME = /^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,200}$/

/** An entry whose payload is canonical text, before it has its hash. */
export interface JournalRecord {
  readonly seq: number
  readonly atMs: number
  readonly actor: string
  readonly kind: string
  readonly payloadText: string
  readonly correlationId: string | null
  readonly causationSeq: number | null
}

/**
 * Checks a draft and gives it its place.
 * @throws {InvariantError} when a part has no place in the journal; the journal itself is then untouched.
 */
export function recordOf(draft: JournalDraft, seq: number, atMs: number): JournalRecord {
  const { actor, kind, payload, correlationId, causationSeq } = draft
  if (!JOURNAL_NAME.test(actor)) throw new InvariantError(`journal: ${JSON.stringify(actor)} cannot be an actor's id`)
  if (!JOURNAL_NAME.test(kind)) throw new InvariantError(`journal: ${JSON.stringify(kind)} cannot be a kind`)
  if (correlationId !== null && !JOURNAL_NAME.test(correlationId)) {
    throw new InvariantError(`journal: ${JSON.stringify(correlationId)} cannot be a correlation id`, { kind })
  }
  if (causationSeq !== null && !(Number.isSafeInteger(causationSeq) && causationSeq > 0 && causationSeq < seq)) {
    throw new InvariantError(`journal: entry ${seq} cannot be caused by entry ${causationSeq}`, { kind })
  }
  const payloadText = canonicalJson(payload)
  if (payloadText[0] !== '{') throw new InvariantError(`journal: the payload of ${kind} is not an object`)
  if (payloadText.length > PAYLOAD_CHARS_MAX)
    throw new InvariantError(`journal: the payload of ${kind} is ${payloadText.length} characters long`)
  return { seq, atMs, actor, kind, payloadText, correlationId, causationSeq }
}

/** Returns the hash of an entry: SHA-256 of the hash before it and the canonical JSON of everything else in it. */
export function hashOf(previousHash: string, record: JournalRecord): string {
  const correlation = record.correlationId === null ? 'null' : `"${record.correlationId}"`
  return sha256Hex(
    `${previousHash}{"actor":"${record.actor}","atMs":${record.atMs},"causationSeq":${record.causationSeq},"correlationId":${correlation},"kind":"${record.kind}","payload":${record.payloadText},"seq":${record.seq}}`,
  )
}

/** Returns the entry that readers see. */
export function entryOf(record: JournalRecord, payload: JsonObject, previousHash: string, hash: string): JournalEntry {
  const { seq, atMs, actor, kind, correlationId, causationSeq } = record
  return { seq, atMs, actor, kind, payload, correlationId, causationSeq, previousHash, hash }
}
