import { add } from '#domain/decimal'
import type { CheckResult, Judgement, Size } from '../judgement'
import { worstCostOf } from '../worst-case'
import { judgeCap } from './cap'

/** Caps the worst-case notional of one order that adds to a position (RSK-02). */
export function orderNotionalMax(judgement: Judgement, size: Size): CheckResult {
  const { limits, unit, own, isAmend } = judgement
  // What reduces, and what an amended order has filled, is of the order too; neither is blocked by the cap on its own.
  const besides = isAmend && own !== null ? add(size.reducing, own.filled) : size.reducing
  const current = worstCostOf(besides, unit.notional)
  return judgeCap(judgement, size, {
    check: 'order_notional_max',
    capType: 'order',
    current,
    limit: limits.orderNotionalMax,
    what: 'The notional of the order',
  })
}
