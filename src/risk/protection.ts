import {
  absolute,
  add,
  type Decimal,
  isGreater,
  isLess,
  isNegative,
  isZero,
  maximum,
  minimum,
  multiply,
  ONE,
  roundToStep,
  subtract,
} from '#domain/decimal'
import type { Instrument } from '#domain/instrument'
import { priceOff } from './price'
import type { GateQuote } from './types'

/** What a protective exit answers to. */
export type ProtectionKind = 'stop' | 'trailing' | 'target'

/** How the positions of a bot are protected where its strategy states nothing, and how an exit is worked (EXE-13). */
export interface ProtectionConfig {
  /** Shares of the entry price: 0.05 is 5 %. Null leaves that kind to what the strategy states. */
  readonly stopLossRatio: Decimal | null
  readonly takeProfitRatio: Decimal | null
  /** Share of the best price since the position is held. */
  readonly trailingRatio: Decimal | null
  /** How far beyond the mid the first exit order may sell or buy, basis points; it doubles with each step. */
  readonly collarBps: Decimal
  /** How long an order of a step may stay unfilled before the next step, ms. */
  readonly escalateAfterMs: number
  /** Pause before a step that could not be carried out is tried again, ms. */
  readonly retryMs: number
  /** Where the venue has stops of its own, one rests there while the position is held. */
  readonly native: boolean
}

/** Nothing but what strategies state; 25 bps, 5 s a step; a stop at the venue that has them. */
export const DEFAULT_PROTECTION: ProtectionConfig = Object.freeze({
  stopLossRatio: null,
  takeProfitRatio: null,
  trailingRatio: null,
  collarBps: '25' as Decimal,
  escalateAfterMs: 5_000,
  retryMs: 250,
  native: true,
})

/** What the intent behind a position stated. */
export type StatedLevels = {
  readonly stopPrice: Decimal | null
  readonly takeProfitPrice: Decimal | null
  readonly trailingRatio: Decimal | null
}

export const NOTHING_STATED: StatedLevels = Object.freeze({ stopPrice: null, takeProfitPrice: null, trailingRatio: null })

/** Where a position is given up. Prices in quote per base, on the tick; at least one of stop, target and ratio is set. */
export type ProtectionLevels = {
  readonly stopPrice: Decimal | null
  readonly targetPrice: Decimal | null
  readonly trailingRatio: Decimal | null
}

/** Steps of an exit, each nearer to the market than the one before (PAIN-11). */
const EXIT_STEPS = ['limit', 'nearer', 'ioc', 'wideIoc', 'market'] as const
export type ExitStep = (typeof EXIT_STEPS)[number]
/** Number of the last step, which is repeated until the position is closed. */
export const LAST_STEP = EXIT_STEPS.length - 1

/** Returns the name of a step by its number; one beyond the last is the last. */
export function stepOf(number: number): ExitStep {
  return EXIT_STEPS[Math.min(number, LAST_STEP)] ?? 'market'
}

/** How a step is worked: as it says, or by an order that rests at the collar. */
export type ExitWork = ExitStep | 'resting'

/**
 * Returns how a step is worked in the present market. Where bid and ask are so far apart that the price which a market order would get is
 * further from the mid than the gate lets pass, an order that rests as near to it as may be works the position instead.
 * @param mid quote per base; null where there is none.
 */
export function workOf(
  step: ExitStep,
  netQuantity: Decimal,
  quote: Pick<GateQuote, 'bidPrice' | 'askPrice'> | null,
  mid: Decimal | null,
  deviationBpsMax: Decimal,
): ExitWork {
  if (step !== 'market' || quote === null || mid === null) return step
  const price = closingPrice(netQuantity, quote)
  const isTooFar = isNegative(netQuantity)
    ? isGreater(price, priceOff(mid, deviationBpsMax, 'up'))
    : isLess(price, priceOff(mid, deviationBpsMax, 'down'))
  return isTooFar ? 'resting' : step
}

/** Returns how far beyond the mid a step may trade, basis points: doubled with each step, never beyond what the gate lets pass. */
export function collarOf(step: number, collarBps: Decimal, deviationBpsMax: Decimal): Decimal {
  const widened = multiply(collarBps, String(2 ** Math.min(step, LAST_STEP)) as Decimal)
  return minimum(widened, deviationBpsMax)
}

/**
 * Returns where a position is given up: as its intent stated, and by the bot's ratios of the entry price where that stated nothing. Null where
 * there is nothing to protect it with.
 * @param netQuantity signed, base, not zero.
 */
export function levelsOf(
  netQuantity: Decimal,
  entryPrice: Decimal | null,
  stated: StatedLevels,
  config: ProtectionConfig,
  { tickSize }: Pick<Instrument, 'tickSize'>,
): ProtectionLevels | null {
  const isLong = !isNegative(netQuantity)
  const away = (ratio: Decimal | null, isBelow: boolean): Decimal | null => {
    if (ratio === null || entryPrice === null) return null
    return onTick(multiply(entryPrice, isBelow ? subtract(ONE, ratio) : add(ONE, ratio)), tickSize, isLong)
  }
  const stopPrice = stated.stopPrice ?? away(config.stopLossRatio, isLong)
  const targetPrice = stated.takeProfitPrice ?? away(config.takeProfitRatio, !isLong)
  const trailingRatio = stated.trailingRatio ?? config.trailingRatio
  return stopPrice === null && targetPrice === null && trailingRatio === null ? null : { stopPrice, targetPrice, trailingRatio }
}

