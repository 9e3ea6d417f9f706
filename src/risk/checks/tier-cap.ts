import { add, isPositive, multiply, subtract, ZERO } from '#domain/decimal'
import { manualHeld, manualPart } from '../budget'
import { type HeldPosition, heldWhere } from '../held'
import { type CheckResult, type Judgement, type Size, withoutOwn } from '../judgement'
import { type Cap, judgeCap } from './cap'

/** Caps all instruments of the tier that the order's instrument is of, as a fraction of equity (MKT-01). */
export function tierCap(judgement: Judgement, size: Size): CheckResult | null {
  const cap = capOfTier(judgement)
  return cap === null ? null : judgeCap(judgement, size, cap)
}

/** Null for an instrument of no tier, and for a tier without a cap. */
export function capOfTier(judgement: Judgement): Cap | null {
  const { limits, view, book, own } = judgement
  const { tier } = view.guards
  if (tier === null) return null
  const isMember = ({ instrumentId }: Pick<HeldPosition, 'instrumentId'>) => tier.members.has(instrumentId)
  const working = withoutOwn(book.notionalWhere(isMember), own === null ? null : own.notional)
  const held = heldWhere(view.positions, isMember)
  return {
    check: 'tier_cap',
    capType: 'tier',
    current: subtract(add(held, working), manualPart(judgement, isMember)),
    held: subtract(held, manualHeld(judgement, isMember)),
    limit: isPositive(view.equity) ? multiply(multiply(view.equity, tier.ratioMax), limits.capScale) : ZERO,
    what: `The exposure to the tier ${tier.name}`,
  }
}
