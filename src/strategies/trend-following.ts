import { z } from 'zod'
import { mustExist } from '#domain/errors'
import { strategyId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import { TIMEFRAME_MS, type Timeframe } from '#domain/time'
import { closedCount, type Direction, heldDirection, indicativePrice, intentBase } from './decision'
import { atr, atrSpan, ema, emaSpan, sma } from './indicators/bar-windows'
import { timeframeParameter } from './parameters'
import { type BarsView, NO_STUDY, type Strategy, type StrategyContext, type WarmUp } from './types'

/** Parameters of `trend-following` with their defaults (STR-07). Periods are counts of bars. */
const parameters = z
  .strictObject({
    /** All must agree. The shortest decides, at each of its closes. */
    timeframes: z.array(timeframeParameter).min(1).max(3).default(['1h', '4h']),
    fastPeriod: z.int().min(1).max(500).default(20),
    slowPeriod: z.int().min(2).max(1000).default(50),
    average: z.enum(['simple', 'exponential']).default('simple'),
    /** Entries are not proposed while the bot is in this many instruments. */
    maxPositions: z.int().min(1).max(100).default(6),
    /** Least confidence of an entry, see `confidenceOf`; exits need none. 0 enters on any difference of the averages. */
    minConfidence: z.number().min(0).max(1).default(0.6),
    /** Distance of the target from the close, in distances of the stop. */
    rMultiple: z.number().positive().max(100).default(2),
    /** `atr`: `atrMultiple` average true ranges from the close. `swing`: the lowest low (highest high) of the last `swingBars` bars. */
    stop: z.enum(['atr', 'swing']).default('atr'),
    atrPeriod: z.int().min(1).max(200).default(14),
    atrMultiple: z.number().positive().max(50).default(2),
    swingBars: z.int().min(2).max(500).default(10),
  })
  .refine((values) => values.fastPeriod < values.slowPeriod, { path: ['fastPeriod'], message: 'must be below slowPeriod' })
  .refine((values) => new Set(values.timeframes).size === values.timeframes.length, { path: ['timeframes'], message: 'must not repeat' })

export type TrendFollowingParameters = z.output<typeof parameters>

/** What one timeframe says. */
interface Signal {
  readonly direction: Direction
  readonly fast: number
  readonly slow: number
  readonly range: number
  readonly confidence: number
}

/**
 * Trend following (STR-07): long while the fast average of closes is above the slow one on every timeframe, short (where the venue
 * lends; else flat) while it is below on every one, flat while they disagree. States a target on every close of the shortest
 * timeframe; `unchanged` while it is positioned that way already or may not enter.
 */
export const trendFollowing: Strategy<TrendFollowingParameters> = {
  strategyId: strategyId('trend-following'),
  title: 'Trend following: two moving averages',
  parameters,
  decidesOn: shortest,
  warmUpBars,
  study: () => NO_STUDY,
  decide,
}

function shortest(values: TrendFollowingParameters): Timeframe {
  return values.timeframes.reduce((a, b) => (TIMEFRAME_MS[b] < TIMEFRAME_MS[a] ? b : a))
}

function neededBars(values: TrendFollowingParameters): number {
  const averages = values.average === 'simple' ? values.slowPeriod : emaSpan(values.slowPeriod)
  return Math.max(averages, atrSpan(values.atrPeriod) + 1, values.swingBars)
}

function warmUpBars(values: TrendFollowingParameters): WarmUp {
  const decider = shortest(values)
  // One more of the longer ones: a bar of theirs that closes in this very moment is left out, see `signalOf`.
  return Object.fromEntries(values.timeframes.map((frame) => [frame, neededBars(values) + (frame === decider ? 0 : 1)]))
}

function decide(context: StrategyContext, values: TrendFollowingParameters): readonly Intent[] {
  const decider = shortest(values)
  const signals: Signal[] = []
  for (const frame of values.timeframes) {
    const signal = signalOf(context, values, frame, frame === decider)
    if (signal === null) return []
    signals.push(signal)
  }
  const own = mustExist(signals[values.timeframes.indexOf(decider)], 'trendFollowing: the deciding timeframe has no signal')
  const direction = signals.every((signal) => signal.direction === own.direction) ? own.direction : 'flat'
  return [intentFor(context, values, { ...own, direction, confidence: Math.min(...signals.map((signal) => signal.confidence)) })]
}

/**
 * Reads one timeframe; null while it is not warm. Of the longer timeframes a bar that closes together with the deciding one does not
 * count yet: which of the two comes first from the venue is chance, and a decision must not depend on it.
 */
function signalOf(context: StrategyContext, values: TrendFollowingParameters, frame: Timeframe, isDecider: boolean): Signal | null {
  const bars = context.bars[frame]
  if (bars === undefined) return null
  const end = closedCount(bars, context.nowMs, !isDecider)
  if (end < neededBars(values)) return null
  const fast = averageOf(bars, values, values.fastPeriod, end)
  const slow = averageOf(bars, values, values.slowPeriod, end)
  const range = atr(bars, values.atrPeriod, atrSpan(values.atrPeriod) + 1, end)
  const direction = fast > slow ? 'long' : fast < slow ? 'short' : 'flat'
  return { direction, fast, slow, range, confidence: confidenceOf(fast, slow, range) }
}

function averageOf(bars: BarsView, values: TrendFollowingParameters, period: number, end: number): number {
  return values.average === 'simple' ? sma(bars, period, end) : ema(bars, period, emaSpan(values.slowPeriod), end)
}

/** The confidence of a signal, 0 to 1: how far the averages are apart in average true ranges; 1 from one whole range on. */
function confidenceOf(fast: number, slow: number, range: number): number {
  return range > 0 ? Math.min(1, Math.abs(fast - slow) / range) : 0
}

function intentFor(context: StrategyContext, values: TrendFollowingParameters, signal: Signal): Intent {
  const held = heldDirection(context)
  const wanted = signal.direction === 'short' && !context.capabilities.shorts ? 'flat' : signal.direction
  if (wanted !== 'flat' && wanted !== held) {
    const refusal = entryRefusal(context, values, signal)
    const levels = refusal === null ? levelsOf(context, values, signal, wanted) : null
    if (levels !== null) {
      return {
        ...outline(context, signal, `${wanted}: averages crossed`),
        kind: 'enter',
        target: { kind: 'risk', direction: wanted },
        ...levels,
      }
    }
    if (held === 'flat') {
      return {
        ...outline(context, signal, refusal ?? 'no range to set a stop by'),
        kind: 'hold',
        target: { kind: 'unchanged' },
        ...NO_LEVELS,
      }
    }
  }
  if (wanted !== held)
    return { ...outline(context, signal, `${held} no longer holds`), kind: 'exit', target: { kind: 'flat' }, ...NO_LEVELS }
  return { ...outline(context, signal, `${held} stays`), kind: 'hold', target: { kind: 'unchanged' }, ...NO_LEVELS }
}

type Levels = Pick<Intent, 'stopPrice' | 'takeProfitPrice'>
const NO_LEVELS: Levels = { stopPrice: null, takeProfitPrice: null }

/** Says why no entry may be proposed; null when one may. A turn from long to short takes no further place. */
function entryRefusal(context: StrategyContext, values: TrendFollowingParameters, signal: Signal): string | null {
  if (signal.confidence < values.minConfidence) return `confidence below ${values.minConfidence}`
  if (heldDirection(context) === 'flat' && context.openPositions >= values.maxPositions)
    return `${context.openPositions} positions are open`
  return null
}

/** Returns stop and target; null when there is no positive stop at a distance from the close. The target is null where it would not be positive. */
function levelsOf(context: StrategyContext, values: TrendFollowingParameters, signal: Signal, wanted: 'long' | 'short'): Levels | null {
  const bars = mustExist(context.bars[shortest(values)], 'trendFollowing: no bars')
  const end = closedCount(bars, context.nowMs, false)
  const close = bars.close(end - 1)
  const sign = wanted === 'long' ? 1 : -1
  const distance = values.stop === 'atr' ? values.atrMultiple * signal.range : sign * (close - swing(bars, values.swingBars, end, wanted))
  const stopPrice = indicativePrice(close - sign * distance)
  if (distance <= 0 || stopPrice === null) return null
  return { stopPrice, takeProfitPrice: indicativePrice(close + sign * values.rMultiple * distance) }
}

function swing(bars: BarsView, count: number, end: number, wanted: 'long' | 'short'): number {
  let extreme = wanted === 'long' ? bars.low(end - 1) : bars.high(end - 1)
  for (let index = end - count; index < end - 1; index++) {
    extreme = wanted === 'long' ? Math.min(extreme, bars.low(index)) : Math.max(extreme, bars.high(index))
  }
  return extreme
}

function outline(
  context: StrategyContext,
  signal: Signal,
  reason: string,
): Omit<Intent, 'kind' | 'target' | 'stopPrice' | 'takeProfitPrice'> {
  return {
    ...intentBase(context),
    strategyId: trendFollowing.strategyId,
    conviction: signal.confidence,
    routing: null,
    metadata: { reason, fast: signal.fast, slow: signal.slow, averageTrueRange: signal.range },
  }
}
