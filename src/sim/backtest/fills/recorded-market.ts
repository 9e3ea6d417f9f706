import type { Decimal } from '#domain/decimal'
import type { OrderBookKeeper, SimulatedOrder } from '#sim/fills/types'

/** How true a backtest's fills are: from bars, or from quotes and trades. */
export type FidelityLevel = 'F0' | 'F1'

/** What a recorded market does with the orders of its venue, and with the company that looks at it. */
export interface RecordedKeeper extends OrderBookKeeper {
  /** Shows the company where the market stands, quote per base; the last trade where it is known. */
  show(bidPrice: Decimal, askPrice: Decimal, atMs: number, lastPrice: Decimal | null): void
}

/** The recorded market behind a venue: moves through the data and says who fills. */
export interface RecordedMarket {
  readonly level: FidelityLevel
  /** For the report, a few words: how orders fill, and by which prices protective exits go. */
  readonly name: string
  readonly exits: string
  /** Stops rest here and go off by the last trade. */
  readonly hasStops: boolean
  attach(keeper: RecordedKeeper): void
  /** True when a limit price would take at this instant. */
  crosses(side: 'buy' | 'sell', limit: number): boolean
  /** An order has reached the venue, or its amended terms have: it fills at once as far as the market allows now. */
  arrive(order: SimulatedOrder): void
  /** True when bar `index` may reach what the company protects: asked while it protects anything. */
  isWatched(index: number): boolean
  /** Plays bar `index`, its close left out: fills and the clock's events in order of time. Called where anything can happen in it. */
  through(index: number): void
  /** Shows where the market stands at the close of bar `index`; before the first (−1) at its beginning. */
  settle(index: number): void
}
