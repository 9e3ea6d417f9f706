import { type Decimal, minimum } from '#domain/decimal'
import { canonicalJson, type Json } from '#domain/json'
import type { GasLimit } from './guard-limits'
import { byName, larger, lessMoney, moreMoney, orOff, smaller, type TightRule, wins } from './tight-rules'
import type { RiskLimits } from './types'
import type { PriceZone } from './zones'

/** Some of the limits; what a policy does not state it leaves alone. */
export type LimitSet = Partial<RiskLimits>

const zones: TightRule<readonly PriceZone[]> = {
  tighter: 'shorter: what both have',
  tightest: (a, b) => a.filter((zone) => b.includes(zone)).toSorted((left, right) => left - right),
}

const members: TightRule<readonly string[]> = {
  tighter: 'with the members of both',
  tightest: (a, b) => [...new Set([...a, ...b])].sort(),
}

const gas: TightRule<GasLimit> = {
  tighter: 'smaller',
  tightest: (a, b) => ({
    priceGweiMax: minimum(a.priceGweiMax, b.priceGweiMax),
    priorityGweiMax: minimum(a.priorityGweiMax, b.priorityGweiMax),
  }),
}

/** What "tighter" means, key by key: the one place that says so. A key of the limits that is missing here does not compile. */
export const TIGHTER: { readonly [K in keyof RiskLimits]: TightRule<RiskLimits[K]> } = {
  orderNotionalMin: moreMoney,
  orderNotionalMax: lessMoney,
  totalAtRiskRatioMax: lessMoney,
  positionRatioMax: lessMoney,
  assetRatioMax: lessMoney,
  strategyRatioMax: byName(lessMoney),
  strategyRatioMaxDefault: orOff(lessMoney),
  openPositionsMax: smaller,
  marketConcentrationRatioMax: lessMoney,
  totalExposureMax: lessMoney,
  dailyNotionalMax: orOff(lessMoney),
  priceDeviationBpsMax: lessMoney,
  marketOrderBufferBps: moreMoney,
  quoteAgeMsMax: smaller,
  barAgeMsMax: smaller,
  capAction: wins('block', 'block over downsize'),
  reducingAllowedUnderKillSwitch: wins(false, 'false over true'),
  capScale: lessMoney,
  instrumentNotionalMax: orOff(lessMoney),
  venueRatioMax: byName(lessMoney),
  venueRatioMaxDefault: orOff(lessMoney),
  themes: byName(members),
  themeRatioMax: lessMoney,
  windowNotionalMax: orOff(lessMoney),
  riskPerTradeRatioMax: orOff(lessMoney),
  portfolioRiskRatioMax: orOff(lessMoney),
  stopDistanceRatioDefault: moreMoney,
  kellyRatioMax: orOff(lessMoney),
  manualPositions: wins('count', 'count over ignore'),
  convictionMin: larger,
  postOnlyRequired: wins(true, 'true over false'),
  priceZones: zones,
  nearExpiryMs: orOff(larger),
  cooldownMs: larger,
  cooldownAfterStopMs: larger,
  duplicateWindowMs: orOff(larger),
  outlierSigmaMax: orOff(smaller),
  outlierBpsMin: smaller,
  spreadBpsMax: orOff(lessMoney),
  volume24hMin: orOff(moreMoney),
  messagesPerSecMax: orOff(smaller),
  executionsMax: orOff(smaller),
  executionsWindowMs: larger,
  gasMax: byName(gas),
  gasCostRatioMax: orOff(lessMoney),
}

/** Names of all limits, in the order of the table. */
export const LIMIT_KEYS = Object.keys(TIGHTER) as readonly (keyof RiskLimits)[]

/** Returns the limits that let pass only what both let pass: the tightest wins, key by key. */
export function tightestOf(base: RiskLimits, set: LimitSet): RiskLimits {
  const other: RiskLimits = { ...base, ...NO_NAMES, ...set }
  // A name without an entry has the default of its own set, which an entry of the other must not lift.
  const [left, right] = [spelledOut(base, other), spelledOut(other, base)]
  const tightest: Writable = { ...base }
  for (const key of LIMIT_KEYS) if (Object.hasOwn(set, key)) tighten(tightest, key, left, right)
  if (Object.hasOwn(set, 'strategyRatioMaxDefault')) tighten(tightest, 'strategyRatioMax', left, right)
  if (Object.hasOwn(set, 'venueRatioMaxDefault')) tighten(tightest, 'venueRatioMax', left, right)
  return tightest
}

/** Returns the keys by which `after` lets something pass that `before` does not. */
export function loosenedKeys(before: RiskLimits, after: RiskLimits): readonly (keyof RiskLimits)[] {
  const [both, alone] = [tightestOf(before, after), tightestOf(after, after)]
  return LIMIT_KEYS.filter((key) => !isSameLimit(both[key], alone[key]))
}

/** True for equal values of a limit, whatever the order of names in a record. */
export function isSameLimit(a: RiskLimits[keyof RiskLimits], b: RiskLimits[keyof RiskLimits]): boolean {
  return a === b || canonicalJson(a as Json) === canonicalJson(b as Json)
}

type Writable = { -readonly [K in keyof RiskLimits]: RiskLimits[K] }

function tighten<K extends keyof RiskLimits>(target: Writable, key: K, left: RiskLimits, right: RiskLimits): void {
  const rule: TightRule<RiskLimits[K]> = TIGHTER[key]
  target[key] = rule.tightest(left[key], right[key])
}

/** A set that states no caps by name has none, and no default either. */
const NO_NAMES = { strategyRatioMax: {}, strategyRatioMaxDefault: null, venueRatioMax: {}, venueRatioMaxDefault: null } as const

/** Gives every name that the other set knows the default of this one, where it has no entry of its own. */
function spelledOut(own: RiskLimits, other: RiskLimits): RiskLimits {
  const { strategyRatioMaxDefault: ofStrategy, venueRatioMaxDefault: ofVenue } = own
  if (ofStrategy === null && ofVenue === null) return own
  return {
    ...own,
    strategyRatioMax: withDefault(own.strategyRatioMax, other.strategyRatioMax, ofStrategy),
    venueRatioMax: withDefault(own.venueRatioMax, other.venueRatioMax, ofVenue),
  }
}

type Ratios = Readonly<Record<string, Decimal>>

function withDefault(own: Ratios, other: Ratios, otherwise: Decimal | null): Ratios {
  return otherwise === null ? own : { ...Object.fromEntries(Object.keys(other).map((name) => [name, otherwise])), ...own }
}
