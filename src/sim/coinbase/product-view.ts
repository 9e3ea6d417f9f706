import { multiply } from '#domain/decimal'
import type { JsonObject } from '#domain/json'
import { type Face, flagsOf, priceIncrementOf } from './face'
import { percentChange } from './market-view'
import { NORMAL_FLAGS, type Product, type ProductFlags } from './products'
import { amountText } from './wire'

/** Keys that every row has, with the values of a product that nobody trades. */
const BLANK: JsonObject = {
  price: '',
  price_percentage_change_24h: '',
  volume_24h: '',
  volume_percentage_change_24h: '',
  watched: false,
  new: false,
  fcm_trading_session_details: null,
  mid_market_price: '',
  alias: '',
  alias_to: [],
  approximate_quote_24h_volume: '',
  new_at: '2023-01-01T00:00:00Z',
  market_cap: '',
  base_cbrn: '',
  quote_cbrn: '',
  product_cbrn: '',
  icon_color: '',
  icon_url: '',
  display_name_overwrite: '',
  is_alpha_testing: false,
  about_description: '',
  best_bid_price: '',
  best_ask_price: '',
  high_24h: '',
  low_24h: '',
  /** Keys come without notice. */
  settlement_hint: '',
}

function flagFields(flags: ProductFlags, isTradability: boolean): JsonObject {
  return {
    is_disabled: flags.isDisabled,
    status: flags.status,
    cancel_only: flags.cancelOnly,
    limit_only: flags.limitOnly,
    post_only: flags.postOnly,
    trading_disabled: flags.tradingDisabled,
    auction_mode: flags.auctionMode,
    // Meaningful only where it was asked for with a token.
    view_only: isTradability && flags.viewOnly,
  }
}

/** Returns a product as the REST face shows it. */
export function productRow(face: Face, product: Product, isTradability = false): JsonObject {
  const { last, day24h } = face.market.ticker(product.book)
  return {
    ...BLANK,
    product_id: product.id,
    price: last,
    price_percentage_change_24h: percentChange(day24h.open, last),
    volume_24h: day24h.volume,
    base_increment: product.baseIncrement,
    quote_increment: product.quoteIncrement,
    quote_min_size: product.quoteMin,
    quote_max_size: product.quoteMax,
    base_min_size: product.baseMin,
    base_max_size: product.baseMax,
    base_name: product.baseName,
    quote_name: product.quoteName,
    ...flagFields(flagsOf(face, product), isTradability),
    product_type: 'SPOT',
    quote_currency_id: product.quote,
    base_currency_id: product.base,
    alias: product.alias,
    alias_to: product.aliasTo,
    base_display_symbol: product.base,
    quote_display_symbol: product.quote,
    price_increment: priceIncrementOf(face, product),
    display_name: product.id,
    product_venue: 'CBE',
    approximate_quote_24h_volume: amountText(multiply(day24h.volume, day24h.vwap)),
  }
}

function listedOnly(id: string, base: string, quote: string, extra: JsonObject): JsonObject {
  return {
    ...BLANK,
    product_id: id,
    base_increment: '',
    quote_increment: '',
    quote_min_size: '',
    quote_max_size: '',
    base_min_size: '',
    base_max_size: '',
    base_name: base,
    quote_name: quote,
    ...flagFields(NORMAL_FLAGS, false),
    product_type: 'SPOT',
    quote_currency_id: quote,
    base_currency_id: base,
    base_display_symbol: base,
    quote_display_symbol: quote,
    price_increment: '',
    display_name: id,
    product_venue: 'CBE',
    ...extra,
  }
}

const DELISTED: readonly JsonObject[] = ['GNT-USD', 'REPV1-USD'].map((id) =>
  listedOnly(id, id.split('-')[0] ?? '', 'USD', { status: 'delisted', is_disabled: true, trading_disabled: true }),
)

const FUTURES: readonly JsonObject[] = [
  listedOnly('BIT-30JAN26-CDE', '', 'USD', {
    product_type: 'FUTURE',
    product_venue: 'FCM',
    status: '',
    price: '64100',
    base_increment: '1',
    quote_increment: '0.01',
    price_increment: '5',
    future_product_details: { venue: 'cde', contract_code: 'BIT', contract_size: '0.01', contract_root_unit: 'BTC' },
  }),
]

/** What a list of products asks for. */
export interface ListFilter {
  readonly type: string | null
  readonly ids: readonly string[]
  readonly isAll: boolean
  readonly isTradability: boolean
}

/** Returns the rows of a list: what trades, delisted products when all are asked for, futures between them. */
export function listRows(face: Face, { type, ids, isAll, isTradability }: ListFilter): readonly JsonObject[] {
  const spot = face.products.all.filter((product) => isAll || face.state.flagsOf(product).status !== 'delisted')
  const [first, ...others] = spot.map((product) => productRow(face, product, isTradability))
  const rows = [
    ...(first === undefined ? [] : [first]),
    ...(isAll || type === 'FUTURE' || face.choices.mixesFutures ? FUTURES : []),
    ...others,
    ...(isAll ? DELISTED : []),
  ]
  const isWanted = (row: JsonObject): boolean =>
    (type === null || type === 'UNKNOWN_PRODUCT_TYPE' || row['product_type'] === type) &&
    (ids.length === 0 || ids.includes(String(row['product_id'])))
  return rows.filter(isWanted)
}
