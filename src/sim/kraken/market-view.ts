import { type Decimal, divide, isZero, multiply, subtract, toFixedScale, ZERO } from '#domain/decimal'
import type { InstrumentStatus } from '#domain/instrument'
import type { EnginePrint } from '#sim/engine/types'
import type { Candle, IntervalMinutes } from '#sim/market/types'
import type { Face } from './face'
import type { KrakenPair } from './symbols'
import { type NumberToken, numberToken, type WireObject } from './wire-json'
import { microTime, nanoTime } from '#sim/emulator/wire-time'

const fixed = (value: Decimal, scale: number): NumberToken => numberToken(toFixedScale(value, scale))
const HUNDRED = '100' as Decimal

/** Returns a row of the ticker channel; the day figures are those of the last 24 hours. */
export function tickerRow(face: Face, pair: KrakenPair, nowMs: number): WireObject {
  const { priceScale, quantityScale } = pair.instrument
  const ticker = face.market.ticker(pair.symbol)
  const bid = face.engine.bestBid(pair.symbol)
  const ask = face.engine.bestAsk(pair.symbol)
  const day = ticker.day24h
  const change = subtract(ticker.last, day.open)
  const percent = isZero(day.open) ? ZERO : divide(multiply(change, HUNDRED), day.open, 2)
  return {
    symbol: pair.symbol,
    bid: fixed(bid?.price ?? ZERO, priceScale),
    bid_qty: fixed(bid?.quantity ?? ZERO, quantityScale),
    ask: fixed(ask?.price ?? ZERO, priceScale),
    ask_qty: fixed(ask?.quantity ?? ZERO, quantityScale),
    last: fixed(ticker.last, priceScale),
    volume: fixed(day.volume, quantityScale),
    vwap: fixed(day.vwap, priceScale),
    low: fixed(day.low, priceScale),
    high: fixed(day.high, priceScale),
    change: fixed(change, priceScale),
    change_pct: fixed(percent, 2),
    timestamp: microTime(nowMs),
  }
}

/** Returns the best bid and ask as text, to see whether they moved. */
export function quoteText(face: Face, symbol: string): string {
  const bid = face.engine.bestBid(symbol)
  const ask = face.engine.bestAsk(symbol)
  return [bid?.price, bid?.quantity, ask?.price, ask?.quantity].join(' ')
}

/** Returns a row of the ohlc channel. */
export function candleRow(pair: KrakenPair, interval: IntervalMinutes, candle: Candle): WireObject {
  const { priceScale, quantityScale } = pair.instrument
  return {
    symbol: pair.symbol,
    open: fixed(candle.open, priceScale),
    high: fixed(candle.high, priceScale),
    low: fixed(candle.low, priceScale),
    close: fixed(candle.close, priceScale),
    trades: candle.count,
    volume: fixed(candle.volume, quantityScale),
    vwap: fixed(candle.vwap, priceScale),
    interval_begin: nanoTime(candle.openAtMs),
    interval,
    timestamp: microTime(candle.openAtMs + interval * 60_000),
  }
}

/** Returns a row of the trade channel. */
export function printRow(pair: KrakenPair, print: EnginePrint): WireObject {
  return {
    symbol: pair.symbol,
    side: print.side,
    price: fixed(print.price, pair.instrument.priceScale),
    qty: fixed(print.quantity, pair.instrument.quantityScale),
    ord_type: print.takerType,
    trade_id: print.tradeId,
    timestamp: microTime(print.atMs),
  }
}

/** The WebSocket word for a pair's status. */
export function framePairStatus(status: InstrumentStatus): string {
  switch (status) {
    case 'online':
      return 'online'
    case 'postOnly':
      return 'post_only'
    case 'limitOnly':
      return 'limit_only'
    case 'reduceOnly':
      return 'reduce_only'
    case 'cancelOnly':
      return 'cancel_only'
    case 'offline':
      return 'maintenance'
  }
}

/** Returns a pair's row of the instrument channel. The lot is written as the venue does, `1e-08`. */
export function instrumentRow(face: Face, pair: KrakenPair): WireObject {
  const { instrument } = pair
  return {
    symbol: pair.symbol,
    base: pair.base.code,
    quote: pair.quote.code,
    status: framePairStatus(face.engine.status(pair.symbol)),
    qty_precision: instrument.quantityScale,
    qty_increment: numberToken(`1e-${String(instrument.quantityScale).padStart(2, '0')}`),
    price_precision: instrument.priceScale,
    cost_precision: instrument.costScale,
    marginable: false,
    has_index: false,
    cost_min: numberToken(instrument.costMin),
    tick_size: numberToken(instrument.tickSize),
    price_increment: numberToken(instrument.tickSize),
    qty_min: numberToken(instrument.quantityMin),
  }
}

/** Returns the assets' rows of the instrument channel. */
export function assetRows(face: Face): readonly WireObject[] {
  return face.symbols.assets.map((asset) => ({
    id: asset.code,
    status: 'enabled',
    precision: asset.decimals,
    precision_display: asset.displayDecimals,
    borrowable: false,
    collateral_value: numberToken('1.0'),
  }))
}
