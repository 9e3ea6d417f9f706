import { readFileSync } from 'node:fs'
import { AppError } from '#domain/errors'
import type { Recording } from './types'

const MINUTE_MS = 60_000
/** Bars of a recording that are its past: a day of one-minute bars. */
export const PAST_BARS = 1_440
const PRICES = ['open', 'high', 'low', 'close'] as const

/** The two forms: which time a row carries, and what its volume is counted in. */
const FORMS = [
  { header: 'close_time_ms,open,high,low,close,quote_volume', time: 'close_time_ms', volume: 'quote_volume' },
  { header: 'open_time_ms,open,high,low,close,volume', time: 'open_time_ms', volume: 'volume' },
] as const
type Form = (typeof FORMS)[number]

interface Fault {
  readonly row: number
  readonly field: string
  readonly value: string
  readonly rule: string
}

function invalid(file: string, fault: Fault, cause: unknown = undefined): AppError {
  const { row, field, value, rule } = fault
  const where = row === 0 ? '' : ` row ${row}, field ${field}, value "${value.slice(0, 60)}":`
  return new AppError(`${file}:${where} ${rule}`, {
    code: 'REPLAY_INVALID',
    severity: 'HIGH',
    cause,
    details: { file, ...fault },
  })
}

interface Row {
  readonly openAtMs: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

/** Reads one row; `row` counts the file's lines from 1, the header included, as an editor does. */
function readRow(file: string, form: Form, text: string, row: number): Row {
  const fields = [form.time, ...PRICES, form.volume]
  const cells = text.split(',')
  if (cells.length !== fields.length) {
    const field = fields[cells.length] ?? 'row'
    throw invalid(file, { row, field, value: text, rule: `must have ${fields.length} columns and has ${cells.length}` })
  }
  const figures = cells.map((cell, index) => {
    const value = cell.trim()
    if (!NUMBER.test(value)) throw invalid(file, { row, field: fields[index] ?? '', value, rule: 'must be a number' })
    return Number(value)
  })
  const [time = 0, open = 0, high = 0, low = 0, close = 0, volume = 0] = figures
  const check = (isTrue: boolean, field: string, value: number, rule: string): void => {
    if (!isTrue) throw invalid(file, { row, field, value: String(value), rule })
  }
  check(Number.isSafeInteger(time) && time % MINUTE_MS === 0, form.time, time, 'must be a whole minute in ms')
  for (const [field, price] of [
    ['open', open],
    ['high', high],
    ['low', low],
    ['close', close],
  ] as const) {
    check(price > 0, field, price, 'must be above zero')
  }
  check(high >= low, 'high', high, `must not be below low ${low}`)
  check(high >= open && high >= close, 'high', high, `must not be below open ${open} or close ${close}`)
  check(low <= open && low <= close, 'low', low, `must not be above open ${open} or close ${close}`)
  check(volume >= 0, form.volume, volume, 'must not be negative')
  const isQuote = form.volume === 'quote_volume'
  return {
    openAtMs: form.time === 'close_time_ms' ? time - MINUTE_MS : time,
    open,
    high,
    low,
    close,
    volume: isQuote ? volume / ((open + high + low + close) / 4) : volume,
  }
}

function checkOrder(file: string, form: Form, row: number, time: number, before: number): void {
  const fault = (rule: string): AppError => invalid(file, { row, field: form.time, value: String(time), rule })
  if (time === before) throw fault('must not repeat the row before')
  if (time < before) throw fault(`must come after ${before}: rows ascend`)
  if (time !== before + MINUTE_MS) throw fault(`must be ${before + MINUTE_MS}: bars are one minute apart without a gap`)
}

/**
 * Reads a recording of one-minute bars from CSV text.
 * @throws {AppError} `REPLAY_INVALID` with file, row, field, value and rule.
 */
export function parseRecording(file: string, text: string): Recording {
  const lines = text.split('\n').map((line) => line.trimEnd())
  while (lines.length > 0 && lines[lines.length - 1] === '') lines.pop()
  const header = (lines[0] ?? '').replace('\ufeff', '')
  const form = FORMS.find((one) => one.header === header)
  if (form === undefined) {
    const rule = `must be ${FORMS.map((one) => `"${one.header}"`).join(' or ')}`
    throw invalid(file, { row: 1, field: 'header', value: header, rule })
  }
  const count = lines.length - 1
  if (count <= PAST_BARS) {
    const rule = `needs more than ${PAST_BARS} bars: the first ${PAST_BARS} are the past`
    throw invalid(file, { row: lines.length, field: 'rows', value: String(count), rule })
  }
  const columns = { open: new Float64Array(count), high: new Float64Array(count), low: new Float64Array(count) }
  const rest = { close: new Float64Array(count), volume: new Float64Array(count) }
  let firstOpenAtMs = 0
  for (let index = 0; index < count; index++) {
    const row = readRow(file, form, lines[index + 1] ?? '', index + 2)
    const shift = form.time === 'close_time_ms' ? MINUTE_MS : 0
    if (index === 0) firstOpenAtMs = row.openAtMs
    else checkOrder(file, form, index + 2, row.openAtMs + shift, firstOpenAtMs + (index - 1) * MINUTE_MS + shift)
    columns.open[index] = row.open
    columns.high[index] = row.high
    columns.low[index] = row.low
    rest.close[index] = row.close
    rest.volume[index] = row.volume
  }
  return {
    file,
    barCount: count,
    firstOpenAtMs,
    tradingStartsAtMs: firstOpenAtMs + PAST_BARS * MINUTE_MS,
    endsAtMs: firstOpenAtMs + count * MINUTE_MS,
    ...columns,
    ...rest,
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
    throw invalid(file, { row: 0, field: 'file', value: file, rule: 'must be a readable file' }, error)
  }
}
