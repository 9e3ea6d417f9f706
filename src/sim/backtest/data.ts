import { Hash } from './digest'
import type { BarColumns } from './columns'
import type { Ticks } from './ticks'

/** A hole in the data: bars that are missing between two rows. */
export interface DataGap {
  /** Row of the file, from 1 with its header, that comes after the hole. */
  readonly row: number
  /** From the close before the hole to the open behind it, UTC ms. */
  readonly fromMs: number
  readonly toMs: number
  readonly missing: number
}

/** Bars of a run on ticks in which no tick falls: an illiquid market's, or a hole in the recording; nobody can tell. */
export interface TickSilence {
  readonly bars: number
  /** Most of them in a row, and when that row begins, UTC ms; 0 where there is none. */
  readonly longest: number
  readonly longestFromMs: number
}

/** What a backtest runs on. */
export interface BacktestData {
  /** File name without its folders, or a name for what was made in memory. */
  readonly name: string
  readonly bars: BarColumns
  /** Quotes and trades for F1; null for F0. */
  readonly ticks: Ticks | null
  readonly gaps: readonly DataGap[]
  /** What its ticks leave out; null without ticks. */
  readonly silence: TickSilence | null
  /** What looks doubtful in a file but is no fault, for a person. */
  readonly notes: readonly string[]
  /** SHA-256 of every figure, hex. */
  readonly digest: string
}

/** Returns data of bars alone, made in memory. */
export function dataOfBars(name: string, bars: BarColumns, gaps: readonly DataGap[] = []): BacktestData {
  return { name, bars, ticks: null, gaps, silence: null, notes: [], digest: digestOf(bars, null) }
}

/** Returns the digest of every figure that a backtest reads. */
export function digestOf(bars: BarColumns, ticks: Ticks | null): string {
  const hash = new Hash()
  const { openAtMs, closeAtMs, open, high, low, close, volume } = bars
  for (const column of [openAtMs, closeAtMs, open, high, low, close, volume]) hash.add(column)
  if (ticks !== null) {
    const { quotes, trades } = ticks
    for (const column of [quotes.atMs, quotes.bid, quotes.ask, quotes.bidSize, quotes.askSize]) hash.add(column)
    for (const column of [trades.atMs, trades.side, trades.price, trades.size]) hash.add(column)
  }
  return hash.hex()
}
