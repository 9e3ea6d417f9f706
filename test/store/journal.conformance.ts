import { describe, expect, test } from 'bun:test'
import type { JsonObject } from '#domain/json'
import { Secret } from '#domain/secret'
import type { JournalDraft, JournalEntry, JournalPort } from '#ports/journal'
import { VirtualClock } from '#sim/virtual-clock'

/** A journal under test. `fence` kills the writer; `reopen` starts the next life on the same disk; `breakDisk` makes writes fail. */
export interface JournalBench {
  readonly journal: JournalPort & { fence(): void }
  reopen(): JournalPort & { fence(): void }
  breakDisk(): void
}

export const START = Date.UTC(2026, 0, 5)

/** Returns a draft with sensible rest. */
export function draftOf(kind: string, payload: JsonObject = { a: 1 }, rest: Partial<JournalDraft> = {}): JournalDraft {
  return { actor: 'order:1', kind, payload, correlationId: null, causationSeq: null, ...rest }
}

/** The promises of `JournalPort`, on a virtual clock. Every implementation runs them. */
export function journalConformance(name: string, open: (clock: VirtualClock) => JournalBench): void {
  describe(`${name}: promises of the journal (virtual clock)`, () => {
    const setUp = () => {
      const clock = new VirtualClock(START)
      return { clock, ...open(clock) }
    }

    test('DAT-02 gives sequence numbers at once and commits them with the turn', () => {
      const { clock, journal } = setUp()
      expect(journal.headSeq).toBe(0)
      expect([journal.append(draftOf('a')), journal.append(draftOf('b')), journal.append(draftOf('c'))]).toEqual([1, 2, 3])
      expect(journal.headSeq).toBe(3)
      expect(journal.read(0, 10)).toEqual([])
      clock.runUntil(START)
      expect(journal.read(0, 10).map((entry) => [entry.seq, entry.kind])).toEqual([
        [1, 'a'],
        [2, 'b'],
        [3, 'c'],
      ])
    })

    test('DAT-02 keeps time, actor, payload and both ids of an entry', () => {
      const { clock, journal } = setUp()
      journal.append(draftOf('order.submitting', { z: [1, 'x', null, true], a: { c: 1, b: '0.10' }, ünï: 'öß“"\\\n\u0000😀' }))
      clock.advance(1_500)
      journal.append(draftOf('order.open', {}, { actor: 'venue:kraken', correlationId: 'plan:7', causationSeq: 1 }))
      clock.advance(0)
      const [first, second] = journal.read(0, 2)
      expect(first?.payload).toEqual({ z: [1, 'x', null, true], a: { c: 1, b: '0.10' }, ünï: 'öß“"\\\n\u0000😀' })
      expect(second).toMatchObject({ seq: 2, atMs: START + 1_500, actor: 'venue:kraken', kind: 'order.open', payload: {} })
      expect(second).toMatchObject({ correlationId: 'plan:7', causationSeq: 1 })
    })

    test('reads what follows a sequence number, ascending, at most so many', () => {
      const { clock, journal } = setUp()
      for (let index = 0; index < 10; index++) journal.append(draftOf(`k${index}`))
      clock.advance(0)
      expect(journal.read(3, 4).map((entry) => entry.seq)).toEqual([4, 5, 6, 7])
      expect(journal.read(9, 100).map((entry) => entry.seq)).toEqual([10])
      expect(journal.read(10, 100)).toEqual([])
    })

    test('I2 resolves durable after the commit, in the turn after the append, each with its own number', () => {
      const { clock, journal } = setUp()
      const seen: string[] = []
      void journal.durable(draftOf('a')).then((seq) => seen.push(`${seq} of ${journal.read(0, 10).length}`))
      void journal.durable(draftOf('b')).then((seq) => seen.push(`${seq} of ${journal.read(0, 10).length}`))
      void journal.settled().then(() => seen.push('settled'))
      expect(seen).toEqual([])
      clock.advance(0)
      expect(seen).toEqual(['1 of 2', '2 of 2', 'settled'])
    })

    test('I2 says how far it is durable: not what waits, not what a failed commit lost', () => {
      const { clock, journal, breakDisk } = setUp()
      expect(journal.committedSeq).toBe(0)
      let seenAt = 0
      void journal.durable(draftOf('a')).then(() => {
        seenAt = journal.committedSeq
      })
      journal.append(draftOf('b'))
      expect(journal.committedSeq).toBe(0)
      clock.advance(0)
      expect([journal.committedSeq, seenAt]).toEqual([2, 2])
      breakDisk()
      journal.append(draftOf('lost', { x: 'y'.repeat(100_000) }))
      clock.advance(0)
      expect([journal.headSeq, journal.committedSeq]).toEqual([3, 2])
    })

    test('settled resolves at once when nothing waits', () => {
      const { clock, journal } = setUp()
      let isSettled = false
      void journal.settled().then(() => {
        isSettled = true
      })
      clock.advance(0)
      expect(isSettled).toBe(true)
    })

    test('tells subscribers of each entry in order, before its commit, until they leave', () => {
      const { clock, journal } = setUp()
      const seen: number[] = []
      const leave = journal.subscribe((entry) => {
        seen.push(entry.seq)
        expect(journal.read(0, 10).some((committed) => committed.seq === entry.seq)).toBe(false)
      })
      journal.append(draftOf('a'))
      journal.append(draftOf('b'))
      leave()
      journal.append(draftOf('c'))
      clock.advance(0)
      expect(seen).toEqual([1, 2])
    })

    test('a subscriber that throws fails neither the fact nor the other subscribers, and is not swallowed', () => {
      const { clock, journal } = setUp()
      const seen: number[] = []
      journal.subscribe(() => {
        throw new Error('listener bug')
      })
      journal.subscribe((entry) => seen.push(entry.seq))
      expect(journal.append(draftOf('a'))).toBe(1)
      expect(() => clock.advance(0)).toThrow('listener bug')
      clock.advance(0)
      expect(seen).toEqual([1])
      expect(journal.read(0, 10)).toHaveLength(1)
    })

    const bad: readonly (readonly [string, JournalDraft])[] = [
      ['an empty kind', draftOf('')],
      ['a kind with a quotation mark', draftOf('a"b')],
      ['an actor with a line break', draftOf('a', {}, { actor: 'a\nb' })],
      ['a correlation id that is empty', draftOf('a', {}, { correlationId: '' })],
      ['a cause in the future', draftOf('a', {}, { causationSeq: 99 })],
      ['a cause that is no integer', draftOf('a', {}, { causationSeq: 0.5 })],
      ['undefined in the payload', draftOf('a', { x: undefined } as never)],
      ['a bigint in the payload', draftOf('a', { x: 1n } as never)],
      ['NaN in the payload', draftOf('a', { x: Number.NaN })],
      ['a payload that is a list', draftOf('a', [1] as never)],
      ['a payload of more than a megabyte', draftOf('a', { x: 'y'.repeat(1_100_000) })],
    ]
    test.each(bad)('a draft with %s throws to its caller and does not poison its group', async (_name, draft) => {
      const { clock, journal } = setUp()
      journal.append(draftOf('before'))
      expect(() => journal.append(draft)).toThrow()
      expect(journal.durable(draft)).rejects.toThrow()
      journal.append(draftOf('after'))
      clock.advance(0)
      expect(journal.read(0, 10).map((entry) => [entry.seq, entry.kind])).toEqual([
        [1, 'before'],
        [2, 'after'],
      ])
      expect(journal.failure).toBeNull()
    })

    test('I9 a secret in a payload leaves no trace of its value', () => {
      const { clock, journal } = setUp()
      journal.append(draftOf('a', { key: new Secret('do-not-show') } as never))
      clock.advance(0)
      expect(JSON.stringify(journal.read(0, 1))).not.toContain('do-not-show')
    })

    test('the first failed commit ends it: waiting promises reject, listeners hear once, nothing more is taken', async () => {
      const { clock, journal, breakDisk } = setUp()
      journal.append(draftOf('kept'))
      clock.advance(0)
      const heard: Error[] = []
      journal.onFailure((error) => heard.push(error))
      breakDisk()
      const outcomes: string[] = []
      const note = (outcome: Promise<unknown>) =>
        void outcome.then(
          () => outcomes.push('resolved'),
          (error) => outcomes.push((error as { code: string }).code),
        )
      note(journal.durable(draftOf('lost', { x: 'y'.repeat(100_000) })))
      note(journal.durable(draftOf('lost too')))
      note(journal.settled())
      clock.advance(0)
      expect(outcomes).toEqual(['JOURNAL_FAILED', 'JOURNAL_FAILED', 'JOURNAL_FAILED'])
      expect(heard).toHaveLength(1)
      expect(journal.failure).toBe(heard[0] as Error)
      expect(() => journal.append(draftOf('never'))).toThrow('the journal cannot be written')
      note(journal.durable(draftOf('never')))
      note(journal.settled())
      clock.advance(0)
      expect(outcomes).toHaveLength(5)
      expect(outcomes.includes('resolved')).toBe(false)
      expect(heard).toHaveLength(1)
      expect(journal.read(0, 10).map((entry) => entry.kind)).toEqual(['kept'])
    })

    test('close writes what waits, and the next life goes on from there', async () => {
      const { clock, journal, reopen } = setUp()
      journal.append(draftOf('a'))
      journal.append(draftOf('b'))
      await journal.close()
      expect(() => journal.append(draftOf('c'))).toThrow('closed')
      const next = reopen()
      expect(next.headSeq).toBe(2)
      expect(next.append(draftOf('c', {}, { causationSeq: 2 }))).toBe(3)
      clock.advance(0)
      expect(next.read(0, 10).map((entry) => entry.kind)).toEqual(['a', 'b', 'c'])
    })

    test('SIM-08 a crash loses exactly what waited for its commit, and serves nobody afterwards', () => {
      const { clock, journal, reopen } = setUp()
      journal.append(draftOf('committed'))
      clock.advance(0)
      const seen: string[] = []
      journal.subscribe(() => seen.push('told'))
      void journal.durable(draftOf('waiting')).then(() => seen.push('resolved'))
      seen.length = 0
      journal.fence()
      void journal.durable(draftOf('after the crash')).then(() => seen.push('resolved'))
      clock.advance(0)
      expect(seen).toEqual([])
      const next = reopen()
      expect([next.headSeq, next.committedSeq]).toEqual([1, 1])
      expect(next.read(0, 10).map((entry) => entry.kind)).toEqual(['committed'])
    })

    test('I10 chains every entry to the one before it, across lives', async () => {
      const { clock, journal, reopen } = setUp()
      journal.append(draftOf('a', { b: 2, a: '1' }))
      await journal.close()
      const next = reopen()
      next.append(draftOf('b', {}, { correlationId: 'c', causationSeq: 1 }))
      clock.advance(0)
      const entries = next.read(0, 10)
      expect(entries).toHaveLength(2)
      let previous = '0'.repeat(64)
      for (const entry of entries) {
        expect(entry.previousHash).toBe(previous)
        expect(entry.hash).toBe(independentHash(entry))
        previous = entry.hash
      }
    })
  })
}

/** The hash of an entry, computed from its definition and not by the code under test. */
export function independentHash(entry: JournalEntry): string {
  const sorted = (value: unknown): unknown => {
    if (value === null || typeof value !== 'object') return value
    if (Array.isArray(value)) return value.map(sorted)
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, inner]) => [key, sorted(inner)]),
    )
  }
  const { seq, atMs, actor, kind, payload, correlationId, causationSeq } = entry
  const text = JSON.stringify(sorted({ seq, atMs, actor, kind, payload, correlationId, causationSeq }))
  return new Bun.CryptoHasher('sha256').update(entry.previousHash + text).digest('hex')
}
