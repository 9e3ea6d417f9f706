import { closeSync, ftruncateSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { CommandRefusedError } from '#domain/errors'
import { FAULT_NAMES, type FaultName } from './faults'
import { type RanSeed, ranSeed } from './outcome'
import type { Repeated } from './repeat'

/** What the seeds of a state file have in common. */
export interface StateIdentity {
  readonly profile: 'ci' | 'soak'
  /** Market time a seed, ms. */
  readonly marketMs: number
  readonly faults: readonly FaultName[]
  /** Names the code that ran them. */
  readonly code: string
}

const header = z.object({
  troupe: z.literal('simulation'),
  version: z.literal(1),
  profile: z.enum(['ci', 'soak']),
  marketMs: z.number(),
  faults: z.array(z.enum(FAULT_NAMES)),
  code: z.string(),
})

const CHUNK_BYTES = 1 << 20

const repeatedLine: z.ZodType<{ readonly repeated: Repeated }> = z.object({
  repeated: z.object({ seed: z.int().min(0), objection: z.string().nullable() }),
})

/** Takes what is in a state file, in its order. */
export interface StateReader {
  onSeed(outcome: RanSeed): void
  onJudged(repeated: Repeated): void
}

/** A file that remembers finished seeds. */
export interface SeedState {
  /** What was cut off at the end of the file because it was no whole line; null when nothing was. */
  readonly note: string | null
  /** Keeps a finished seed. */
  append(outcome: RanSeed): void
  /** Keeps what the second run of a seed said of the first. */
  judged(repeated: Repeated): void
  close(): void
}

/**
 * Opens a state file, or begins one, and hands what is in it to `reader`, in the order of the file. A damaged last line, as a process
 * that was killed leaves it, is cut off.
 * @throws {CommandRefusedError} when it belongs to another profile, faults or code, is no state file, or is damaged further up.
 */
export function openState(path: string, identity: StateIdentity, reader: StateReader): SeedState {
  mkdirSync(dirname(path), { recursive: true })
  // Appending: two runs that share the file by mistake then double seeds instead of spoiling lines.
  const fd = openSync(path, 'a+', 0o600)
  try {
    const { goodBytes, isNew, note } = readState(path, fd, identity, reader)
    ftruncateSync(fd, goodBytes)
    const write = (value: object) => writeSync(fd, `${JSON.stringify(value)}\n`)
    if (isNew) write({ troupe: 'simulation', version: 1, ...identity })
    return {
      note,
      append: ({ cpuMs, result }) => void write({ cpuMs, result }),
      judged: (repeated) => void write({ repeated }),
      close: () => closeSync(fd),
    }
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

interface Contents {
  /** Bytes up to the end of the last line that can be used. */
  readonly goodBytes: number
  readonly isNew: boolean
  readonly note: string | null
}

function readState(path: string, fd: number, identity: StateIdentity, reader: StateReader): Contents {
  let goodBytes = 0
  let number = 0
  for (const { line, bytes, isEnded, isLast } of linesIn(fd)) {
    number++
    const value = isEnded ? jsonOf(line) : null
    const isRead = number === 1 ? readHeader(path, value, identity, isLast && !isEnded) : readLine(value, reader)
    if (!isRead) {
      if (!isLast) throw refused(path, `line ${number} is damaged, and lines follow it; restore the file`)
      return { goodBytes, isNew: goodBytes === 0, note: `the last line of ${path} was damaged and is dropped: its seed runs again` }
    }
    goodBytes += bytes
  }
  return { goodBytes, isNew: number === 0, note: null }
}

/** Returns false for a header that was never written to its end. */
function readHeader(path: string, value: unknown, identity: StateIdentity, isTorn: boolean): boolean {
  if (isTorn) return false
  const parsed = header.safeParse(value)
  if (!parsed.success) throw refused(path, 'it is no state file of this version')
  const present = parsed.data
  const differing = [
    ...(present.profile === identity.profile ? [] : [`its profile is ${present.profile}, not ${identity.profile}`]),
    ...(present.marketMs === identity.marketMs
      ? []
      : [`its seeds ran ${present.marketMs / 3_600_000} h of market time, not ${identity.marketMs / 3_600_000} h`]),
    ...(present.faults.join() === identity.faults.join() ? [] : ['its seeds drew from other faults']),
    ...(present.code === identity.code ? [] : ['its seeds ran another version of the code, or other packages']),
  ]
  if (differing.length > 0) throw refused(path, differing.join('; '))
  return true
}

function readLine(value: unknown, reader: StateReader): boolean {
  const judged = repeatedLine.safeParse(value)
  if (judged.success) {
    reader.onJudged(judged.data.repeated)
    return true
  }
  const parsed = ranSeed.safeParse(value)
  if (parsed.success) reader.onSeed({ kind: 'ran', seed: parsed.data.result.seed, ...parsed.data })
  return parsed.success
}

function refused(path: string, why: string): CommandRefusedError {
  return new CommandRefusedError(`${path} cannot be gone on with: ${why}; delete it to begin anew, or name another with --state`)
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

interface Line {
  readonly line: string
  /** With its end. */
  readonly bytes: number
  readonly isEnded: boolean
  readonly isLast: boolean
}

/** Yields the lines of a file without holding all of it. */
function* linesIn(fd: number): Generator<Line> {
  let held: { readonly line: string; readonly bytes: number } | null = null
  let rest = Buffer.alloc(0)
  for (let at = 0; ; ) {
    const chunk = Buffer.alloc(CHUNK_BYTES)
    const count = readSync(fd, chunk, 0, CHUNK_BYTES, at)
    if (count === 0) break
    at += count
    let unread = Buffer.concat([rest, chunk.subarray(0, count)])
    for (let end = unread.indexOf(10); end >= 0; end = unread.indexOf(10)) {
      if (held !== null) yield { ...held, isEnded: true, isLast: false }
      held = { line: unread.toString('utf8', 0, end), bytes: end + 1 }
      unread = unread.subarray(end + 1)
    }
    rest = unread
  }
  if (held !== null) yield { ...held, isEnded: true, isLast: rest.length === 0 }
  if (rest.length > 0) yield { line: rest.toString('utf8'), bytes: rest.length, isEnded: false, isLast: true }
}
