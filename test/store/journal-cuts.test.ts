// What a crash may leave of the journal's files, frame by frame, against the promises that the simulation's disk in memory makes.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JournalEntry } from '#ports/journal'
import { VirtualClock } from '#sim/virtual-clock'
import { TearingDisk } from '#sim/world/disk'
import { GroupJournal } from '#store/group-journal'
import { openJournal } from '#store/journal'
import { MemoryJournalDisk } from '#store/memory-journal'
import { openStore, STORE_FILE } from '#store/open-store'
import { verifyJournal } from '#store/verify'
import { IS_LONG } from '../company/profile'
import { independentHash, START } from './journal.conformance'
import { type Cut, type Group, groupEnds, historyOf, judgeCut, type Reopened, writeHistory } from './journal-cuts.conformance'
import { removeTempDirs, tempDir } from './temp-dir'
import { shapeOf, WAL_HEADER, type WalShape } from './wal-frames'

removeTempDirs()

/** A cut of every so many is tried in the short profile; a prime, so that every place in a group has its turn. */
const STRIDE = IS_LONG ? 1 : 23
/** Of the several cuts inside one frame the short profile tries fewer still. */
const TORN_EACH = IS_LONG ? 1 : 5

/** The files of a journal at one instant. */
interface Files {
  readonly main: Uint8Array
  readonly wal: Uint8Array
  /** The index of the log, which a killed process leaves behind; null where nobody kept it. */
  readonly shm: Uint8Array | null
}

/** A history on disk: its files before the log's run that is cut, after it, and what was answered after which frame. */
interface Recorded {
  readonly groups: readonly Group[]
  readonly whole: readonly JournalEntry[]
  readonly before: Files
  readonly after: Files
  readonly shape: WalShape
  /** Count of frames and newest entry answered, a group. */
  readonly answers: readonly { readonly frames: number; readonly endSeq: number }[]
  /** What the main file held before the run. */
  readonly baseSeq: number
}

/** Writes a history of real groups into real files; with a checkpoint, what came before it is in the main file and the log starts anew. */
function record(seed: string, count: number, checkpointAfter: number): Recorded {
  const dataDir = tempDir()
  const path = join(dataDir, STORE_FILE)
  const clock = new VirtualClock(START)
  const store = openStore({ dataDir, durability: 'process' })
  const journal = openJournal(store, clock)
  const groups = historyOf(seed, count)
  const files = (): Files => ({ main: readFileSync(path), wal: readFileSync(`${path}-wal`), shm: readFileSync(`${path}-shm`) })
  const answers: { readonly frames: number; readonly endSeq: number }[] = []
  writeHistory(journal, clock, groups.slice(0, checkpointAfter), () => undefined)
  // The schema's own frames, or what came before the checkpoint, go into the main file; the next commit begins the log anew.
  store.database.run('PRAGMA wal_checkpoint(PASSIVE)')
  const before = files()
  const baseSeq = journal.headSeq
  const note = (endSeq: number) => void answers.push({ endSeq, frames: shapeOf(readFileSync(`${path}-wal`)).commits.length })
  writeHistory(journal, clock, groups.slice(checkpointAfter), note)
  const after = files()
  const whole = journal.read(0, 1_000_000)
  void journal.close()
  store.close()
  expect(Buffer.compare(Buffer.from(before.main), Buffer.from(after.main)), 'nothing was checkpointed meanwhile').toBe(0)
  return { groups, whole, before, after, shape: shapeOf(after.wal), answers, baseSeq }
}

/** Opens what a crash left in a folder of its own. */
function openFiles(files: Files, folder: string): Cut['open'] {
  return (clock) => {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder)
    writeFileSync(join(folder, STORE_FILE), files.main)
    writeFileSync(join(folder, `${STORE_FILE}-wal`), files.wal)
    if (files.shm !== null) writeFileSync(join(folder, `${STORE_FILE}-shm`), files.shm)
    return openFolder(folder)(clock)
  }
}

function openFolder(folder: string): Cut['open'] {
  return (clock) => {
    const store = openStore({ dataDir: folder, durability: 'process' })
    const journal = openJournal(store, clock)
    const close = () => {
      void journal.close()
      store.close()
    }
    return { journal, verify: () => verifyJournal(store.path), close } as Reopened
  }
}

/** The log as it was when its first `frames` frames, and `extra` bytes of the next, had been written over what was there. */
function walAt(recorded: Recorded, frames: number, extra: number): Uint8Array {
  const { before, after, shape } = recorded
  const length = WAL_HEADER + frames * shape.frameSize + extra
  const bytes = new Uint8Array(Math.max(length, before.wal.byteLength))
  bytes.set(before.wal)
  bytes.set(after.wal.subarray(0, length))
  return bytes
}

