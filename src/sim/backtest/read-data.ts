import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { type AppError, messageOf } from '#domain/errors'
import { TIMEFRAME_MS, type Timeframe } from '#domain/time'
import { BAR_HEADERS } from '#sim/market/bar-rows'
import { csvError } from '#sim/market/csv'
import { at, type BarColumns } from './columns'
import { type BacktestData, type DataGap, digestOf, type TickSilence } from './data'
import { readBars } from './read-bars'
import { QUOTE_HEADERS, readQuotes, readTrades, TRADE_HEADERS } from './read-ticks'
import { barsOfTicks } from './tick-bars'
import { createQuotes, createTrades, type QuoteColumns, type Ticks, type TradeColumns } from './ticks'

const HEADER_BYTES_MAX = 4_096
/** Bars that one silence of the ticks may be filled with: a year of minutes. Beyond it the data is no market's. */
const SILENT_BARS_MAX = 525_600
const LINE_FEED = 10

type FileKind = 'bars' | 'quotes' | 'trades'

/** A path, or one that must hold ticks of a kind. */
export type DataFile = string | { readonly path: string; readonly kind: 'quotes' | 'trades' }

/** What is read of which files. */
export interface DataFiles {
  /** Bars, trades or quotes: the header says which. Several files of different kinds make F1. */
  readonly files: readonly DataFile[]
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
  const names: string[] = []
  const notes: string[] = []
  for (const file of files) {
    const path = typeof file === 'string' ? file : file.path
    const bytes = bytesOf(path)
    const name = basename(path)
    names.push(name)
    const report = (share: number) => onProgress(name, share)
    const kind = kindOf(name, bytes)
    if (typeof file !== 'string' && file.kind !== kind) throw fileFault(name, `must hold ${file.kind} and holds ${kind}; --data takes it`)
    if ((kind === 'bars' ? bars : kind === 'quotes' ? quotes : trades) !== null)
      throw fileFault(name, `is a second file of ${kind}; give one of each kind`)
    if (kind === 'bars') bars = readBars(name, bytes, allowGaps, report)
    else if (kind === 'quotes') quotes = readQuotes(name, bytes, report)
    else trades = readTrades(name, bytes, report)
    if (bytes.at(-1) !== LINE_FEED) notes.push(`${name}: its last row has no line end; it may have been cut short`)
  }
  const hasTicks = quotes !== null || trades !== null
  const ticks = hasTicks ? { quotes: quotes ?? createQuotes(0), trades: trades ?? createTrades(0) } : null
  if (bars !== null && ticks !== null) requireCovered(bars.columns, ticks)
  if (bars === null && ticks !== null) requireNoAbyss(names.join(' + '), ticks, timeframe)
  const columns = bars?.columns ?? barsOfTicks({ quotes: quotes ?? createQuotes(0), trades: trades ?? createTrades(0) }, timeframe)
  return {
    name: names.join(' + '),
    bars: columns,
    ticks,
    gaps: bars?.gaps ?? [],
    silence: ticks === null ? null : silenceOf(columns, ticks),
    notes,
    digest: digestOf(columns, ticks),
  }
}

/** A silence of years would make millions of flat bars. @throws {AppError} `REPLAY_INVALID` with the row behind it. */
function requireNoAbyss(file: string, { quotes, trades }: Ticks, timeframe: Timeframe): void {
  const { atMs, count } = trades.count > 0 ? trades : quotes
  const mostMs = SILENT_BARS_MAX * TIMEFRAME_MS[timeframe]
  for (let index = 1; index < count; index++) {
    const [before, here] = [at(atMs, index - 1), at(atMs, index)]
    if (here - before <= mostMs) continue
    const rule = `lies more than ${SILENT_BARS_MAX} bars of ${timeframe} behind the row before (${before}); cut the file there`
    throw csvError(file, { row: index + 2, field: 'time_ms', value: String(here), rule })
  }
}

/** Returns the bars in which no tick falls. */
function silenceOf(bars: BarColumns, { quotes, trades }: Ticks): TickSilence {
  let [silent, run, longest, longestFromMs] = [0, 0, 0, 0]
  let [quote, trade] = [0, 0]
  for (let index = 0; index < bars.count; index++) {
    const [openMs, closeMs] = [at(bars.openAtMs, index), at(bars.closeAtMs, index)]
    while (quote < quotes.count && at(quotes.atMs, quote) < openMs) quote++
    while (trade < trades.count && at(trades.atMs, trade) < openMs) trade++
    const hasQuote = quote < quotes.count && at(quotes.atMs, quote) < closeMs
    const hasTrade = trade < trades.count && at(trades.atMs, trade) < closeMs
    run = hasQuote || hasTrade ? 0 : run + 1
    if (run === 0) continue
    silent++
    if (run <= longest) continue
    longest = run
    longestFromMs = at(bars.openAtMs, index - run + 1)
  }
  return { bars: silent, longest, longestFromMs }
}

/** Orders on a bar that no tick reaches would have no price. @throws {AppError} `REPLAY_INVALID` with both spans. */
function requireCovered(bars: BarColumns, { quotes, trades }: Ticks): void {
  const { atMs, count } = quotes.count > 0 ? quotes : trades
  const [firstMs, lastMs] = [at(atMs, 0), at(atMs, count - 1)]
  const [openMs, closeMs] = [at(bars.closeAtMs, 0), at(bars.openAtMs, bars.count - 1)]
  if (firstMs <= openMs && lastMs >= closeMs) return
  const span = (from: number, to: number) => `${new Date(from).toISOString()} to ${new Date(to).toISOString()}`
  const rule = `the bars reach from ${span(openMs, closeMs)}, the ticks from ${span(firstMs, lastMs)}; cut the bars to the ticks`
  throw fileFault('data', rule)
}

function kindOf(name: string, bytes: Uint8Array): FileKind {
  if (bytes.length === 0) throw fileFault(name, 'is empty; it needs a header and rows')
  const header = new TextDecoder().decode(bytes.subarray(0, HEADER_BYTES_MAX)).replace('\ufeff', '').split('\n')[0]?.trim() ?? ''
  const columns = header.split(',')
  const has = (field: string) => columns.includes(field)
  if (has('open') || has('close')) return 'bars'
  if (has('bid') || has('ask')) return 'quotes'
  if (has('price') || has('side')) return 'trades'
  const forms = [...BAR_HEADERS, ...TRADE_HEADERS, ...QUOTE_HEADERS].map((form) => `"${form}"`)
  // What is no text must not reach a terminal.
  const value = header.replaceAll(/[^\x20-\x7e]/g, '?')
  throw csvError(name, { row: 1, field: 'header', value, rule: `must be ${forms.join(' or ')}${hintOf(header)}` })
}

function hintOf(header: string): string {
  if (/[\0\ufffd]/.test(header)) return '; the file is no UTF-8 text'
  if (/[;\t|]/.test(header)) return '; a comma separates columns'
  if (header !== header.toLowerCase()) return '; names are in lower case'
  if (/^[-\d.]+,/.test(header)) return '; the file has no header'
  return ''
}

function fileFault(name: string, rule: string, cause: unknown = undefined): AppError {
  return csvError(name, { row: 0, field: 'file', value: name, rule }, cause)
}

function bytesOf(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    throw fileFault(file, `must be a readable file (${messageOf(error)})`, error)
  }
}
