import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Timeframe } from '#domain/time'
import { BAR_HEADERS } from '#sim/market/bar-rows'
import { csvError } from '#sim/market/csv'
import { at, type BarColumns } from './columns'
import { type BacktestData, type DataGap, digestOf } from './data'
import { readBars } from './read-bars'
import { QUOTE_HEADERS, readQuotes, readTrades, TRADE_HEADERS } from './read-ticks'
import { barsOfTicks } from './tick-bars'
import { createQuotes, createTrades, type QuoteColumns, type Ticks, type TradeColumns } from './ticks'

const HEADER_BYTES_MAX = 4_096

/** What is read of which files. */
export interface DataFiles {
  /** Bars, trades or quotes: the header says which. Several files of different kinds make F1. */
  readonly files: readonly string[]
  /** Length of the bars that are made of ticks, where no file has bars. */
  readonly timeframe: Timeframe
  readonly allowGaps: boolean
  onProgress(file: string, share: number): void
}

/**
 * Reads the data of a backtest.
 * @throws {AppError} `REPLAY_INVALID` with file, row, field, value and rule.
 */
export function readBacktestData({ files, timeframe, allowGaps, onProgress }: DataFiles): BacktestData {
  let bars: { readonly columns: BarColumns; readonly gaps: readonly DataGap[] } | null = null
  let quotes: QuoteColumns | null = null
  let trades: TradeColumns | null = null
  for (const file of files) {
    const bytes = bytesOf(file)
    const name = basename(file)
    const report = (share: number) => onProgress(name, share)
    const kind = kindOf(name, bytes)
    if ((kind === 'bars' ? bars : kind === 'quotes' ? quotes : trades) !== null)
      throw csvError(name, { row: 0, field: 'file', value: name, rule: ` it is a second file of ${kind}; give one of each kind` })
    if (kind === 'bars') bars = readBars(name, bytes, allowGaps, report)
    else if (kind === 'quotes') quotes = readQuotes(name, bytes, report)
    else trades = readTrades(name, bytes, report)
  }
  const hasTicks = quotes !== null || trades !== null
  const ticks = hasTicks ? { quotes: quotes ?? createQuotes(0), trades: trades ?? createTrades(0) } : null
  if (bars !== null && ticks !== null) requireCovered(bars.columns, ticks)
  const columns = bars?.columns ?? barsOfTicks({ quotes: quotes ?? createQuotes(0), trades: trades ?? createTrades(0) }, timeframe)
  return {
    name: files.map((file) => basename(file)).join(' + '),
    bars: columns,
    ticks,
    gaps: bars?.gaps ?? [],
    digest: digestOf(columns, ticks),
  }
}

/** Orders on a bar that no tick reaches would have no price. @throws {AppError} `REPLAY_INVALID` with both spans. */
function requireCovered(bars: BarColumns, { quotes, trades }: Ticks): void {
  const { atMs, count } = quotes.count > 0 ? quotes : trades
  const [firstMs, lastMs] = [at(atMs, 0), at(atMs, count - 1)]
  const [openMs, closeMs] = [at(bars.closeAtMs, 0), at(bars.openAtMs, bars.count - 1)]
  if (firstMs <= openMs && lastMs >= closeMs) return
  const span = (from: number, to: number) => `${new Date(from).toISOString()} to ${new Date(to).toISOString()}`
  const rule = `the bars reach from ${span(openMs, closeMs)}, the ticks from ${span(firstMs, lastMs)}; cut the bars to the ticks`
  throw csvError('data', { row: 0, field: 'file', value: '', rule })
}

function kindOf(name: string, bytes: Uint8Array): 'bars' | 'quotes' | 'trades' {
  const header = new TextDecoder().decode(bytes.subarray(0, HEADER_BYTES_MAX)).replace('\ufeff', '').split('\n')[0]?.trim() ?? ''
  const columns = header.split(',')
  const has = (field: string) => columns.includes(field)
  if (has('open') || has('close')) return 'bars'
  if (has('bid') || has('ask')) return 'quotes'
  if (has('price') || has('side')) return 'trades'
  const forms = [...BAR_HEADERS, ...TRADE_HEADERS, ...QUOTE_HEADERS].map((form) => `"${form}"`)
  throw csvError(name, { row: 1, field: 'header', value: header, rule: `must be ${forms.join(' or ')}` })
}

function bytesOf(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    throw csvError(file, { row: 0, field: 'file', value: file, rule: 'must be a readable file' }, error)
  }
}
