import { isLess, isMultipleOf, isPositive } from '#domain/decimal'
import { blocked, type CheckResult, type Judgement, passed, type Size } from '../judgement'

/** Blocks what the venue would refuse: off the lot or the tick, below its least quantity or notional, or contradictory flags (PAIN-09). */
export function instrumentRules(judgement: Judgement, size: Size): CheckResult {
  const { proposal, view, isAmend } = judgement
  const { lotSize, tickSize, quantityMin } = view.instrument
  // An amend states the new total, which is what the venue's grid applies to.
  const quantity = isAmend ? proposal.quantity : size.quantity
  if (!isPositive(size.quantity)) return broken(size.quantity, '0', 'The quantity is not positive')
  if (!isMultipleOf(quantity, lotSize)) return broken(quantity, lotSize, `The quantity ${quantity} is no multiple of the lot ${lotSize}`)
  if (isLess(quantity, quantityMin)) return broken(quantity, quantityMin, `The quantity ${quantity} is below the least, ${quantityMin}`)
  if (proposal.type !== 'market') {
    const price = proposal.limitPrice
    if (price === null || !isPositive(price))
      return broken(price, '0', `A ${proposal.type} order needs a positive ${proposal.type === 'stop' ? 'trigger' : 'limit price'}`)
    if (!isMultipleOf(price, tickSize)) return broken(price, tickSize, `The price ${price} is no multiple of the tick ${tickSize}`)
    if (proposal.type === 'stop' && proposal.postOnly) return broken(price, null, 'A stop cannot be post-only')
  } else if (proposal.limitPrice !== null || proposal.postOnly) {
    return broken(proposal.limitPrice, null, 'A market order has no limit price and cannot be post-only')
  }
  return notionalRule(judgement, size)
}

/** The venue counts price × quantity; what opens must reach it after fees too, so that it can be sold again. */
function notionalRule({ view }: Judgement, size: Size): CheckResult {
  const { notionalMin } = view.instrument
  const counted = isPositive(size.adding) ? size.netValue : size.value
  if (!isLess(counted, notionalMin)) return passed('instrument_rules', 'instrumentRule')
  return broken(counted, notionalMin, `The order is worth ${counted}, below the venue's least notional of ${notionalMin}`)
}

function broken(proposed: string | null, limit: string | null, message: string): CheckResult {
  return blocked('instrument_rules', 'instrumentRule', { current: null, proposed, limit }, message)
}
