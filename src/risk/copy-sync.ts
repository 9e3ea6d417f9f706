import {
  absolute,
  add,
  type Decimal,
  divide,
  isGreater,
  isLess,
  isNegative,
  isPositive,
  isZero,
  multiply,
  negate,
  ONE,
  roundToStep,
  subtract,
  sum,
  ZERO,
} from '#domain/decimal'
import type { Instrument } from '#domain/instrument'
import type { Side } from '#domain/order'

/** An open order of the source, or of ours: what it can still fill moves the position there. */
export interface OpenOrder {
  readonly side: Side
  /** Base, positive. */
  readonly leavesQuantity: Decimal
}

/** Rules of copy sync (PFL-09). Ratios of the target: 0.05 is 5 %. */
export interface CopySyncRules {
  /** Beyond this drift it is logged and alerted. */
  readonly alertRatio: Decimal
  /** From this drift on an order brings the position back, where that is switched on. */
  readonly adjustRatio: Decimal
  readonly adjusts: boolean
}

/** 5 % alerts, 10 % adjusts, and adjusting is off until somebody switches it on. */
export const DEFAULT_COPY_SYNC: CopySyncRules = Object.freeze({
  alertRatio: '0.05' as Decimal,
  adjustRatio: '0.1' as Decimal,
  adjusts: false,
})

/** How often a copy is compared with its source unless configured otherwise, ms. */
const COPY_SYNC_EVERY_MS = 60_000

/** Both sides of a copy at one moment. Quantities in base, signed, long positive. */
export interface CopySyncInput {
  readonly own: { readonly position: Decimal; readonly openOrders: readonly OpenOrder[] }
  /** The source's position as its own trades sum up to, and its open orders. */
  readonly source: { readonly position: Decimal; readonly openOrders: readonly OpenOrder[] }
  /** How much of the source is copied: 0.1 holds a tenth of what it holds. Positive. */
  readonly copyRatio: Decimal
  readonly instrument: Pick<Instrument, 'lotSize' | 'quantityMin'>
}

/** What a comparison of a copy with its source says. */
export interface CopySync {
  /** Where the source stands once its open orders are filled, at our size. */
  readonly target: Decimal
  /** Where we stand once ours are. */
  readonly expected: Decimal
  /** `target − expected`: positive is too little. */
  readonly difference: Decimal
  /** `|difference| / |target|`, 12 digits; null while the source is flat and we are not: no ratio tells how far that is. */
  readonly driftRatio: Decimal | null
  readonly state: 'inStep' | 'drifting' | 'sourceIsFlat'
  /** To be logged and alerted. */
  readonly shouldAlert: boolean
  /** The order that would bring us to the target, on the lot; null where none is wanted, switched on, or large enough to be sent. */
  readonly adjustment: { readonly side: Side; readonly quantity: Decimal } | null
  /** One sentence for a person. */
  readonly text: string
}

/**
 * Compares a copy with its source (PFL-09). Pure: the copy bots ask for it every minute (`isCopySyncDue`), log and alert what it says, and
 * hand an adjustment to the order desk as an intent, so that it goes through the gate like any other.
 *
 * Drift is `|expected − target| / |target|`: beyond `alertRatio` it alerts, from `adjustRatio` on (a target of 100 with 90 held: buy 10) it
 * asks for an adjustment. A flat source is in step with a flat copy; any position of ours is then beyond every ratio and is to be closed.
 */
export function compareCopy(input: CopySyncInput, rules: CopySyncRules = DEFAULT_COPY_SYNC): CopySync {
  const expected = expectedOf(input.own)
  const target = multiply(expectedOf(input.source), input.copyRatio)
  const difference = subtract(target, expected)
  const figures = { target, expected, difference }
  if (isZero(target)) return isZero(expected) ? inStep(figures, ZERO) : ofFlatSource(input, figures, rules)
  const [off, size] = [absolute(difference), absolute(target)]
  const driftRatio = divide(off, size, 12)
  if (!isGreater(off, multiply(size, rules.alertRatio))) return inStep(figures, driftRatio)
  const adjustment = isLess(off, multiply(size, rules.adjustRatio)) ? null : adjustmentOf(input, difference, rules)
  const text = `the copy holds ${expected} of ${target}, ${percentOf(driftRatio)} % off${adjustmentText(adjustment)}`
  return { ...figures, driftRatio, state: 'drifting', shouldAlert: true, adjustment, text }
}

type Figures = Pick<CopySync, 'target' | 'expected' | 'difference'>

