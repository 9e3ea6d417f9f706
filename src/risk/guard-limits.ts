import type { Decimal } from '#domain/decimal'
import { PRICE_ZONES, type PriceZone } from './zones'

/** What a transaction may cost to be included, by chain. */
export type GasLimit = {
  readonly priceGweiMax: Decimal
  readonly priorityGweiMax: Decimal
}

/**
 * Limits of the gate beyond the plain caps. Null switches a check off, which then costs nothing. Amounts are in the account currency,
 * ratios are fractions of equity unless stated otherwise.
 */
export interface GuardLimits {
  /** What all caps and sizes are multiplied with: regime × roll-out × canary (MKT-06, SIM-07, RUN-10). */
  readonly capScale: Decimal
  /** One instrument, all bots together, as an amount. */
  readonly instrumentNotionalMax: Decimal | null
  /** By venue id; a venue without an entry has `venueRatioMaxDefault`. */
  readonly venueRatioMax: Readonly<Record<string, Decimal>>
  readonly venueRatioMaxDefault: Decimal | null
  /** Members of each theme: assets (`DOGE`) and instruments (`DOGE-USD@kraken`). An instrument may be of several. */
  readonly themes: Readonly<Record<string, readonly string[]>>
  readonly themeRatioMax: Decimal
  /** All instruments of one market window together; instruments without a window have no such cap. */
  readonly windowNotionalMax: Decimal | null
  /** What one bot's position on one instrument may lose at its stop. */
  readonly riskPerTradeRatioMax: Decimal | null
  /** What all positions and working orders together may lose at their stops. */
  readonly portfolioRiskRatioMax: Decimal | null
  /** What is assumed to be lost where an intent states no stop, as a fraction of the notional. */
  readonly stopDistanceRatioDefault: Decimal
  /** Largest part of the Kelly stake that a position with a stated edge may have; at most one half (RSK-07). */
  readonly kellyRatioMax: Decimal | null
  /** Whether positions without a strategy count in the budgets; hard caps always see them (RSK-12). */
  readonly manualPositions: 'count' | 'ignore'
  /** Least conviction of an intent that adds risk, 0 to 1. */
  readonly convictionMin: number
  /** True bars orders that could take liquidity and add risk (RSK-13). */
  readonly postOnlyRequired: boolean
  /** Zones in which outcome tokens are entered at all (RSK-06). */
  readonly priceZones: readonly PriceZone[]
  /** Nothing is opened within this time of the instrument's expiry, ms. */
  readonly nearExpiryMs: number | null
  /** No entry on an instrument for this long after a fill of anybody's on it, ms; 0 for none. */
  readonly cooldownMs: number
  /** The same after a position was closed at its stop or beyond, ms. */
  readonly cooldownAfterStopMs: number
  /** A bot's order equal to its last one on that side, while that works, is a duplicate within this time, ms. */
  readonly duplicateWindowMs: number | null
  /** Largest move of the mid within a minute, in standard deviations of it. */
  readonly outlierSigmaMax: number | null
  /** Moves below this many basis points are no outliers, however quiet the market was. */
  readonly outlierBpsMin: number
  /** Widest spread, basis points of the mid. */
  readonly spreadBpsMax: Decimal | null
  /** Least notional traded within 24 hours, account currency. */
  readonly volume24hMin: Decimal | null
  /** Submissions and amends of one bot within a second; beyond it the bot's throttle trips. */
  readonly messagesPerSecMax: number | null
  /** Orders of one bot on one side of one instrument within `executionsWindowMs`; beyond it the bot's throttle trips. */
  readonly executionsMax: number | null
  readonly executionsWindowMs: number
  /** By venue id, for venues that are chains. */
  readonly gasMax: Readonly<Record<string, GasLimit>>
  /** The cost of a transaction as a fraction of the profit that is expected of it. */
  readonly gasCostRatioMax: Decimal | null
}

/** The catalogue's defaults; where it has none, off or far from what an orderly bot does. */
export const DEFAULT_GUARD_LIMITS: GuardLimits = Object.freeze({
  capScale: '1' as Decimal,
  instrumentNotionalMax: null,
  venueRatioMax: Object.freeze({}),
  venueRatioMaxDefault: null,
  themes: Object.freeze({}),
  themeRatioMax: '0.1' as Decimal,
  windowNotionalMax: '400' as Decimal,
  riskPerTradeRatioMax: '0.01' as Decimal,
  portfolioRiskRatioMax: '0.1' as Decimal,
  stopDistanceRatioDefault: '0.05' as Decimal,
  kellyRatioMax: '0.5' as Decimal,
  manualPositions: 'count',
  convictionMin: 0,
  postOnlyRequired: false,
  priceZones: PRICE_ZONES,
  nearExpiryMs: 25_000,
  cooldownMs: 0,
  cooldownAfterStopMs: 0,
  duplicateWindowMs: 250,
  outlierSigmaMax: 6,
  outlierBpsMin: 100,
  spreadBpsMax: '100' as Decimal,
  volume24hMin: '100000' as Decimal,
  messagesPerSecMax: 100,
  executionsMax: 600,
  executionsWindowMs: 60_000,
  gasMax: Object.freeze({}),
  gasCostRatioMax: '1' as Decimal,
})
