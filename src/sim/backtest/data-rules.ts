import type { AppError } from '#domain/errors'
import { csvError } from '#sim/market/csv'
import { at } from './columns'

/** Times of recorded data, UTC ms: from March 1973 on, so that seconds are not taken for ms, to the end of 9999, nor microseconds. */
const TIME_MIN_MS = 100_000_000_000
const TIME_MAX_MS = 253_402_300_799_999
/** Prices, quote per base: what the finest tick can say, and what no market has reached. */
const PRICE_MIN = 1e-10
const PRICE_MAX = 1e12
/** Base. */
const SIZE_MAX = 1e18

/** What a column holds. */
export type FigureKind = 'time' | 'price' | 'size'

/** One column of a file, by the name in its header. */
export interface NamedColumn {
  readonly field: string
  readonly kind: FigureKind
  readonly values: Float64Array
}

/**
 * Checks that every figure is one that a market can have; NaN passes for a size (a file without sizes).
 * @throws {AppError} `REPLAY_INVALID` with file, row, field, value and rule, at the first row with another.
 */
export function requirePlausible(file: string, count: number, columns: readonly NamedColumn[]): void {
  let fault: { readonly index: number; readonly column: NamedColumn } | null = null
  for (const column of columns) {
    const [least, most] = boundsOf(column.kind)
    const { values } = column
    const end = fault === null ? count : fault.index
    // By index: an iterator over doubles takes ten times as long.
    for (let index = 0; index < end; index++) {
      const value = values[index] as number
      if (!(value < least || value > most)) continue
      fault = { index, column }
      break
    }
  }
  if (fault !== null) throw faultAt(file, fault.index, fault.column)
}

function boundsOf(kind: FigureKind): readonly [number, number] {
  switch (kind) {
    case 'time':
      return [TIME_MIN_MS, TIME_MAX_MS]
    case 'price':
      return [PRICE_MIN, PRICE_MAX]
    case 'size':
      return [0, SIZE_MAX]
  }
}

function faultAt(file: string, index: number, { field, kind, values }: NamedColumn): AppError {
  const value = at(values, index)
  const [least, most] = boundsOf(kind)
  const unit = value < least ? 'seconds must be multiplied by 1000' : 'microseconds must be divided by 1000'
  const rule =
    kind === 'time'
      ? `must be UTC ms of the years 1973 to 9999; ${unit}`
      : `must lie between ${least} and ${most}: no market has such a ${kind}`
  return csvError(file, { row: index + 2, field, value: String(value), rule })
}
