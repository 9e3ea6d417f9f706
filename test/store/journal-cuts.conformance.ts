import { expect } from 'bun:test'
import type { JournalDraft, JournalEntry, JournalPort } from '#ports/journal'
import { SeededRandom } from '#sim/random'
import { VirtualClock } from '#sim/virtual-clock'
import type { JournalVerdict } from '#store/verify'
import { draftOf, START } from './journal.conformance'

/** A life on what a crash left. */
export interface Reopened {
  readonly journal: JournalPort
  /** Judges the whole chain on the disk from its first entry on. */
  verify(): Pick<Extract<JournalVerdict, { kind: 'intact' }>, 'headSeq' | 'headHash'> | { readonly kind: string; readonly text: string }
  close(): void
}

/** What a disk holds after a crash at one instant of a history's writing. */
export interface Cut {
  readonly name: string
  /** The newest entry whose `durable` had been answered when the crash struck. */
  readonly answeredSeq: number
  /** What the disk must hold then; null where only the promises say. */
  readonly headSeq: number | null
  open(clock: VirtualClock): Reopened
  /** A second life on the same disk, after `close`. */
  reopen(clock: VirtualClock): Reopened
}

/** A turn of the company: what was appended in it makes one group. */
export type Group = readonly JournalDraft[]

/** The groups of one history, seeded: one to eight entries, some so long that a group fills many pages. */
export function historyOf(seed: string, count: number): readonly Group[] {
  const random = new SeededRandom(`cuts/${seed}`)
  let seq = 0
  return Array.from({ length: count }, (_, group) => {
    const size = 1 + random.integer(8)
    return Array.from({ length: size }, (_, index) => {
      const causationSeq = seq === 0 ? null : 1 + random.integer(seq)
      seq++
      const text = random.integer(9) === 0 ? 'x'.repeat(random.integer(9_000)) : `entry ${seq}`
      return draftOf(
        `kind.${index}`,
        { group, index, text },
        { actor: `order:${random.integer(9)}`, correlationId: `c${group}`, causationSeq },
      )
    })
  })
}

/** Writes a history, one group a turn; `onGroup` is called once `durable` of the group's last entry was answered. */
export function writeHistory(journal: JournalPort, clock: VirtualClock, groups: readonly Group[], onGroup: (endSeq: number) => void): void {
  for (const group of groups) {
    const last = group.at(-1)
    for (const draft of group.slice(0, -1)) journal.append(draft)
    if (last !== undefined) void journal.durable(last).then(onGroup)
    clock.advance(3)
  }
}

/** Sequence numbers at which a group ends; 0 for the empty journal. */
export function groupEnds(groups: readonly Group[]): readonly number[] {
  const ends = [0]
  for (const group of groups) ends.push((ends.at(-1) ?? 0) + group.length)
  return ends
}

/**
 * Judges what one crash left: a prefix of what was written, without a gap and with its chain, nothing answered is missing, no group is
 * there by half (where the disk promises that), and the next life goes on from there.
 */
export function judgeCut(cut: Cut, whole: readonly JournalEntry[], ends: readonly number[], isGroupAtomic: boolean): number {
  const clock = new VirtualClock(START + 3_600_000)
  const life = cut.open(clock)
  const { headSeq } = life.journal
  const kept = life.journal.read(0, whole.length + 1)
  expect(
    kept.map((entry) => entry.seq),
    `${cut.name}: no gap`,
  ).toEqual(Array.from({ length: headSeq }, (_, index) => index + 1))
  expect(kept.at(-1), `${cut.name}: what was written`).toEqual(whole[headSeq - 1])
  expect(headSeq, `${cut.name}: what was answered durable`).toBeGreaterThanOrEqual(cut.answeredSeq)
  if (cut.headSeq !== null) expect(headSeq, cut.name).toBe(cut.headSeq)
  if (isGroupAtomic) expect(ends, `${cut.name}: whole groups`).toContain(headSeq)

  const answered: number[] = []
  life.journal.append(draftOf('after.crash', { cut: cut.name }, { causationSeq: headSeq === 0 ? null : headSeq }))
  void life.journal.durable(draftOf('after.crash.too')).then((seq) => answered.push(seq))
  clock.advance(1)
  expect(answered, `${cut.name}: goes on`).toEqual([headSeq + 2])
  const after = life.journal.read(headSeq, 10)
  expect(after.map((entry) => [entry.seq, entry.kind])).toEqual([
    [headSeq + 1, 'after.crash'],
    [headSeq + 2, 'after.crash.too'],
  ])
  // One walk for both: to the head that was found, and on over what this life wrote.
  expect(after[0]?.previousHash).toBe(whole[headSeq - 1]?.hash ?? '0'.repeat(64))
  expect(life.verify(), `${cut.name}: the chain`).toMatchObject({ headSeq: headSeq + 2, headHash: after[1]?.hash ?? '' })
  life.close()
  const next = cut.reopen(clock)
  expect(next.journal.headSeq, `${cut.name}: the life after`).toBe(headSeq + 2)
  next.close()
  return headSeq
}
