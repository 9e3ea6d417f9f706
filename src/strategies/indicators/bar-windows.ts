import { InvariantError } from '#domain/errors'
import type { BarsView } from '../types'

/*
 * Indicators over a window of closed bars. Each reads exactly the bars it names and carries nothing from one decision to the next, so
 * that a bot just restarted and one that ran for a year compute the same double (a running sum would drift with its age).
 * `end` is exclusive: `count` for the newest bar.
 */

function assertWindow(bars: BarsView, end: number, needed: number, what: string): void {
  if (!Number.isSafeInteger(needed) || needed < 1) throw new InvariantError(`${what}: a window of ${needed} bars is not one`)
  if (end > bars.count || end < needed) throw new InvariantError(`${what}: needs ${needed} bars before ${end}, has ${bars.count}`)
}

/**
 * Returns the simple moving average of the last `period` closes before `end`.
 * @throws {InvariantError} when there are fewer bars.
 */
export function sma(bars: BarsView, period: number, end: number): number {
  assertWindow(bars, end, period, 'sma')
  let total = 0
  for (let index = end - period; index < end; index++) total += bars.close(index)
  return total / period
}

/**
 * Returns the exponential moving average of the closes of the last `span` bars before `end`, seeded by the first of them, with
 * α = 2 / (period + 1). The seed weighs (1 − α)^(span − 1): with a span of {@link emaSpan} less than 0.05 %.
 * @throws {InvariantError} when there are fewer bars.
 */
export function ema(bars: BarsView, period: number, span: number, end: number): number {
  assertWindow(bars, end, span, 'ema')
  const alpha = 2 / (period + 1)
  let average = bars.close(end - span)
  for (let index = end - span + 1; index < end; index++) average += alpha * (bars.close(index) - average)
  return average
}

/** Returns the count of bars after which the seed of an exponential average of `period` no longer matters: four periods. */
export function emaSpan(period: number): number {
  return 4 * period
}

/** Returns the true range of a bar: the largest of high − low and the distances of high and low from the close before. */
export function trueRange(bars: BarsView, index: number): number {
  return rangeFrom(bars.close(index - 1), bars.high(index), bars.low(index))
}

/** The span of high, low and the close before: the same as the largest of the three distances, since high ≥ low. */
function rangeFrom(before: number, high: number, low: number): number {
  return Math.max(high, before) - Math.min(low, before)
}

/**
 * Returns Wilder's average true range over the last `span` bars before `end`: the mean of the first `period` true ranges, then
 * `(previous × (period − 1) + range) / period`. The first bar of the span only gives its close, so `span − 1` ranges count.
 * @see J. Welles Wilder, New Concepts in Technical Trading Systems, 1978, chapter 3.
 * @throws {InvariantError} when there are fewer bars, or the span is not longer than the period.
 */
export function atr(bars: BarsView, period: number, span: number, end: number): number {
  assertWindow(bars, end, span, 'atr')
  assertWindow(bars, end, period, 'atr')
  if (span <= period) throw new InvariantError(`atr: a span of ${span} bars has no ${period} true ranges`)
  const first = end - span + 1
  let average = 0
  let before = bars.close(first - 1)
  for (let index = first; index < end; index++) {
    const range = rangeFrom(before, bars.high(index), bars.low(index))
    before = bars.close(index)
    if (index < first + period) average += range / period
    else average += (range - average) / period
  }
  return average
}

/** Returns the count of bars after which the seed of Wilder's average of `period` no longer matters (it weighs less than 2 %): five periods. */
export function atrSpan(period: number): number {
  return 5 * period
}
