import { type Decimal, divide, isNegative, isPositive, isZero, negate, roundToStep, ZERO } from '#domain/decimal'
import type { Instrument } from '#domain/instrument'
import type { SizingConfig } from './types'

/**
 * Returns how much base a notional pays for, fee included, down to the lot; zero when the price is not positive (EXE-05).
 * @param notional quote, not negative.
 * @param unitCost quote per base at worst, fee included.
 */
export function quantityForNotional(notional: Decimal, unitCost: Decimal, instrument: Instrument): Decimal {
  if (!isPositive(unitCost) || isZero(notional)) return ZERO
  return roundToStep(divide(notional, unitCost, 18, 'down'), instrument.lotSize, 'down')
}

/** Returns the signed quantity of a signed notional. */
export function signedQuantityFor(notional: Decimal, unitCost: Decimal, instrument: Instrument): Decimal {
  if (!isNegative(notional)) return quantityForNotional(notional, unitCost, instrument)
  return negate(quantityForNotional(negate(notional), unitCost, instrument))
}

/**
 * Returns the magnitude of a `risk` target in base, down to the lot. Each method of `SizingConfig` has its case.
 * @param unitCost worked out where the method needs it.
 */
export function sizeRisk(sizing: SizingConfig, unitCost: () => Decimal, instrument: Instrument): Decimal {
  switch (sizing.method) {
    case 'fixed':
      return quantityForNotional(sizing.orderNotional, unitCost(), instrument)
    case 'quantity':
      return roundToStep(sizing.quantity, instrument.lotSize, 'down')
  }
}
