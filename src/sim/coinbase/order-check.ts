import {
  add,
  type Decimal,
  decimal,
  divide,
  isGreater,
  isLess,
  isMultipleOf,
  isPositive,
  multiply,
  ONE,
  roundToStep,
} from '#domain/decimal'
import { readRfc3339 } from '#sim/emulator/wire-time'
import type { EngineOrderType, OrderRequest } from '#sim/engine/types'
import { type Face, hasWallet, priceIncrementOf, stateOfProduct } from './face'
import type { OrderTerms, UnsupportedTerms } from './order-config'
import type { Product } from './products'

/** Why an order is refused, as create and preview tell it (protocol sheet §2.16). */
export interface OrderRefusal {
  readonly kind: 'refused'
  readonly error: string
  readonly preview: string
  readonly message: string
}

/** An order that passed the face's own checks: what the engine is asked for. */
export interface OrderPlan {
  readonly kind: 'planned'
  readonly request: Omit<OrderRequest, 'clientId' | 'extra' | 'accountId'>
  /** The taker's rate at placement, a fraction; what holds are made at. */
  readonly feeRate: Decimal
}

const UNKNOWN = 'UNKNOWN_FAILURE_REASON'
/** Digits to which an order sized in quote is worked out: below the engine's, so that rounding never asks for more than is given. */
const SPEND_SCALE = 20
const END_AHEAD_MAX_MS = 365 * 86_400_000
const HUNDRED = decimal('100')

/** Makes a refusal. `preview` comes without its prefix. */
export function refused(error: string, preview: string, message = ''): OrderRefusal {
  return { kind: 'refused', error, preview: `PREVIEW_${preview}`, message }
}

const badConfig = (message = 'The order configuration was invalid'): OrderRefusal => refused(UNKNOWN, 'INVALID_ORDER_CONFIG', message)

export const UNAVAILABLE: OrderRefusal = {
  kind: 'refused',
  error: UNKNOWN,
  preview: 'UNKNOWN_PREVIEW_FAILURE_REASON',
  message: 'account is not available',
}

const PLAIN = /^\d{1,30}(\.\d{1,30})?$/

/** Reads digits without sign or exponent; null for anything else. */
export function plainDecimal(text: string | null): Decimal | null {
  return text !== null && PLAIN.test(text) ? decimal(text) : null
}

interface Sizes {
  readonly base: Decimal | null
  readonly quote: Decimal | null
  readonly limit: Decimal | null
  readonly stop: Decimal | null
}

function checkForm(terms: OrderTerms): OrderRefusal | null {
  const { kind, baseSize, quoteSize, side } = terms
  if (baseSize === null && quoteSize === null)
    return badConfig(kind === 'market' ? 'Market orders cannot be placed with empty order sizes' : undefined)
  if (baseSize !== null && quoteSize !== null) return badConfig()
  if (kind === 'market' && side === 'sell' && quoteSize !== null) return badConfig()
  return null
}

function readSizes(face: Face, product: Product, terms: OrderTerms): Sizes | OrderRefusal {
  const base = plainDecimal(terms.baseSize)
  const quote = plainDecimal(terms.quoteSize)
  if ((terms.baseSize !== null && base === null) || (terms.quoteSize !== null && quote === null))
    return refused(UNKNOWN, 'NON_NUMERIC_ORDER_SIZE')
  const limit = plainDecimal(terms.limitPrice)
  const stop = plainDecimal(terms.stopPrice)
  if (terms.limitPrice !== null && (limit === null || !isPositive(limit))) return refused('INVALID_LIMIT_PRICE', 'INVALID_LIMIT_PRICE')
  if (terms.stopPrice !== null && (stop === null || !isPositive(stop))) return refused(UNKNOWN, 'INVALID_STOP_PRICE')
  const step = priceIncrementOf(face, product)
  if (base !== null && !isMultipleOf(base, product.baseIncrement)) return refused('INVALID_SIZE_PRECISION', 'INVALID_SIZE_PRECISION')
  if (quote !== null && !isMultipleOf(quote, product.quoteIncrement)) return refused(UNKNOWN, 'INVALID_QUOTE_SIZE_PRECISION')
  if (limit !== null && !isMultipleOf(limit, step)) return refused('INVALID_PRICE_PRECISION', 'INVALID_PRICE_PRECISION')
  if (stop !== null && !isMultipleOf(stop, step)) return refused(UNKNOWN, 'INVALID_STOP_PRICE_PRECISION')
  return { base, quote, limit, stop }
}

