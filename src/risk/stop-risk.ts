import { absolute, type Decimal, isLess, isNegative, isPositive, isZero, multiply, subtract, ZERO } from '#domain/decimal'
import type { Instrument } from '#domain/instrument'
import type { Side } from '#domain/order'
import { priceOff } from './price'
import { afterFee, type PricedOrder, type UnitCost, withFee, worstCostOf } from './worst-case'

/** What one unit of an order loses when it is filled at worst and closed at its stop. */
export interface StopLoss {
  /** Account currency per base, fees of both ways included. */
  readonly perUnit: Decimal
  /** True when the stop is not on the losing side of the price: the idea is wrong before it begins. */
  readonly isContrary: boolean
}

/** What is assumed where nobody states a stop. */
export interface StopTerms {
  readonly marketOrderBufferBps: Decimal
  /** Fraction of the notional. */
  readonly stopDistanceRatioDefault: Decimal
}

/** True when a stop is where a position that was entered by `side` at `price` would lose. */
export function isBeyond(side: Side, price: Decimal, stopPrice: Decimal): boolean {
  return side === 'buy' ? isLess(stopPrice, price) : isLess(price, stopPrice)
}

/**
 * Returns what one unit entered at `price` loses at `stopPrice`, quote per base, fees of both ways included (RSK-04). The exit pays the
 * highest fee: a stop takes what is there.
 */
export function lossToStop(side: Side, price: Decimal, stopPrice: Decimal, instrument: Instrument, postOnly: boolean): Decimal {
  const loss =
    side === 'buy'
      ? subtract(withFee(price, instrument, postOnly), afterFee(stopPrice, instrument, false))
      : subtract(withFee(stopPrice, instrument, false), afterFee(price, instrument, postOnly))
  return isNegative(loss) ? ZERO : loss
}

/** Returns what a unit of an order can lose; without a stop, or with one on the wrong side, the assumed part of its notional. */
export function stopLossOf(
  order: PricedOrder,
  stopPrice: Decimal | null,
  unit: UnitCost,
  instrument: Instrument,
  quoteRate: Decimal,
  { marketOrderBufferBps, stopDistanceRatioDefault }: StopTerms,
): StopLoss {
  const assumed = () => multiply(unit.notional, stopDistanceRatioDefault)
  if (stopPrice === null) return { perUnit: assumed(), isContrary: false }
  // A buy's worst price is the one that exposure counts by; a sell's is the lowest that it may be sold at.
  const price = order.side === 'buy' ? unit.price : (order.limitPrice ?? priceOff(order.referencePrice, marketOrderBufferBps, 'down'))
  if (!isBeyond(order.side, price, stopPrice)) return { perUnit: assumed(), isContrary: true }
  return { perUnit: multiply(lossToStop(order.side, price, stopPrice, instrument, order.postOnly), quoteRate), isContrary: false }
}

/**
 * Returns what a position would lose from its mark to its stop, account currency, out by the highest fee; null where it states none: no
 * stop, no mark, or a mark beyond the stop. Then the assumed part of its worth is at risk.
 * @param netQuantity signed, base.
 * @param mark quote per base; null where there is none.
 */
export function statedRisk(
  netQuantity: Decimal,
  mark: Decimal | null,
  stopPrice: Decimal | null,
  instrument: Instrument,
  quoteRate: Decimal,
): Decimal | null {
  if (isZero(netQuantity)) return ZERO
  const side: Side = isPositive(netQuantity) ? 'buy' : 'sell'
  if (mark === null || stopPrice === null || !isBeyond(side, mark, stopPrice)) return null
  const exit = side === 'buy' ? afterFee(stopPrice, instrument, false) : withFee(stopPrice, instrument, false)
  const perUnit = side === 'buy' ? subtract(mark, exit) : subtract(exit, mark)
  return worstCostOf(absolute(netQuantity), multiply(perUnit, quoteRate))
}
