import type { z } from 'zod'
import type { CreateBody, EditBody, PreviewBody } from './commands'
import { CoinbaseError } from './errors'
import type { CallResult, CoinbaseHttp, Query } from './http'
import { allProducts } from './rest-public'
import { readAs } from './schema'
import * as schema from './schema-rest'

/** Which orders a list is to have; both null for those of all states. */
export interface OrderFilter {
  readonly status: 'OPEN' | null
  /** Orders made from this UTC ms on; does not bound open ones. */
  readonly sinceMs: number | null
}

/** How pages are read. */
export interface PageSettings {
  readonly historyPageSize: number
  readonly historyPagesMax: number
}

/** Ids named in one question at most: the query stays well below what proxies take. */
const IDS_MAX = 50
const ACCOUNTS_PAGE = 250

/** The private REST methods that Troupe uses, typed. Each rejects with a `CoinbaseError`; commands give their result instead. */
export class CoinbaseRest {
  readonly #http: CoinbaseHttp
  readonly #pages: PageSettings

  constructor(http: CoinbaseHttp, pages: PageSettings) {
    this.#http = http
    this.#pages = pages
  }

  /** Returns the spot products, all or those named, with whether this very account may trade them. */
  async products(productIds: readonly string[]): Promise<readonly unknown[]> {
    return allProducts((query) => this.#ask(schema.productsResult, '/products', query), productIds, { get_tradability_status: 'true' })
  }

  /** Returns all wallets of the key's portfolio, empty ones too. */
  async accounts(): Promise<readonly schema.AccountRow[]> {
    return this.#whole('wallets', async (cursor) => {
      const page = await this.#ask(schema.accountsResult, '/accounts', { limit: String(ACCOUNTS_PAGE), ...cursor })
      return { rows: page.accounts, cursor: page.has_next ? page.cursor : '' }
    })
  }

  /** Returns what the key may do. */
  async keyPermissions(): Promise<schema.KeyPermissions> {
    return this.#ask(schema.permissionsResult, '/key_permissions', {})
  }

  /** Returns what the account pays for spot trades. */
  async feeTier(): Promise<schema.FeeTier> {
    const { fee_tier: tier } = await this.#ask(schema.summaryResult, '/transaction_summary', { product_type: 'SPOT' })
    return { name: tier.pricing_tier, makerRate: tier.maker_fee_rate, takerRate: tier.taker_fee_rate }
  }

  /** Returns the best level a side of the products named. */
  async bestBidAsk(productIds: readonly string[]): Promise<readonly schema.PriceBook[]> {
    return (await this.#ask(schema.bestBidAskResult, '/best_bid_ask', { product_ids: productIds })).pricebooks
  }

  /** Returns orders, once each. The list of open ones leaves out what is not in the book yet, and what is being canceled or edited. */
  async orders({ status, sinceMs }: OrderFilter): Promise<readonly schema.OrderRow[]> {
    return this.#orders({
      ...(status === null ? {} : { order_status: status }),
      ...(sinceMs === null ? {} : { start_date: new Date(sinceMs).toISOString() }),
    })
  }

  /** Returns orders by the venue's ids, in any state; those that the list does not show yet are missing. */
  async ordersById(venueOrderIds: readonly string[]): Promise<readonly schema.OrderRow[]> {
    const rows: schema.OrderRow[] = []
    for (const ids of chunked(venueOrderIds, IDS_MAX)) rows.push(...(await this.#orders({ order_ids: ids })))
    return rows
  }

  /** Returns one order; null when there is none, or none yet: a new order can be missing for some seconds. */
  async orderOrNull(venueOrderId: string): Promise<schema.OrderRow | null> {
    try {
      return (await this.#ask(schema.orderResult, `/orders/historical/${encodeURIComponent(venueOrderId)}`, {})).order
    } catch (error) {
      if (error instanceof CoinbaseError && error.fault?.errorClass === 'missing') return null
      throw error
    }
  }

  /** Returns executions from a UTC ms on, newest first, once each. */
  async fillsSince(sinceMs: number): Promise<readonly schema.FillRow[]> {
    return this.#fills({ start_sequence_timestamp: new Date(Math.max(0, sinceMs)).toISOString() })
  }

  /** Returns the executions of orders, once each. */
  async fillsOf(venueOrderIds: readonly string[]): Promise<readonly schema.FillRow[]> {
    const rows: schema.FillRow[] = []
    for (const ids of chunked(venueOrderIds, IDS_MAX)) rows.push(...(await this.#fills({ order_ids: ids })))
    return rows
  }

  /** Has the venue check an order without placing it. That proves nothing about what comes later. */
  async preview(body: PreviewBody): Promise<z.output<typeof schema.previewResult>> {
    return readAs(schema.previewResult, await this.#http.privateAsk('/orders/preview', body), 'answer to a preview')
  }

  /** Places an order. Sent in this very step and once, whatever happens. */
  createOrder(body: CreateBody): Promise<CallResult> {
    return this.#http.command('/orders', body)
  }

  /** Changes price and total size of a resting order. Sent in this very step and once. */
  editOrder(body: EditBody): Promise<CallResult> {
    return this.#http.command('/orders/edit', body)
  }

  /** Asks for the end of up to 100 orders. Sent in this very step. */
  cancelOrders(venueOrderIds: readonly string[]): Promise<CallResult> {
    return this.#http.repeatableCommand('/orders/batch_cancel', { order_ids: venueOrderIds })
  }

  async #orders(filter: Query): Promise<readonly schema.OrderRow[]> {
    const rows = await this.#whole('orders', async (cursor) => {
      const query = { ...filter, limit: String(this.#pages.historyPageSize), ...cursor }
      const page = await this.#ask(schema.ordersResult, '/orders/historical/batch', query)
      return { rows: page.orders, cursor: page.has_next ? page.cursor : '' }
    })
    return [...new Map(rows.map((row) => [row.order_id, row])).values()]
  }

  async #fills(filter: Query): Promise<readonly schema.FillRow[]> {
    const rows = await this.#whole('executions', async (cursor) => {
      const query = { ...filter, limit: String(this.#pages.historyPageSize), ...cursor }
      const page = await this.#ask(schema.fillsResult, '/orders/historical/fills', query)
      return { rows: page.fills, cursor: page.fills.length === 0 ? '' : page.cursor }
    })
    return [...new Map(rows.map((row) => [executionIdOf(row), row])).values()]
  }

  /** Reads all pages. @throws {CoinbaseError} `VENUE_REJECTED` when there are more than allowed: a cut-off answer would pass for a whole one. */
  async #whole<T>(
    what: string,
    read: (cursor: Query) => Promise<{ readonly rows: readonly T[]; readonly cursor: string }>,
  ): Promise<readonly T[]> {
    const { historyPagesMax } = this.#pages
    const all: T[] = []
    let cursor = ''
    for (let count = 0; count < historyPagesMax; count++) {
      const page = await read(cursor === '' ? {} : { cursor })
      all.push(...page.rows)
      if (page.cursor === '') return all
      if (page.cursor === cursor) throw new CoinbaseError(`Coinbase pages ${what} in a circle`, 'VENUE_PROTOCOL')
      cursor = page.cursor
    }
    throw new CoinbaseError(`More than ${historyPagesMax} pages of ${what}; ask for a shorter time`, 'VENUE_REJECTED')
  }

  async #ask<T extends z.ZodType>(type: T, path: string, query: Query): Promise<z.output<T>> {
    return readAs(type, await this.#http.privateGet(path, query), `answer to GET ${path}`)
  }
}

/** Returns the one name of an execution, whatever told of it: its entry, else its trade (docs/adr/0019). */
export function executionIdOf(row: schema.FillRow): string {
  return row.entry_id !== '' ? row.entry_id : row.trade_id
}

/** Returns a list cut into pieces. */
export function chunked<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const chunks: T[][] = []
  for (let at = 0; at < items.length; at += size) chunks.push(items.slice(at, at + size))
  return chunks
}
