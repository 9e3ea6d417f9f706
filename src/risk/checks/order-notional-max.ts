import { add, ZERO } from '#domain/decimal'
import type { CheckResult, Judgement, Size } from '../judgement'
import { worstCostOf } from '../worst-case'
import { type Cap, judgeCap } from './cap'

/** Caps the worst-case notional of one order that adds to a position (RSK-02). */
export function orderNotionalMax(judgement: Judgement, size: Size): CheckResult {
  return judgeCap(judgement, size, orderNotionalCap(judgement, size))
}

export function orderNotionalCap({ limits, unit, own, isAmend }: Judgement, size: Size): Cap {
  // What reduces, and what an amended order has filled, is of the order too; neither is blocked by the cap on its own.
  const besides = isAmend && own !== null ? add(size.reducing, own.filled) : size.reducing
  return {
    check: 'order_notional_max',
    capType: 'order',
    current: worstCostOf(besides, unit.notional),
    held: ZERO,
    limit: limits.orderNotionalMax,
    what: 'The notional of the order',
  }
}