/** Returns the price at which a position would be closed now: the bid of a long one, the ask of a short one. */
export function closingPrice(netQuantity: Decimal, quote: Pick<GateQuote, 'bidPrice' | 'askPrice'>): Decimal {
  return isNegative(netQuantity) ? quote.askPrice : quote.bidPrice
}

/** Returns the better of the best price so far and this one. */
export function bestOf(netQuantity: Decimal, best: Decimal | null, price: Decimal): Decimal {
  if (best === null) return price
  return isNegative(netQuantity) ? minimum(best, price) : maximum(best, price)
}

/** Returns where a trailing stop stands for the best price so far; null without one. */
export function trailOf(netQuantity: Decimal, levels: ProtectionLevels, best: Decimal | null, tickSize: Decimal): Decimal | null {
  if (levels.trailingRatio === null || best === null) return null
  const isLong = !isNegative(netQuantity)
  return onTick(multiply(best, isLong ? subtract(ONE, levels.trailingRatio) : add(ONE, levels.trailingRatio)), tickSize, isLong)
}

/** What a price has set off. */
export interface ProtectionHit {
  readonly kind: ProtectionKind
  /** The trigger that was reached, and the price that reached it. */
  readonly triggerPrice: Decimal
  readonly price: Decimal
}

/** Returns what the price at which a position would be closed sets off; null for nothing. A loss comes before a gain. */
export function hitOf(netQuantity: Decimal, levels: ProtectionLevels, trail: Decimal | null, price: Decimal): ProtectionHit | null {
  const isLong = !isNegative(netQuantity)
  const isLost = (trigger: Decimal | null): trigger is Decimal =>
    trigger !== null && (isLong ? !isGreater(price, trigger) : !isLess(price, trigger))
  const isWon = (trigger: Decimal | null): trigger is Decimal =>
    trigger !== null && (isLong ? !isLess(price, trigger) : !isGreater(price, trigger))
  if (isLost(levels.stopPrice)) return { kind: 'stop', triggerPrice: levels.stopPrice, price }
  if (isLost(trail)) return { kind: 'trailing', triggerPrice: trail, price }
  if (isWon(levels.targetPrice)) return { kind: 'target', triggerPrice: levels.targetPrice, price }
  return null
}

/** True where the last trade has reached the trigger as well, from the side that the closing price has. */
export function isTradedBeyond({ triggerPrice, price }: ProtectionHit, lastPrice: Decimal | null): boolean {
  if (lastPrice === null) return false
  return isLess(price, triggerPrice) ? !isGreater(lastPrice, triggerPrice) : !isLess(lastPrice, triggerPrice)
}

/** True for a position that an order of the venue can close: neither flat nor less than its minimums. */
export function isClosable(netQuantity: Decimal, price: Decimal, { lotSize, quantityMin, notionalMin }: Instrument): boolean {
  const quantity = roundToStep(absolute(netQuantity), lotSize, 'down')
  return !isZero(quantity) && !isLess(quantity, quantityMin) && !isLess(multiply(quantity, price), notionalMin)
}

/** A stop as it should rest at the venue. */
export interface RestingStop {
  /** Base, positive, on the lot. */
  readonly quantity: Decimal
  readonly triggerPrice: Decimal
  /** How far its trigger may lie from that before it is moved: nothing for a fixed one, a twentieth of its distance for one that trails. */
  readonly slack: Decimal
}

/** A trailing stop is moved, at the venue and in the journal, once it has moved by this share of its distance. */
const TRAIL_STEPS = '0.05' as Decimal

/** Returns by how much the best price moves before that is journaled, quote per base. */
export function trailStepOf(best: Decimal, trailingRatio: Decimal): Decimal {
  return multiply(multiply(best, trailingRatio), TRAIL_STEPS)
}

/**
 * Returns the stop that should rest at the venue for what is held: of stop and trailing stop the nearer. Null for a short position, which the
 * venues with stops do not have, and where only a target is held.
 */
export function restingStopOf(
  netQuantity: Decimal,
  levels: ProtectionLevels,
  best: Decimal | null,
  { tickSize, lotSize }: Pick<Instrument, 'tickSize' | 'lotSize'>,
): RestingStop | null {
  const quantity = roundToStep(netQuantity, lotSize, 'down')
  if (isNegative(netQuantity) || isZero(quantity)) return null
  const trail = trailOf(netQuantity, levels, best, tickSize)
  const { stopPrice, trailingRatio } = levels
  if (trail !== null && best !== null && trailingRatio !== null && (stopPrice === null || isGreater(trail, stopPrice)))
    return {
      quantity,
      triggerPrice: trail,
      slack: maximum(tickSize, subtract(multiply(trailStepOf(best, trailingRatio), subtract(ONE, trailingRatio)), tickSize)),
    }
  return stopPrice === null ? null : { quantity, triggerPrice: roundToStep(stopPrice, tickSize, 'ceil'), slack: tickSize }
}

/** Rounds a trigger to the tick toward what the position gains by: a stop acts a tick early rather than late. */
function onTick(price: Decimal, tickSize: Decimal, isLong: boolean): Decimal {
  return roundToStep(price, tickSize, isLong ? 'ceil' : 'floor')
}
