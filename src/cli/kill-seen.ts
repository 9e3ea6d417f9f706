import type { JournalEntry } from '#ports/journal'

type Word = Pick<JournalEntry, 'kind' | 'seq'>

/** True when the journal's words on the kill switch tell that a company saw the flag file, beyond those from before it was written. */
export function hasSeenFile(words: readonly Word[], before: readonly Word[]): boolean {
  const beforeSeq = before.at(-1)?.seq ?? 0
  return words.some(({ kind, seq }) => seq > beforeSeq && (kind === 'killSwitch.tripped' || kind === 'killSwitch.flagged'))
}

/** True when the switch was active by these words: that the company is halted then says nothing of what comes after them. */
export function wasTripped(before: readonly Word[]): boolean {
  return before.findLast(({ kind }) => kind !== 'killSwitch.flagged')?.kind === 'killSwitch.tripped'
}
