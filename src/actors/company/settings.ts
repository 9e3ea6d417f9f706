import type { Decimal } from '#domain/decimal'
import type { RestartBudget } from '#domain/restart'
import type { ValuationRules } from '#domain/valuation'
import type { VenueInput } from '#machines/venue-session'
import type { BreakerLimits } from '#risk/breakers'
import type { RegionFacts } from '#risk/guard-facts'
import type { RiskLimits } from '#risk/types'
import type { DeskSettings } from '../desk/deps'

/** Figures of a company; `config/default.yaml` documents each that it knows. */
export interface CompanySettings {
  readonly desk: DeskSettings
  readonly retireAfterMs: number
  /** How often finished orders are looked at for retirement, ms. */
  readonly sweepMs: number
  readonly shutdownCancels: boolean
  readonly limits: RiskLimits
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
  /** 6 hex digits of the data directory. */
  readonly tag: string
  /** How often ages of market data are looked at, ms; null where data has no age (recorded bars). */
  readonly dataWatchMs: number | null
  /** A snapshot is taken at a mark once so many journal entries have come since the last; Infinity for none but at the stop. */
  readonly snapshotEvery: number
}
