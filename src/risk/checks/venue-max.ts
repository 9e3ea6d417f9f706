import { add } from '#domain/decimal'
import { heldWhere } from '../held'
import { type CheckResult, type Judgement, type Size, withoutOwn } from '../judgement'
import { venueAmountOf } from '../limit-amounts'
import { type Cap, judgeCap } from './cap'

/** Caps what is held and working at one venue as a fraction of equity, where a limit is set for it (RSK-02); a hard cap. */
export function venueMax(judgement: Judgement, size: Size): CheckResult | null {
  const cap = venueCap(judgement)
  return cap === null ? null : judgeCap(judgement, size, cap)
}

/** Null for a venue without a limit. */
export function venueCap({ amounts, limits, view, book, own, proposal }: Judgement): Cap | null {
  const { venueId } = proposal
  const limit = venueAmountOf(amounts, limits, venueId)
  if (limit === null) return null
  const working = withoutOwn(book.notionalOfVenue(venueId), own === null ? null : own.notional)
  const held = heldWhere(view.positions, (position) => position.venueId === venueId)
  return { check: 'venue_max', capType: 'venue', current: add(held, working), held, limit, what: `The exposure at ${venueId}` }
}
