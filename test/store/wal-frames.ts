import { InvariantError } from '#domain/errors'

/** The header of a write-ahead log, and that of each frame, in bytes (SQLite file format §4.1, §4.2). */
export const WAL_HEADER = 32
const FRAME_HEADER = 24

/** A write-ahead log as its bytes show it. */
export interface WalShape {
  readonly pageSize: number
  /** Bytes of a frame: its header and one page. */
  readonly frameSize: number
  /** Of each frame of the log's present run whether a transaction ends with it. */
  readonly commits: readonly boolean[]
}

/** Reads the shape of a log: the frames that carry the salts of its header; what an earlier run left behind them is no part. */
export function shapeOf(bytes: Uint8Array): WalShape {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.byteLength < WAL_HEADER) return { pageSize: 0, frameSize: 0, commits: [] }
  const pageSize = view.getUint32(8)
  if (pageSize === 0 || pageSize > 65_536) throw new InvariantError(`a log with pages of ${pageSize} bytes`)
  const frameSize = FRAME_HEADER + pageSize
  const commits: boolean[] = []
  for (let at = WAL_HEADER; at + frameSize <= bytes.byteLength; at += frameSize) {
    const isOfThisRun = view.getUint32(at + 8) === view.getUint32(16) && view.getUint32(at + 12) === view.getUint32(20)
    if (!isOfThisRun) break
    commits.push(view.getUint32(at + 4) !== 0)
  }
  return { pageSize, frameSize, commits }
}
