import type { AssetCode, InstrumentId, VenueId } from '#domain/ids'
import { pricingWays, type ValuationRules } from '#domain/valuation'
import type { MarketCache } from '../market-cache'

const NOTHING: readonly InstrumentId[] = []

/**
 * Returns the instruments whose quotes price an asset in the account currency: those of the first way of which every pair is listed, of the
 * venue itself where it lists them. None for the account currency, for an asset that counts nowhere, and where no way is listed.
 */
export function priceSourcesOf(asset: AssetCode, venueId: VenueId, market: MarketCache, rules: ValuationRules): readonly InstrumentId[] {
  for (const way of pricingWays(asset, rules)) {
    const found = way.flatMap(([base, quote]) => listingOf(market, venueId, base, quote) ?? NOTHING)
    if (found.length === way.length) return found
  }
  return NOTHING
}

/** True for an asset without a price that is to have one: a way to it is listed, or the venues have not told yet what they list. */
export function isPriceAwaited(asset: AssetCode, market: MarketCache, rules: ValuationRules): boolean {
  if (market.isEmpty) return true
  return pricingWays(asset, rules).some((way) => way.every(([base, quote]) => isListed(market, base, quote)))
}

function listingOf(market: MarketCache, venueId: VenueId, base: AssetCode, quote: AssetCode): InstrumentId | null {
  const listed = [...market.pair(base, quote), ...market.pair(quote, base)]
  return listed.find((instrumentId) => market.findInstrument(instrumentId)?.venueId === venueId) ?? listed[0] ?? null
}

function isListed(market: MarketCache, base: AssetCode, quote: AssetCode): boolean {
  return market.pair(base, quote).length > 0 || market.pair(quote, base).length > 0
}
