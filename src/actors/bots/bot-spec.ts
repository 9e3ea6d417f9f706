import type { AccountId, BotId, InstrumentId } from '#domain/ids'
import type { Decimal } from '#domain/decimal'
import type { ProtectionConfig } from '#risk/protection'
import type { SizingConfig } from '#risk/sizing-config'
import type { RoutingConfig } from '#risk/types'
import type { ConfiguredStrategy } from '#strategies/types'

/** A bot as configured: what it runs, on what, with which capital, and how its orders are worked. */
export interface BotSpec {
  readonly botId: BotId
  readonly accountId: AccountId
  readonly strategy: ConfiguredStrategy
  readonly instruments: readonly InstrumentId[]
  readonly isEnabled: boolean
  /** Decides this often too, ms; null for bar closes alone. */
  readonly cycleMs: number | null
  /** Share of its timeframe by which a decision may come late, seeded. */
  readonly jitterRatio: number
  readonly capital: Decimal
  readonly routing: RoutingConfig
  readonly sizing: SizingConfig
  /** Has the venue check each order before it is sent, where the venue can. */
  readonly shouldPreview: boolean
  /** What an operator's stop does with its positions. */
  readonly onStop: 'keep' | 'flatten'
  readonly protection: ProtectionConfig
}
