import { add, type Decimal, decimal, divide, isMultipleOf, multiply, roundToScale, roundToStep, subtract } from '#domain/decimal'
import type { JsonObject } from '#domain/json'
import { microTime, secondTime } from '#sim/emulator/wire-time'
import type { EngineLevel } from '#sim/engine/types'
import { type Face, priceIncrementOf } from './face'
import { candleRows, GRANULARITIES, printRow } from './market-view'
import { listRows, productRow } from './product-view'
import type { Product } from './products'
import { refuseArgument, refuseInternal, refuseProduct } from './refusal'
import type { Call, Operation } from './rest-call'

const BOOK_MAX = 1_000
const TRADES_MAX = 100
const TRADES_ASKED_MAX = 1_000
const CANDLES_MAX = 350
const TOO_MANY_CANDLES = 'start and end argument is invalid - number of candles requested should be less than 350'
const TWO = decimal('2')
const TEN_THOUSAND = decimal('10000')

/** Finds a product by its id. @throws {HttpRefusal} 404. */
function productNamed(face: Face, id: string): Product {
  return face.products.find(id) ?? refuseProduct(id)
}

function time({ face }: Call): JsonObject {
  const nowMs = face.clock.now() + (face.faults.take('clockSkew', 'rest', 'time')?.offsetMs ?? 0)
  return { iso: secondTime(nowMs), epochSeconds: String(Math.floor(nowMs / 1_000)), epochMillis: String(nowMs) }
}

function products(call: Call): JsonObject {
  const { face, query } = call
  const rows = listRows(face, {
    type: query.text('product_type'),
    ids: query.all('product_ids'),
    isAll: query.flag('get_all_products'),
    isTradability: query.flag('get_tradability_status') && call.accountId !== '',
  })
  const from = query.count('offset') ?? 0
  const limit = query.count('limit')
  const shown = rows.slice(from, limit === null ? undefined : from + limit)
  return { products: shown, num_products: shown.length, pagination: null }
}

function product(call: Call): JsonObject {
  const { face, query, accountId, named } = call
  return productRow(face, productNamed(face, named), query.flag('get_tradability_status') && accountId !== '')
}

function sides(levels: readonly { readonly price: Decimal; readonly quantity: Decimal }[]): readonly JsonObject[] {
  return levels.map((level) => ({ price: level.price, size: level.quantity }))
}

/** Sums levels into steps: bids down, asks up, so that no level looks better than it is. */
function aggregated(levels: readonly EngineLevel[], step: Decimal, rounding: 'floor' | 'ceil'): { price: Decimal; quantity: Decimal }[] {
  const merged: { price: Decimal; quantity: Decimal }[] = []
  for (const level of levels) {
    const price = roundToStep(level.price, step, rounding)
    const last = merged.at(-1)
    if (last?.price === price) last.quantity = add(last.quantity, level.quantity)
    else merged.push({ price, quantity: level.quantity })
  }
  return merged
}

function productBook({ face, query }: Call): JsonObject {
  const named = query.text('product_id') ?? refuseArgument('product_id is required')
  const found = productNamed(face, named)
  const limit = Math.min(query.count('limit') ?? BOOK_MAX, BOOK_MAX)
  const step = query.text('aggregation_price_increment')
  const tick = priceIncrementOf(face, found)
  if (step !== null && (!/^\d+(\.\d+)?$/.test(step) || Number(step) === 0 || !isMultipleOf(decimal(step), tick)))
    return refuseArgument('aggregation_price_increment is invalid')
  const { bids, asks } = face.engine.book(found.book, step === null ? limit : 100_000)
  const pick = (levels: readonly EngineLevel[], rounding: 'floor' | 'ceil'): readonly { price: Decimal; quantity: Decimal }[] =>
    (step === null ? [...levels] : aggregated(levels, decimal(step), rounding)).slice(0, limit)
  const [bid] = bids
  const [ask] = asks
  const mid = bid === undefined || ask === undefined ? null : divide(add(bid.price, ask.price), TWO)
  const spread = bid === undefined || ask === undefined ? null : subtract(ask.price, bid.price)
  return {
    pricebook: {
      product_id: found.id,
      bids: sides(pick(bids, 'floor')),
      asks: sides(pick(asks, 'ceil')),
      time: microTime(face.clock.now()),
    },
    last: face.engine.lastPrice(found.book),
    mid_market: mid ?? '',
    spread_bps: mid === null || spread === null ? '' : roundToScale(divide(multiply(spread, TEN_THOUSAND), mid), 8, 'halfUp'),
    spread_absolute: spread ?? '',
  }
}

