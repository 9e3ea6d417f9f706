import type { Decimal } from '#domain/decimal'
import type { AssetCode } from '#domain/ids'

/** How a paper account trades (SIM-02); `config/default.yaml` documents each key of `paper`. */
export interface PaperSettings {
  /** What the account holds at its very start. */
  readonly balances: ReadonlyMap<AssetCode, Decimal>
  /** One way, ms: of a command to the engine, and of each answer and report back. */
  readonly latencyMs: number
  /** What an order that takes gives away beyond the touch: this on average, never more than the most, basis points. */
  readonly slippageBpsMean: number
  readonly slippageBpsMax: number
  /** When a trade at a resting limit's own price fills it: never (it must trade through), or once those before it are served. */
  readonly restingFills: 'through' | 'queue'
  /** A post-only order needs a price better than its own and is then served by chance, or stands in the queue. */
  readonly postOnlyFills: 'chance' | 'queue'
  /** Share of the occasions at which a post-only order is served, 0 to 1. */
  readonly postOnlyChance: number
  /** Basis points of the notional; null takes the venue's. */
  readonly fees: { readonly makerBps: Decimal; readonly takerBps: Decimal } | null
  /** False where nothing may be handed to the engine at all: a dry run. */
  readonly takesOrders: boolean
  /** Each order is first checked by the venue itself, which needs keys there. */
  readonly checksAtVenue: boolean
}
