import { z } from 'zod'
import { amount, amountOrNull, double, figure, flag, opaque, side, text, time, unixSeconds } from './schema'

/** Answer of time. */
export const timeResult = z.object({
  epochMillis: z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
})

/** One product, as far as it matters; rows have more than fifty keys. Those of delisted ones may be empty. */
export const productRow = z.object({
  product_id: opaque,
  product_type: text,
  status: text,
  base_currency_id: text,
  quote_currency_id: text,
  base_increment: amountOrNull,
  quote_increment: amountOrNull,
  price_increment: amountOrNull,
  base_min_size: amountOrNull,
  base_max_size: amountOrNull,
  quote_min_size: amountOrNull,
  quote_max_size: amountOrNull,
  alias: text,
  is_disabled: flag,
  cancel_only: flag,
  limit_only: flag,
  post_only: flag,
  trading_disabled: flag,
  auction_mode: flag,
  view_only: flag,
})
/** One product, read. */
export type ProductRow = z.output<typeof productRow>
/** A page of products; rows are read one by one, so that an odd one spoils no other. */
export const productsResult = z.object({
  products: z.array(z.unknown()),
  pagination: z.object({ has_next: flag, next_cursor: text }).nullish(),
})

/** Answer of candles, newest first, without those in which nothing traded. */
export const candlesResult = z.object({
  candles: z.array(z.object({ start: unixSeconds, low: double, high: double, open: double, close: double, volume: double })),
})

const level = z.object({ price: figure, size: figure })
const priceBook = z.object({ product_id: text, bids: z.array(level), asks: z.array(level), time: text })
/** Answer of product_book, best first. */
export const bookResult = z.object({ pricebook: priceBook })
/** Answer of best_bid_ask; a side may be empty. */
export const bestBidAskResult = z.object({ pricebooks: z.array(priceBook) })
/** A book of the REST side, read. */
export type PriceBook = z.output<typeof priceBook>

/** Answer of ticker; the side is the maker's. */
export const tickerResult = z.object({
  trades: z.array(z.object({ trade_id: opaque, product_id: text, price: figure, size: figure, time, side })),
  best_bid: amountOrNull,
  best_ask: amountOrNull,
})

const money = z.object({ value: amount })
/** One wallet. */
export const accountRow = z.object({
  uuid: opaque,
  currency: z.string(),
  available_balance: money,
  hold: money.nullish(),
  active: flag,
  ready: flag,
  type: text,
})
/** One wallet, read. */
export type AccountRow = z.output<typeof accountRow>
/** A page of wallets. */
export const accountsResult = z.object({ accounts: z.array(accountRow), has_next: flag, cursor: text })

/** What an order was made of, under one of the keys of its kinds. */
export const orderTerms = z.object({
  base_size: amountOrNull,
  quote_size: amountOrNull,
  limit_price: amountOrNull,
  stop_price: amountOrNull,
  stop_trigger_price: amountOrNull,
})
/** Terms, read. */
export type OrderTerms = z.output<typeof orderTerms>
/** One order of the lists. Its states are an open set. */
export const orderRow = z.object({
  order_id: opaque,
  client_order_id: text,
  product_id: z.string(),
  side,
  status: z.string(),
  order_type: text,
  created_time: time,
  filled_size: amount,
  order_configuration: z.record(z.string(), orderTerms.nullable().catch(null)).nullish(),
  current_pending_replace: z.unknown().optional(),
  reject_reason: text,
  reject_message: text,
  cancel_message: text,
  last_update_time: text,
})
/** One order, read. */
export type OrderRow = z.output<typeof orderRow>
/** A page of orders, newest first. */
export const ordersResult = z.object({ orders: z.array(orderRow), has_next: flag, cursor: text })
/** Answer of one order. */
export const orderResult = z.object({ order: orderRow })

/** One execution. */
export const fillRow = z.object({
  entry_id: text,
  trade_id: text,
  order_id: opaque,
  trade_time: time,
  trade_type: text,
  price: figure,
  size: figure,
  commission: amount,
  product_id: z.string(),
  sequence_timestamp: text,
  liquidity_indicator: text,
  size_in_quote: flag,
  side,
})
/** One execution, read. */
export type FillRow = z.output<typeof fillRow>
/** A page of executions, newest first; an empty cursor ends them. */
export const fillsResult = z.object({ fills: z.array(fillRow), cursor: text })

const failure = z.object({
  error: text,
  message: text,
  error_details: text,
  preview_failure_reason: text,
  new_order_failure_reason: text,
})
/** Answer to a new order. Only `success` tells; the id stands in `success_response`. */
export const createResult = z.object({
  success: z.boolean(),
  success_response: z.object({ order_id: text }).nullish(),
  error_response: failure.nullish(),
})

const editFailure = z.object({ edit_failure_reason: text, preview_failure_reason: text })
/** Answer to an edit, in each of its forms. */
export const editResult = z.object({
  success: z.boolean(),
  errors: z.union([z.array(editFailure), editFailure]).nullish(),
  error_response: z.object({ error_details: text, edit_order_failure_reason: text }).nullish(),
})

/** Answer to a batch of cancels: one row an order, whatever the mix. */
export const cancelResult = z.object({
  results: z.array(z.object({ success: z.boolean(), failure_reason: text, order_id: z.string() })),
})

/** Answer to a preview. */
export const previewResult = z.object({
  errs: z
    .array(z.string())
    .nullish()
    .transform((errs) => errs ?? []),
  order_total: text,
  commission_total: text,
  slippage: text,
})

/** Answer of transaction_summary, as far as fees go: rates are fractions. */
export const summaryResult = z.object({
  fee_tier: z.object({ pricing_tier: text, taker_fee_rate: figure, maker_fee_rate: figure }),
})
/** What the account pays. */
export interface FeeTier {
  readonly name: string
  /** Fraction of the cost. */
  readonly makerRate: z.output<typeof figure>
  readonly takerRate: z.output<typeof figure>
}

/** Answer of key_permissions. */
export const permissionsResult = z.object({
  can_view: flag,
  can_trade: flag,
  can_transfer: flag,
  portfolio_uuid: text,
  portfolio_type: text,
})
/** What the key may do, read. */
export type KeyPermissions = z.output<typeof permissionsResult>
