import {
  add,
  type Decimal,
  decimalFromNumber,
  divide,
  isNegative,
  isPositive,
  isZero,
  minimum,
  multiply,
  negate,
  ONE,
  roundToStep,
  subtract,
  ZERO,
} from '#domain/decimal'
import type { Instrument } from '#domain/instrument'
import type { Intent } from '#domain/intent'
import { kellyStake } from './kelly'
import type { KellyFraction, SizingBase, SizingConfig, SizingMeans } from './sizing-config'
import { stopLossOf } from './stop-risk'
import type { PricedOrder, UnitCost } from './worst-case'

/** A size, or why there is none. */
export type Sized =
  | { readonly kind: 'sized'; readonly quantity: Decimal }
  | { readonly kind: 'unsized'; readonly reason: 'no_edge' | 'unsized'; readonly text: string }

/** An entry as it would be worked: its order's prices, and what a unit of it costs in quote currency. */
export interface Entry {
  readonly order: PricedOrder
  readonly unit: UnitCost
  /** What a market order may slip, basis points. */
  readonly bufferBps: Decimal
}

/** What a size follows from. */
export interface SizingRequest {
  readonly intent: Pick<Intent, 'stopPrice' | 'grounds' | 'averageTrueRange'>
  readonly instrument: Instrument
  readonly means: SizingMeans
  /** Worked out where the method needs it. */
  entry(): Entry
}

const KELLY_RATIOS: Readonly<Record<KellyFraction, Decimal>> = {
  half: '0.5' as Decimal,
  quarter: '0.25' as Decimal,
  fifth: '0.2' as Decimal,
}
/** Digits of a stake; more than any edge is known to. */
const STAKE_SCALE = 6
/** Digits of a price made of indicators. */
const RANGE_SCALE = 12

/**
 * Returns how much base a notional pays for, fee included, down to the lot; zero when the price is not positive (EXE-05).
 * @param notional quote, not negative.
 * @param unitCost quote per base at worst, fee included.
 */
function quantityForNotional(notional: Decimal, unitCost: Decimal, instrument: Instrument): Decimal {
  if (!isPositive(unitCost) || isZero(notional)) return ZERO
  return roundToStep(divide(notional, unitCost, 18, 'down'), instrument.lotSize, 'down')
}

/** Returns the signed quantity of a signed notional. */
export function signedQuantityFor(notional: Decimal, unitCost: Decimal, instrument: Instrument): Decimal {
  if (!isNegative(notional)) return quantityForNotional(notional, unitCost, instrument)
  return negate(quantityForNotional(negate(notional), unitCost, instrument))
}

/** Returns what every size is multiplied with. */
export function scaleOfSizes(sizing: SizingConfig, { scale }: SizingMeans): Decimal {
  return multiply(scale, sizing.scale)
}

/** Returns the magnitude of a `risk` target in base, scaled and down to the lot. Each method of `SizingConfig` has its case. */
export function sizeRisk(sizing: SizingConfig, request: SizingRequest): Sized {
  const whole = wholeSizeOf(sizing, request)
  const scale = scaleOfSizes(sizing, request.means)
  if (whole.kind === 'unsized' || scale === ONE) return whole
  return sized(roundToStep(multiply(whole.quantity, scale), request.instrument.lotSize, 'down'))
}

function wholeSizeOf(sizing: SizingConfig, request: SizingRequest): Sized {
  const { instrument, means, intent } = request
  const ofNotional = (notional: Decimal) => sized(quantityForNotional(notional, request.entry().unit.notional, instrument))
  switch (sizing.method) {
    case 'fixed':
      return ofNotional(sizing.orderNotional)
    case 'quantity':
      return sized(roundToStep(sizing.quantity, instrument.lotSize, 'down'))
    case 'atr':
      return sizeByStop(multiply(means.equity, sizing.riskRatio), sizing.atrMultiple, request)
    case 'proportional':
    case 'cappedProportional': {
      const base = baseOf(sizing.of, request)
      if (base === null) return unsized('unsized', 'its size is a part of the copied trade, of which the intent states no notional')
      const notional = multiply(base, sizing.ratio)
      return ofNotional(sizing.method === 'proportional' ? notional : minimum(notional, sizing.cap))
    }
    case 'kelly': {
      const edge = intent.grounds?.edge ?? null
      if (edge === null) return unsized('unsized', 'its size follows from its edge, of which the intent states none')
      const stake = decimalFromNumber(kellyStake(edge), STAKE_SCALE)
      if (isZero(stake)) return unsized('no_edge', `a chance of ${edge.winProbability} at ${edge.payoffRatio} to 1 has no edge`)
      return ofNotional(multiply(means.capital, multiply(stake, KELLY_RATIOS[sizing.fraction])))
    }
  }
}

/** As much as loses `amount` between entry and stop; the stop is the intent's, else so many average true ranges away. */
function sizeByStop(amount: Decimal, atrMultiple: Decimal, { intent, instrument, entry }: SizingRequest): Sized {
  const { order, unit, bufferBps } = entry()
  const lossAt = (stopPrice: Decimal) =>
    stopLossOf(order, stopPrice, unit, instrument, ONE, { marketOrderBufferBps: bufferBps, stopDistanceRatioDefault: ONE })
  const own = intent.stopPrice === null ? null : lossAt(intent.stopPrice)
  if (own?.isContrary === true) return unsized('unsized', `its stop at ${intent.stopPrice} is on the wrong side of the price`)
  if (own !== null) return sized(quantityForNotional(amount, own.perUnit, instrument))
  const range = intent.averageTrueRange ?? Number.NaN
  if (!(range > 0)) return unsized('unsized', 'its size follows from a stop, and there is neither one nor a range of bars')
  const distance = multiply(decimalFromNumber(range, RANGE_SCALE), atrMultiple)
  const price = order.limitPrice ?? order.referencePrice
  const stopPrice = order.side === 'buy' ? subtract(price, distance) : add(price, distance)
  // A stop at or below zero: all of it can be lost.
  const { perUnit } = lossAt(isPositive(stopPrice) ? stopPrice : ZERO)
  return sized(quantityForNotional(amount, perUnit, instrument))
}

function baseOf(of: SizingBase, { means, intent }: SizingRequest): Decimal | null {
  switch (of) {
    case 'capital':
      return means.capital
    case 'equity':
      return isPositive(means.equity) ? means.equity : ZERO
    case 'source':
      return intent.grounds?.sourceNotional ?? null
  }
}

function sized(quantity: Decimal): Sized {
  return { kind: 'sized', quantity }
}

function unsized(reason: 'no_edge' | 'unsized', text: string): Sized {
  return { kind: 'unsized', reason, text }
}
