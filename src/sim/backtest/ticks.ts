/** Best bids and asks, ascending in time. Prices quote per base; sizes base, NaN where the data has none. */
export interface QuoteColumns {
  readonly count: number
  readonly atMs: Float64Array
  readonly bid: Float64Array
  readonly ask: Float64Array
  readonly bidSize: Float64Array
  readonly askSize: Float64Array
}

/** Public prints, ascending in time. */
export interface TradeColumns {
  readonly count: number
  readonly atMs: Float64Array
  /** The taker's: 1 bought, −1 sold. */
  readonly side: Float64Array
  readonly price: Float64Array
  readonly size: Float64Array
}

/** What F1 fills from. Either may be empty, not both. */
export interface Ticks {
  readonly quotes: QuoteColumns
  readonly trades: TradeColumns
}

/** Returns columns of quotes of zeros, for whoever fills them. */
export function createQuotes(count: number): QuoteColumns {
  const column = () => new Float64Array(count)
  return { count, atMs: column(), bid: column(), ask: column(), bidSize: column(), askSize: column() }
}

/** Returns columns of trades of zeros, for whoever fills them. */
export function createTrades(count: number): TradeColumns {
  const column = () => new Float64Array(count)
  return { count, atMs: column(), side: column(), price: column(), size: column() }
}
