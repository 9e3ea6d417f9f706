import type { PolicyConfig, TroupeConfig } from '#config/schema'
import { decimal, decimalFromNumber, type Decimal } from '#domain/decimal'
import { type LimitPlan, sourcesOf } from '#risk/effective-limits'
import type { LimitSet } from '#risk/tighter'
import { DEFAULT_RISK_LIMITS, type RiskLimits } from '#risk/types'

/** What the configuration states of the gate's limits, by its own names. A policy states some of it. */
type LimitValues = Pick<TroupeConfig['risk'] & TroupeConfig['breakers'], keyof PolicyConfig>

/** Which limit a key of the configuration is, and how its value is read. */
type Row<K extends keyof LimitValues> = {
  readonly [L in keyof RiskLimits]: readonly [limit: L, read: (value: LimitValues[K]) => RiskLimits[L]]
}[keyof RiskLimits]

const same = <V>(value: V): V => value

const ROWS: { readonly [K in keyof LimitValues]: Row<K> } = {
  orderNotionalMin: ['orderNotionalMin', decimal],
  orderNotionalMax: ['orderNotionalMax', decimal],
  totalExposureMax: ['totalExposureMax', decimal],
  dailyNotionalMax: ['dailyNotionalMax', decimal],
  totalAtRiskRatioMax: ['totalAtRiskRatioMax', ratio],
  positionRatioMax: ['positionRatioMax', ratio],
  assetRatioMax: ['assetRatioMax', ratio],
  strategyRatioMax: ['strategyRatioMax', ratios],
  marketConcentrationRatioMax: ['marketConcentrationRatioMax', ratio],
  openPositionsMax: ['openPositionsMax', same],
  priceDeviationBpsMax: ['priceDeviationBpsMax', ratio],
  quoteStaleMs: ['quoteAgeMsMax', same],
  barStaleMs: ['barAgeMsMax', same],
  onCapExceeded: ['capAction', same],
  reducingUnderKillSwitch: ['reducingAllowedUnderKillSwitch', same],
  instrumentNotionalMax: ['instrumentNotionalMax', amountOrNull],
  venueRatioMax: ['venueRatioMax', ratios],
  themes: ['themes', same],
  themeRatioMax: ['themeRatioMax', ratio],
  windowNotionalMax: ['windowNotionalMax', amountOrNull],
  riskPerTradeRatioMax: ['riskPerTradeRatioMax', ratioOrNull],
  portfolioRiskRatioMax: ['portfolioRiskRatioMax', ratioOrNull],
  stopDistanceRatioDefault: ['stopDistanceRatioDefault', ratio],
  kellyRatioMax: ['kellyRatioMax', ratioOrNull],
  manualPositions: ['manualPositions', same],
  convictionMin: ['convictionMin', same],
  postOnlyRequired: ['postOnlyRequired', same],
  priceZones: ['priceZones', same],
  nearExpiryMs: ['nearExpiryMs', same],
  cooldownMs: ['cooldownMs', same],
  cooldownAfterStopMs: ['cooldownAfterStopMs', same],
  duplicateWindowMs: ['duplicateWindowMs', same],
  outlierSigmaMax: ['outlierSigmaMax', same],
  outlierBpsMin: ['outlierBpsMin', same],
  spreadBpsMax: ['spreadBpsMax', ratioOrNull],
  volume24hMin: ['volume24hMin', amountOrNull],
  messagesPerSecMax: ['messagesPerSecMax', same],
  executionsMax: ['executionsMax', same],
  executionsWindowMs: ['executionsWindowMs', same],
  gasMax: ['gasMax', gas],
  gasCostRatioMax: ['gasCostRatioMax', ratioOrNull],
}

const KEYS = Object.keys(ROWS) as readonly (keyof LimitValues)[]
/** Keys whose product scales every cap. */
const SCALE_KEYS = ['regime', 'regimeMultipliers', 'rolloutRatio', 'canaryRatio']

/** Returns the paths in the configuration that make a limit: `risk.onCapExceeded` for `capAction`; empty for one that no key sets. */
export function pathsOf(limit: keyof RiskLimits): readonly string[] {
  if (limit === 'capScale') return SCALE_KEYS.map((key) => `risk.${key}`)
  const key = KEYS.find((name) => ROWS[name][0] === limit)
  if (key === undefined) return []
  return [key === 'quoteStaleMs' || key === 'barStaleMs' ? `breakers.${key}` : `risk.${key}`]
}

/** Returns the gate's limits as the configuration states them, policies apart. */
export function limitsOf({ risk, breakers }: Pick<TroupeConfig, 'risk' | 'breakers'>): RiskLimits {
  return { ...DEFAULT_RISK_LIMITS, capScale: capScaleOf(risk), ...readLimits({ ...risk, ...breakers }, true) }
}

/** Returns the limits that a policy states; null states nothing. */
export function limitSetOf(policy: PolicyConfig): LimitSet {
  return readLimits(policy, false)
}

/** Returns limits, policies and who refers to them. @param sourceOf where a limit of the configuration itself comes from. */
export function limitPlanOf(config: TroupeConfig, sourceOf: (limit: keyof RiskLimits) => string): LimitPlan {
  const { risk, venues, policies, bots } = config
  const named = (pairs: readonly (readonly [string, string | null])[]) =>
    Object.fromEntries(pairs.flatMap(([id, policy]) => (policy === null ? [] : [[id, policy]])))
  return {
    base: { limits: limitsOf(config), sources: sourcesOf(sourceOf) },
    policies: Object.fromEntries(Object.entries(policies).map(([name, policy]) => [name, limitSetOf(policy)])),
    company: risk.policy,
    venues: named(Object.entries(venues).map(([venue, { policy }]) => [venue, policy])),
    bots: named(bots.map(({ id, policy }) => [id, policy])),
  }
}

function readLimits(values: Readonly<Record<string, unknown>>, isNullMeant: boolean): LimitSet {
  const set: Record<string, unknown> = {}
  for (const key of KEYS) {
    const value = values[key]
    if (value === undefined || (value === null && !isNullMeant)) continue
    const [limit, read] = ROWS[key] as readonly [string, (value: unknown) => unknown]
    set[limit] = read(value)
  }
  return set as LimitSet
}

/** What caps and sizes are multiplied with: the regime's factor, the step of the roll-out, the canary's share (MKT-06, SIM-07, RUN-10). */
function capScaleOf(risk: TroupeConfig['risk']): Decimal {
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

function gas(values: TroupeConfig['risk']['gasMax']): RiskLimits['gasMax'] {
  return Object.fromEntries(
    Object.entries(values).map(([venue, { priceGwei, priorityGwei }]) => [
      venue,
      { priceGweiMax: decimal(priceGwei), priorityGweiMax: decimal(priorityGwei) },
    ]),
  )
}
