import type { z } from 'zod'
import type { Decimal } from '#domain/decimal'
import type { BotId, InstrumentId, StrategyId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import type { Timeframe } from '#domain/time'

/**
 * Closed bars of one instrument and timeframe, ascending and read-only. Index 0 is the oldest held, `count − 1` the newest.
 * Every reader throws `InvariantError` for an index outside.
 */
export interface BarsView {
  readonly count: number
  openAtMs(index: number): number
  closeAtMs(index: number): number
  open(index: number): number
  high(index: number): number
  low(index: number): number
  close(index: number): number
  /** Base. */
  volume(index: number): number
}

/** What the bot's own sub-account holds of the instrument. */
export interface StrategyPosition {
  /** Base, signed, long positive. */
  readonly netQuantity: Decimal
  /** Quote per base; null when flat. */
  readonly entryPrice: Decimal | null
}

/** All that a strategy may know (STR-01). Frozen; the same context gives the same intents. */
export interface StrategyContext {
  readonly botId: BotId
  readonly instrumentId: InstrumentId
  /** The timeframe whose bar has just closed: the strategy's `decidesOn`. */
  readonly timeframe: Timeframe
  /** Close time of the bar decided on, UTC ms. */
  readonly nowMs: number
  /** Bars of each timeframe that `warmUpBars` names, none that closed after `nowMs`. */
  readonly bars: Readonly<Partial<Record<Timeframe, BarsView>>>
  readonly position: StrategyPosition
  /** Instruments in which the bot's position is not flat, this one included. */
  readonly openPositions: number
  readonly capabilities: { readonly shorts: boolean }
}

/** Closed bars needed before the first decision, a timeframe. */
export type WarmUp = Readonly<Partial<Record<Timeframe, number>>>

/** A strategy: pure, deterministic and without state of its own (STR-01). */
export interface Strategy<P> {
  readonly strategyId: StrategyId
  /** For a person, a few words. */
  readonly title: string
  /** Parses what config gives; every parameter has a documented default. */
  readonly parameters: z.ZodType<P>
  /** The timeframe whose closes call `decide`. */
  decidesOn(parameters: P): Timeframe
  warmUpBars(parameters: P): WarmUp
  /** Returns what the strategy wants now; empty only while the context holds fewer bars than `warmUpBars`. */
  decide(context: StrategyContext, parameters: P): readonly Intent[]
}

/** A strategy with its parameters parsed: what a bot runs. */
export interface ConfiguredStrategy {
  readonly strategyId: StrategyId
  readonly title: string
  /** As parsed, defaults filled in. */
  readonly parameters: Readonly<Record<string, unknown>>
  readonly decidesOn: Timeframe
  readonly warmUpBars: WarmUp
  decide(context: StrategyContext): readonly Intent[]
}
