import { InvariantError } from '#domain/errors'
import { TIMEFRAME_MS, type Timeframe } from '#domain/time'
import type { BarsView } from '#strategies/types'

/**
 * Closed bars of one instrument and timeframe, ascending, a column a figure: what a backtest's loop reads, one double a step. Times are
 * UTC ms, prices quote per base, volumes base.
 */
export interface BarColumns {
  readonly count: number
  readonly timeframe: Timeframe
  readonly openAtMs: Float64Array
  readonly closeAtMs: Float64Array
  /** When the company hears of the bar: at its close, unless a recording knows better. */
  readonly knownAtMs: Float64Array
  readonly open: Float64Array
  readonly high: Float64Array
  readonly low: Float64Array
  readonly close: Float64Array
  readonly volume: Float64Array
}

/** Returns columns of zeros, for whoever fills them; bars are known at their close. */
export function createColumns(count: number, timeframe: Timeframe): BarColumns {
  const column = () => new Float64Array(count)
  const closeAtMs = column()
  return {
    count,
    timeframe,
    openAtMs: column(),
    closeAtMs,
    knownAtMs: closeAtMs,
    open: column(),
    high: column(),
    low: column(),
    close: column(),
    volume: column(),
  }
}

/** Returns bars `[from, to)` without copying a figure. */
export function sliceColumns(columns: BarColumns, from: number, to: number): BarColumns {
  const part = (column: Float64Array) => column.subarray(from, to)
  const { timeframe, openAtMs, closeAtMs, knownAtMs, open, high, low, close, volume } = columns
  return {
    count: Math.max(0, Math.min(to, columns.count) - from),
    timeframe,
    openAtMs: part(openAtMs),
    closeAtMs: part(closeAtMs),
    knownAtMs: part(knownAtMs),
    open: part(open),
    high: part(high),
    low: part(low),
    close: part(close),
    volume: part(volume),
  }
}

/** Returns the bars `times` over, each round shifted in time to follow the one before: long runs for benches. */
export function repeatColumns(columns: BarColumns, times: number): BarColumns {
  const { count, timeframe } = columns
  const all = createColumns(count * times, timeframe)
  const spanMs = count === 0 ? 0 : at(columns.closeAtMs, count - 1) - at(columns.openAtMs, 0)
  for (let round = 0; round < times; round++) {
    for (const name of ['open', 'high', 'low', 'close', 'volume'] as const) all[name].set(columns[name], round * count)
    for (let index = 0; index < count; index++) {
      all.openAtMs[round * count + index] = at(columns.openAtMs, index) + round * spanMs
      all.closeAtMs[round * count + index] = at(columns.closeAtMs, index) + round * spanMs
    }
  }
  return all
}

/**
 * Returns the bars of a longer timeframe, on UTC multiples of its length. A first bar whose beginning the data lacks is left out; one that
 * has a gap inside is made of what there is. One that the data's end cuts short has not closed and is left out too.
 * @throws {InvariantError} when `timeframe` is shorter than the columns' own.
 */
export function resampleColumns(columns: BarColumns, timeframe: Timeframe): BarColumns {
  const lengthMs = TIMEFRAME_MS[timeframe]
  if (lengthMs < TIMEFRAME_MS[columns.timeframe])
    throw new InvariantError(`bars of ${columns.timeframe} cannot be cut into bars of ${timeframe}`)
  if (timeframe === columns.timeframe) return columns
  const firstMs = columns.count === 0 ? 0 : at(columns.openAtMs, 0)
  const endMs = columns.count === 0 ? 0 : at(columns.closeAtMs, columns.count - 1)
  const result = createColumns(columns.count, timeframe)
  let made = 0
  for (let index = 0; index < columns.count; index++) {
    const openAtMs = Math.floor(at(columns.openAtMs, index) / lengthMs) * lengthMs
    if (openAtMs < firstMs || openAtMs + lengthMs > endMs) continue
    const isNew = made === 0 || at(result.openAtMs, made - 1) !== openAtMs
    if (isNew) {
      result.openAtMs[made] = openAtMs
      result.closeAtMs[made] = openAtMs + lengthMs
      result.open[made] = at(columns.open, index)
      result.high[made] = at(columns.high, index)
      result.low[made] = at(columns.low, index)
      made++
    }
    const last = made - 1
    result.high[last] = Math.max(at(result.high, last), at(columns.high, index))
    result.low[last] = Math.min(at(result.low, last), at(columns.low, index))
    result.close[last] = at(columns.close, index)
    result.volume[last] = at(result.volume, last) + at(columns.volume, index)
  }
  return sliceColumns(result, 0, made)
}

/** Reads a column at an index that exists. */
export function at(column: Float64Array, index: number): number {
  return column[index] as number
}

/** The bars of columns that have closed by now, as a strategy sees them. Its owner moves `end`; nobody else can. */
export class ColumnsView {
  readonly columns: BarColumns
  readonly view: BarsView
  /** Bars visible: index `end − 1` is the newest. */
  end = 0

  constructor(columns: BarColumns) {
    this.columns = columns
    this.view = this.#makeView()
  }

  #makeView(): BarsView {
    const read = (column: Float64Array, index: number): number => {
      if (!(index >= 0 && index < this.end)) throw new InvariantError(`bar ${index} of ${this.end} does not exist`)
      return column[index] as number
    }
    const end = () => this.end
    const { openAtMs, closeAtMs, open, high, low, close, volume } = this.columns
    return Object.freeze({
      get count() {
        return end()
      },
      openAtMs: (index: number) => read(openAtMs, index),
      closeAtMs: (index: number) => read(closeAtMs, index),
      open: (index: number) => read(open, index),
      high: (index: number) => read(high, index),
      low: (index: number) => read(low, index),
      close: (index: number) => read(close, index),
      volume: (index: number) => read(volume, index),
    })
  }
}
