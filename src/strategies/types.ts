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
  /** Whose order opened it, in a bot of several strategies; null when flat, and left out where one strategy is all there is. */
  readonly strategyId?: StrategyId | null
}

/**
 * The running figures of a strategy over the closed bars of one instrument: a fold that hears each bar of the deciding timeframe once,
 * in order, and allocates nothing (STR-01, SIM-10). Two that heard the same bars hold the same doubles.
 */
export interface Study<R> {
  /** What `decide` reads: one object throughout, its figures as of the newest bar heard; NaN where too few bars were heard. */
  readonly readings: Readonly<R>
  /** Hears the next closed bar. Prices in quote per base, volume in base. */
  push(open: number, high: number, low: number, close: number, volume: number): void
}

/** All that a strategy may know (STR-01). Frozen; the same context gives the same intents. */
export interface StrategyContext<R = unknown> {
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
  /** The figures of the strategy's study after the bar decided on. */
  readonly readings: Readonly<R>
}

/** Closed bars needed before the first decision, a timeframe. */
export type WarmUp = Readonly<Partial<Record<Timeframe, number>>>

/** A strategy: pure, deterministic and without state of its own (STR-01). */
export interface Strategy<P, R = unknown> {
  readonly strategyId: StrategyId
  /** For a person, a few words. */
  readonly title: string
  /** Parses what config gives; every parameter has a documented default. */
  readonly parameters: z.ZodType<P>
  /** The timeframe whose closes call `decide`. */
  decidesOn(parameters: P): Timeframe
  warmUpBars(parameters: P): WarmUp
  /** Makes the study of one instrument; `NO_STUDY` where the strategy reads bars alone. */
  study(parameters: P): Study<R>
  /**
   * Bars of the deciding timeframe after which it no longer matters where the study began to hear: a live start loads so many, as far
   * as there are so many, and decides with `warmUpBars` of them. Without it both are the same, as for figures over whole windows.
   */
  settleBars?(parameters: P): number
  /** Most entries that a bot may take from it in one cycle, over all its instruments (STR-06). Without it there is no such bound. */
  entriesPerCycleMax?(parameters: P): number
  /**
   * Returns what the strategy wants now. Empty changes nothing and leaves no trace: while the context holds fewer bars than
   * `warmUpBars`, and where the strategy has nothing to say.
   */
  decide(context: StrategyContext<R>, parameters: P): readonly Intent[]
}

/** A strategy with its parameters parsed: what a bot runs. */
export interface ConfiguredStrategy {
  readonly strategyId: StrategyId
  readonly title: string
  /** As parsed, defaults filled in. */
  readonly parameters: Readonly<Record<string, unknown>>
  readonly decidesOn: Timeframe
  readonly warmUpBars: WarmUp
  /** Bars of the deciding timeframe that a live start loads for the study; at least those of `warmUpBars`. */
  readonly settleBars: number
  /** Most entries taken from it in one cycle; null for no bound. */
  readonly entriesPerCycleMax: number | null
  study(): Study<unknown>
  decide(context: StrategyContext): readonly Intent[]
}

/** The study of a strategy that keeps no running figures. */
export const NO_STUDY: Study<unknown> = Object.freeze({ readings: Object.freeze({}), push: () => undefined })