/** Checks a base size against the product's bounds. */
export function checkBase(product: Product, base: Decimal): OrderRefusal | null {
  if (isLess(base, product.baseMin)) return refused(UNKNOWN, 'INVALID_BASE_SIZE_TOO_SMALL')
  return isGreater(base, product.baseMax) ? refused(UNKNOWN, 'INVALID_BASE_SIZE_TOO_LARGE') : null
}

/** Checks a notional against the product's bounds. */
export function checkNotional(product: Product, notional: Decimal): OrderRefusal | null {
  if (isLess(notional, product.quoteMin)) return refused(UNKNOWN, 'INVALID_QUOTE_SIZE_TOO_SMALL')
  return isGreater(notional, product.quoteMax) ? refused(UNKNOWN, 'INVALID_QUOTE_SIZE_TOO_LARGE') : null
}

function checkBounds(face: Face, product: Product, terms: OrderTerms, { base, quote, limit }: Sizes): OrderRefusal | null {
  if (base !== null) {
    const outside = checkBase(product, base)
    if (outside !== null) return outside
  }
  if (quote !== null) return checkNotional(product, quote)
  const best = terms.side === 'buy' ? face.engine.bestAsk(product.book) : face.engine.bestBid(product.book)
  const price = limit ?? best?.price ?? null
  return base === null || price === null ? null : checkNotional(product, multiply(base, price))
}

function checkStop(face: Face, product: Product, terms: OrderTerms, { limit, stop }: Sizes): OrderRefusal | null {
  if (stop === null || limit === null) return null
  if (!face.choices.hasStopLimits) return refused('UNSUPPORTED_ORDER_CONFIGURATION', 'INVALID_ORDER_CONFIG')
  const last = face.engine.lastPrice(product.book)
  if (terms.stopRises && !isGreater(stop, last)) return refused(UNKNOWN, 'STOP_PRICE_BELOW_LAST_TRADE_PRICE')
  if (!terms.stopRises && !isLess(stop, last)) return refused(UNKNOWN, 'STOP_PRICE_ABOVE_LAST_TRADE_PRICE')
  // The limit must leave room beyond the trigger, else the order could not trade once it is live.
  if (terms.side === 'buy' && terms.stopRises && isGreater(stop, limit)) return refused(UNKNOWN, 'STOP_PRICE_ABOVE_LIMIT_PRICE')
  if (terms.side === 'sell' && !terms.stopRises && isLess(stop, limit)) return refused(UNKNOWN, 'STOP_PRICE_BELOW_LIMIT_PRICE')
  return null
}

function readEnd(terms: OrderTerms, nowMs: number): number | null | OrderRefusal {
  if (terms.timeInForce !== 'gtd') return null
  if (terms.endTime === null) return refused('GTD_ORDERS_MUST_HAVE_END_TIME', 'GTD_ORDERS_MUST_HAVE_END_TIME')
  const atMs = readRfc3339(terms.endTime)
  if (atMs === null) return refused(UNKNOWN, 'INVALID_END_TIME')
  if (atMs <= nowMs) return refused('END_TIME_IS_IN_THE_PAST', 'END_TIME_IS_IN_THE_PAST')
  return atMs > nowMs + END_AHEAD_MAX_MS ? refused('END_TIME_TOO_FAR_IN_FUTURE', 'END_TIME_TOO_FAR_IN_FUTURE') : atMs
}

/** Applies the table of product states (protocol sheet §6.1). */
function checkState(face: Face, product: Product, terms: OrderTerms, limit: Decimal | null): OrderRefusal | null {
  const barred = refused(UNKNOWN, 'NOT_ALLOWED_BY_MARKET_STATE')
  const takes = terms.kind === 'market' || terms.timeInForce === 'ioc' || terms.timeInForce === 'fok'
  const state = stateOfProduct(face, product)
  switch (state) {
    case 'normal':
      return null
    case 'halted':
    case 'cancelOnly':
      return refused('TRADING_DISABLED', 'TRADING_DISABLED')
    case 'viewOnly':
      return refused('UNTRADABLE_PRODUCT', 'UNTRADABLE_PRODUCT')
    case 'limitOnly':
      return terms.kind === 'market' || terms.kind === 'stopLimit' ? barred : null
    case 'auction':
      return takes || terms.postOnly ? barred : null
    case 'postOnly': {
      const best = terms.side === 'buy' ? face.engine.bestAsk(product.book) : face.engine.bestBid(product.book)
      const crosses = best !== null && limit !== null && (terms.side === 'buy' ? !isLess(limit, best.price) : !isGreater(limit, best.price))
      return takes || terms.kind === 'stopLimit' || crosses ? barred : null
    }
  }
}

