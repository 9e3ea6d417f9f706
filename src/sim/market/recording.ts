import { readFileSync } from 'node:fs'
import { readBarRows } from './bar-rows'
import { csvError } from './csv'
import type { Recording } from './types'

const MINUTE_MS = 60_000
/** Bars of a recording that are its past: a day of one-minute bars. */
export const PAST_BARS = 1_440

/**
 * Reads a recording of one-minute bars from CSV text.
 * @throws {AppError} `REPLAY_INVALID` with file, row, field, value and rule.
 */
export function parseRecording(file: string, text: string): Recording {
  const rows = readBarRows(file, new TextEncoder().encode(text))
  const { count, atMs, timeFault } = rows
  if (count <= PAST_BARS) {
    const rule = `needs more than ${PAST_BARS} bars: the first ${PAST_BARS} are the past`
    throw csvError(file, { row: count + 1, field: 'rows', value: String(count), rule })
  }
  for (let index = 0; index < count; index++) {
    const time = atMs[index] as number
    if (time % MINUTE_MS !== 0) throw timeFault(index, 'must be a whole minute in ms')
    const before = index === 0 ? time - MINUTE_MS : (atMs[index - 1] as number)
    if (time === before) throw timeFault(index, 'must not repeat the row before')
    if (time < before) throw timeFault(index, `must come after ${before}: rows ascend`)
    if (time !== before + MINUTE_MS) throw timeFault(index, `must be ${before + MINUTE_MS}: bars are one minute apart without a gap`)
  }
  const firstOpenAtMs = (atMs[0] as number) - (rows.time === 'close' ? MINUTE_MS : 0)
  const { open, high, low, close, volume } = rows
  return {
    file,
    barCount: count,
    firstOpenAtMs,
    tradingStartsAtMs: firstOpenAtMs + PAST_BARS * MINUTE_MS,
    endsAtMs: firstOpenAtMs + count * MINUTE_MS,
    open,
    high,
    low,
    close,
    volume,
  }
}

/**
 * Reads a recording of one-minute bars from a file. Call it before virtual time begins: it reads the disk.
 * @throws {AppError} `REPLAY_INVALID` when the file cannot be read or is broken.
 */
export function readRecording(file: string): Recording {
  return parseRecording(file, readText(file))
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw csvError(file, { row: 0, field: 'file', value: file, rule: 'must be a readable file' }, error)
  }
}
