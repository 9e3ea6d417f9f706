import { isLess, isZero, multiply, ONE } from '#domain/decimal'
import { blocked, type CheckResult, type Judgement, passed, passedWith, type Size } from '../judgement'
import { afterFee, feeBpsOf, valuePriceOf } from '../worst-case'

/** Blocks an order whose notional less its fee is under the least; one that closes what is left of a position may be smaller (EXE-01). */
export function orderNotionalMin(judgement: Judgement, size: Size): CheckResult {
  const { proposal, view, limits, isAmend } = judgement
  if (isZero(size.adding) && proposal.effect === 'close') return passed('order_notional_min', 'order')
  const quantity = isAmend ? proposal.quantity : size.quantity
  const net = afterFee(multiply(quantity, valuePriceOf(proposal, view.quote)), feeBpsOf(view.instrument, proposal.postOnly))
  const proposed = view.quoteRate === ONE ? net : multiply(net, view.quoteRate)
  const figures = { current: null, proposed, limit: limits.orderNotionalMin }
  if (!isLess(proposed, limits.orderNotionalMin)) return passedWith('order_notional_min', 'order', figures)
  const message = `The order is worth ${proposed} after fees, below the least order of ${limits.orderNotionalMin}`
  return blocked('order_notional_min', 'order', figures, message)
}
