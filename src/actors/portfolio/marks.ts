import type { PriceLookup } from '#domain/valuation'
import type { MarketCache } from '../market-cache'

/** A mark older than this makes a valuation partial (MKT-05). */
const MARK_STALE_MS = 60_000

/** Returns the prices that valuations are made at: the mid of each listed pair. */
export function marksOf(market: MarketCache): PriceLookup {
  return (base, quote) => {
    for (const instrumentId of market.pair(base, quote)) {
      const price = market.mid(instrumentId)
      if (price !== null) return { price, source: `${instrumentId} mid`, isStale: market.markAgeMs(instrumentId) > MARK_STALE_MS }
    }
    return null
  }
}
