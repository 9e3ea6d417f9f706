import type { TroupeConfig } from '#config/schema'
import { decimal, decimalFromNumber, type Decimal } from '#domain/decimal'
import { DEFAULT_RISK_LIMITS, type RiskLimits } from '#risk/types'

/** Returns the gate's limits as the configuration states them. */
export function limitsOf({ risk, breakers }: Pick<TroupeConfig, 'risk' | 'breakers'>): RiskLimits {
  return {
    ...DEFAULT_RISK_LIMITS,
    orderNotionalMin: decimal(risk.orderNotionalMin),
    orderNotionalMax: decimal(risk.orderNotionalMax),
    totalExposureMax: decimal(risk.totalExposureMax),
    dailyNotionalMax: decimal(risk.dailyNotionalMax),
    totalAtRiskRatioMax: ratio(risk.totalAtRiskRatioMax),
    positionRatioMax: ratio(risk.positionRatioMax),
    assetRatioMax: ratio(risk.assetRatioMax),
    strategyRatioMax: ratios(risk.strategyRatioMax),
    marketConcentrationRatioMax: ratio(risk.marketConcentrationRatioMax),
    openPositionsMax: risk.openPositionsMax,
    priceDeviationBpsMax: ratio(risk.priceDeviationBpsMax),
    quoteAgeMsMax: breakers.quoteStaleMs,
    barAgeMsMax: breakers.barStaleMs,
    capAction: risk.onCapExceeded,
    reducingAllowedUnderKillSwitch: risk.reducingUnderKillSwitch,
    ...guardLimitsOf(risk),
  }
}

function guardLimitsOf(risk: TroupeConfig['risk']): Partial<RiskLimits> {
  return {
    capScale: capScaleOf(risk),
    instrumentNotionalMax: amountOrNull(risk.instrumentNotionalMax),
    venueRatioMax: ratios(risk.venueRatioMax),
    themes: risk.themes,
    themeRatioMax: ratio(risk.themeRatioMax),
    windowNotionalMax: amountOrNull(risk.windowNotionalMax),
    riskPerTradeRatioMax: ratioOrNull(risk.riskPerTradeRatioMax),
    portfolioRiskRatioMax: ratioOrNull(risk.portfolioRiskRatioMax),
    stopDistanceRatioDefault: ratio(risk.stopDistanceRatioDefault),
    kellyRatioMax: ratioOrNull(risk.kellyRatioMax),
    manualPositions: risk.manualPositions,
    convictionMin: risk.convictionMin,
    postOnlyRequired: risk.postOnlyRequired,
    priceZones: risk.priceZones,
    nearExpiryMs: risk.nearExpiryMs,
    cooldownMs: risk.cooldownMs,
    cooldownAfterStopMs: risk.cooldownAfterStopMs,
    duplicateWindowMs: risk.duplicateWindowMs,
    outlierSigmaMax: risk.outlierSigmaMax,
    outlierBpsMin: risk.outlierBpsMin,
    spreadBpsMax: ratioOrNull(risk.spreadBpsMax),
    volume24hMin: amountOrNull(risk.volume24hMin),
    messagesPerSecMax: risk.messagesPerSecMax,
    executionsMax: risk.executionsMax,
    executionsWindowMs: risk.executionsWindowMs,
    gasMax: Object.fromEntries(
      Object.entries(risk.gasMax).map(([venue, gas]) => [
        venue,
        { priceGweiMax: decimal(gas.priceGwei), priorityGweiMax: decimal(gas.priorityGwei) },
      ]),
    ),
    gasCostRatioMax: ratioOrNull(risk.gasCostRatioMax),
  }
}

/** What caps and sizes are multiplied with: the regime's factor, the step of the roll-out, the canary's share (MKT-06, SIM-07, RUN-10). */
export function capScaleOf(risk: TroupeConfig['risk']): Decimal {
  return decimalFromNumber(risk.regimeMultipliers[risk.regime] * risk.rolloutRatio * risk.canaryRatio, 9)
}

function ratio(value: number): Decimal {
  return decimalFromNumber(value, 9)
}

function ratioOrNull(value: number | null): Decimal | null {
  return value === null ? null : ratio(value)
}

function amountOrNull(value: string | null): Decimal | null {
  return value === null ? null : decimal(value)
}

function ratios(values: Readonly<Record<string, number>>): Readonly<Record<string, Decimal>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, ratio(value)]))
}
