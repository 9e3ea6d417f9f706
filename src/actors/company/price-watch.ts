import { isZero } from '#domain/decimal'
import { type AssetCode, type InstrumentId, type VenueId, venueOf } from '#domain/ids'
import type { Posting } from '#domain/posting'
import { isExcluded } from '#domain/valuation'
import { priceSourcesOf } from '../portfolio/price-sources'
import type { Company } from './company'

/**
 * Has the venues quote whatever the books hold, and what bots pay in, also where no bot trades it: what somebody bought by hand counts in
 * equity and under the caps like everything else (PFL-05, RSK-12).
 */
export class PriceWatch {
  readonly #company: Company
  /** Assets that were seen since the venue's instruments were last told, by venue. */
  readonly #seen = new Map<VenueId, Set<AssetCode>>()

  constructor(company: Company) {
    this.#company = company
    company.portfolio.onPosting((posting) => this.#onPosting(posting))
  }

  /** Watches what is held and what is paid in `wanted`: at each connect of a venue, when its instruments are known. */
  onConnect(venueId: VenueId, wanted: readonly InstrumentId[]): void {
    const { portfolio, market } = this.#company
    this.#seen.delete(venueId)
    const accountId = this.#company.accountOf(venueId)
    for (const { asset, quantity } of portfolio.ledger.holdingsOf({ accountId, subAccount: null }))
      if (!isZero(quantity)) this.#watch(venueId, asset)
    for (const instrumentId of wanted) {
      const instrument = market.findInstrument(instrumentId)
      if (instrument !== null) this.#watch(venueId, instrument.quoteAsset)
    }
  }

  /** Returns the assets that are held and count, and for which nobody has a price. */
  priceless(): readonly AssetCode[] {
    const { portfolio, deps } = this.#company
    const { rules } = deps.settings
    const found = new Set<AssetCode>()
    portfolio.ledger.eachHeld(null, (asset, quantity) => {
      if (!isZero(quantity) && !isExcluded(asset, rules) && portfolio.rateOf(asset) === null) found.add(asset)
    })
    return [...found].sort()
  }

  #onPosting({ lines }: Posting): void {
    for (const { account, accountId, asset } of lines) {
      if (account !== 'held') continue
      for (const port of this.#company.deps.venues) if (port.accountId === accountId) this.#watch(port.venueId, asset)
    }
  }

  #watch(venueId: VenueId, asset: AssetCode): void {
    const { market, deps, venues } = this.#company
    const seen = this.#seen.get(venueId) ?? new Set<AssetCode>()
    if (seen.has(asset)) return
    this.#seen.set(venueId, seen.add(asset))
    for (const instrumentId of priceSourcesOf(asset, venueId, market, deps.settings.rules))
      venues.get(venueOf(instrumentId))?.watch(instrumentId)
  }
}
