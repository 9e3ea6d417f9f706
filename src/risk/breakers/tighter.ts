import { canonicalJson, type Json } from '#domain/json'
import { byName, larger, lessMoney, smaller, type TightRule, wins } from '../tight-rules'
import type { BreakerLimits } from './limits'

/** The session is as long as the company runs: neither it nor a window holds less than the other. */
const window: TightRule<number | null> = {
  tighter: 'larger; null is another thing',
  tightest: (a, b) => (a === null || b === null ? (a === b ? null : -1) : Math.max(a, b)),
}

/** What "tighter" means for each threshold of the breakers: what trips earlier, and holds longer. */
export const TIGHTER_BREAKERS: { readonly [K in keyof BreakerLimits]: TightRule<BreakerLimits[K]> } = {
  dailyLossRatioMax: lessMoney,
  consecutiveLossesMax: smaller,
  consecutiveLossPauseMs: larger,
  botDrawdownRatioMax: lessMoney,
  botDrawdownRatioMaxOf: byName(lessMoney),
  portfolioDrawdownRatioMax: lessMoney,
  dailyDrawdownRatioMax: lessMoney,
  maxDrawdownRatioMax: lessMoney,
  maxDrawdownWindowMs: window,
  quoteAgeMsMax: smaller,
  barAgeMsMax: smaller,
  stalenessCoolDownMs: larger,
  killSwitchOnDrift: wins(true, 'true over false'),
  venueLossesMax: smaller,
  venueLossWindowMs: larger,
  venueAwayMsMax: smaller,
  venueCoolDownMs: larger,
  criticalErrorsMax: smaller,
  criticalErrorWindowMs: larger,
  marketErrorsMax: smaller,
  marketErrorWindowMs: larger,
  marketErrorPauseMs: larger,
}

const KEYS = Object.keys(TIGHTER_BREAKERS) as readonly (keyof BreakerLimits)[]

/** Returns the thresholds by which `after` trips later, or holds shorter, than `before`. */
export function loosenedBreakerKeys(before: BreakerLimits, after: BreakerLimits): readonly (keyof BreakerLimits)[] {
  return KEYS.filter((key) => isLoosened(key, before, after))
}

function isLoosened<K extends keyof BreakerLimits>(key: K, before: BreakerLimits, after: BreakerLimits): boolean {
  const rule: TightRule<BreakerLimits[K]> = TIGHTER_BREAKERS[key]
  return canonicalJson(rule.tightest(before[key], after[key]) as Json) !== canonicalJson(after[key] as Json)
}
