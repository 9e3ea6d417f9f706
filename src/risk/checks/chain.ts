import type { Check } from '../judgement'
import type { RiskLimits } from '../types'
import { assetMax } from './asset-max'
import { botState } from './bot-state'
import { companyState } from './company-state'
import { convictionMin } from './conviction-min'
import { cooldown } from './cooldown'
import { costBenefit } from './cost-benefit'
import { dailyNotionalMax } from './daily-notional-max'
import { dataStale } from './data-stale'
import { drift } from './drift'
import { duplicateIntent } from './duplicate-intent'
import { executionThrottle } from './execution-throttle'
import { gasMax } from './gas-max'
import { instrumentNotionalMax } from './instrument-notional-max'
import { instrumentRules } from './instrument-rules'
import { insufficientBalance } from './insufficient-balance'
import { kelly } from './kelly'
import { killSwitch } from './kill-switch'
import { liquidityMin } from './liquidity-min'
import { marginDisallowed } from './margin-disallowed'
import { marketConcentration } from './market-concentration'
import { marketData } from './market-data'
import { messageThrottle } from './message-throttle'
import { nearExpiry } from './near-expiry'
import { openPositionsMax } from './open-positions-max'
import { orderNotionalMax } from './order-notional-max'
import { orderNotionalMin } from './order-notional-min'
import { outlier } from './outlier'
import { ownOrderMatch } from './own-order-match'
import { portfolioRisk } from './portfolio-risk'
import { positionMax } from './position-max'
import { postOnlyRequired } from './post-only-required'
import { priceSanity } from './price-sanity'
import { priceZone } from './price-zone'
import { productStatus } from './product-status'
import { reducingOnly } from './reducing-only'
import { regionDisallowed } from './region-disallowed'
import { riskPerTrade } from './risk-per-trade'
import { shortingDisallowed } from './shorting-disallowed'
import { spreadMax } from './spread-max'
import { strategyCap } from './strategy-cap'
import { strategyMax } from './strategy-max'
import { themeCap } from './theme-cap'
import { tierCap } from './tier-cap'
import { totalAtRisk } from './total-at-risk'
import { totalExposureMax } from './total-exposure-max'
import { universeExcluded } from './universe-excluded'
import { venueMax } from './venue-max'
import { venueState } from './venue-state'
import { windowMax } from './window-max'

/**
 * The gate's checks in the order in which they run: states, throttles, data, prices, permissions, then caps, which may cut the order, and
 * last what looks at the size that is left. The first that blocks gives the verdict its code. `check-names.ts` has their names in the same
 * order, `catalogue.ts` what each guards.
 */
export const CHECKS: readonly Check[] = [
  killSwitch,
  companyState,
  botState,
  reducingOnly,
  messageThrottle,
  executionThrottle,
  venueState,
  productStatus,
  regionDisallowed,
  marketData,
  dataStale,
  drift,
  outlier,
  spreadMax,
  liquidityMin,
  universeExcluded,
  priceSanity,
  priceZone,
  duplicateIntent,
  convictionMin,
  postOnlyRequired,
  nearExpiry,
  cooldown,
  shortingDisallowed,
  marginDisallowed,
  ownOrderMatch,
  kelly,
  orderNotionalMax,
  strategyCap,
  totalAtRisk,
  portfolioRisk,
  riskPerTrade,
  positionMax,
  instrumentNotionalMax,
  assetMax,
  themeCap,
  tierCap,
  strategyMax,
  venueMax,
  windowMax,
  marketConcentration,
  totalExposureMax,
  dailyNotionalMax,
  openPositionsMax,
  insufficientBalance,
  gasMax,
  costBenefit,
  instrumentRules,
  orderNotionalMin,
]

/** Checks that limits can switch off, and when they are on. The throttles are none of them: a latch holds until it is re-armed. */
const SWITCHES: ReadonlyMap<Check, (limits: RiskLimits) => boolean> = new Map([
  [outlier, ({ outlierSigmaMax }) => outlierSigmaMax !== null],
  [spreadMax, ({ spreadBpsMax }) => spreadBpsMax !== null],
  [liquidityMin, ({ volume24hMin }) => volume24hMin !== null],
  [duplicateIntent, ({ duplicateWindowMs }) => duplicateWindowMs !== null],
  [convictionMin, (limits) => limits.convictionMin > 0],
  [postOnlyRequired, (limits) => limits.postOnlyRequired],
  [nearExpiry, ({ nearExpiryMs }) => nearExpiryMs !== null],
  [cooldown, ({ cooldownMs, cooldownAfterStopMs }) => cooldownMs > 0 || cooldownAfterStopMs > 0],
  [kelly, ({ kellyRatioMax }) => kellyRatioMax !== null],
  [riskPerTrade, ({ riskPerTradeRatioMax }) => riskPerTradeRatioMax !== null],
  [portfolioRisk, ({ portfolioRiskRatioMax }) => portfolioRiskRatioMax !== null],
  [instrumentNotionalMax, (limits) => limits.instrumentNotionalMax !== null],
  [themeCap, ({ themes }) => Object.keys(themes).length > 0],
  [venueMax, ({ venueRatioMax, venueRatioMaxDefault }) => venueRatioMaxDefault !== null || Object.keys(venueRatioMax).length > 0],
  [windowMax, ({ windowNotionalMax }) => windowNotionalMax !== null],
  [dailyNotionalMax, (limits) => limits.dailyNotionalMax !== null],
  [gasMax, (limits) => Object.keys(limits.gasMax).length > 0],
  [costBenefit, ({ gasCostRatioMax }) => gasCostRatioMax !== null],
])

/** Returns the checks that are on under these limits, in their order. One that is off costs nothing. */
export function activeChecks(limits: RiskLimits): readonly Check[] {
  return CHECKS.filter((check) => SWITCHES.get(check)?.(limits) ?? true)
}
