import { add } from '#domain/decimal'
import { heldWhere } from '../held'
import { type CheckResult, type Judgement, type Size, withoutOwn } from '../judgement'
import { judgeCap } from './cap'

/** Caps what is held and working in all instruments of one market window together; a hard cap (RSK-13). */
export function windowMax(judgement: Judgement, size: Size): CheckResult | null {
  const { limits, view, book, own } = judgement
  const windowId = view.instrument.terms?.windowId ?? null
  if (limits.windowNotionalMax === null || windowId === null) return null
  const working = withoutOwn(
    book.notionalWhere((row) => row.windowId === windowId),
    own === null ? null : own.notional,
  )
  return judgeCap(judgement, size, {
    check: 'window_max',
    capType: 'window',
    current: add(
      heldWhere(view.positions, (position) => position.windowId === windowId),
      working,
    ),
    limit: limits.windowNotionalMax,
    what: `The notional in the window ${windowId}`,
  })
}