/** Ends of transactions: what the disk must show once so many frames are whole. */
function headAfter(recorded: Recorded, frames: number): number {
  return recorded.answers.findLast((answer) => answer.frames <= frames)?.endSeq ?? recorded.baseSeq
}

const folder = join(tempDir(), 'life')

function cutOf(recorded: Recorded, name: string, frames: number, wal: Uint8Array): Cut {
  const headSeq = headAfter(recorded, frames)
  // The index knows of every frame, those that are cut off too: what opens the files must not believe it.
  const files = { main: recorded.before.main, wal, shm: frames % 2 === 0 ? recorded.after.shm : null }
  return { name, headSeq, answeredSeq: headSeq, open: openFiles(files, folder), reopen: openFolder(folder) }
}

/** A checkpoint that was cut off: so many of the pages that it copies are in the main file, the next one by half or not at all. */
function* checkpoints(recorded: Recorded): Generator<Cut> {
  const { before, after, shape, whole } = recorded
  const folded = foldedMain(recorded)
  const changed: number[] = []
  for (let at = 0; at < folded.byteLength; at += shape.pageSize) {
    const isSame = Buffer.compare(folded.subarray(at, at + shape.pageSize), before.main.subarray(at, at + shape.pageSize)) === 0
    if (!isSame) changed.push(at)
  }
  expect(changed.length).toBeGreaterThan(100)
  for (let count = 0; count <= changed.length; count++) {
    for (const torn of [0, shape.pageSize / 2]) {
      const places = changed.slice(0, count + (torn > 0 ? 1 : 0))
      const main = new Uint8Array(Math.max(before.main.byteLength, (places.at(-1) ?? 0) + shape.pageSize))
      main.set(before.main)
      for (const [index, at] of places.entries()) main.set(folded.subarray(at, at + (index === count ? torn : shape.pageSize)), at)
      const name = `checkpoint cut after ${count} pages${torn > 0 ? ' and a half' : ''}`
      const files = { main, wal: after.wal, shm: count % 2 === 0 ? after.shm : null }
      yield { name, headSeq: whole.length, answeredSeq: whole.length, open: openFiles(files, folder), reopen: openFolder(folder) }
    }
  }
}

/** The main file as a whole checkpoint of the run would leave it. */
function foldedMain({ before, after }: Recorded): Buffer {
  const { journal, close } = openFiles({ ...after, main: before.main, shm: null }, folder)(new VirtualClock(START))
  void journal.close()
  close() // the store folds its log into the file as it closes
  return readFileSync(join(folder, STORE_FILE))
}

/** Every frame boundary of the run, from none to all. */
function* boundaries(recorded: Recorded): Generator<Cut> {
  for (let frames = 0; frames <= recorded.shape.commits.length; frames++)
    yield cutOf(recorded, `after frame ${frames}`, frames, walAt(recorded, frames, 0))
}

/** Frames of which only the beginning was written: a few bytes, the header, half the page, all but a byte. */
function* tornFrames(recorded: Recorded): Generator<Cut> {
  const { frameSize, commits } = recorded.shape
  for (let frames = 0; frames < commits.length; frames++)
    for (const extra of [5, 24, 24 + 2_048, frameSize - 1]) {
      const wal = walAt(recorded, frames, extra)
      const end = WAL_HEADER + (frames + 1) * frameSize
      // What lay there before may happen to be the very bytes that are missing.
      const isWhole = Buffer.compare(wal.subarray(0, end), recorded.after.wal.subarray(0, end)) === 0
      yield cutOf(recorded, `frame ${frames + 1} torn after ${extra} bytes`, frames + (isWhole ? 1 : 0), wal)
    }
}

/** The newest frame with one bit the other way: in its header, its page, its checksum. */
function* flippedFrames(recorded: Recorded): Generator<Cut> {
  const { frameSize, commits } = recorded.shape
  for (let frames = 0; frames < commits.length; frames++) {
    for (const at of [6, 17, 24 + ((frames * 37) % (frameSize - 24))]) {
      const wal = walAt(recorded, frames + 1, 0)
      const place = WAL_HEADER + frames * frameSize + at
      wal[place] = (wal[place] ?? 0) ^ (1 << (frames % 8))
      yield cutOf(recorded, `bit of byte ${at} of frame ${frames + 1} flipped`, frames, wal)
    }
  }
}

function tryAll(cuts: Iterable<Cut>, { whole, groups }: Pick<Recorded, 'whole' | 'groups'>, isGroupAtomic: boolean, stride = STRIDE) {
  const ends = groupEnds(groups)
  let index = 0
  const heads = new Set<number>()
  for (const cut of cuts) if (index++ % stride === 0) heads.add(judgeCut(cut, whole, ends, isGroupAtomic))
  return { cuts: index, tried: Math.ceil(index / stride), heads: heads.size }
}

