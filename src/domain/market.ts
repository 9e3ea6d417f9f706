import type { Decimal } from './decimal'
import type { InstrumentId } from './ids'
import type { Timeframe } from './time'

/** Best bid and ask. Prices in quote per base, quantities in base; a one-sided book has no quote. */
export interface Quote {
  readonly instrumentId: InstrumentId
  readonly bidPrice: Decimal
  readonly bidQuantity: Decimal
  readonly askPrice: Decimal
  readonly askQuantity: Decimal
  /** UTC ms of the venue's own stamp; equal to `receivedAtMs` where the venue gives none. */
  readonly venueAtMs: number
  readonly receivedAtMs: number
  /** Of the last trade before it, quote per base; left out where the venue does not say so with its quotes. */
  readonly lastPrice?: Decimal
  /** Traded in the last 24 hours, base; left out where the venue does not say so with its quotes. */
  readonly volume24h?: Decimal
}

/** One price level of a book. */
export interface BookLevel {
  readonly price: Decimal
  readonly quantity: Decimal
}

/** Depth by level, best first on both sides, never crossed. */
export interface BookView {
  readonly instrumentId: InstrumentId
  readonly bids: readonly BookLevel[]
  readonly asks: readonly BookLevel[]
  readonly receivedAtMs: number
}

/** A public print. `side` is the taker's. */
export interface Trade {
  readonly instrumentId: InstrumentId
  readonly tradeKey: string
  readonly side: 'buy' | 'sell'
  readonly price: Decimal
  readonly quantity: Decimal
  readonly venueAtMs: number
}

/**
 * A closed bar over `[openAtMs, closeAtMs)`. Doubles, for indicators only: an order's price comes from the quote.
 * `volume` is in base.
 */
export interface Bar {
  readonly openAtMs: number
  readonly closeAtMs: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
}

/** A closed bar with what it is a bar of. */
export interface BarEvent {
  readonly instrumentId: InstrumentId
  readonly timeframe: Timeframe
  readonly bar: Bar
}