function engineType(terms: OrderTerms): EngineOrderType {
  switch (terms.kind) {
    case 'market':
      return 'market'
    case 'limit':
      return 'limit'
    case 'stopLimit':
      // A buy above and a sell below the market are stops; the other two wait for a better price.
      return (terms.side === 'buy') === terms.stopRises ? 'stopLossLimit' : 'takeProfitLimit'
  }
}

function quantityOf(terms: OrderTerms, product: Product, sizes: Sizes, feeRate: Decimal): Decimal {
  const { base, quote, limit } = sizes
  if (base !== null) return base
  const money = quote ?? ONE
  // A market buy spends its quote with the fee in it; a limit order's quote buys at the limit, down to the grid.
  if (terms.kind === 'market') return divide(money, add(ONE, feeRate), SPEND_SCALE, 'down')
  return roundToStep(divide(money, limit ?? ONE, SPEND_SCALE, 'down'), product.baseIncrement, 'down')
}

function cannotFill(face: Face, product: Product, terms: OrderTerms, limit: Decimal, quantity: Decimal): boolean {
  const { bids, asks } = face.engine.book(product.book, 100_000)
  let left = quantity
  for (const level of terms.side === 'buy' ? asks : bids) {
    if (terms.side === 'buy' ? isGreater(level.price, limit) : isLess(level.price, limit)) return true
    if (!isGreater(left, level.quantity)) return false
    left = add(left, `-${level.quantity}` as Decimal)
  }
  return true
}

/** Judges an order as far as the venue's own rules go; funds, post-only and liquidity are the engine's to judge. */
export function planOrder(
  face: Face,
  accountId: string,
  productId: string,
  terms: OrderTerms | UnsupportedTerms,
): OrderPlan | OrderRefusal {
  const product = face.products.find(productId)
  if (product === null) return refused('INVALID_PRODUCT_ID', 'INVALID_PRODUCT_ID')
  if (terms.kind === 'unsupported') {
    return refused('UNSUPPORTED_ORDER_CONFIGURATION', 'INVALID_ORDER_CONFIG', 'source is not enabled for trading')
  }
  const malformed = checkForm(terms)
  if (malformed !== null) return malformed
  const sizes = readSizes(face, product, terms)
  if ('kind' in sizes) return sizes
  const ends = readEnd(terms, face.clock.now())
  if (typeof ends === 'object' && ends !== null) return ends
  const misfit =
    checkState(face, product, terms, sizes.limit) ?? checkBounds(face, product, terms, sizes) ?? checkStop(face, product, terms, sizes)
  if (misfit !== null) return misfit
  if (!hasWallet(face, product.quote)) return UNAVAILABLE
  const feeRate = divide(face.engine.feeRates(accountId, product.book).takerPercent, HUNDRED)
  const quantity = quantityOf(terms, product, sizes, feeRate)
  if (!isPositive(quantity)) return refused(UNKNOWN, 'INVALID_BASE_SIZE_TOO_SMALL')
  const isRefusedFok = face.choices.fokUnfillable === 'refuse' && terms.timeInForce === 'fok' && sizes.limit !== null
  if (isRefusedFok && sizes.limit !== null && cannotFill(face, product, terms, sizes.limit, quantity))
    return refused('INVALID_NO_LIQUIDITY', 'INVALID_NO_LIQUIDITY')
  const isSpending = terms.kind === 'market' && sizes.quote !== null
  return {
    kind: 'planned',
    feeRate,
    request: {
      symbol: product.book,
      side: terms.side,
      type: engineType(terms),
      quantity,
      quantityIn: isSpending ? 'quote' : 'base',
      limitPrice: sizes.limit,
      triggerPrice: sizes.stop,
      trailing: null,
      timeInForce: terms.kind === 'market' ? 'gtc' : terms.timeInForce,
      expiresAtMs: ends,
      // In post-only mode every order rests or is refused, whatever it asked for itself.
      postOnly: terms.postOnly || stateOfProduct(face, product) === 'postOnly',
      feeIn: 'quote',
      ...(product.alias === '' ? {} : { settleIn: product.quote }),
      selfTrade: 'decrement',
    },
  }
}
