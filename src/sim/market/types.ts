import type { Decimal } from '#domain/decimal'
import type { ClockPort } from '#ports/clock'
import type { HouseEngine } from '#sim/engine/house-types'
import type { EngineAsset, EngineInstrument, Persistent } from '#sim/engine/types'

/** Bar lengths that the market aggregates, in minutes. */
export type IntervalMinutes = 1 | 5 | 15 | 30 | 60 | 240 | 1440 | 10080 | 21600

/** A bar of the market, prices on the instrument's grid. A silent one has O=H=L=C=previous close, vwap 0, count 0. */
export interface Candle {
  readonly openAtMs: number
  readonly open: Decimal
  readonly high: Decimal
  readonly low: Decimal
  readonly close: Decimal
  /** Quote per base at the price's digits; 0 for a silent bar. */
  readonly vwap: Decimal
  /** Base. */
  readonly volume: Decimal
  readonly count: number
}

/** Day figures of an instrument: the UTC day so far, and the last 24 hours. */
export interface DayFigures {
  readonly open: Decimal
  readonly high: Decimal
  readonly low: Decimal
  readonly volume: Decimal
  readonly vwap: Decimal
  readonly count: number
}

export interface MarketTicker {
  readonly symbol: string
  readonly last: Decimal
  readonly lastQuantity: Decimal
  readonly today: DayFigures
  readonly day24h: DayFigures
}

/** An instrument with what its price path needs. */
export interface MarketInstrument {
  readonly instrument: EngineInstrument
  readonly startPrice: Decimal
  /** Standard deviation of a one-minute return in basis points. */
  readonly volatilityBps: number
  /** Distance from bid to ask in basis points of the price; at least one tick. */
  readonly spreadBps: number
  /** Mean traded volume a minute in quote. */
  readonly volumePerMinute: number
}

/** Everything a venue's emulator needs to begin: assets, instruments with paths, and what the account starts with. */
export interface Universe {
  readonly assets: readonly EngineAsset[]
  readonly instruments: readonly MarketInstrument[]
  readonly deposits: readonly { readonly asset: string; readonly amount: Decimal }[]
}

/** A market that lives on its own: `start` sets its timer on the clock; agents then quote and trade in the engine. */
export interface SimMarket extends Persistent {
  /** Quotes every book at once and keeps stepping on the clock until `stop`. */
  start(): void
  stop(): void
  /**
   * Committed candles with `openAtMs >= sinceMs` (all that are kept when null), at most the newest `limit`, ascending, and last
   * the running one, always. The past before the start is included.
   */
  candles(symbol: string, interval: IntervalMinutes, sinceMs: number | null, limit: number): readonly Candle[]
  /** The bar that is running now. */
  runningCandle(symbol: string, interval: IntervalMinutes): Candle
  ticker(symbol: string): MarketTicker
  /** Lets `change` set another price step of an instrument: the agents withdraw before it and quote on the new grid after it. */
  reprice(symbol: string, change: () => void): void
  /** Multiplies an instrument's price at once, and every price to come: 0.6 is a fall of 40 %. */
  shift(symbol: string, factor: number): void
  /** When a recording has no more bars; null for a seeded path. */
  readonly endsAtMs: number | null
  /** Calls once when the recording has ended; the market then keeps its last prices. */
  onEnd(listener: () => void): void
  /** Count of agent steps so far. */
  readonly steps: number
  /** Calls after each agent step (once for all instruments), so that the owner can commit the store. */
  onStep(listener: () => void): void
}

/** Where an instrument's prices come from. */
export type PriceSource =
  | { readonly kind: 'seeded' }
  /** A recording of one-minute bars for one symbol; the others are absent. */
  | { readonly kind: 'replay'; readonly recording: Recording; readonly symbol: string }

/** One-minute bars read from a file, volume in base. Made by `readRecording(file)` in `market/recording.ts`. */
export interface Recording {
  readonly file: string
  readonly barCount: number
  /** Open time of the first bar, and the time when trading starts (open of bar 1,440: those before are the past). */
  readonly firstOpenAtMs: number
  readonly tradingStartsAtMs: number
  readonly endsAtMs: number
  /** Columns by bar. */
  readonly open: Float64Array
  readonly high: Float64Array
  readonly low: Float64Array
  readonly close: Float64Array
  readonly volume: Float64Array
}

export interface MarketOptions {
  readonly engine: HouseEngine
  readonly clock: ClockPort
  readonly seed: string
  readonly universe: Universe
  readonly source: PriceSource
  /** Market time between two agent steps; 250 live, 1,000 or more in virtual time; divides 60,000 and is at most 15,000. */
  readonly stepMs: number
  /** Market time between two trades of the noise traders of an instrument, on average; at least `stepMs`. */
  readonly tradeEveryMs: number
}
