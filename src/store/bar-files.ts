import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { InvariantError } from '#domain/errors'
import type { InstrumentId } from '#domain/ids'
import type { Bar } from '#domain/market'
import { TIMEFRAME_MS, type Timeframe } from '#domain/time'
import type { BarStorePort } from '#ports/store'
import { barOf, checkHeader, openAtOf, readSegment, SEGMENT_ROWS, segmentCount, writeHeader, writeRows } from './bar-columns'

/** Where the rows of a file end. */
interface Tail {
  readonly rowCount: number
  /** Open time of the last row; 0 when there is none. */
  readonly lastOpenAtMs: number
}

/**
 * Bars in columnar files, `<root>/<instrument>/<timeframe>.bars` (MKT-04). Bars that follow the newest are appended in place; ones
 * that fill a hole make the file be written anew beside and renamed. A crash of the process loses at most the rows it was
 * writing; nothing is forced to the disk, for the venue has every bar.
 */
export class BarFiles implements BarStorePort {
  readonly #root: string

  /** @param root folder of all series; made when missing. */
  constructor(root: string) {
    this.#root = root
  }

  append(instrumentId: InstrumentId, timeframe: Timeframe, bars: readonly Bar[]): void {
    const incoming = ascending(bars, timeframe)
    const first = incoming[0]
    if (first === undefined) return
    const path = this.#pathOf(instrumentId, timeframe)
    const fd = openForWriting(path)
    let tail: Tail
    try {
      tail = tailOf(fd)
      if (first.openAtMs > tail.lastOpenAtMs) {
        writeRows(fd, tail.rowCount, incoming)
        return
      }
    } finally {
      closeSync(fd)
    }
    this.#merge(path, instrumentId, timeframe, incoming, tail)
  }

  read(instrumentId: InstrumentId, timeframe: Timeframe, sinceMs: number, limit: number): readonly Bar[] {
    const path = this.#pathOf(instrumentId, timeframe)
    if (limit <= 0 || !existsSync(path)) return []
    const fd = openSync(path, 'r')
    try {
      checkHeader(fd, path)
      return newest(fd, TIMEFRAME_MS[timeframe], sinceMs, limit)
    } finally {
      closeSync(fd)
    }
  }

  #merge(path: string, instrumentId: InstrumentId, timeframe: Timeframe, incoming: readonly Bar[], tail: Tail): void {
    const stored = this.read(instrumentId, timeframe, 0, Number.POSITIVE_INFINITY)
    const known = new Set(stored.map((bar) => bar.openAtMs))
    const added = incoming.filter((bar) => !known.has(bar.openAtMs))
    if (added.length === 0) return
    const later = added.filter((bar) => bar.openAtMs > tail.lastOpenAtMs)
    if (later.length === added.length) {
      const fd = openForWriting(path)
      try {
        writeRows(fd, tail.rowCount, later)
      } finally {
        closeSync(fd)
      }
      return
    }
    writeAnew(path, [...stored, ...added].sort(byOpenAt))
  }

  #pathOf(instrumentId: InstrumentId, timeframe: Timeframe): string {
    return join(this.#root, instrumentId, `${timeframe}.bars`)
  }
}

const byOpenAt = (a: Bar, b: Bar): number => a.openAtMs - b.openAtMs

/** Sorts the bars, drops repeats (the first wins) and refuses what is no bar of the timeframe: that is a bug of the caller. */
function ascending(bars: readonly Bar[], timeframe: Timeframe): readonly Bar[] {
  const lengthMs = TIMEFRAME_MS[timeframe]
  for (const bar of bars) {
    const isBar = bar.openAtMs > 0 && bar.openAtMs % lengthMs === 0 && bar.closeAtMs === bar.openAtMs + lengthMs
    const isPriced = [bar.open, bar.high, bar.low, bar.close].every((price) => price > 0 && Number.isFinite(price)) && bar.volume >= 0
    if (!isBar || !isPriced) throw new InvariantError(`not a ${timeframe} bar: ${JSON.stringify(bar)}`)
  }
  const sorted = [...bars].sort(byOpenAt)
  return sorted.filter((bar, index) => bar.openAtMs !== sorted[index - 1]?.openAtMs)
}

function openForWriting(path: string): number {
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true })
    writeAnew(path, [])
  }
  const fd = openSync(path, 'r+')
  try {
    checkHeader(fd, path)
  } catch (error) {
    closeSync(fd)
    throw error
  }
  return fd
}

function writeAnew(path: string, bars: readonly Bar[]): void {
  const draft = `${path}.new`
  const fd = openSync(draft, 'w', 0o600)
  try {
    writeHeader(fd)
    writeRows(fd, 0, bars)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(draft, path)
}

function tailOf(fd: number): Tail {
  for (let index = segmentCount(fd) - 1; index >= 0; index--) {
    const segment = readSegment(fd, index)
    if (segment.count > 0) return { rowCount: index * SEGMENT_ROWS + segment.count, lastOpenAtMs: openAtOf(segment, segment.count - 1) }
  }
  return { rowCount: 0, lastOpenAtMs: 0 }
}

function newest(fd: number, lengthMs: number, sinceMs: number, limit: number): Bar[] {
  const bars: Bar[] = []
  for (let index = segmentCount(fd) - 1; index >= 0; index--) {
    const segment = readSegment(fd, index)
    for (let row = segment.count - 1; row >= 0; row--) {
      if (openAtOf(segment, row) < sinceMs || bars.length >= limit) return bars.reverse()
      bars.push(barOf(segment, row, lengthMs))
    }
  }
  return bars.reverse()
}
