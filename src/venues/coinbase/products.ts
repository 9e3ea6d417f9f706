import { type Decimal, isPositive, maximum, multiply, scaleOf, ZERO } from '#domain/decimal'
import { type AssetCode, assetCode, type InstrumentId, instrumentIdOf, type VenueId } from '#domain/ids'
import type { Instrument, InstrumentStatus } from '#domain/instrument'
import { type ProductRow, productRow } from './schema-rest'

/** One spot product under our name and the venue's. */
export interface Product {
  readonly instrumentId: InstrumentId
  /** What orders name; it decides which wallet pays. */
  readonly productId: string
  /** The product whose book it shares, itself where it has its own: what streams name. */
  readonly canonicalId: string
  readonly baseAsset: AssetCode
  readonly quoteAsset: AssetCode
  readonly tickSize: Decimal
  readonly lotSize: Decimal
  readonly row: ProductRow
}

const ASSET_FORM = /^[A-Z0-9][A-Z0-9.]{0,19}$/

/** The products by every name. A product and its aliases (`BTC-USD`, `BTC-USDC`) are instruments of their own with one book between them. */
export class ProductTable {
  readonly #byId = new Map<string, Product>()
  readonly #byInstrument = new Map<InstrumentId, Product>()
  readonly #families = new Map<string, Product[]>()
  /** Rows that are no instrument: unreadable, without a grid, or with names that our own forms cannot hold. */
  readonly skipped: readonly string[]

  constructor(venueId: VenueId, rows: readonly unknown[]) {
    const skipped: string[] = []
    for (const raw of rows) {
      const parsed = productRow.safeParse(raw)
      if (!parsed.success) skipped.push('an unreadable row')
      else if (parsed.data.product_type !== 'SPOT') continue
      else if (!this.#add(parsed.data, venueId)) skipped.push(parsed.data.product_id)
    }
    this.skipped = skipped
  }

  get products(): Iterable<Product> {
    return this.#byInstrument.values()
  }

  /** Returns a product by the venue's name of it. */
  byId(productId: string): Product | null {
    return this.#byId.get(productId) ?? null
  }

  of(instrumentId: InstrumentId): Product | null {
    return this.#byInstrument.get(instrumentId) ?? null
  }

  /** Returns the name under which streams tell of a product, whichever of the family is named. */
  canonicalOf(productId: string): string {
    return this.#byId.get(productId)?.canonicalId ?? productId
  }

  /** Returns the products that share a book. */
  family(canonicalId: string): readonly Product[] {
    return this.#families.get(canonicalId) ?? []
  }

  /** Takes a newer row of a known product; null when it is none of ours, or the same as before. */
  replace(row: ProductRow, venueId: VenueId): Product | null {
    const known = this.#byId.get(row.product_id)
    const product = known === undefined ? null : productOf(row, venueId)
    if (known === undefined || product === null || product.instrumentId !== known.instrumentId) return null
    this.#byId.set(row.product_id, product)
    this.#byInstrument.set(product.instrumentId, product)
    const family = this.#families.get(known.canonicalId) ?? []
    this.#families.set(known.canonicalId, [...family.filter((one) => one !== known), product])
    return product
  }

  #add(row: ProductRow, venueId: VenueId): boolean {
    const product = productOf(row, venueId)
    if (product === null || this.#byId.has(product.productId) || this.#byInstrument.has(product.instrumentId)) return false
    this.#byId.set(product.productId, product)
    this.#byInstrument.set(product.instrumentId, product)
    this.#families.set(product.canonicalId, [...this.family(product.canonicalId), product])
    return true
  }
}

/** A product without a grid (a delisted one) cannot be traded, nor shown as an instrument. */
function productOf(row: ProductRow, venueId: VenueId): Product | null {
  const [base = '', quote = ''] = row.product_id.split('-')
  const baseName = row.base_currency_id === '' ? base : row.base_currency_id
  const quoteName = row.quote_currency_id === '' ? quote : row.quote_currency_id
  const tickSize = positive(row.price_increment) ?? positive(row.quote_increment)
  const lotSize = positive(row.base_increment)
  if (!ASSET_FORM.test(baseName) || !ASSET_FORM.test(quoteName) || tickSize === null || lotSize === null) return null
  const [baseAsset, quoteAsset] = [assetCode(baseName), assetCode(quoteName)]
  return {
    instrumentId: instrumentIdOf(baseAsset, quoteAsset, venueId),
    productId: row.product_id,
    canonicalId: row.alias === '' ? row.product_id : row.alias,
    baseAsset,
    quoteAsset,
    tickSize,
    lotSize,
    row,
  }
}

function positive(value: Decimal | null): Decimal | null {
  return value !== null && isPositive(value) ? value : null
}

/**
 * Returns our word for a product's state (VEN-16); flags can hold together, and the strictest counts. One that this account may not trade, and one in
 * an auction, where orders only gather, take cancels alone.
 */
export function statusOf(row: ProductRow): InstrumentStatus {
  if (row.trading_disabled || row.is_disabled || row.status !== 'online') return 'offline'
  if (row.cancel_only || row.view_only || row.auction_mode) return 'cancelOnly'
  if (row.post_only) return 'postOnly'
  return row.limit_only ? 'limitOnly' : 'online'
}

/** What the account pays, in basis points. */
export interface FeeBps {
  readonly maker: Decimal
  readonly taker: Decimal
}

const BPS = '10000' as Decimal

/** Returns rates given as fractions in basis points. */
export function feeBpsOf(makerRate: Decimal, takerRate: Decimal): FeeBps {
  return { maker: multiply(makerRate, BPS), taker: multiply(takerRate, BPS) }
}

/** The venue's dearest tier: what counts until it says what the account pays. */
export const FEES_UNTOLD: FeeBps = { maker: '60' as Decimal, taker: '120' as Decimal }

/** Costs are not rounded by the venue; fees come with up to sixteen digits. */
const COST_SCALE_MIN = 8

/** Returns the instrument of a product (MKT-02). */
export function instrumentOf(product: Product, venueId: VenueId, fees: FeeBps): Instrument {
  const { row, tickSize, lotSize } = product
  return {
    instrumentId: product.instrumentId,
    venueId,
    baseAsset: product.baseAsset,
    quoteAsset: product.quoteAsset,
    venueSymbols: { raw: product.productId, rest: product.productId, stream: product.canonicalId },
    status: statusOf(row),
    tickSize,
    lotSize,
    quantityMin: maximum(row.base_min_size ?? lotSize, lotSize),
    notionalMin: row.quote_min_size ?? ZERO,
    costScale: Math.max(COST_SCALE_MIN, scaleOf(row.quote_increment ?? tickSize)),
    makerFeeBps: fees.maker,
    takerFeeBps: fees.taker,
    marginable: false,
  }
}
