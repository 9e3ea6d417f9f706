import { add } from '#domain/decimal'
import { type CheckResult, type Judgement, type Size, withoutOwn } from '../judgement'
import { strategyAmountOf } from '../limit-amounts'
import { judgeCap } from './cap'

/** Caps one strategy over all its bots as a fraction of equity, where a limit is set for it (RSK-02). */
export function strategyMax(judgement: Judgement, size: Size): CheckResult | null {
  const { view, amounts, limits, book, own, proposal } = judgement
  const limit = strategyAmountOf(amounts, limits, proposal.strategyId)
  if (limit === null) return null
  const working = withoutOwn(book.notionalOfStrategy(proposal.strategyId), own === null ? null : own.notional)
  return judgeCap(judgement, size, {
    check: 'strategy_max',
    capType: 'strategy',
    current: add(view.held.strategy, working),
    limit,
    what: `The exposure of ${proposal.strategyId}`,
  })
}
