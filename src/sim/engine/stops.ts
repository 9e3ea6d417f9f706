import type { Side } from '#domain/order'
import type { Core, Pit } from './core'
import type { Grid } from './grid'
import { needOf, setHold } from './money'
import { type OrderRecord, viewOf } from './order-record'
import { divideHalfUp, exactUnits } from './scaled'
import type { EngineOrderType, Trailing } from './types'

/** True for the types that wait for the last price. */
export function isStop(type: EngineOrderType): boolean {
  return type !== 'market' && type !== 'limit'
}

/** Returns a signed distance in price units, on the tick grid. */
function distance(grid: Grid, unit: Trailing['unit'], value: Trailing['offset'], atUnits: number): number {
  const raw =
    unit === 'quote'
      ? Number(exactUnits(value, grid.instrument.priceScale))
      : Number(divideHalfUp(BigInt(atUnits) * exactUnits(value, 12), 10n ** 14n))
  const steps = Math.round(Math.abs(raw) / grid.tick) * grid.tick
  return raw < 0 ? -steps : steps
}

interface TrailedPrices {
  readonly triggerUnits: number
  /** Null when the limit does not follow. */
  readonly limitUnits: number | null
}

/** Returns trigger and limit of a trailing stop at a peak; the distance is at least one tick. */
export function trailedFrom(grid: Grid, side: Side, trailing: Trailing, peakUnits: number): TrailedPrices {
  const offset = Math.max(grid.tick, distance(grid, trailing.unit, trailing.offset, peakUnits))
  const triggerUnits = Math.max(grid.tick, side === 'sell' ? peakUnits - offset : peakUnits + offset)
  if (trailing.limitOffset === null) return { triggerUnits, limitUnits: null }
  const limit = triggerUnits + distance(grid, trailing.limitUnit, trailing.limitOffset, triggerUnits)
  return { triggerUnits, limitUnits: Math.max(grid.tick, limit) }
}

/** Sets trigger and limit of a trailing stop from its peak. */
export function trail(record: OrderRecord, peakUnits: number): void {
  const { trailing, side } = record.request
  if (trailing === null) return
  const { triggerUnits, limitUnits } = trailedFrom(record.grid, side, trailing, peakUnits)
  record.peakUnits = peakUnits
  record.triggerUnits = triggerUnits
  record.limitUnits = limitUnits ?? record.limitUnits
}

/** True when the last price has reached the trigger. */
function isMet(record: OrderRecord, lastUnits: number): boolean {
  const { side, type } = record.request
  const trigger = record.triggerUnits
  if (trigger === null) return false
  const isProfit = type === 'takeProfit' || type === 'takeProfitLimit'
  const meetsFalling = (side === 'sell') !== isProfit
  return meetsFalling ? lastUnits <= trigger : lastUnits >= trigger
}

/** Moves the instrument's stops that the last price has reached to those to be activated, and trails the others. */
export function noteTrade(core: Core, pit: Pit): void {
  if (pit.lastUnits === null) return
  for (const record of pit.stops) noteStop(core, pit, record, pit.lastUnits)
}

/**
 * Applies the last price to one stop. Assumed where the protocol sheet is silent: one whose trigger the last price has passed already,
 * when placed or amended, triggers at once; a peak begins with the last price at placement.
 */
export function noteStop(core: Core, pit: Pit, record: OrderRecord, lastUnits: number): void {
  if (isMet(record, lastUnits)) {
    pit.stops.delete(record)
    pit.triggered.push(record)
    return
  }
  const { trailing, side } = record.request
  const peak = record.peakUnits
  if (trailing === null || peak === null || (side === 'sell' ? lastUnits <= peak : lastUnits >= peak)) return
  const before = record.triggerUnits
  trail(record, lastUnits)
  core.touchOrder(record)
  if (record.triggerUnits === before) return
  setHold(core, record, needOf(record))
  record.updatedAtMs = core.clock.now()
  core.emit({ kind: 'orderRestated', order: viewOf(record) })
}