function inStep(figures: Figures, driftRatio: Decimal): CopySync {
  const text = `the copy holds ${figures.expected} of ${figures.target}`
  return { ...figures, driftRatio, state: 'inStep', shouldAlert: false, adjustment: null, text }
}

function ofFlatSource(input: CopySyncInput, figures: Figures, rules: CopySyncRules): CopySync {
  const adjustment = adjustmentOf(input, figures.difference, rules)
  const text = `the source is flat, and the copy holds ${figures.expected}${adjustmentText(adjustment)}`
  return { ...figures, driftRatio: null, state: 'sourceIsFlat', shouldAlert: true, adjustment, text }
}

/** Down to the lot: an adjustment never overshoots its target. */
function adjustmentOf({ instrument }: CopySyncInput, difference: Decimal, { adjusts }: CopySyncRules): CopySync['adjustment'] {
  const quantity = roundToStep(absolute(difference), instrument.lotSize, 'down')
  if (!adjusts || isZero(quantity) || isLess(quantity, instrument.quantityMin)) return null
  return { side: isNegative(difference) ? 'sell' : 'buy', quantity }
}

function expectedOf({ position, openOrders }: CopySyncInput['own']): Decimal {
  return add(position, sum(openOrders.map(({ side, leavesQuantity }) => (side === 'buy' ? leavesQuantity : negate(leavesQuantity)))))
}

function adjustmentText(adjustment: CopySync['adjustment']): string {
  return adjustment === null ? '' : `; to ${adjustment.side} ${adjustment.quantity}`
}

function percentOf(ratio: Decimal): Decimal {
  return divide(multiply(ratio, '100' as Decimal), ONE, 2)
}

/** Running figures of one copy's comparisons (PFL-09): `drift_percentage` and `sync_frequency`. Plain JSON. */
export type CopySyncStats = {
  readonly checks: number
  readonly drifts: number
  readonly adjustments: number
  readonly firstAtMs: number
  readonly lastAtMs: number
  /** Of the last comparison; null while the source is flat and we are not. */
  readonly driftRatio: Decimal | null
  /** The largest that had a ratio. */
  readonly driftRatioMax: Decimal
}

export const NO_COPY_SYNC: CopySyncStats = Object.freeze({
  checks: 0,
  drifts: 0,
  adjustments: 0,
  firstAtMs: 0,
  lastAtMs: 0,
  driftRatio: ZERO,
  driftRatioMax: ZERO,
})

/** Returns the figures after one more comparison. */
export function noteCopySync(stats: CopySyncStats, { driftRatio, shouldAlert, adjustment }: CopySync, atMs: number): CopySyncStats {
  const isLarger = driftRatio !== null && isGreater(driftRatio, stats.driftRatioMax)
  return {
    checks: stats.checks + 1,
    drifts: stats.drifts + (shouldAlert ? 1 : 0),
    adjustments: stats.adjustments + (adjustment === null ? 0 : 1),
    firstAtMs: stats.checks === 0 ? atMs : stats.firstAtMs,
    lastAtMs: Math.max(stats.lastAtMs, atMs),
    driftRatio,
    driftRatioMax: isLarger ? driftRatio : stats.driftRatioMax,
  }
}

/** The two metrics of copy sync. */
export interface CopySyncMetrics {
  /** Drift of the last comparison in percent of the target; null while the source is flat and we are not. */
  readonly driftPercentage: Decimal | null
  /** Comparisons an hour, over the time between the first and the last; null before the second. */
  readonly syncFrequency: number | null
}

/** Returns the metrics as they stand. */
export function copySyncMetrics({ checks, firstAtMs, lastAtMs, driftRatio }: CopySyncStats): CopySyncMetrics {
  const spanMs = lastAtMs - firstAtMs
  return {
    driftPercentage: driftRatio === null ? null : percentOf(driftRatio),
    syncFrequency: checks < 2 || spanMs <= 0 ? null : ((checks - 1) * 3_600_000) / spanMs,
  }
}

/** True when a comparison is due: every `everyMs`, the first at once. */
export function isCopySyncDue({ checks, lastAtMs }: CopySyncStats, nowMs: number, everyMs = COPY_SYNC_EVERY_MS): boolean {
  return checks === 0 || nowMs - lastAtMs >= everyMs || nowMs < lastAtMs
}

/** True for rules that make sense together: both positive, and no adjustment before its alert. */
export function areCopySyncRules({ alertRatio, adjustRatio }: CopySyncRules): boolean {
  return isPositive(alertRatio) && !isLess(adjustRatio, alertRatio)
}