/** Journals on disks in memory: the crash strikes before, or in, the write that would bring an entry. */
function* memoryCuts(groups: readonly Group[], whole: readonly JournalEntry[], isTearing: boolean): Generator<Cut> {
  for (let seq = 1; seq < whole.length; seq++) {
    const disk = isTearing ? new TearingDisk() : new MemoryJournalDisk(true)
    const clock = new VirtualClock(START)
    const journal = new GroupJournal(disk, clock)
    let answeredSeq = 0
    if (disk instanceof TearingDisk) disk.tearAt(seq, () => journal.fence())
    else journal.subscribe((entry) => entry.seq > seq && journal.fence())
    try {
      writeHistory(journal, clock, groups, (endSeq) => {
        answeredSeq = endSeq
      })
    } catch (error) {
      throw new Error(`crash at entry ${seq}`, { cause: error })
    }
    const open = (next: VirtualClock): Reopened => {
      const life = new GroupJournal(disk, next)
      return { journal: life, verify: () => verifyEntries(disk.read(0, 1_000_000)), close: () => void life.close() }
    }
    yield { name: `crash at entry ${seq}`, answeredSeq, headSeq: null, open, reopen: open }
  }
}

function verifyEntries(entries: readonly JournalEntry[]) {
  let headHash = '0'.repeat(64)
  for (const [index, entry] of entries.entries()) {
    const isSound = entry.seq === index + 1 && entry.previousHash === headHash && entry.hash === independentHash(entry)
    if (!isSound) return { kind: 'broken', text: `entry ${entry.seq}` }
    headHash = entry.hash
  }
  return { kind: 'intact', headSeq: entries.length, headHash } as const
}

describe('DAT-02 SIM-08 a real journal cut at any byte keeps the promises of the journal in memory', () => {
  let fresh: Recorded
  let folded: Recorded
  beforeAll(() => {
    fresh = record('fresh', 300, 0)
    folded = record('folded', 300, 150)
  }, 120_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('the recorded histories have groups over several frames, and a log that was begun anew over an older one', () => {
    for (const { shape, answers } of [fresh, folded]) {
      expect(shape.commits.filter((isCommit) => isCommit).length).toBe(answers.length)
      expect(answers.filter(({ frames }, index) => frames - (answers[index - 1]?.frames ?? 0) > 2).length).toBeGreaterThan(50)
    }
    expect(fresh.baseSeq).toBe(0)
    expect(folded.baseSeq).toBeGreaterThan(500)
    expect(folded.before.wal.byteLength).toBeGreaterThan(500_000)
  })

  for (const [what, recordedOf] of [
    ['without a checkpoint', () => fresh],
    ['behind a checkpoint, over the log of before', () => folded],
  ] as const) {
    test(`${what}: at frame boundaries whole groups or nothing, gapless, chained, with all that was answered`, () => {
      const recorded = recordedOf()
      const { heads } = tryAll(boundaries(recorded), recorded, true)
      expect(heads).toBeGreaterThan(IS_LONG ? 149 : 12)
    }, 600_000)

    test(`${what}: the same with a frame half written`, () => {
      const recorded = recordedOf()
      tryAll(tornFrames(recorded), recorded, true, STRIDE * TORN_EACH)
    }, 600_000)

    test(`${what}: the same with a checkpoint cut off between two pages, or inside one`, () => {
      const recorded = recordedOf()
      expect(tryAll(checkpoints(recorded), recorded, true, STRIDE).heads).toBe(1)
    }, 600_000)

    test(`${what}: the same with a bit of the newest frame flipped`, () => {
      const recorded = recordedOf()
      tryAll(flippedFrames(recorded), recorded, true, STRIDE * TORN_EACH)
    }, 600_000)
  }
})

describe('DAT-02 SIM-08 the disks of the simulation keep no more than the real journal does', () => {
  const groups = historyOf('memory', IS_LONG ? 120 : 30)
  const whole = (() => {
    const clock = new VirtualClock(START)
    const journal = new GroupJournal(new MemoryJournalDisk(true), clock)
    writeHistory(journal, clock, groups, () => undefined)
    return journal.read(0, 1_000_000)
  })()

  test('a crash before any write: whole groups or nothing, gapless, chained, with all that was answered', () => {
    expect(tryAll(memoryCuts(groups, whole, false), { whole, groups }, true, IS_LONG ? 1 : 3).heads).toBeGreaterThan(20)
  }, 600_000)

  test('a write torn at any entry, which no real crash does: all but the whole groups', () => {
    const { tried, heads } = tryAll(memoryCuts(groups, whole, true), { whole, groups }, false, IS_LONG ? 1 : 3)
    expect(heads).toBe(tried)
  }, 600_000)
})
