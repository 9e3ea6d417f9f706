import type { z } from 'zod'
import type { CoinbaseHttp, Query } from './http'
import { readAs } from './schema'
import * as schema from './schema-rest'

/** One candle, as the venue has it. */
export type CandleRow = z.output<typeof schema.candlesResult>['candles'][number]

/** The public REST methods that Troupe uses, typed. Each rejects with a `CoinbaseError`. */
export class CoinbasePublicRest {
  readonly #http: CoinbaseHttp

  constructor(http: CoinbaseHttp) {
    this.#http = http
  }

  /** Returns the venue's clock, UTC ms, and how long the question was under way, in ms. */
  async time(): Promise<{ readonly venueMs: number; readonly roundTripMs: number }> {
    let roundTripMs = 0
    const onAnswer = (tookMs: number): void => {
      roundTripMs = tookMs
    }
    const answer = readAs(schema.timeResult, await this.#http.publicGet('/time', {}, onAnswer), 'answer to GET /time')
    return { venueMs: answer.epochMillis, roundTripMs }
  }

  /** Returns the spot products, all or those named; `view_only` of a row is not told here. */
  async products(productIds: readonly string[]): Promise<readonly unknown[]> {
    return allProducts((query) => this.#ask(schema.productsResult, '/market/products', query), productIds, {})
  }

  /** Returns candles whose start lies in `[startMs, endMs]`, both closed, in any order. The venue takes less than 350 steps. */
  async candles(productId: string, granularity: string, startMs: number, endMs: number, limit: number): Promise<readonly CandleRow[]> {
    const query = { start: secondsText(startMs), end: secondsText(endMs), granularity, limit: String(limit) }
    return (await this.#ask(schema.candlesResult, `/market/products/${encodeURIComponent(productId)}/candles`, query)).candles
  }

  /** Returns the book by level, best first; it has no number that would join it to the stream's. */
  async book(productId: string, limit: number): Promise<schema.PriceBook> {
    return (await this.#ask(schema.bookResult, '/market/product_book', { product_id: productId, limit: String(limit) })).pricebook
  }

  /** Returns the newest prints, 100 at most. The side of each is the maker's. */
  async trades(productId: string, limit: number): Promise<z.output<typeof schema.tickerResult>> {
    return this.#ask(schema.tickerResult, `/market/products/${encodeURIComponent(productId)}/ticker`, { limit: String(limit) })
  }

  async #ask<T extends z.ZodType>(type: T, path: string, query: Query): Promise<z.output<T>> {
    return readAs(type, await this.#http.publicGet(path, query), `answer to GET ${path}`)
  }
}

const PAGES_MAX = 50

/** Reads all pages of products. */
export async function allProducts(
  page: (query: Query) => Promise<z.output<typeof schema.productsResult>>,
  productIds: readonly string[],
  more: Query,
): Promise<readonly unknown[]> {
  const filter: Query = { product_type: 'SPOT', ...(productIds.length === 0 ? {} : { product_ids: productIds }), ...more }
  const rows: unknown[] = []
  let cursor = ''
  for (let count = 0; count < PAGES_MAX; count++) {
    const { products, pagination } = await page(cursor === '' ? filter : { ...filter, cursor })
    rows.push(...products)
    cursor = pagination?.has_next === true ? pagination.next_cursor : ''
    if (cursor === '') break
  }
  return rows
}

function secondsText(ms: number): string {
  return String(Math.floor(ms / 1_000))
}
