import { type Decimal, isPositive, multiply, ONE, ZERO } from '#domain/decimal'
import type { StrategyId, VenueId } from '#domain/ids'
import type { LimitAmounts } from './judgement'
import type { RiskLimits } from './types'

/** Returns the limits with every cap multiplied by `capScale`: regime, roll-out and canary act on all of them at once (MKT-06). */
export function scaledLimits(limits: RiskLimits): RiskLimits {
  const { capScale } = limits
  if (capScale === ONE) return limits
  const scale = (cap: Decimal) => multiply(cap, capScale)
  const scaleOrNull = (cap: Decimal | null) => (cap === null ? null : scale(cap))
  const scaleAll = (caps: Readonly<Record<string, Decimal>>) =>
    Object.fromEntries(Object.entries(caps).map(([name, cap]) => [name, scale(cap)]))
  return {
    ...limits,
    orderNotionalMax: scale(limits.orderNotionalMax),
    totalAtRiskRatioMax: scale(limits.totalAtRiskRatioMax),
    positionRatioMax: scale(limits.positionRatioMax),
    instrumentNotionalMax: scaleOrNull(limits.instrumentNotionalMax),
    assetRatioMax: scale(limits.assetRatioMax),
    themeRatioMax: scale(limits.themeRatioMax),
    strategyRatioMax: scaleAll(limits.strategyRatioMax),
    strategyRatioMaxDefault: scaleOrNull(limits.strategyRatioMaxDefault),
    venueRatioMax: scaleAll(limits.venueRatioMax),
    venueRatioMaxDefault: scaleOrNull(limits.venueRatioMaxDefault),
    windowNotionalMax: scaleOrNull(limits.windowNotionalMax),
    totalExposureMax: scale(limits.totalExposureMax),
    dailyNotionalMax: scaleOrNull(limits.dailyNotionalMax),
    riskPerTradeRatioMax: scaleOrNull(limits.riskPerTradeRatioMax),
    portfolioRiskRatioMax: scaleOrNull(limits.portfolioRiskRatioMax),
  }
}

/** Returns the limits that are fractions of equity as amounts; all zero when equity is not positive. */
export function limitAmountsOf(limits: RiskLimits, equity: Decimal): LimitAmounts {
  const base = isPositive(equity) ? equity : ZERO
  const { riskPerTradeRatioMax, portfolioRiskRatioMax } = limits
  return {
    equity,
    totalAtRisk: multiply(base, limits.totalAtRiskRatioMax),
    position: multiply(base, limits.positionRatioMax),
    asset: multiply(base, limits.assetRatioMax),
    theme: multiply(base, limits.themeRatioMax),
    riskPerTrade: riskPerTradeRatioMax === null ? null : multiply(base, riskPerTradeRatioMax),
    portfolioRisk: portfolioRiskRatioMax === null ? null : multiply(base, portfolioRiskRatioMax),
    strategies: new Map(),
    venues: new Map(),
  }
}

/** Returns the limit of a strategy as an amount, worked out at its first use; null where it has none. */
export function strategyAmountOf(amounts: LimitAmounts, limits: RiskLimits, strategyId: StrategyId): Decimal | null {
  return namedAmountOf(amounts.strategies, amounts.equity, limits.strategyRatioMax, limits.strategyRatioMaxDefault, strategyId)
}

/** Returns the limit of a venue as an amount, worked out at its first use; null where it has none. */
export function venueAmountOf(amounts: LimitAmounts, limits: RiskLimits, venueId: VenueId): Decimal | null {
  return namedAmountOf(amounts.venues, amounts.equity, limits.venueRatioMax, limits.venueRatioMaxDefault, venueId)
}

function namedAmountOf(
  known: Map<string, Decimal>,
  equity: Decimal,
  ratios: Readonly<Record<string, Decimal>>,
  otherwise: Decimal | null,
  name: string,
): Decimal | null {
  const found = known.get(name)
  if (found !== undefined) return found
  const ratio = Object.hasOwn(ratios, name) ? ratios[name] : otherwise
  if (ratio === undefined || ratio === null) return null
  const amount = isPositive(equity) ? multiply(equity, ratio) : ZERO
  known.set(name, amount)
  return amount
}
