import type { Decimal } from '#domain/decimal'
import type { Approved } from '#domain/order'
import type { VenueOrderId } from '#domain/ids'
import type { SlippageModel } from './slippage'

/** How true a backtest's fills are: from bars, or from quotes and trades. */
export type FidelityLevel = 'F0' | 'F1'

/** One order at the recorded venue, from its arrival to its end. */
export interface RecordedOrder {
  readonly venueOrderId: VenueOrderId
  readonly approved: Approved
  /** When it reached the venue, UTC ms. */
  readonly arrivedAtMs: number
  /** Base in all; an amend changes it. */
  quantity: Decimal
  limitPrice: Decimal | null
  /** `limitPrice` as a double, to compare with recorded prices; NaN for a market order. */
  limit: number
  leaves: Decimal
  /** Of a stop. */
  triggerPrice: Decimal | null
  /** It as a double, while the stop waits for the last trade to reach it; NaN once it has gone off, and for any other order. */
  trigger: number
  /** True once the market moved on with the order in the book: it makes from then on. */
  hasRested: boolean
}

/** The rules that every fill model knows. */
export interface FillRules {
  readonly slippage: SlippageModel
  /** Whether a price that only touches a resting limit fills it, or the market must trade through it. */
  readonly touch: 'touch' | 'through'
  /** Largest share of a bar's (or a trade's) volume that our orders get, 0 to 1; null for no cap. */
  readonly volumeShareMax: number | null
}

/** Touching fills, no slippage, no cap. */
export const DEFAULT_FILL_RULES: FillRules = Object.freeze<FillRules>({ slippage: { kind: 'none' }, touch: 'touch', volumeShareMax: null })

/** What a market does with the orders of the venue that it belongs to. */
export interface OrderBookKeeper {
  /** Orders that can still fill, in order of arrival. */
  readonly working: readonly RecordedOrder[]
  /** Shows the company where the market stands, quote per base; the last trade where it is known. */
  show(bidPrice: Decimal, askPrice: Decimal, atMs: number, lastPrice: Decimal | null): void
  /** Executes part of an order. */
  execute(order: RecordedOrder, price: Decimal, quantity: Decimal, liquidity: 'maker' | 'taker'): void
  /** Ends what is left of an order that may not rest. */
  expire(order: RecordedOrder, reason: string): void
}

/** The recorded market behind a venue: moves through the data and says who fills. */
export interface RecordedMarket {
  readonly level: FidelityLevel
  /** For the report, a few words: how orders fill, and by which prices protective exits go. */
  readonly name: string
  readonly exits: string
  /** Stops rest here and go off by the last trade. */
  readonly hasStops: boolean
  attach(keeper: OrderBookKeeper): void
  /** True when a limit price would take at this instant. */
  crosses(side: 'buy' | 'sell', limit: number): boolean
  /** An order has reached the venue, or its amended terms have: it fills at once as far as the market allows now. */
  arrive(order: RecordedOrder): void
  /** True when bar `index` may reach what the company protects: asked while it protects anything. */
  isWatched(index: number): boolean
  /** Plays bar `index`, its close left out: fills and the clock's events in order of time. Called where anything can happen in it. */
  through(index: number): void
  /** Shows where the market stands at the close of bar `index`; before the first (−1) at its beginning. */
  settle(index: number): void
}
