import type { Decimal } from '#domain/decimal'
import type { InstrumentId } from '#domain/ids'
import type { PriceLookup, PricePoint } from '#domain/valuation'
import type { MarketCache } from '../market-cache'

/** A mark older than this makes a valuation partial (MKT-05). */
const MARK_STALE_MS = 60_000

/** The mid of an instrument as a price; where it comes from and how old it is are told to who asks: most valuations do not. */
class Mark implements PricePoint {
  readonly price: Decimal
  readonly #instrumentId: InstrumentId
  readonly #market: MarketCache

  constructor(price: Decimal, instrumentId: InstrumentId, market: MarketCache) {
    this.price = price
    this.#instrumentId = instrumentId
    this.#market = market
  }

  get source(): string {
    return `${this.#instrumentId} mid`
  }

  get isStale(): boolean {
    return this.#market.markAgeMs(this.#instrumentId) > MARK_STALE_MS
  }
}

/** Returns the prices that valuations are made at: the mid of each listed pair. */
export function marksOf(market: MarketCache): PriceLookup {
  return (base, quote) => {
    for (const instrumentId of market.pair(base, quote)) {
      const price = market.mid(instrumentId)
      if (price !== null) return new Mark(price, instrumentId, market)
    }
    return null
  }
}
