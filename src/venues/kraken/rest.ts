import type { z } from 'zod'
import type { Decimal } from '#domain/decimal'
import type { OrderType } from '#domain/order'
import type { OrderRef } from '#ports/venue'
import { namesOf, ORDER_TYPES } from './commands'
import type { CallResult, KrakenHttp } from './http'
import * as schema from './schema-rest'

/** Points of the REST counter: history calls are dear. */
const COST = 1
const HISTORY_COST = 4
/** Order commands are counted by the engine, not by the REST counter. */
const ORDER_COST = 0

/** Where a page of a history starts and ends, in UTC ms; `offset` counts rows from the newest. */
export interface HistoryWindow {
  readonly startMs: number
  readonly endMs: number
  readonly offset: number
}

/** A page, its rows keyed by the venue's id; `count` is the size of the whole history where the venue tells it. */
export interface HistoryPage<T> {
  readonly rows: Readonly<Record<string, T>>
  readonly count: number | null
}

/** An order as AddOrder takes it, for the dry run. */
export interface OrderForm {
  readonly pair: string
  readonly side: 'buy' | 'sell'
  readonly type: OrderType
  readonly quantity: Decimal
  /** The trigger of a stop. */
  readonly limitPrice: Decimal | null
  readonly timeInForce: 'GTC' | 'IOC' | 'GTD' | 'FOK'
  readonly expiresAtMs: number | null
  readonly postOnly: boolean
  readonly clientOrderId: string
}

/** Returns UTC ms as unix seconds with a fraction, as the history calls take them. */
export function secondsText(ms: number): string {
  return (Math.floor(ms) / 1_000).toFixed(3)
}

/** The private REST methods that Troupe uses, typed. Each rejects with a `KrakenError`; commands give their result instead. */
export class KrakenRest {
  readonly #http: KrakenHttp

  constructor(http: KrakenHttp) {
    this.#http = http
  }

  async balance(): Promise<Readonly<Record<string, Decimal>>> {
    return this.#ask(schema.balanceResult, 'Balance', {})
  }

  async balanceEx(): Promise<Readonly<Record<string, schema.BalanceExRow>>> {
    return this.#ask(schema.balanceExResult, 'BalanceEx', {})
  }

  async tradeBalance(asset: string): Promise<z.output<typeof schema.tradeBalanceResult>> {
    return this.#ask(schema.tradeBalanceResult, 'TradeBalance', { asset })
  }

  /** Returns open orders by the venue's id, all or those of one client id. */
  async openOrders(clientOrderId: string | null): Promise<Readonly<Record<string, schema.OrderRow>>> {
    const filter = clientOrderId === null ? {} : { cl_ord_id: clientOrderId }
    return (await this.#ask(schema.openOrdersResult, 'OpenOrders', { trades: 'true', ...filter })).open
  }

  /** Returns a page of closed orders, newest first, all or those of one client id. */
  async closedOrders(clientOrderId: string | null, window: HistoryWindow): Promise<HistoryPage<schema.OrderRow>> {
    const filter = clientOrderId === null ? {} : { cl_ord_id: clientOrderId }
    const page = await this.#ask(
      schema.closedOrdersResult,
      'ClosedOrders',
      { trades: 'true', consolidate_taker: 'false', ...windowForm(window), ...filter },
      HISTORY_COST,
    )
    return { rows: page.closed, count: page.count ?? null }
  }

  /**
   * Returns open and closed orders by the venue's ids, at most 50.
   * @param usesReserve lets it spend what is kept of the counter for cancels.
   */
  async queryOrders(venueOrderIds: readonly string[], usesReserve = false): Promise<Readonly<Record<string, schema.OrderRow>>> {
    const form = { txid: venueOrderIds.join(','), trades: 'true', consolidate_taker: 'false' }
    return schema.readAs(schema.queryOrdersResult, await this.#http.privateQuery('QueryOrders', form, COST, usesReserve), 'QueryOrders')
  }

  /** Returns a page of our executions, newest first, one row an execution. */
  async tradesHistory(window: HistoryWindow): Promise<HistoryPage<schema.TradeRow>> {
    const page = await this.#ask(
      schema.tradesHistoryResult,
      'TradesHistory',
      { type: 'all', consolidate_taker: 'false', ...windowForm(window) },
      HISTORY_COST,
    )
    return { rows: page.trades, count: page.count ?? null }
  }

