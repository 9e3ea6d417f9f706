import {
  add,
  type Decimal,
  divide,
  isGreater,
  isLess,
  isPositive,
  isZero,
  maximum,
  multiply,
  roundToScale,
  roundToStep,
  subtract,
  ZERO,
} from '#domain/decimal'
import type { CapType } from '#domain/verdict'
import { blocked, type CheckResult, type Judgement, passedWith, type Size, sizeOf } from '../judgement'
import type { CheckName } from '../check-names'
import { EXPOSURE_SCALE } from '../worst-case'

/** An amount cap: what stands against it before this order, and the limit, both in account currency. */
export interface Cap {
  readonly check: CheckName
  readonly capType: CapType
  readonly current: Decimal
  /** What of `current` is filled; the rest is in working orders at worst. */
  readonly held: Decimal
  readonly limit: Decimal
  /** For the message: `exposure to BTC`. */
  readonly what: string
  /** What the cap counts of the order: its worst-case notional, or what it loses at its stop. */
  readonly counts?: 'notional' | 'risk'
}

/**
 * Judges the adding part of an order against an amount cap. What only reduces passes whatever the cap says. Where config allows, an order
 * that fits in part is cut down to the lot, unless what is left would be too small to send.
 */
export function judgeCap(judgement: Judgement, size: Size, cap: Cap): CheckResult {
  const { check, capType, current, limit } = cap
  const isRisk = cap.counts === 'risk'
  if (!adds(judgement, size, isRisk) || isZero(size.adding)) return passedWith(check, capType, { current, proposed: current, limit })
  const proposed = add(current, isRisk ? size.risk : size.notional)
  const figures = { current, proposed, limit }
  if (!isGreater(proposed, limit)) return passedWith(check, capType, figures)
  const over = `${cap.what} would be ${proposed}, above the limit of ${limit}`
  if (judgement.limits.capAction === 'block' || judgement.isAmend) return blocked(check, capType, figures, over)
  const quantityMax = fittingQuantity(judgement, size, isRisk ? judgement.stop.perUnit : judgement.unit.notional, subtract(limit, current))
  if (!isPositive(quantityMax)) return blocked(check, capType, figures, `${over}; nothing of the order fits`)
  const lack = isGreater(quantityMax, size.reducing) ? lackOf(judgement, quantityMax) : null
  if (lack !== null) return blocked(check, capType, figures, `${over}; what fits, ${quantityMax}, is ${lack}`)
  const message = `${over}; cut from ${size.quantity} to ${quantityMax}`
  return { figure: { check, outcome: 'downsize', capType, current, proposed, limit, message }, quantityMax }
}

/** An amend that costs no more may still lose more, where its stop is farther away. */
function adds({ addsRisk, isAmend, own }: Judgement, size: Size, isRisk: boolean): boolean {
  return isRisk && isAmend && own !== null ? isGreater(size.risk, own.risk) : addsRisk
}

/** How much of the order fits into the headroom, on the lot. All roundings go down, the worst case alone goes up: what fits stays within. */
function fittingQuantity({ view }: Judgement, size: Size, perUnit: Decimal, headroom: Decimal): Decimal {
  if (!isPositive(perUnit)) return ZERO // a price of zero or less, which instrument_rules refuses
  const room = roundToScale(maximum(headroom, ZERO), EXPOSURE_SCALE, 'down')
  return roundToStep(add(size.reducing, divide(room, perUnit, 18, 'down')), view.instrument.lotSize, 'down')
}

/** Why `quantity` is too small to send, or null. A small account whose percent caps lie under the least order reads it here. */
function lackOf(judgement: Judgement, quantity: Decimal): string | null {
  const { instrument, quoteRate } = judgement.view
  if (isLess(quantity, instrument.quantityMin)) return `below the venue's least quantity of ${instrument.quantityMin}`
  const { netValue } = sizeOf(judgement, quantity)
  if (isLess(netValue, instrument.notionalMin)) {
    return `worth ${netValue} after fees, below the venue's least notional of ${instrument.notionalMin}`
  }
  const least = judgement.limits.orderNotionalMin
  const netOfAccount = multiply(netValue, quoteRate)
  return isLess(netOfAccount, least) ? `worth ${netOfAccount} after fees, below the least order of ${least}` : null
}
