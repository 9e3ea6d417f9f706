import { add, type Decimal, divide, isZero, maximum, minimum, multiply, subtract, ZERO } from '#domain/decimal'
import type { JsonObject } from '#domain/json'
import { microTime } from '#sim/emulator/wire-time'
import type { EngineLevel, EnginePrint } from '#sim/engine/types'
import type { Candle, IntervalMinutes } from '#sim/market/types'
import type { Face } from './face'
import type { Product } from './products'
import { EPOCH_TIME } from './wire'

/** A bar length of the wire, and the market's bars that it is made of. */
export interface Granularity {
  readonly minutes: number
  readonly from: IntervalMinutes
}

export const GRANULARITIES: ReadonlyMap<string, Granularity> = new Map<string, Granularity>([
  ['ONE_MINUTE', { minutes: 1, from: 1 }],
  ['FIVE_MINUTE', { minutes: 5, from: 5 }],
  ['FIFTEEN_MINUTE', { minutes: 15, from: 15 }],
  ['THIRTY_MINUTE', { minutes: 30, from: 30 }],
  ['ONE_HOUR', { minutes: 60, from: 60 }],
  ['TWO_HOUR', { minutes: 120, from: 60 }],
  ['FOUR_HOUR', { minutes: 240, from: 240 }],
  ['SIX_HOUR', { minutes: 360, from: 60 }],
  ['ONE_DAY', { minutes: 1_440, from: 1_440 }],
])

interface Bucket {
  readonly startMs: number
  readonly open: Decimal
  high: Decimal
  low: Decimal
  close: Decimal
  volume: Decimal
}

/** Joins bars into longer ones; silent bars join nothing, so that a bucket without trades is left out. */
function joined(candles: readonly Candle[], stepMs: number): readonly Bucket[] {
  const buckets: Bucket[] = []
  for (const { openAtMs, open, high, low, close, volume, count } of candles) {
    if (count === 0) continue
    const startMs = Math.floor(openAtMs / stepMs) * stepMs
    const last = buckets.at(-1)
    if (last?.startMs !== startMs) {
      buckets.push({ startMs, open, high, low, close, volume })
      continue
    }
    last.high = maximum(last.high, high)
    last.low = minimum(last.low, low)
    last.close = close
    last.volume = add(last.volume, volume)
  }
  return buckets
}

function bucketRow({ startMs, low, high, open, close, volume }: Bucket): JsonObject {
  return { start: String(startMs / 1_000), low, high, open, close, volume }
}

/** Returns the bars that begin from `fromMs` to `toMs`, both included, newest first. */
export function candleRows(face: Face, book: string, { minutes, from }: Granularity, fromMs: number, toMs: number): readonly JsonObject[] {
  const stepMs = minutes * 60_000
  const sinceMs = Math.ceil(fromMs / stepMs) * stepMs
  const kept = face.market.candles(book, from, sinceMs, 100_000).filter((candle) => candle.openAtMs >= sinceMs)
  return joined(kept, stepMs)
    .filter((bucket) => bucket.startMs <= toMs)
    .map(bucketRow)
    .reverse()
}

/** Returns the newest `count` five-minute bars for the candles channel, oldest first, the running one included. */
export function channelCandles(face: Face, book: string, count: number): readonly JsonObject[] {
  const candles = face.market.candles(book, 5, null, count)
  return joined(candles, 300_000).map((bucket) => ({ ...bucketRow(bucket), product_id: book }))
}

/** Returns a public trade; its side is the maker's. */
export function printRow(print: EnginePrint, productId: string): JsonObject {
  return {
    trade_id: String(print.tradeId),
    product_id: productId,
    price: print.price,
    size: print.quantity,
    time: microTime(print.atMs),
    side: print.side === 'buy' ? 'SELL' : 'BUY',
  }
}

const HUNDRED = '100' as Decimal

/** Returns a price's change over a day in percent. */
export function percentChange(open: Decimal, last: Decimal): Decimal {
  return isZero(open) ? ZERO : divide(multiply(subtract(last, open), HUNDRED), open, 8)
}

/** Returns a row of the ticker channels; those of batches name no best prices. */
export function tickerRow(face: Face, product: Product, isBatch: boolean): JsonObject {
  const { last, day24h } = face.market.ticker(product.book)
  const bid = face.engine.bestBid(product.book)
  const ask = face.engine.bestAsk(product.book)
  const best = isBatch
    ? {}
    : {
        best_bid: bid?.price ?? '',
        best_bid_quantity: bid?.quantity ?? '',
        best_ask: ask?.price ?? '',
        best_ask_quantity: ask?.quantity ?? '',
      }
  return {
    type: 'ticker',
    product_id: product.book,
    price: last,
    volume_24_h: day24h.volume,
    low_24_h: day24h.low,
    high_24_h: day24h.high,
    low_52_w: day24h.low,
    high_52_w: day24h.high,
    price_percent_chg_24_h: percentChange(day24h.open, last),
    ...best,
  }
}

/** Returns a ticker row with every field empty, as frames have it at times. */
export function emptyTickerRow(): JsonObject {
  const fields = ['product_id', 'price', 'volume_24_h', 'low_24_h', 'high_24_h', 'low_52_w', 'high_52_w', 'price_percent_chg_24_h']
  return { type: 'ticker', ...Object.fromEntries(fields.map((field) => [field, ''])) }
}

/** Returns one level of a level2 frame. */
export function levelRow(side: 'bid' | 'offer', level: Pick<EngineLevel, 'price' | 'quantity'>, eventTime = EPOCH_TIME): JsonObject {
  return { side, event_time: eventTime, price_level: level.price, new_quantity: level.quantity }
}

/** Returns a row of the status channel. */
export function statusRow(face: Face, product: Product): JsonObject {
  return {
    product_type: 'SPOT',
    id: product.id,
    base_currency: product.base,
    quote_currency: product.quote,
    base_increment: product.baseIncrement,
    quote_increment: product.quoteIncrement,
    display_name: `${product.base}/${product.quote}`,
    status: face.state.flagsOf(product).status,
    status_message: '',
    min_market_funds: product.quoteMin,
  }
}
