import { add } from '#domain/decimal'
import { type CheckResult, type Judgement, type Size, withoutOwn } from '../judgement'
import { strategyAmountOf } from '../limit-amounts'
import { type Cap, judgeCap } from './cap'

/** Caps one strategy over all its bots as a fraction of equity, where a limit is set for it (RSK-02). */
export function strategyMax(judgement: Judgement, size: Size): CheckResult | null {
  const cap = strategyMaxCap(judgement)
  return cap === null ? null : judgeCap(judgement, size, cap)
}

/** Null for a strategy without a limit. */
export function strategyMaxCap({ view, amounts, limits, book, own, proposal }: Judgement): Cap | null {
  const limit = strategyAmountOf(amounts, limits, proposal.strategyId)
  if (limit === null) return null
  const working = withoutOwn(book.notionalOfStrategy(proposal.strategyId), own === null ? null : own.notional)
  return {
    check: 'strategy_max',
    capType: 'strategy',
    current: add(view.held.strategy, working),
    held: view.held.strategy,
    limit,
    what: `The exposure of ${proposal.strategyId}`,
  }
}