  /** Returns a page of the account's ledger, newest first. */
  async ledgers(window: HistoryWindow): Promise<HistoryPage<schema.LedgerRow>> {
    const page = await this.#ask(schema.ledgersResult, 'Ledgers', { type: 'all', ...windowForm(window) }, HISTORY_COST)
    return { rows: page.ledger, count: page.count ?? null }
  }

  /** Returns the 30-day volume and the account's fees on the pairs named (REST names). */
  async tradeVolume(pairs: readonly string[]): Promise<schema.TradeVolume> {
    return this.#ask(schema.tradeVolumeResult, 'TradeVolume', pairs.length === 0 ? {} : { pair: pairs.join(',') })
  }

  async webSocketsToken(): Promise<string> {
    return (await this.#ask(schema.tokenResult, 'GetWebSocketsToken', {})).token
  }

  async apiKeyInfo(): Promise<schema.ApiKeyInfo> {
    return this.#ask(schema.apiKeyInfoResult, 'GetApiKeyInfo', {})
  }

  /** Has the venue check an order without placing it (`validate=true`), and returns its description. */
  async validateOrder(order: OrderForm): Promise<string> {
    const form = { ...orderForm(order), validate: 'true' }
    return (await this.#ask(schema.addOrderResult, 'AddOrder', form, ORDER_COST)).descr.order
  }

  /** Places an order, refused by the venue after `deadline` (RFC 3339, at least 2 s ahead). Sent once, whatever happens. */
  addOrder(order: OrderForm, deadline: string): Promise<CallResult> {
    return this.#http.privateOnce('AddOrder', { ...orderForm(order), deadline }, ORDER_COST)
  }

  /** Cancels one order, by the venue's id where it is known. */
  cancelOrder(venueOrderId: string | null, clientOrderId: string): Promise<CallResult> {
    const form: Record<string, string> = venueOrderId === null ? { cl_ord_id: clientOrderId } : { txid: venueOrderId }
    return this.#http.privateCommand('CancelOrder', form, ORDER_COST)
  }

  /** Cancels up to 50 orders, by the venue's ids where they are known. */
  cancelOrderBatch(refs: readonly OrderRef[]): Promise<CallResult> {
    const { known, own } = namesOf(refs)
    const lists = { ...(known.length > 0 ? { orders: known } : {}), ...(own.length > 0 ? { cl_ord_ids: own } : {}) }
    return this.#http.privateCommand('CancelOrderBatch', lists, ORDER_COST)
  }

  /** Changes quantity and price of an order in place. */
  amendOrder(
    clientOrderId: string,
    quantity: Decimal,
    limitPrice: Decimal | null,
    postOnly: boolean,
    deadline: string,
  ): Promise<CallResult> {
    const form: Record<string, string> = { cl_ord_id: clientOrderId, order_qty: quantity, post_only: String(postOnly), deadline }
    if (limitPrice !== null) form['limit_price'] = limitPrice
    return this.#http.privateOnce('AmendOrder', form, ORDER_COST)
  }

  cancelAll(): Promise<CallResult> {
    return this.#http.privateCommand('CancelAll', {}, COST)
  }

  cancelAllOrdersAfter(timeoutSec: number): Promise<CallResult> {
    return this.#http.privateCommand('CancelAllOrdersAfter', { timeout: String(timeoutSec) }, COST)
  }

  async #ask<T extends z.ZodType>(type: T, method: string, form: Readonly<Record<string, string>>, cost = COST): Promise<z.output<T>> {
    return schema.readAs(type, await this.#http.privateQuery(method, form, cost), method)
  }
}

function orderForm(order: OrderForm): Readonly<Record<string, string>> {
  const form: Record<string, string> = {
    pair: order.pair,
    type: order.side,
    ordertype: ORDER_TYPES[order.type],
    volume: order.quantity,
    cl_ord_id: order.clientOrderId,
  }
  if (order.limitPrice !== null) form['price'] = order.limitPrice
  if (order.type === 'limit') form['timeinforce'] = order.timeInForce
  if (order.expiresAtMs !== null && order.timeInForce === 'GTD') form['expiretm'] = String(Math.floor(order.expiresAtMs / 1_000))
  if (order.postOnly) form['oflags'] = 'post'
  return form
}

function windowForm(window: HistoryWindow): Readonly<Record<string, string>> {
  // `start` excludes its own instant, and the rows are filtered again: one ms less loses nothing.
  return { start: secondsText(Math.max(0, window.startMs - 1)), end: secondsText(window.endMs), ofs: String(window.offset) }
}
