import { add, type Decimal, isPositive, minimum, multiply, ZERO } from '#domain/decimal'
import { heldWhere } from '../held'
import { type CheckResult, type Judgement, type Size, withoutOwn } from '../judgement'
import { type Cap, judgeCap } from './cap'

/** Caps what a strategy of a bot may have in that bot, where the bot gives it a budget: before any cap of the company's (STR-04). */
export function strategyCap(judgement: Judgement, size: Size): CheckResult | null {
  const cap = strategyBudgetCap(judgement)
  return cap === null ? null : judgeCap(judgement, size, cap)
}

/** Null for a strategy without a budget. */
export function strategyBudgetCap({ view, limits, book, own, proposal }: Judgement): Cap | null {
  const { budget, capital } = view.guards
  const { botId, strategyId } = proposal
  if (budget === null) return null
  const { atRiskRatioMax, allocationRatio } = budget
  const ofEquity = shareOf(view.equity, atRiskRatioMax)
  const ofCapital = capital === null ? null : shareOf(capital, allocationRatio)
  const amount = ofEquity === null ? ofCapital : ofCapital === null ? ofEquity : minimum(ofEquity, ofCapital)
  if (amount === null) return null
  const working = withoutOwn(book.notionalOfMember(botId, strategyId), own === null ? null : own.notional)
  const held = heldWhere(view.positions, (position) => position.botId === botId && position.strategyId === strategyId)
  return {
    check: 'strategy_cap',
    capType: 'strategy',
    current: add(held, working),
    held,
    limit: multiply(amount, limits.capScale),
    what: `The exposure of ${strategyId} in ${botId}`,
  }
}

function shareOf(amount: Decimal, ratio: Decimal | null): Decimal | null {
  if (ratio === null) return null
  return isPositive(amount) ? multiply(amount, ratio) : ZERO
}
