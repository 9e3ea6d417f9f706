import { type Decimal, decimalFromNumber, isNegative, isPositive, negate } from '#domain/decimal'
import { type IntentId, intentId, type StrategyId } from '#domain/ids'
import type { Intent, IntentTarget } from '#domain/intent'
import { atr } from './indicators/bar-windows'
import type { BarsView, StrategyContext } from './types'

/** Which way a position or a signal points. */
export type Direction = 'long' | 'short' | 'flat'

/**
 * Returns the id of what is decided on this bar: bot, instrument, timeframe and close time and nothing else, so that the decision
 * taken again after a crash has the same id.
 */
function intentIdOf(context: StrategyContext): IntentId {
  return intentId(`${context.botId}:${context.instrumentId}:${context.timeframe}:${context.nowMs}`)
}

/** Returns which way the bot is positioned. */
export function heldDirection(context: StrategyContext): Direction {
  const { netQuantity } = context.position
  if (isPositive(netQuantity)) return 'long'
  return isNegative(netQuantity) ? 'short' : 'flat'
}

/**
 * Returns the count of bars that had closed at `nowMs`, or before it with `isStrict`. Whatever came later is not seen, even if the
 * view already holds it.
 */
export function closedCount(bars: BarsView, nowMs: number, isStrict: boolean): number {
  let count = bars.count
  while (count > 0) {
    const closeAtMs = bars.closeAtMs(count - 1)
    if (isStrict ? closeAtMs < nowMs : closeAtMs <= nowMs) break
    count--
  }
  return count
}

/**
 * Returns the mean true range of the last `period` bars that had closed at `nowMs`, quote per base; null while there are too few. It does
 * not depend on where anybody began to hear.
 */
export function rangeOf(bars: BarsView, period: number, nowMs: number): number | null {
  const end = closedCount(bars, nowMs, false)
  return end > period ? atr(bars, period, period + 1, end) : null
}

/** Returns a price computed from indicators as a decimal of ten significant digits; null unless it is finite and positive. */
export function indicativePrice(value: number): Decimal | null {
  return Number.isFinite(value) && value > 0 ? decimalFromNumber(Number(value.toPrecision(10)), 18) : null
}

/** The part of an intent that every decision fills alike. */
export function intentBase(context: StrategyContext): Pick<Intent, 'intentId' | 'botId' | 'instrumentId' | 'timeframe' | 'decidedOnMs'> {
  return {
    intentId: intentIdOf(context),
    botId: context.botId,
    instrumentId: context.instrumentId,
    timeframe: context.timeframe,
    decidedOnMs: context.nowMs,
  }
}

/** What a strategy without anything to say returns: one list for all, so that a quiet bar allocates nothing. */
export const NO_INTENTS: readonly Intent[] = Object.freeze([])

/**
 * Returns the wish for a full position without stop or target, with full conviction.
 * @param quantity its magnitude in base; null leaves it to risk.
 * @param metadata figures that explain it.
 */
export function enter(
  context: StrategyContext,
  strategyId: StrategyId,
  direction: 'long' | 'short',
  quantity: Decimal | null,
  metadata: Intent['metadata'],
): readonly Intent[] {
  const target: IntentTarget =
    quantity === null ? { kind: 'risk', direction } : { kind: 'quantity', quantity: direction === 'long' ? quantity : negate(quantity) }
  return [{ ...intentBase(context), strategyId, kind: 'enter', target, ...PLAIN, metadata }]
}

/** Returns the wish to be flat. */
export function leave(context: StrategyContext, strategyId: StrategyId, metadata: Intent['metadata']): readonly Intent[] {
  return [{ ...intentBase(context), strategyId, kind: 'exit', target: { kind: 'flat' }, ...PLAIN, metadata }]
}

const PLAIN = { stopPrice: null, takeProfitPrice: null, conviction: 1, routing: null } as const
