import { ftruncateSync, fstatSync, readSync, writeSync } from 'node:fs'
import { InvariantError } from '#domain/errors'
import type { Bar } from '#domain/market'

/** The first 16 bytes of a bar file: a magic number and the version of its layout, as little-endian 32-bit integers; 8 are spare. */
const HEADER_BYTES = 16
const MAGIC = 0x42_50_52_54
const VERSION = 1
/** Rows of a segment. A segment holds its columns one after the other, each as little-endian doubles. */
export const SEGMENT_ROWS = 1_024
/** The open time is the last column and is written last: a row is there once its open time is. */
const OPEN_AT = 5
const COLUMNS = ['open', 'high', 'low', 'close', 'volume'] as const
const COLUMN_BYTES = SEGMENT_ROWS * 8
const SEGMENT_BYTES = COLUMN_BYTES * 6

/** Rows of one segment, as they lie on disk. */
export interface Segment {
  readonly columns: readonly Float64Array[]
  readonly count: number
}

/** Writes the header of a new file. */
export function writeHeader(fd: number): void {
  const header = new DataView(new ArrayBuffer(HEADER_BYTES))
  header.setUint32(0, MAGIC, true)
  header.setUint32(4, VERSION, true)
  writeSync(fd, new Uint8Array(header.buffer), 0, HEADER_BYTES, 0)
}

/**
 * Checks the header of a file.
 * @throws {InvariantError} when it is no bar file, or one of a layout that this version does not know.
 */
export function checkHeader(fd: number, path: string): void {
  const header = new DataView(new ArrayBuffer(HEADER_BYTES))
  const byteCount = readSync(fd, new Uint8Array(header.buffer), 0, HEADER_BYTES, 0)
  if (byteCount < HEADER_BYTES || header.getUint32(0, true) !== MAGIC) throw new InvariantError(`${path} is no bar file; remove it`)
  const version = header.getUint32(4, true)
  if (version !== VERSION) throw new InvariantError(`${path} has layout ${version}, this version knows ${VERSION}; remove it`)
}

/** Returns how many segments a file has, a torn last one included. */
export function segmentCount(fd: number): number {
  return Math.ceil(Math.max(0, fstatSync(fd).size - HEADER_BYTES) / SEGMENT_BYTES)
}

/** Reads one segment. What a torn file lacks reads as zero, so that its rows are not counted. */
export function readSegment(fd: number, index: number): Segment {
  const buffer = new ArrayBuffer(SEGMENT_BYTES)
  readSync(fd, new Uint8Array(buffer), 0, SEGMENT_BYTES, HEADER_BYTES + index * SEGMENT_BYTES)
  const columns = Array.from({ length: 6 }, (_, column) => new Float64Array(buffer, column * COLUMN_BYTES, SEGMENT_ROWS))
  return { columns, count: soundRows(columns) }
}

/** Rows count while open times rise and prices are positive: what follows is a tail that was never wholly written. */
function soundRows(columns: readonly Float64Array[]): number {
  let before = 0
  for (let row = 0; row < SEGMENT_ROWS; row++) {
    const openAtMs = columns[OPEN_AT]?.[row] ?? 0
    const isSound = openAtMs > before && Number.isSafeInteger(openAtMs) && [0, 1, 2, 3].every((column) => (columns[column]?.[row] ?? 0) > 0)
    if (!isSound) return row
    before = openAtMs
  }
  return SEGMENT_ROWS
}

/** Returns the open time of a row. */
export function openAtOf(segment: Segment, row: number): number {
  return segment.columns[OPEN_AT]?.[row] ?? 0
}

/** Returns a row as a bar of the given length. */
export function barOf(segment: Segment, row: number, lengthMs: number): Bar {
  const [open = 0, high = 0, low = 0, close = 0, volume = 0, openAtMs = 0] = segment.columns.map((column) => column[row] ?? 0)
  return { openAtMs, closeAtMs: openAtMs + lengthMs, open, high, low, close, volume }
}

/** Writes bars behind row `firstRow` of the file, filling segments in turn. */
export function writeRows(fd: number, firstRow: number, bars: readonly Bar[]): void {
  let written = 0
  while (written < bars.length) {
    const row = firstRow + written
    const segment = Math.floor(row / SEGMENT_ROWS)
    const offsetRow = row % SEGMENT_ROWS
    const part = bars.slice(written, written + SEGMENT_ROWS - offsetRow)
    const base = HEADER_BYTES + segment * SEGMENT_BYTES + offsetRow * 8
    // Also clears what a torn tail left behind the rows that count.
    if (offsetRow === 0) ftruncateSync(fd, HEADER_BYTES + segment * SEGMENT_BYTES)
    ftruncateSync(fd, HEADER_BYTES + (segment + 1) * SEGMENT_BYTES)
    for (const [column, name] of COLUMNS.entries())
      writeColumn(
        fd,
        base + column * COLUMN_BYTES,
        Float64Array.from(part, (bar) => bar[name]),
      )
    writeColumn(
      fd,
      base + OPEN_AT * COLUMN_BYTES,
      Float64Array.from(part, (bar) => bar.openAtMs),
    )
    written += part.length
  }
}

function writeColumn(fd: number, position: number, values: Float64Array): void {
  writeSync(fd, new Uint8Array(values.buffer), 0, values.byteLength, position)
}
