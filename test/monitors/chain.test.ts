import { describe, expect, test } from 'bun:test'
import type { JournalEntry } from '#ports/journal'
import { createMonitors } from '#sim/monitors/monitors'
import { MemoryJournalDisk, openMemoryJournal } from '#store/memory-journal'
import { Rig } from './rig'

/** A journal of three entries, which are read back spoiled. */
function spoiled(spoil: (entries: JournalEntry[]) => readonly JournalEntry[]): readonly string[] {
  const at = new Rig().attach()
  for (const kind of ['a', 'b', 'c']) at.append(kind, { text: kind })
  at.commit()
  const entries = spoil([...at.disk.read(0, 10)])
  at.journal.read = (after, limit) => entries.slice(after, after + limit)
  return at.broken()
}

describe('I10 (virtual clock): what was committed is chained', () => {
  test('I10 holds for a journal as it was written, entry by entry', () => {
    expect(spoiled((entries) => entries)).toEqual([])
  })

  test('I10 breaks for an entry that was changed, replaced, left out, moved or cut off', () => {
    const [changed, reattached] = [{ text: 'x' }, 'f'.repeat(64)]
    expect(spoiled(([a, b, c]) => [a, { ...b, payload: changed }, c] as JournalEntry[])).toEqual(['I10'])
    expect(spoiled(([a, b, c]) => [a, { ...b, hash: reattached }, c] as JournalEntry[])).toEqual(['I10', 'I10'])
    expect(spoiled(([a, b, c]) => [a, { ...b, previousHash: reattached }, c] as JournalEntry[])).toEqual(['I10'])
    expect(spoiled(([a, , c]) => [a, c] as JournalEntry[])).toEqual(['I10'])
    expect(spoiled(([a, b, c]) => [a, c, b] as JournalEntry[])).toEqual(['I10', 'I10'])
    expect(spoiled(([a]) => [a] as JournalEntry[])).toEqual(['I10'])
  })

  test('I10 goes on where the life before ended, and reads what is new alone', () => {
    const at = new Rig()
    at.append('before', {})
    at.commit()
    at.attach()
    at.append('a', {})
    expect(at.broken()).toEqual([])
    expect(at.monitors.checks.I10).toBe(1)
    at.append('b', {})
    at.sweep()
    at.sweep()
    expect(at.monitors.checks.I10).toBe(2)
  })

  test('I10 asks for no hashes of a journal without a chain, and for its numbers all the same', () => {
    const at = new Rig()
    const journal = openMemoryJournal(new MemoryJournalDisk(false), at.clock)
    const monitors = createMonitors()
    monitors.attach(at.company, journal)
    journal.append({ actor: 'a', kind: 'b', payload: {}, correlationId: null, causationSeq: null })
    at.commit()
    monitors.sweep()
    expect([monitors.breachCount, monitors.checks.I10]).toEqual([0, 1])
  })
})
