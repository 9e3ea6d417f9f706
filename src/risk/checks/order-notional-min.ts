import { isLess, isZero, multiply } from '#domain/decimal'
import { blocked, type CheckResult, type Judgement, passed, passedWith, type Size } from '../judgement'

/** Blocks an order whose notional less its fee is under the least; one that closes what is left of a position may be smaller (EXE-01). */
export function orderNotionalMin(judgement: Judgement, size: Size): CheckResult {
  const { proposal, view, limits } = judgement
  if (isZero(size.adding) && proposal.effect === 'close') return passed('order_notional_min', 'order')
  const proposed = multiply(size.netValue, view.quoteRate)
  const figures = { current: null, proposed, limit: limits.orderNotionalMin }
  if (!isLess(proposed, limits.orderNotionalMin)) return passedWith('order_notional_min', 'order', figures)
  const message = `The order is worth ${proposed} after fees, below the least order of ${limits.orderNotionalMin}`
  return blocked('order_notional_min', 'order', figures, message)
}
