import { type AppError, mustExist } from '#domain/errors'
import { type CsvTable, csvError, readCsv } from './csv'

const CELLS = ['number', 'number', 'number', 'number', 'number', 'number'] as const

/** The two forms of recorded bars: which time a row carries, and what its volume is counted in. */
const FORMS = [
  { header: 'close_time_ms,open,high,low,close,quote_volume', cells: CELLS, time: 'close', volume: 'quote' },
  { header: 'open_time_ms,open,high,low,close,volume', cells: CELLS, time: 'open', volume: 'base' },
] as const

type BarForm = (typeof FORMS)[number]

/** The rows of a file of bars, their figures checked one by one; how they follow each other is the caller's to check. */
export interface BarRows {
  readonly count: number
  /** Whether `atMs` are the times at which bars open, or close. */
  readonly time: 'open' | 'close'
  readonly atMs: Float64Array
  readonly open: Float64Array
  readonly high: Float64Array
  readonly low: Float64Array
  readonly close: Float64Array
  /** Base. A volume in quote is divided by the mean of the four prices. */
  readonly volume: Float64Array
  /** Returns the error for a time that breaks a rule. */
  timeFault(index: number, rule: string): AppError
}

/** Headers of files of bars. */
export const BAR_HEADERS: readonly string[] = FORMS.map((form) => form.header)

/**
 * Reads bars from CSV bytes.
 * @throws {AppError} `REPLAY_INVALID` with file, row, field, value and rule.
 */
export function readBarRows(file: string, bytes: Uint8Array, onProgress?: (share: number) => void): BarRows {
  const table = readCsv<BarForm>(file, bytes, FORMS, onProgress)
  const { form, count, fields } = table
  const column = (index: number) => mustExist(table.columns[index], 'a form of bars has six columns')
  const [atMs, open, high, low, close, volume] = [column(0), column(1), column(2), column(3), column(4), column(5)]
  for (let index = 0; index < count; index++) checkRow(file, table, index)
  if (form.volume === 'quote') {
    for (let index = 0; index < count; index++) {
      const mean = (read(open, index) + read(high, index) + read(low, index) + read(close, index)) / 4
      volume[index] = read(volume, index) / mean
    }
  }
  const timeFault = (index: number, rule: string) =>
    csvError(file, { row: index + 2, field: fields[0] ?? '', value: String(read(atMs, index)), rule })
  return { count, time: form.time, atMs, open, high, low, close, volume, timeFault }
}

/** Checks the figures of one row against each other. */
function checkRow(file: string, { columns, fields }: CsvTable<BarForm>, index: number): void {
  const at = (column: number) => read(columns[column] as Float64Array, index)
  const [time, open, high, low, close, volume] = [at(0), at(1), at(2), at(3), at(4), at(5)]
  const isSound =
    Number.isSafeInteger(time) &&
    open > 0 &&
    high > 0 &&
    low > 0 &&
    close > 0 &&
    high >= low &&
    high >= open &&
    high >= close &&
    low <= open &&
    low <= close &&
    volume >= 0
  if (isSound) return
  const fault = (column: number, rule: string) =>
    csvError(file, { row: index + 2, field: fields[column] ?? '', value: String(at(column)), rule })
  if (!Number.isSafeInteger(time)) throw fault(0, 'must be a whole number of ms')
  for (const column of [1, 2, 3, 4]) if (!(at(column) > 0)) throw fault(column, 'must be above zero')
  if (high < low) throw fault(2, `must not be below low ${low}`)
  if (high < open || high < close) throw fault(2, `must not be below open ${open} or close ${close}`)
  if (low > open || low > close) throw fault(3, `must not be above open ${open} or close ${close}`)
  throw fault(5, 'must not be negative')
}

function read(column: Float64Array, index: number): number {
  return column[index] as number
}
