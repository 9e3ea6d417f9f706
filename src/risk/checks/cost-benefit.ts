import { isLess, multiply } from '#domain/decimal'
import { blocked, type CheckResult, type Judgement, passedWith } from '../judgement'

/** Blocks new risk whose expected profit does not pay for its transaction (VEN-14); asks both the intent and the chain. */
export function costBenefit({ view, limits, addsRisk, proposal }: Judgement): CheckResult | null {
  const profit = view.guards.intent?.grounds?.expectedProfit ?? null
  const { gas } = view.guards
  if (limits.gasCostRatioMax === null || profit === null || gas === null) return null
  const limit = multiply(profit, limits.gasCostRatioMax)
  const figures = { current: null, proposed: gas.cost, limit }
  if (!addsRisk || isLess(gas.cost, limit)) return passedWith('cost_benefit', 'cost', figures)
  const message = `The transaction of ${proposal.intentId} costs ${gas.cost}, and ${profit} at most is expected of it`
  return blocked('cost_benefit', 'cost', figures, message)
}
