import { z } from 'zod'
import type { Decimal } from '#domain/decimal'
import type { Bar } from '#domain/market'
import { TIMEFRAME_MS, type Timeframe } from '#domain/time'
import { withoutGaps } from '#venues/shared/bars'
import type { KrakenHttp } from './http'
import * as schema from './schema-rest'

/** A public print with Kraken's running number of the pair. */
export interface PublicTrade {
  readonly tradeKey: string
  readonly price: Decimal
  readonly quantity: Decimal
  readonly side: 'buy' | 'sell'
  readonly venueAtMs: number
}

const MS_PER_MIN = 60_000

/** Returns the closed bars of an OHLC answer: ascending, once each, without the running candle that always comes last (MKT-03). */
export function closedBarsOf(rows: readonly schema.OhlcRow[], timeframe: Timeframe, nowMs: number): readonly Bar[] {
  const lengthMs = TIMEFRAME_MS[timeframe]
  const byOpen = new Map<number, Bar>()
  for (const [time, open, high, low, close, , volume] of rows.slice(0, -1)) {
    const openAtMs = time * 1_000
    if (openAtMs + lengthMs > nowMs) continue
    byOpen.set(openAtMs, { openAtMs, closeAtMs: openAtMs + lengthMs, open, high, low, close, volume })
  }
  return withoutGaps(
    [...byOpen.values()].sort((a, b) => a.openAtMs - b.openAtMs),
    lengthMs,
  )
}

/** The public REST methods that Troupe uses, typed. Each rejects with a `KrakenError`. */
export class KrakenPublicRest {
  readonly #http: KrakenHttp

  constructor(http: KrakenHttp) {
    this.#http = http
  }

  /** Returns the venue's clock in whole seconds, as UTC ms. */
  async time(): Promise<number> {
    return (await this.#ask(schema.timeResult, 'Time', {})).unixtime * 1_000
  }

  /** Returns `online`, `maintenance`, `cancel_only` or `post_only`. */
  async systemStatus(): Promise<string> {
    return (await this.#ask(schema.systemStatusResult, 'SystemStatus', {})).status
  }

  async assets(): Promise<Readonly<Record<string, schema.AssetRow>>> {
    return this.#ask(schema.assetsResult, 'Assets', {})
  }

  /** Returns all pairs, or those that are tradable in a region (`US:CA`). */
  async assetPairs(countryCode: string | null): Promise<Readonly<Record<string, schema.PairRow>>> {
    return this.#ask(schema.pairsResult, 'AssetPairs', countryCode === null ? {} : { country_code: countryCode })
  }

  /** Returns tickers under Kraken's own pair names, of the pairs named or of all. */
  async ticker(pairs: readonly string[]): Promise<Readonly<Record<string, schema.TickerRow>>> {
    return this.#ask(schema.tickerResult, 'Ticker', pairs.length === 0 ? {} : { pair: pairs.join(',') })
  }

  /** Returns closed bars from `sinceMs`; the venue reaches back 720 bars. `nowMs` is the venue's time. */
  async ohlc(pair: string, timeframe: Timeframe, sinceMs: number, nowMs: number): Promise<readonly Bar[]> {
    const raw = await this.#http.publicQuery('OHLC', {
      pair,
      interval: String(TIMEFRAME_MS[timeframe] / MS_PER_MIN),
      // Whether the bound is open or closed is not documented: one bar more is asked for, and filtered.
      since: String(Math.max(0, Math.floor((sinceMs - TIMEFRAME_MS[timeframe]) / 1_000))),
    })
    const rows = schema.readAs(z.array(schema.ohlcRow), schema.onlyEntry(raw, 'OHLC'), 'OHLC')
    return closedBarsOf(rows, timeframe, nowMs).filter((bar) => bar.openAtMs >= sinceMs)
  }

  /** Returns the book by level, best first; coarser than the stream's and never to be mixed with it. */
  async depth(pair: string, count: number): Promise<schema.DepthRow> {
    const raw = await this.#http.publicQuery('Depth', { pair, count: String(count) })
    return schema.readAs(schema.depthRow, schema.onlyEntry(raw, 'Depth'), 'Depth')
  }

  /** Returns public prints after `since` (the venue's own mark, as text) and the mark for the next page. */
  async trades(pair: string, since: string): Promise<{ readonly trades: readonly PublicTrade[]; readonly last: string }> {
    const raw = await this.#http.publicQuery('Trades', { pair, since })
    const rows = schema.readAs(z.array(schema.publicTradeRow), schema.onlyEntry(raw, 'Trades'), 'Trades')
    const trades = rows.map((row): PublicTrade => {
      const [price, quantity, venueAtMs, side, , , tradeId] = row
      const tradeKey = typeof tradeId === 'string' ? tradeId : `${venueAtMs}-${price}-${quantity}`
      return { tradeKey, price, quantity, side: side === 'b' ? 'buy' : 'sell', venueAtMs }
    })
    return { trades, last: schema.lastOf(raw) ?? since }
  }

  async #ask<T extends z.ZodType>(type: T, method: string, query: Readonly<Record<string, string>>): Promise<z.output<T>> {
    return schema.readAs(type, await this.#http.publicQuery(method, query), method)
  }
}
