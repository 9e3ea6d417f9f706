import type { JsonObject } from './json'

/** What of a journal entry tells of a rehearsal. */
export interface RehearsalEntry {
  readonly atMs: number
  readonly kind: string
  readonly payload: JsonObject
}

/** What a data directory's journal tells of its time in trading. */
export interface Rehearsal {
  /** Time in TRADING since the last unhandled breach, ms. */
  readonly cleanMs: number
  readonly tradedMs: number
  /** Unhandled breaches, newest last; a few words each. */
  readonly breaches: readonly string[]
}

/** What nobody and nothing of the company had an answer to; a breaker that trips is an answer. */
const UNHANDLED: Readonly<Record<string, string>> = {
  'invariant.breached': 'an invariant broke',
  'child.escalated': 'restarts were spent',
}

/**
 * Folds the journal of a rehearsal (SIM-06): how long it traded, and what went wrong unhandled, which begins the count anew. A life that
 * ended without an orderly stop counts up to its last entry; the next one begins where it starts to trade.
 */
export function rehearsalOf(entries: Iterable<RehearsalEntry>): Rehearsal {
  let since: number | null = null
  let lastMs = 0
  let cleanMs = 0
  let tradedMs = 0
  const breaches: string[] = []
  const close = (atMs: number): void => {
    if (since === null) return
    cleanMs += Math.max(0, atMs - since)
    tradedMs += Math.max(0, atMs - since)
    since = null
  }
  for (const { atMs, kind, payload } of entries) {
    if (kind === 'company.transition') {
      const to = String(payload['to'])
      // A new life begins with a chart that boots: the old one ended at its last entry.
      close(to === 'CHECKING' || to === 'BOOTING' ? lastMs : atMs)
      if (to === 'TRADING') since = atMs
    }
    const what = UNHANDLED[kind]
    if (what !== undefined) {
      const wasTrading = since !== null
      close(atMs)
      breaches.push(`${what} at ${new Date(atMs).toISOString()}`)
      cleanMs = 0
      if (wasTrading) since = atMs
    }
    lastMs = atMs
  }
  close(lastMs)
  return { cleanMs, tradedMs, breaches }
}