function bestBidAsk({ face, query }: Call): JsonObject {
  const ids = query.all('product_ids')
  const wanted = ids.length === 0 ? face.products.all : ids.map((id) => productNamed(face, id))
  const one = (level: EngineLevel | null): readonly JsonObject[] => (level === null ? [] : sides([level]))
  return {
    pricebooks: wanted.map((found) => ({
      product_id: found.id,
      bids: one(face.engine.bestBid(found.book)),
      asks: one(face.engine.bestAsk(found.book)),
      time: microTime(face.clock.now()),
    })),
  }
}

function seconds(text: string | null): number | null {
  return text !== null && /^\d{1,11}$/.test(text) ? Number(text) : null
}

function candles({ face, named, query }: Call): JsonObject {
  const found = productNamed(face, named)
  const granularity = GRANULARITIES.get(query.text('granularity') ?? '') ?? refuseArgument('granularity is invalid')
  const start = seconds(query.text('start'))
  const end = seconds(query.text('end'))
  if (start === null || end === null || end < start) return refuseArgument('start and end argument is invalid')
  const stepSec = granularity.minutes * 60
  // Both ends count: 350 steps name 351 buckets.
  if (Math.floor(end / stepSec) - Math.ceil(start / stepSec) + 1 > CANDLES_MAX) return refuseArgument(TOO_MANY_CANDLES)
  const rows = candleRows(face, found.book, granularity, start * 1_000, end * 1_000)
  const limit = Math.min(query.count('limit') ?? CANDLES_MAX, CANDLES_MAX)
  return { candles: rows.slice(0, limit) }
}

function trades({ face, named, query }: Call): JsonObject {
  const found = productNamed(face, named)
  const limit = query.count('limit') ?? refuseArgument('limit is required')
  if (limit > TRADES_ASKED_MAX) return refuseInternal()
  const startMs = (seconds(query.text('start')) ?? 0) * 1_000
  const end = seconds(query.text('end'))
  const within = face.engine
    .prints(found.book, null, 100_000)
    .filter((print) => print.atMs >= startMs && (end === null || print.atMs < (end + 1) * 1_000))
  return {
    trades: within
      .slice(-Math.max(1, Math.min(limit, TRADES_MAX)))
      .reverse()
      .map((print) => ({ ...printRow(print, found.id), bid: '', ask: '', exchange: 'coinbase' })),
    best_bid: face.engine.bestBid(found.book)?.price ?? '',
    best_ask: face.engine.bestAsk(found.book)?.price ?? '',
  }
}

const market: readonly Omit<Operation, 'scope'>[] = [
  { label: 'listProducts', method: 'GET', path: /^\/products$/, run: products },
  { label: 'getProduct', method: 'GET', path: /^\/products\/([^/]+)$/, run: product },
  { label: 'productBook', method: 'GET', path: /^\/product_book$/, run: productBook },
  { label: 'candles', method: 'GET', path: /^\/products\/([^/]+)\/candles$/, run: candles },
  { label: 'trades', method: 'GET', path: /^\/products\/([^/]+)\/ticker$/, run: trades },
]

/** The public operations below `/market`, the same ones with a token, and the two that have no twin. */
export const MARKET_OPERATIONS: readonly Operation[] = [
  { label: 'time', method: 'GET', path: /^\/time$/, scope: null, run: time },
  ...market.map((one): Operation => ({ ...one, scope: null, path: new RegExp(`^/market${one.path.source.slice(1)}`) })),
  ...market.map((one): Operation => ({ ...one, scope: 'view' })),
  { label: 'bestBidAsk', method: 'GET', path: /^\/best_bid_ask$/, scope: 'view', run: bestBidAsk },
]
