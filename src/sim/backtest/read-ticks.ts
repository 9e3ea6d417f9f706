import type { AppError } from '#domain/errors'
import { mustExist } from '#domain/errors'
import { type CsvForm, type CsvTable, csvError, readCsv } from '#sim/market/csv'
import { requirePlausible } from './data-rules'
import type { QuoteColumns, TradeColumns } from './ticks'

const TRADES: CsvForm = { header: 'time_ms,trade_id,side,price,size', cells: ['number', 'text', 'side', 'number', 'number'] }
const QUOTES: CsvForm = {
  header: 'time_ms,bid,ask,bid_size,ask_size',
  cells: ['number', 'number', 'number', 'number', 'number'],
}
const BARE_QUOTES: CsvForm = { header: 'time_ms,bid,ask', cells: ['number', 'number', 'number'] }

export const TRADE_HEADERS: readonly string[] = [TRADES.header]
export const QUOTE_HEADERS: readonly string[] = [QUOTES.header, BARE_QUOTES.header]

/** Reads a file of public prints. @throws {AppError} `REPLAY_INVALID` with file, row, field, value and rule. */
export function readTrades(file: string, bytes: Uint8Array, onProgress?: (share: number) => void): TradeColumns {
  const table = readCsv(file, bytes, [TRADES], onProgress)
  const [atMs, side, price, size] = [columnOf(table, 0), columnOf(table, 2), columnOf(table, 3), columnOf(table, 4)]
  requireAscending(file, table)
  for (let index = 0; index < table.count; index++) {
    if (!((price[index] as number) > 0)) throw faultAt(file, table, index, 3, 'must be above zero')
    if (!((size[index] as number) > 0)) throw faultAt(file, table, index, 4, 'must be above zero')
  }
  requirePlausible(file, table.count, [
    { field: 'time_ms', kind: 'time', values: atMs },
    { field: 'price', kind: 'price', values: price },
    { field: 'size', kind: 'size', values: size },
  ])
  return { count: table.count, atMs, side, price, size }
}

/** Reads a file of best bids and asks; sizes are NaN where it has none. @throws {AppError} `REPLAY_INVALID` like `readTrades`. */
export function readQuotes(file: string, bytes: Uint8Array, onProgress?: (share: number) => void): QuoteColumns {
  const table = readCsv(file, bytes, [QUOTES, BARE_QUOTES], onProgress)
  const { count } = table
  const hasSizes = table.form === QUOTES
  const [atMs, bid, ask] = [columnOf(table, 0), columnOf(table, 1), columnOf(table, 2)]
  const bidSize = hasSizes ? columnOf(table, 3) : new Float64Array(count).fill(Number.NaN)
  const askSize = hasSizes ? columnOf(table, 4) : new Float64Array(count).fill(Number.NaN)
  requireAscending(file, table)
  for (let index = 0; index < count; index++) {
    const [lower, upper] = [bid[index] as number, ask[index] as number]
    if (!(lower > 0)) throw faultAt(file, table, index, 1, 'must be above zero')
    if (!(upper > 0)) throw faultAt(file, table, index, 2, 'must be above zero')
    if (lower > upper) throw faultAt(file, table, index, 1, `must not be above the ask ${upper}: the quote is crossed`)
    if ((bidSize[index] as number) < 0) throw faultAt(file, table, index, 3, 'must not be negative')
    if ((askSize[index] as number) < 0) throw faultAt(file, table, index, 4, 'must not be negative')
  }
  requirePlausible(file, count, [
    { field: 'time_ms', kind: 'time', values: atMs },
    { field: 'bid', kind: 'price', values: bid },
    { field: 'ask', kind: 'price', values: ask },
    { field: 'bid_size', kind: 'size', values: bidSize },
    { field: 'ask_size', kind: 'size', values: askSize },
  ])
  return { count, atMs, bid, ask, bidSize, askSize }
}

/** Several ticks may share a millisecond; none may go back. */
function requireAscending(file: string, table: CsvTable<CsvForm>): void {
  const atMs = columnOf(table, 0)
  if (table.count === 0) throw csvError(file, { row: 2, field: 'rows', value: '0', rule: 'has no rows' })
  for (let index = 0; index < table.count; index++) {
    if (!Number.isSafeInteger(atMs[index])) throw faultAt(file, table, index, 0, 'must be a whole number of ms')
    const before = index === 0 ? 0 : (atMs[index - 1] as number)
    if ((atMs[index] as number) < before) throw faultAt(file, table, index, 0, `must not come before ${before}: rows ascend`)
  }
}

function faultAt(file: string, table: CsvTable<CsvForm>, index: number, field: number, rule: string): AppError {
  const value = String(columnOf(table, field)[index])
  return csvError(file, { row: index + 2, field: table.fields[field] ?? '', value, rule })
}

function columnOf(table: CsvTable<CsvForm>, field: number): Float64Array {
  return mustExist(table.columns[field], `there is no column ${field}`)
}
