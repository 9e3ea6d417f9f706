import { add } from '#domain/decimal'
import { heldWhere } from '../held'
import { type CheckResult, type Judgement, type Size, withoutOwn } from '../judgement'
import { venueAmountOf } from '../limit-amounts'
import { judgeCap } from './cap'

/** Caps what is held and working at one venue as a fraction of equity, where a limit is set for it (RSK-02); a hard cap. */
export function venueMax(judgement: Judgement, size: Size): CheckResult | null {
  const { amounts, limits, view, book, own, proposal } = judgement
  const { venueId } = proposal
  const limit = venueAmountOf(amounts, limits, venueId)
  if (limit === null) return null
  const working = withoutOwn(book.notionalOfVenue(venueId), own === null ? null : own.notional)
  return judgeCap(judgement, size, {
    check: 'venue_max',
    capType: 'venue',
    current: add(
      heldWhere(view.positions, (position) => position.venueId === venueId),
      working,
    ),
    limit,
    what: `The exposure at ${venueId}`,
  })
}
