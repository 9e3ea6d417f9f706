import { add, type Decimal, divide, isGreater, isLess, multiply, subtract } from '#domain/decimal'
import type { InstrumentId } from '#domain/ids'
import type { InstrumentStatus } from '#domain/instrument'
import type { PriceJump } from './guard-facts'

/** A class of instruments with what they must be like to be entered (MKT-01). Amounts are in the account currency; null bounds nothing. */
export interface UniverseTier {
  readonly name: string
  /** What the configuration admits, in its order; an instrument is of one tier at most. */
  readonly candidates: readonly InstrumentId[]
  /** Least notional traded in 24 hours. */
  readonly volume24hMin: Decimal | null
  /** Widest spread, basis points of the mid. */
  readonly spreadBpsMax: Decimal | null
  /** Share of equity that all its instruments together may have. */
  readonly allocationRatioMax: Decimal | null
  /** What one full position is worth, quote; null leaves it to the bot. */
  readonly orderNotional: Decimal | null
}

/** What may be traded, by tiers, and how often it is looked at anew. */
export interface UniverseConfig {
  readonly refreshMs: number
  readonly tiers: readonly UniverseTier[]
}

/** What a market is like now. */
export interface MarketFacts {
  /** Null for an instrument that its venue does not list. */
  readonly status: InstrumentStatus | null
  /** Null without a sound quote. */
  readonly quote: { readonly bidPrice: Decimal; readonly askPrice: Decimal } | null
  /** Account currency; null where the venue does not say, or a price is missing. */
  readonly volume24h: Decimal | null
  readonly jump: PriceJump | null
}

/** The gate's own bounds of an outlier; null switches the guard off. */
export interface OutlierBounds {
  readonly outlierSigmaMax: number | null
  readonly outlierBpsMin: number
}

export type ExclusionReason =
  | 'not_listed'
  | 'not_online'
  | 'no_quote'
  | 'volume_unknown'
  | 'volume_min'
  | 'spread_max'
  | 'outlier'
  | 'not_in_top'

/** Why an instrument is not entered, with the figure and its bound; null where there is none. */
export interface Exclusion {
  readonly reason: ExclusionReason
  readonly text: string
  readonly current: string | null
  readonly limit: string | null
}

/** One instrument of the universe as it stands. */
export interface UniverseRow {
  readonly instrumentId: InstrumentId
  readonly tier: string
  /** Null for one that may be entered. */
  readonly exclusion: Exclusion | null
  /** Account currency. */
  readonly volume24h: Decimal | null
  readonly spreadBps: Decimal | null
}

const TEN_THOUSAND = '10000' as Decimal
const HALF = '0.5' as Decimal
/** Places of a spread that is shown and compared. */
const BPS_SCALE = 4

/** Returns every candidate of every tier with what it is like, and why it may not be entered where that is so. Pure. */
export function selectUniverse(
  { tiers }: Pick<UniverseConfig, 'tiers'>,
  factsOf: (instrumentId: InstrumentId) => MarketFacts,
  bounds: OutlierBounds,
): readonly UniverseRow[] {
  return tiers.flatMap((tier) =>
    tier.candidates.map((instrumentId) => {
      const facts = factsOf(instrumentId)
      const spreadBps = facts.quote === null ? null : spreadOf(facts.quote)
      const exclusion = exclusionOf(instrumentId, tier, facts, spreadBps, bounds)
      return { instrumentId, tier: tier.name, exclusion, volume24h: facts.volume24h, spreadBps }
    }),
  )
}

/** Returns the instruments that may be entered of these tiers, those with the greatest volume first; equal volumes go by name. */
export function rankByVolume(rows: readonly UniverseRow[], tiers: readonly string[]): readonly InstrumentId[] {
  return rows
    .filter(({ tier, exclusion }) => exclusion === null && tiers.includes(tier))
    .toSorted((a, b) => byVolume(a, b) || (a.instrumentId < b.instrumentId ? -1 : 1))
    .map(({ instrumentId }) => instrumentId)
}

function byVolume({ volume24h: a }: UniverseRow, { volume24h: b }: UniverseRow): number {
  if (a === null || b === null) return (a === null ? 1 : 0) - (b === null ? 1 : 0)
  return isGreater(a, b) ? -1 : isLess(a, b) ? 1 : 0
}

function spreadOf({ bidPrice, askPrice }: { readonly bidPrice: Decimal; readonly askPrice: Decimal }): Decimal {
  const mid = multiply(add(bidPrice, askPrice), HALF)
  return divide(multiply(subtract(askPrice, bidPrice), TEN_THOUSAND), mid, BPS_SCALE, 'up')
}

function exclusionOf(
  instrumentId: InstrumentId,
  { volume24hMin, spreadBpsMax }: UniverseTier,
  { status, quote, volume24h, jump }: MarketFacts,
  spreadBps: Decimal | null,
  { outlierSigmaMax, outlierBpsMin }: OutlierBounds,
): Exclusion | null {
  const excluded = (reason: ExclusionReason, text: string, current: string | null = null, limit: string | null = null): Exclusion => ({
    reason,
    text: `${instrumentId} ${text}`,
    current,
    limit,
  })
  if (status === null) return excluded('not_listed', 'is not listed at its venue')
  if (status !== 'online') return excluded('not_online', `is ${status} at its venue`, status, 'online')
  if (quote === null || spreadBps === null) return excluded('no_quote', 'has no sound quote')
  if (volume24hMin !== null) {
    if (volume24h === null) return excluded('volume_unknown', 'does not say what was traded in 24 hours', null, volume24hMin)
    if (isLess(volume24h, volume24hMin))
      return excluded('volume_min', `traded ${volume24h} in 24 hours, ${volume24hMin} is the least`, volume24h, volume24hMin)
  }
  if (spreadBpsMax !== null && isGreater(spreadBps, spreadBpsMax))
    return excluded('spread_max', `has a spread of ${spreadBps} bps, above ${spreadBpsMax}`, spreadBps, spreadBpsMax)
  if (outlierSigmaMax === null || jump === null || jump.bps < outlierBpsMin || jump.sigmas <= outlierSigmaMax) return null
  const sigmas = jump.sigmas.toFixed(1)
  return excluded('outlier', `jumped ${jump.bps.toFixed(0)} bps, ${sigmas} standard deviations`, sigmas, String(outlierSigmaMax))
}
