import type { AccountId, BotId, InstrumentId } from '#domain/ids'
import type { Decimal } from '#domain/decimal'
import type { StrategyId } from '#domain/ids'
import type { AggregationPolicy, StrategyTerms } from '#risk/aggregate'
import type { ProposalBounds } from '#risk/proposal-bounds'
import type { ProtectionConfig } from '#risk/protection'
import type { SizingConfig } from '#risk/sizing-config'
import type { RoutingConfig } from '#risk/types'
import type { ConfiguredStrategy } from '#strategies/types'

/** Which part of the universe a bot trades. */
export interface UniverseFilter {
  readonly tiers: readonly string[]
  /** Of those that may be entered, so many with the greatest volume; null for all. */
  readonly topByVolume: number | null
}

/** A bot as configured: what it runs, on what, with which capital, and how its orders are worked. */
export interface BotSpec {
  readonly botId: BotId
  readonly accountId: AccountId
  /** How far stops and targets of its entries may be from the price; null where nothing is asked of them. */
  readonly bounds: ProposalBounds | null
  /** What is asked at each close: its strategy, or those of its strategies that are enabled as one. */
  readonly strategy: ConfiguredStrategy
  /** Its strategies with what it lets each do, those that are not enabled among them; one for most bots. */
  readonly members: readonly StrategyTerms[]
  /** How their wishes become one; null where a single strategy has no bounds of its own, so that its wishes go to the desk as they are. */
  readonly aggregation: AggregationPolicy | null
  /** All that it may ever trade. */
  readonly instruments: readonly InstrumentId[]
  /** The part of the universe that it trades: of its instruments only those that the universe admits now are entered. Null for a list of its own. */
  readonly universe: UniverseFilter | null
  readonly isEnabled: boolean
  /** Decides this often too, ms; null for bar closes alone. */
  readonly cycleMs: number | null
  /** Share of its timeframe by which a decision may come late, seeded. */
  readonly jitterRatio: number
  readonly capital: Decimal
  readonly routing: RoutingConfig
  readonly sizing: SizingConfig
  /** How positions on an instrument are sized whose tier states a size of its own; the others go by `sizing`. */
  readonly tierSizing: ReadonlyMap<InstrumentId, SizingConfig>
  /** Has the venue check each order before it is sent, where the venue can. */
  readonly shouldPreview: boolean
  /** What an operator's stop does with its positions. */
  readonly onStop: 'keep' | 'flatten'
  readonly protection: ProtectionConfig
}

/** Returns the strategy that closing a bot's position is booked to: where it has several, the one that holds it. */
export function closerOf({ members, strategy }: Pick<BotSpec, 'members' | 'strategy'>, holder: StrategyId | null): StrategyId {
  return members.length > 1 && holder !== null ? holder : strategy.strategyId
}

/** Returns the strategies that a bot runs or, not enabled, was given. */
export function strategiesOf({ members }: Pick<BotSpec, 'members'>): readonly StrategyId[] {
  return members.map(({ strategyId }) => strategyId)
}
