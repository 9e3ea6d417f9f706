import type { Decimal } from '#domain/decimal'
import { DAY_MS } from '#domain/time'

/** Thresholds of the breakers (RSK-08, RSK-10). Ratios are fractions: 0.05 is 5 %. */
export interface BreakerLimits {
  /** Fraction of the day's opening equity that may be lost within a UTC day. */
  readonly dailyLossRatioMax: Decimal
  /** Losing trades of a bot in a row that pause it. */
  readonly consecutiveLossesMax: number
  readonly consecutiveLossPauseMs: number
  /** Fraction of its highest equity that a bot may lose. */
  readonly botDrawdownRatioMax: Decimal
  /** The same by bot id, where a bot has a limit of its own; the lower of both holds. */
  readonly botDrawdownRatioMaxOf: Readonly<Record<string, Decimal>>
  /** Fraction of its highest equity that the company may lose. */
  readonly portfolioDrawdownRatioMax: Decimal
  /** Fraction of the UTC day's highest equity that may be lost before only reducing orders pass. */
  readonly dailyDrawdownRatioMax: Decimal
  /** Fraction of the window's highest equity that may be lost. */
  readonly maxDrawdownRatioMax: Decimal
  /** Null for the session: since the company was started. At most two weeks. */
  readonly maxDrawdownWindowMs: number | null
  readonly quoteAgeMsMax: number
  readonly barAgeMsMax: number
  /** How long data must be fresh again before a staleness breaker arms. */
  readonly stalenessCoolDownMs: number
  /** Drift trips the kill switch; else it only bars new risk. */
  readonly killSwitchOnDrift: boolean
  /** Losses of a venue's session within the window that pause its bots. */
  readonly venueLossesMax: number
  readonly venueLossWindowMs: number
  /** How long a venue may be away before it counts as unhealthy. */
  readonly venueAwayMsMax: number
  /** How long it must be back before its bots go on. */
  readonly venueCoolDownMs: number
  /** Critical errors within the window that halt the company. */
  readonly criticalErrorsMax: number
  readonly criticalErrorWindowMs: number
  /** Failed orders of one market within the window that disable it. */
  readonly marketErrorsMax: number
  readonly marketErrorWindowMs: number
  /** How long a market stays disabled. */
  readonly marketErrorPauseMs: number
}

/** The catalogue's defaults. */
export const DEFAULT_BREAKER_LIMITS: BreakerLimits = Object.freeze({
  dailyLossRatioMax: '0.05' as Decimal,
  consecutiveLossesMax: 3,
  consecutiveLossPauseMs: DAY_MS,
  botDrawdownRatioMax: '0.25' as Decimal,
  botDrawdownRatioMaxOf: Object.freeze({}),
  portfolioDrawdownRatioMax: '0.4' as Decimal,
  dailyDrawdownRatioMax: '0.1' as Decimal,
  maxDrawdownRatioMax: '0.2' as Decimal,
  maxDrawdownWindowMs: 7 * DAY_MS,
  quoteAgeMsMax: 5_000,
  barAgeMsMax: 90_000,
  stalenessCoolDownMs: 5_000,
  killSwitchOnDrift: true,
  venueLossesMax: 3,
  venueLossWindowMs: 60_000,
  venueAwayMsMax: 60_000,
  venueCoolDownMs: 30_000,
  criticalErrorsMax: 5,
  criticalErrorWindowMs: 60_000,
  marketErrorsMax: 10,
  marketErrorWindowMs: 60_000,
  marketErrorPauseMs: 300_000,
})
