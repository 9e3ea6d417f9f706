import { add } from '#domain/decimal'
import { heldWhere } from '../held'
import { type CheckResult, type Judgement, type Size, withoutOwn } from '../judgement'
import { type Cap, judgeCap } from './cap'

/** Caps what is held and working in all instruments of one market window together; a hard cap (RSK-13). */
export function windowMax(judgement: Judgement, size: Size): CheckResult | null {
  const cap = windowCap(judgement)
  return cap === null ? null : judgeCap(judgement, size, cap)
}

/** Null for an instrument without a window, and where it is off. */
export function windowCap({ limits, view, book, own }: Judgement): Cap | null {
  const windowId = view.instrument.terms?.windowId ?? null
  if (limits.windowNotionalMax === null || windowId === null) return null
  const working = withoutOwn(
    book.notionalWhere((row) => row.windowId === windowId),
    own === null ? null : own.notional,
  )
  const held = heldWhere(view.positions, (position) => position.windowId === windowId)
  return {
    check: 'window_max',
    capType: 'window',
    current: add(held, working),
    held,
    limit: limits.windowNotionalMax,
    what: `The notional in the window ${windowId}`,
  }
}
