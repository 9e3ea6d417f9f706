import type { CompanySettings } from '#actors/company/settings'
import { type Decimal, ONE } from '#domain/decimal'
import type { AssetCode } from '#domain/ids'
import { DAY_MS } from '#domain/time'
import type { BreakerLimits } from '#risk/breakers/limits'
import { planOf } from '#risk/effective-limits'
import type { RiskLimits } from '#risk/types'
import { PRICE_ZONES } from '#risk/zones'

/** Whose risk rules hold: the configuration's, or none. */
export type RiskPolicy = 'config' | 'open'

/** Caps that are open: as many times the equity, and as much money. Short enough for the quick way of the arithmetic. */
const BOUNDLESS = '10000' as Decimal
const BOUNDLESS_AMOUNT = '10000000000' as Decimal
const BOUNDLESS_BPS = '1000000' as Decimal
const NEVER_MS = Number.MAX_SAFE_INTEGER
/** How long a finished order is remembered, ms: longer than a plan can still refer to it. */
const RETIRE_MS = 60_000

const OPEN_LIMITS: Partial<RiskLimits> = {
  orderNotionalMin: '0' as Decimal,
  orderNotionalMax: BOUNDLESS_AMOUNT,
  totalAtRiskRatioMax: BOUNDLESS,
  positionRatioMax: BOUNDLESS,
  assetRatioMax: BOUNDLESS,
  strategyRatioMax: {},
  strategyRatioMaxDefault: null,
  openPositionsMax: 1_000_000,
  marketConcentrationRatioMax: BOUNDLESS,
  totalExposureMax: BOUNDLESS_AMOUNT,
  dailyNotionalMax: null,
  priceDeviationBpsMax: BOUNDLESS_BPS,
  capScale: ONE,
  instrumentNotionalMax: null,
  venueRatioMax: {},
  venueRatioMaxDefault: null,
  themes: {},
  windowNotionalMax: null,
  riskPerTradeRatioMax: null,
  portfolioRiskRatioMax: null,
  kellyRatioMax: null,
  convictionMin: 0,
  postOnlyRequired: false,
  priceZones: PRICE_ZONES,
  nearExpiryMs: null,
  cooldownMs: 0,
  cooldownAfterStopMs: 0,
  duplicateWindowMs: null,
  spreadBpsMax: null,
  volume24hMin: null,
  messagesPerSecMax: null,
  executionsMax: null,
  gasMax: {},
  gasCostRatioMax: null,
}

const OPEN_BREAKERS: Partial<BreakerLimits> = {
  dailyLossRatioMax: BOUNDLESS,
  consecutiveLossesMax: Number.MAX_SAFE_INTEGER,
  consecutiveLossPauseMs: 1,
  botDrawdownRatioMax: BOUNDLESS,
  botDrawdownRatioMaxOf: {},
  portfolioDrawdownRatioMax: BOUNDLESS,
  dailyDrawdownRatioMax: BOUNDLESS,
  maxDrawdownRatioMax: BOUNDLESS,
  criticalErrorsMax: Number.MAX_SAFE_INTEGER,
  marketErrorsMax: Number.MAX_SAFE_INTEGER,
}

/**
 * Returns the settings of a company that lives on recorded data: it trusts the age of its prices, because they were put there for the
 * instant, marks its books once a day and at each decision, keeps no snapshot and leaves dust where it lies. Under the open policy every cap is open and no
 * breaker trips; what an account cannot pay is refused all the same.
 * @param protects whether positions are protected from the start; else from the first decision on that states a level.
 */
export function backtestSettings(
  configured: CompanySettings,
  policy: RiskPolicy,
  valuationAsset: AssetCode,
  protects: boolean,
): CompanySettings {
  const limits: RiskLimits = {
    ...configured.limits.base.limits,
    ...(policy === 'open' ? OPEN_LIMITS : {}),
    quoteAgeMsMax: NEVER_MS,
    barAgeMsMax: NEVER_MS,
    // Recorded bars have no prices between them: the next one's is no jump. So no quote of a recording is an outlier, and one that reaches a
    // level of a position is believed at once.
    outlierSigmaMax: null,
  }
  const breakers: BreakerLimits = { ...configured.breakers, ...(policy === 'open' ? OPEN_BREAKERS : {}) }
  return {
    ...configured,
    // Policies go with the rules that they tighten.
    limits: policy === 'open' ? planOf(limits) : { ...configured.limits, base: { ...configured.limits.base, limits } },
    breakers,
    retireAfterMs: Math.min(configured.retireAfterMs, RETIRE_MS),
    sweepMs: DAY_MS,
    portfolioSyncMs: DAY_MS,
    markEveryMs: DAY_MS,
    dataWatchMs: null,
    snapshotEvery: Number.POSITIVE_INFINITY,
    protects,
    // Recorded bars have no quotes of other markets; the open policy has no caps of tiers either.
    ...(policy === 'open' ? { universe: { ...configured.universe, tiers: [] } } : {}),
    rules: { ...configured.rules, valuationAsset },
    portfolio: { ...configured.portfolio, closesDust: false, snapshotEveryMs: DAY_MS },
  }
}
