import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { JsonObject } from '#domain/json'
import { type Rehearsal, rehearsalOf } from '#domain/rehearsal'
import { openDataDir, WORLD_FILE } from '#ops/data-dir'
import { RealClock } from '#ops/real-clock'
import { systemRandom } from '#ops/system-random'
import type { JournalEntry } from '#ports/journal'
import { codeDigest } from '#sim/simulate/code-digest'
import { openJournal } from '#store/journal'
import { EVERYTHING, queryJournal } from '#store/journal-query'
import { openStore, STORE_FILE } from '#store/open-store'
import { verifyJournal } from '#store/verify'
import { ROOT } from './world-options'

/** Where drills, tests of alerts and the result of CI are kept. */
export const EVIDENCE_DIR = join(ROOT, 'data', 'evidence')
/** The result of the last `bun run verify`, in that folder. */
export const CI_FILE = 'ci.json'

const ci = z.object({ digest: z.string(), result: z.enum(['green', 'red']), finishedAtMs: z.int() })
const world = z.object({ world: z.object({ mode: z.string(), account: z.string() }) })

/** Writes a fact into the journal of evidence, with the version of the code that it is of. */
export async function keepEvidence(dir: string, kind: string, facts: JsonObject): Promise<void> {
  const dataDir = openDataDir({ path: dir, world: { mode: 'evidence' }, tag: null, random: systemRandom })
  const store = openStore({ dataDir: dir, durability: 'power' })
  const journal = openJournal(store, new RealClock())
  try {
    const payload = { ...facts, digest: codeDigest(ROOT) }
    await journal.durable({ actor: 'operator', kind, payload, correlationId: null, causationSeq: null })
  } finally {
    await journal.close()
    store.close()
    dataDir.release()
  }
}

/** Returns the entries of a data directory's journal; null where there is none that holds. */
export function soundEntries(dir: string): readonly JournalEntry[] | null {
  const path = join(dir, STORE_FILE)
  if (!existsSync(path) || verifyJournal(path).kind !== 'intact') return null
  return queryJournal(path, { ...EVERYTHING, after: 0, limit: Number.MAX_SAFE_INTEGER })
}

/** Returns the newest fact of a kind that is of this very code; null for none. */
export function evidenceOf(dir: string, kind: string): JournalEntry | null {
  const digest = codeDigest(ROOT)
  return soundEntries(dir)?.findLast((entry) => entry.kind === kind && entry.payload['digest'] === digest) ?? null
}

/** What a mode's data directory proves; a text says why it proves nothing. */
export type ModeRecord = { readonly entries: readonly JournalEntry[]; readonly rehearsal: Rehearsal } | string

/** Reads the record of a mode from its data directory: it must be that mode's and that account's, and its journal must hold. */
export function recordOf(dir: string, mode: string, account: string): ModeRecord {
  const file = join(dir, WORLD_FILE)
  if (!existsSync(file)) return `${dir} is no data directory: ${mode} was never run there`
  const found = world.safeParse(jsonOf(file))
  if (!found.success || found.data.world.mode !== mode || found.data.world.account !== account)
    return `${dir} is not the ${mode} directory of account ${account}`
  const entries = soundEntries(dir)
  return entries === null ? `the journal of ${dir} is missing or does not verify` : { entries, rehearsal: rehearsalOf(entries) }
}

/** Reads what CI said of this code; a text says what is missing. */
export function ciText(dir: string): { readonly isMet: boolean; readonly text: string } {
  const file = join(dir, CI_FILE)
  if (!existsSync(file)) return { isMet: false, text: 'no result of CI is kept: run "bun run verify"' }
  const found = ci.safeParse(jsonOf(file))
  if (!found.success) return { isMet: false, text: `${file} is no result of CI: run "bun run verify"` }
  const { digest, result, finishedAtMs } = found.data
  if (digest !== codeDigest(ROOT)) return { isMet: false, text: `the result is of other code (${digest}): run "bun run verify"` }
  return { isMet: result === 'green', text: `${result} at ${new Date(finishedAtMs).toISOString()}, code ${digest}` }
}

function jsonOf(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) return null // the caller says that it proves nothing
    throw error
  }
}
