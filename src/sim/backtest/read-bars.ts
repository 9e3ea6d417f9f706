import { TIMEFRAME_MS, TIMEFRAMES, type Timeframe } from '#domain/time'
import { type BarRows, readBarRows } from '#sim/market/bar-rows'
import { csvError } from '#sim/market/csv'
import type { BarColumns } from './columns'
import type { DataGap } from './data'
import { requirePlausible } from './data-rules'

/** Gaps that an error names; the rest is counted. */
const GAPS_SHOWN = 3

/** Bars of a file, with the holes between them. */
export interface BarFile {
  readonly columns: BarColumns
  readonly gaps: readonly DataGap[]
}

/**
 * Reads a file of bars of any timeframe; which one, the least distance of two rows says.
 * @throws {AppError} `REPLAY_INVALID` with file, row, field, value and rule; for holes unless `allowGaps`, naming the first of them.
 */
export function readBars(file: string, bytes: Uint8Array, allowGaps: boolean, onProgress?: (share: number) => void): BarFile {
  const rows = readBarRows(file, bytes, onProgress)
  requirePlausible(file, rows.count, [
    { field: rows.time === 'close' ? 'close_time_ms' : 'open_time_ms', kind: 'time', values: rows.atMs },
    { field: 'open', kind: 'price', values: rows.open },
    { field: 'high', kind: 'price', values: rows.high },
    { field: 'low', kind: 'price', values: rows.low },
    { field: 'close', kind: 'price', values: rows.close },
    { field: 'volume', kind: 'size', values: rows.volume },
  ])
  const timeframe = timeframeOf(file, rows)
  const lengthMs = TIMEFRAME_MS[timeframe]
  const gaps = gapsOf(rows, timeframe)
  const first = gaps[0]
  if (first !== undefined && !allowGaps) {
    const missing = gaps.reduce((total, gap) => total + gap.missing, 0)
    const places = gaps.slice(0, GAPS_SHOWN).map((gap) => `${gap.missing} before row ${gap.row}`)
    const more = gaps.length > GAPS_SHOWN ? `, and ${gaps.length - GAPS_SHOWN} more places` : ''
    const rule = `${missing} bars of ${timeframe} are missing (${places.join(', ')}${more}); --allow-gaps runs over the holes`
    throw rows.timeFault(first.row - 2, rule)
  }
  const opens = new Float64Array(rows.count)
  const closes = new Float64Array(rows.count)
  const offsetMs = rows.time === 'close' ? lengthMs : 0
  for (let index = 0; index < rows.count; index++) {
    opens[index] = (rows.atMs[index] as number) - offsetMs
    closes[index] = (opens[index] as number) + lengthMs
  }
  const { open, high, low, close, volume } = rows
  const times = { openAtMs: opens, closeAtMs: closes, knownAtMs: closes }
  return { columns: { count: rows.count, timeframe, ...times, open, high, low, close, volume }, gaps }
}

/** The least distance of two rows; all rows ascend, and lie on multiples of it. */
function timeframeOf(file: string, rows: BarRows): Timeframe {
  const { count, atMs, timeFault } = rows
  if (count < 2) throw csvError(file, { row: count + 1, field: 'rows', value: String(count), rule: 'needs two bars at least' })
  let leastMs = Number.POSITIVE_INFINITY
  for (let index = 1; index < count; index++) {
    const stepMs = (atMs[index] as number) - (atMs[index - 1] as number)
    if (stepMs === 0) throw timeFault(index, 'must not repeat the row before')
    if (stepMs < 0) throw timeFault(index, `must come after ${atMs[index - 1]}: rows ascend`)
    leastMs = Math.min(leastMs, stepMs)
  }
  const timeframe = TIMEFRAMES.find((candidate) => TIMEFRAME_MS[candidate] === leastMs)
  if (timeframe === undefined) {
    const rule = `rows are ${leastMs} ms apart at the least; bars must be of ${TIMEFRAMES.join(', ')}`
    throw csvError(file, { row: 3, field: 'rows', value: String(leastMs), rule })
  }
  for (let index = 0; index < count; index++) {
    if ((atMs[index] as number) % leastMs !== 0) throw timeFault(index, `must lie on a multiple of ${timeframe}, UTC`)
  }
  return timeframe
}

function gapsOf({ count, atMs, time }: BarRows, timeframe: Timeframe): readonly DataGap[] {
  const lengthMs = TIMEFRAME_MS[timeframe]
  const offsetMs = time === 'close' ? lengthMs : 0
  const gaps: DataGap[] = []
  for (let index = 1; index < count; index++) {
    const [before, here] = [(atMs[index - 1] as number) - offsetMs, (atMs[index] as number) - offsetMs]
    const missing = (here - before) / lengthMs - 1
    if (missing > 0) gaps.push({ row: index + 2, fromMs: before + lengthMs, toMs: here, missing })
  }
  return gaps
}
