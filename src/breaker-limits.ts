import type { TroupeConfig } from '#config/schema'
import { type Decimal, decimalFromNumber } from '#domain/decimal'
import type { BreakerLimits } from '#risk/breakers/limits'

/** Returns the thresholds of the breakers as the configuration states them. */
export function breakerLimitsOf({ breakers, bots }: Pick<TroupeConfig, 'breakers' | 'bots'>): BreakerLimits {
  return {
    dailyLossRatioMax: ratio(breakers.dailyLossRatio),
    consecutiveLossesMax: breakers.consecutiveLosses,
    consecutiveLossPauseMs: breakers.consecutiveLossPauseMs,
    botDrawdownRatioMax: ratio(breakers.botDrawdownRatio),
    botDrawdownRatioMaxOf: Object.fromEntries(
      bots.flatMap(({ id, drawdownRatio }) => (drawdownRatio === null ? [] : [[id, ratio(drawdownRatio)]])),
    ),
    portfolioDrawdownRatioMax: ratio(breakers.portfolioDrawdownRatio),
    dailyDrawdownRatioMax: ratio(breakers.dailyDrawdownRatio),
    maxDrawdownRatioMax: ratio(breakers.maxDrawdownRatio),
    maxDrawdownWindowMs: breakers.maxDrawdownWindowMs,
    quoteAgeMsMax: breakers.quoteStaleMs,
    barAgeMsMax: breakers.barStaleMs,
    stalenessCoolDownMs: breakers.stalenessCoolDownMs,
    killSwitchOnDrift: breakers.killSwitchOnDrift,
    venueLossesMax: breakers.venueLosses,
    venueLossWindowMs: breakers.venueLossWindowMs,
    venueAwayMsMax: breakers.venueAwayMs,
    venueCoolDownMs: breakers.venueCoolDownMs,
    criticalErrorsMax: breakers.criticalErrors,
    criticalErrorWindowMs: breakers.criticalErrorWindowMs,
    marketErrorsMax: breakers.marketErrors,
    marketErrorWindowMs: breakers.marketErrorWindowMs,
    marketErrorPauseMs: breakers.marketErrorPauseMs,
  }
}

function ratio(value: number): Decimal {
  return decimalFromNumber(value, 9)
}
