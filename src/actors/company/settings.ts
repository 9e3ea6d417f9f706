import type { CostBasisMethod } from '#domain/cost-basis'
import type { Decimal } from '#domain/decimal'
import type { StrategyId } from '#domain/ids'
import type { RestartBudget } from '#domain/restart'
import type { ValuationRules } from '#domain/valuation'
import type { VenueInput } from '#machines/venue-session'
import type { BreakerLimits } from '#risk/breakers/limits'
import type { RegionFacts } from '#risk/guard-facts'
import type { LimitPlan } from '#risk/effective-limits'
import type { UniverseConfig } from '#risk/universe'
import type { DeskSettings } from '../desk/deps'

/** How the books are kept and shown. */
export interface PortfolioSettings {
  readonly method: CostBasisMethod
  /** Strategies by the number that orders of other programs bear at the venue (PFL-10). */
  readonly userrefs: ReadonlyMap<number, StrategyId>
  /** Whether summaries of profit count manual trades unless they are told otherwise. */
  readonly tracksManualTrades: boolean
  /** Share of equity from which manual trades and transfers are told of. */
  readonly externalActivityRatio: Decimal
  /** How often the portfolio is kept as it stands, and for how long, ms. */
  readonly snapshotEveryMs: number
  readonly snapshotRetentionMs: number
  /** Whether what is left of a bot's position, and is too small for any order, is closed as dust (PAIN-10). */
  readonly closesDust: boolean
  /** Time between two readings that must agree on a drift, ms. */
  readonly driftSettleMs: number
}

/** Figures of a company; `config/default.yaml` documents each that it knows. */
export interface CompanySettings {
  readonly desk: DeskSettings
  readonly retireAfterMs: number
  /** How often finished orders are looked at for retirement, ms. */
  readonly sweepMs: number
  readonly shutdownCancels: boolean
  /** As the configuration has them; `LimitBook` knows those in force. */
  readonly limits: LimitPlan
  /** What the account's region allows, by venue id. */
  readonly regions: Readonly<Record<string, RegionFacts>>
  readonly breakers: BreakerLimits
  readonly botBudget: RestartBudget
  readonly venueBudget: RestartBudget
  readonly session: Omit<VenueInput, 'venueId' | 'jitter'>
  readonly stopDeadlineMs: number
  readonly portfolioSyncMs: number
  readonly markEveryMs: number
  readonly driftTolerance: Decimal
  readonly rules: ValuationRules
  readonly portfolio: PortfolioSettings
  /** 6 hex digits of the data directory. */
  readonly tag: string
  /** Positions are protected by exits of their own from the start on; false where whoever runs the company starts that himself. */
  readonly protects: boolean
  /** How often ages of market data are looked at, ms; null where data has no age (recorded bars). */
  readonly dataWatchMs: number | null
  /** A snapshot is taken at a mark once so many journal entries have come since the last; Infinity for none but at the stop. */
  readonly snapshotEvery: number
  /** The halt of the whole company may use the venues' one command for all orders of the account, which reaches those of others too. */
  readonly cancelAllCommand: boolean
  /** What may be traded, by tiers. */
  readonly universe: UniverseConfig
  /** After this an emergency halt tells what it has not been able to end, ms. */
  readonly emergencyDeadlineMs: number
}
