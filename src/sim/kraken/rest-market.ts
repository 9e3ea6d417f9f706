import { type Decimal, roundToScale, toFixedScale, ZERO } from '#domain/decimal'
import type { EngineLevel, EnginePrint } from '#sim/engine/types'
import type { Candle, DayFigures, IntervalMinutes } from '#sim/market/types'
import { type Face, pairNamed } from './face'
import { refuse, refuseArgument } from './refusal'
import type { PublicCall, PublicMethod } from './rest-call'
import { type KrakenPair, resultKey } from './symbols'
import type { WireJson, WireObject } from './wire-json'
import { unixNanos, unixSecondsOfNanos } from './wire-time'

/** Intervals of OHLC in minutes, on REST and WebSocket. */
export const INTERVALS: readonly IntervalMinutes[] = [1, 5, 15, 30, 60, 240, 1440, 10080, 21600]
/** Committed candles that the venue still serves. */
export const CANDLES_MAX = 720
const DEPTH_MAX = 500
const TRADES_MAX = 1_000
const DEPTH_QUANTITY_SCALE = 3

function onePair(call: PublicCall): readonly [key: string, pair: KrakenPair] {
  const name = call.params.text('pair') ?? refuseArgument('pair')
  const pair = pairNamed(call.face, name)
  return [resultKey(pair, name), pair]
}

function tickerView(face: Face, pair: KrakenPair): WireObject {
  const { engine, market } = face
  const ticker = market.ticker(pair.symbol)
  const price = (value: Decimal): string => toFixedScale(value, pair.wideScale)
  const quantity = (value: Decimal): string => toFixedScale(value, pair.instrument.quantityScale)
  const both = (read: (day: DayFigures) => WireJson): WireJson => [read(ticker.today), read(ticker.day24h)]
  const touch = (level: EngineLevel | null): WireJson => {
    const volume = level?.quantity ?? ZERO
    return [price(level?.price ?? ZERO), roundToScale(volume, 0, 'down'), toFixedScale(roundToScale(volume, 3, 'down'), 3)]
  }
  return {
    a: touch(engine.bestAsk(pair.symbol)),
    b: touch(engine.bestBid(pair.symbol)),
    c: [price(ticker.last), quantity(ticker.lastQuantity)],
    v: both((day) => quantity(day.volume)),
    p: both((day) => price(day.vwap)),
    t: both((day) => day.count),
    l: both((day) => price(day.low)),
    h: both((day) => price(day.high)),
    o: price(ticker.today.open),
  }
}

const ticker: PublicMethod = (call) => {
  const names = call.params.list('pair')
  const wanted: readonly (readonly [string, KrakenPair])[] =
    names.length === 0
      ? call.face.symbols.pairs.map((pair) => [pair.id, pair] as const)
      : names.map((name) => {
          const pair = pairNamed(call.face, name)
          return [resultKey(pair, name), pair] as const
        })
  return Object.fromEntries(wanted.map(([key, pair]) => [key, tickerView(call.face, pair)]))
}

function candleRow(candle: Candle, pair: KrakenPair): WireJson {
  const price = (value: Decimal): string => toFixedScale(value, pair.instrument.priceScale)
  return [
    Math.floor(candle.openAtMs / 1_000),
    price(candle.open),
    price(candle.high),
    price(candle.low),
    price(candle.close),
    price(candle.vwap),
    toFixedScale(candle.volume, pair.instrument.quantityScale),
    candle.count,
  ]
}

const ohlc: PublicMethod = (call) => {
  const [key, pair] = onePair(call)
  const asked = call.params.integer('interval', 1, 21_600) ?? 1
  const interval = INTERVALS.find((known) => known === asked) ?? refuse('EGeneral:Invalid arguments')
  const since = call.params.text('since')
  if (since !== null && !/^\d{1,12}(\.\d+)?$/.test(since)) return refuseArgument('since')
  const sinceMs = since === null ? null : Number(since) * 1_000
  const kept = call.face.market.candles(pair.symbol, interval, null, CANDLES_MAX)
  const running = kept.at(-1)
  const committed = kept.slice(0, -1)
  // `since` is an exclusive bound, but the running candle comes whatever it says.
  const shown = sinceMs === null ? committed : committed.filter((candle) => candle.openAtMs > sinceMs)
  const rows = running === undefined ? shown : [...shown, running]
  return { [key]: rows.map((candle) => candleRow(candle, pair)), last: Math.floor((committed.at(-1)?.openAtMs ?? 0) / 1_000) }
}

const depth: PublicMethod = (call) => {
  const [key, pair] = onePair(call)
  const count = call.params.integer('count', 1, DEPTH_MAX) ?? 100
  const book = call.face.engine.book(pair.symbol, count)
  const at = Math.floor(call.nowMs / 1_000)
  const view = (level: EngineLevel): WireJson => [
    toFixedScale(level.price, pair.wideScale),
    toFixedScale(level.quantity, DEPTH_QUANTITY_SCALE),
    at,
  ]
  return { [key]: { asks: book.asks.map(view), bids: book.bids.map(view) } }
}

/** Returns the nanoseconds that stand for a public trade; unique and ascending within a pair. */
export function printNanos(print: EnginePrint): bigint {
  return unixNanos(print.atMs, print.indexInMs)
}

function tradeRow(print: EnginePrint, pair: KrakenPair): WireJson {
  return [
    toFixedScale(print.price, pair.wideScale),
    toFixedScale(print.quantity, pair.instrument.quantityScale),
    unixSecondsOfNanos(printNanos(print)),
    print.side === 'buy' ? 'b' : 's',
    print.takerType === 'market' ? 'm' : 'l',
    '',
    print.tradeId,
  ]
}

/** Reads `since`: unix seconds, or 19 digits of nanoseconds. */
function readSinceNanos(text: string): bigint {
  if (/^\d{16,20}$/.test(text)) return BigInt(text)
  const match = /^(\d{1,12})(?:\.(\d{1,9}))?$/.exec(text)
  if (match?.[1] === undefined) return refuseArgument('since')
  return BigInt(match[1]) * 1_000_000_000n + BigInt((match[2] ?? '').padEnd(9, '0') || '0')
}

const trades: PublicMethod = (call) => {
  const [key, pair] = onePair(call)
  const count = call.params.integer('count', 1, TRADES_MAX) ?? TRADES_MAX
  const since = call.params.text('since')
  if (since === null) {
    const newest = call.face.engine.prints(pair.symbol, null, count)
    const last = newest.at(-1)
    return { [key]: newest.map((print) => tradeRow(print, pair)), last: (last === undefined ? 0n : printNanos(last)).toString() }
  }
  const sinceNanos = readSinceNanos(since)
  const all = call.face.engine.prints(pair.symbol, 0, Number.MAX_SAFE_INTEGER)
  const rows = all.filter((print) => printNanos(print) > sinceNanos).slice(0, count)
  const last = rows.at(-1)
  return { [key]: rows.map((print) => tradeRow(print, pair)), last: last === undefined ? since : printNanos(last).toString() }
}

/** Public methods about prices. */
export const MARKET_METHODS: Readonly<Record<string, PublicMethod>> = { Ticker: ticker, OHLC: ohlc, Depth: depth, Trades: trades }
