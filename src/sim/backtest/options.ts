import type { Team } from '#actors/bots/bot-team'
import type { TroupeConfig } from '#config/schema'
import type { Decimal } from '#domain/decimal'
import type { Instrument } from '#domain/instrument'
import type { JournalEntry } from '#ports/journal'
import type { ProtectionConfig } from '#risk/protection'
import type { RoutingConfig } from '#risk/types'
import type { ConfiguredStrategy } from '#strategies/types'
import type { MemoryJournalDisk } from '#store/memory-journal'
import type { BacktestData } from './data'
import type { FillRules } from '#sim/fills/types'
import type { RiskPolicy } from './policy'

/** How large a position is where the strategy leaves it open. */
export type BacktestSize =
  | { readonly kind: 'quantity'; readonly quantity: Decimal }
  | { readonly kind: 'notional'; readonly notional: Decimal }

/** Where the journal goes: nowhere (counted and forgotten), into memory, or into the file of a data directory. */
export type BacktestJournal =
  | { readonly kind: 'none' }
  | { readonly kind: 'memory'; readonly disk: MemoryJournalDisk }
  | { readonly kind: 'file'; readonly dataDir: string }

/** Everything that a backtest's outcome depends on, and where its by-products go. */
export interface BacktestOptions {
  readonly data: BacktestData
  readonly instrument: Instrument
  /** Of the instrument, for exposure by theme: `layer-1`, `meme`. */
  readonly theme: string
  /** True where more may be sold than is held. */
  readonly shorts: boolean
  readonly strategy: ConfiguredStrategy
  /** Where `strategy` is several as one: what the bot lets each do, and how their wishes become one. Null for a single one. */
  readonly team: Pick<Team, 'members' | 'aggregation' | 'bounds'> | null
  readonly botId: string
  /** Decides this often too, ms; null for bar closes alone. */
  readonly cycleMs: number | null
  readonly size: BacktestSize
  readonly routing: RoutingConfig
  /** How positions are protected where the strategy states nothing, and how their exits are worked. */
  readonly protection: ProtectionConfig
  /** Quote. */
  readonly capital: Decimal
  /** Bars that close by then, UTC ms, only warm the strategy up; null trades from the first bar that it is warm for. */
  readonly fromMs: number | null
  readonly policy: RiskPolicy
  /** Limits, breakers, desk: what the policy and recorded data leave of it. */
  readonly config: TroupeConfig
  readonly fills: FillRules
  /** One way, ms. */
  readonly latencyMs: number
  readonly seed: number
  /** Of Troupe, for the report. */
  readonly version: string
  /** 6 hex digits, in every client order id. */
  readonly tag: string
  readonly journal: BacktestJournal
  /** Hears each journal entry as it is appended; null for nobody. */
  readonly onEntry: ((entry: Omit<JournalEntry, 'previousHash' | 'hash'>) => void) | null
  onProgress(done: number, total: number): void
}
