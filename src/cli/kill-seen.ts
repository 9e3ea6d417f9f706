import type { JournalEntry } from '#ports/journal'

type Word = Pick<JournalEntry, 'kind' | 'atMs'>

/** True when a company has told, in the journal's words on the kill switch, that it saw a flag file written at `sinceMs` (UTC). */
export function hasSeenFile(words: readonly Word[], sinceMs: number): boolean {
  return words.some(({ kind, atMs }) => atMs >= sinceMs && (kind === 'killSwitch.tripped' || kind === 'killSwitch.flagged'))
}

/** True when the switch was active before `sinceMs` (UTC): that the company is halted then says nothing of what came since. */
export function wasTripped(words: readonly Word[], sinceMs: number): boolean {
  const before = words.filter(({ kind, atMs }) => atMs < sinceMs && kind !== 'killSwitch.flagged')
  return before.at(-1)?.kind === 'killSwitch.tripped'
}
