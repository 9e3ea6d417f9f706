import { type Decimal, isGreater, isLess, isMultipleOf, multiply } from '#domain/decimal'
import type { Approved, Side } from '#domain/order'
import type { Refusal } from '#domain/outcome'
import type { Product } from './products'

/** The one configuration of an order: exactly one key, decimals as text. */
export type OrderConfiguration =
  | { readonly market_market_ioc: { readonly base_size: Decimal } | { readonly quote_size: Decimal } }
  | { readonly sor_limit_ioc: { readonly base_size: Decimal; readonly limit_price: Decimal } }
  | { readonly limit_limit_fok: { readonly base_size: Decimal; readonly limit_price: Decimal } }
  | { readonly limit_limit_gtc: { readonly base_size: Decimal; readonly limit_price: Decimal; readonly post_only: boolean } }
  | {
      readonly limit_limit_gtd: {
        readonly base_size: Decimal
        readonly limit_price: Decimal
        readonly end_time: string
        readonly post_only: boolean
      }
    }

/** Body of a preview. */
export interface PreviewBody {
  readonly product_id: string
  readonly side: 'BUY' | 'SELL'
  readonly order_configuration: OrderConfiguration
}

/** Body of a new order. */
export interface CreateBody extends PreviewBody {
  readonly client_order_id: string
}

/** Body of an edit: both figures, for one left out would be read as 0. */
export interface EditBody {
  readonly order_id: string
  readonly price: Decimal
  readonly size: Decimal
}

const SIDES = { buy: 'BUY', sell: 'SELL' } as const satisfies Record<Side, string>

/** Returns the body of a preview of an order that `refuseByForm` passes. */
export function previewBody(order: Approved, product: Product): PreviewBody {
  return { product_id: product.productId, side: SIDES[order.side], order_configuration: configurationOf(order) }
}

/** Returns the body of a new order that `refuseByForm` passes. */
export function createBody(order: Approved, product: Product): CreateBody {
  return { client_order_id: order.clientOrderId, ...previewBody(order, product) }
}

/** Returns the configuration of a market order that spends an amount of quote, its fee included; buys only. */
export function marketByQuote(quoteSize: Decimal): OrderConfiguration {
  return { market_market_ioc: { quote_size: quoteSize } }
}

function configurationOf(order: Approved): OrderConfiguration {
  const { quantity: base_size, limitPrice: limit_price, postOnly: post_only } = order
  if (limit_price === null) return { market_market_ioc: { base_size } }
  switch (order.timeInForce) {
    case 'ioc':
      return { sor_limit_ioc: { base_size, limit_price } }
    case 'fok':
      return { limit_limit_fok: { base_size, limit_price } }
    case 'gtc':
      return { limit_limit_gtc: { base_size, limit_price, post_only } }
    case 'gtd':
      return { limit_limit_gtd: { base_size, limit_price, end_time: wholeSeconds(order.expiresAtMs ?? 0), post_only } }
  }
}

/** Returns UTC ms as RFC 3339 text in whole seconds, rounded down: an order never lives longer than asked. */
function wholeSeconds(ms: number): string {
  return new Date(Math.floor(ms / 1_000) * 1_000).toISOString().replace('.000Z', 'Z')
}

/** Says why Coinbase would refuse an order for its form, or null. What the plan rounded passes; nothing else leaves (PAIN-09). */
export function refuseByForm(order: Approved, product: Product): Refusal | null {
  const refuse = (code: string, reason: string): Refusal => ({ code, reason: `${product.instrumentId}: ${reason}`, retry: 'never' })
  const { row } = product
  if (order.type !== 'market' && order.type !== 'limit') return refuse('unsupportedType', `a ${order.type} order does not rest at Coinbase`)
  if (order.type === 'limit' && order.limitPrice === null) return refuse('invalidPrice', 'a limit order needs a price')
  if (order.type === 'market' && order.limitPrice !== null) return refuse('invalidPrice', 'a market order has no limit price')
  if (order.timeInForce === 'gtd' && order.expiresAtMs === null) return refuse('unsupportedTimeInForce', 'gtd needs an expiry')
  if (order.postOnly && (order.type === 'market' || order.timeInForce === 'ioc' || order.timeInForce === 'fok')) {
    return refuse('invalidArguments', 'an order that takes at once cannot be post-only')
  }
  if (!isMultipleOf(order.quantity, product.lotSize)) return refuse('lotSize', `${order.quantity} is no multiple of ${product.lotSize}`)
  if (row.base_min_size !== null && isLess(order.quantity, row.base_min_size)) {
    return refuse('orderMinimum', `${order.quantity} is below the minimum of ${row.base_min_size}`)
  }
  if (row.base_max_size !== null && isGreater(order.quantity, row.base_max_size)) {
    return refuse('orderMaximum', `${order.quantity} is above the maximum of ${row.base_max_size}`)
  }
  if (order.limitPrice !== null && !isMultipleOf(order.limitPrice, product.tickSize)) {
    return refuse('tickSize', `${order.limitPrice} is no multiple of ${product.tickSize}`)
  }
  const cost = multiply(order.quantity, order.limitPrice ?? order.referencePrice)
  if (row.quote_min_size !== null && isLess(cost, row.quote_min_size)) {
    return refuse('costMinimum', `a cost of ${cost} is below the minimum of ${row.quote_min_size}`)
  }
  if (row.quote_max_size !== null && isGreater(cost, row.quote_max_size)) {
    return refuse('costMaximum', `a cost of ${cost} is above the maximum of ${row.quote_max_size}`)
  }
  return null
}
