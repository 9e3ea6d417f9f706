import type { Decimal } from './decimal'
import type { AssetCode, InstrumentId, VenueId } from './ids'

/** What a venue lets us do with an instrument now (VEN-16). Cancels are tried in every status. */
export type InstrumentStatus = 'online' | 'postOnly' | 'limitOnly' | 'reduceOnly' | 'cancelOnly' | 'offline'

/** What an instrument is beside a plain spot pair. */
export interface InstrumentTerms {
  /** `outcome`: a token that pays 1 or 0 of the quote asset, priced between them. */
  readonly kind: 'spot' | 'future' | 'outcome'
  /** UTC ms at which it ceases to trade; null for never. */
  readonly expiresAtMs: number | null
  /** The market window that it belongs to with others, such as one quarter of an hour of one asset; null for none. */
  readonly windowId: string | null
}

/** One tradable at one venue, with its grid and minimums (MKT-02). Figures come from the venue and are never constants. */
export interface Instrument {
  readonly instrumentId: InstrumentId
  readonly venueId: VenueId
  readonly baseAsset: AssetCode
  readonly quoteAsset: AssetCode
  /** The venue's own spellings: canonical id, REST name and WebSocket name. */
  readonly venueSymbols: { readonly raw: string; readonly rest: string; readonly stream: string }
  readonly status: InstrumentStatus
  /** Price step, quote per base. */
  readonly tickSize: Decimal
  /** Quantity step, base. */
  readonly lotSize: Decimal
  /** Least quantity of an order, base. */
  readonly quantityMin: Decimal
  /** Least price × quantity of an order, quote. */
  readonly notionalMin: Decimal
  /** Digits after the point of cost and fee, quote. */
  readonly costScale: number
  /** Our present rates in basis points of the notional; a negative one is a rebate. */
  readonly makerFeeBps: Decimal
  readonly takerFeeBps: Decimal
  /** True when the venue lends on it; Troupe refuses margin at risk and execution (VEN-05). */
  readonly marginable: boolean
  /** Left out for a plain spot pair. */
  readonly terms?: InstrumentTerms
}
