import { type Decimal, isPositive, multiply, ZERO } from '#domain/decimal'
import type { StrategyId } from '#domain/ids'
import type { LimitAmounts } from './judgement'
import type { RiskLimits } from './types'

/** Returns the limits that are fractions of equity as amounts; all zero when equity is not positive. */
export function limitAmountsOf(limits: RiskLimits, equity: Decimal): LimitAmounts {
  const base = isPositive(equity) ? equity : ZERO
  return {
    equity,
    totalAtRisk: multiply(base, limits.totalAtRiskRatioMax),
    position: multiply(base, limits.positionRatioMax),
    asset: multiply(base, limits.assetRatioMax),
    strategies: new Map(),
  }
}

/** Returns the limit of a strategy as an amount, worked out at its first use; null where it has none. */
export function strategyAmountOf(amounts: LimitAmounts, limits: RiskLimits, strategyId: StrategyId): Decimal | null {
  const known = amounts.strategies.get(strategyId)
  if (known !== undefined) return known
  const ratio = Object.hasOwn(limits.strategyRatioMax, strategyId) ? limits.strategyRatioMax[strategyId] : limits.strategyRatioMaxDefault
  if (ratio === undefined || ratio === null) return null
  const amount = isPositive(amounts.equity) ? multiply(amounts.equity, ratio) : ZERO
  amounts.strategies.set(strategyId, amount)
  return amount
}
