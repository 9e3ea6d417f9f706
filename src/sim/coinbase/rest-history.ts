import { compare, ZERO } from '#domain/decimal'
import type { JsonObject } from '#domain/json'
import { readRfc3339 } from '#sim/emulator/wire-time'
import type { EngineFill, EngineOrder } from '#sim/engine/types'
import { extraOf, factsOf, isVisible, type OrderFacts } from './order-facts'
import { fillRow, orderRow, wordsOf } from './order-view'
import { refuseArgument, refuseUnknown } from './refusal'
import { type Call, cursorOf, type Operation, placeOf, type Query } from './rest-call'

const OPEN_MAX = 1_000
/** The venue names no default; its pages hold so many. */
const ORDERS_PAGE = 1_000
const FILLS_PAGE = 100
const PAGE_MAX = 1_000

function cutOf({ face, lagMs }: Call): number {
  return face.clock.now() - lagMs
}

/** Reads a bound; one that is no time is refused. */
function readTime(query: Query, name: string): number | null {
  const text = query.text(name)
  return text === null ? null : (readRfc3339(text) ?? refuseArgument(`${name} is invalid`))
}

function ordersOf(call: Call): readonly EngineOrder[] {
  const { face, accountId, lagMs } = call
  return [...face.engine.openOrders(accountId), ...face.engine.closedOrders(accountId)]
    .filter((order) => isVisible(face, order, lagMs))
    .sort((a, b) => b.ordinal - a.ordinal)
}

/** Returns what tells whether an order fits the filters of a list. */
function filterOf(query: Query): (facts: OrderFacts) => boolean {
  const statuses = query.all('order_status')
  if (statuses.includes('OPEN') && statuses.length > 1) refuseArgument('order_status OPEN cannot be combined with other statuses')
  const ids = query.all('order_ids')
  const products = query.all('product_ids')
  const types = query.all('order_types')
  const timesInForce = query.all('time_in_forces')
  const side = query.text('order_side')
  const fromMs = readTime(query, 'start_date')
  const untilMs = readTime(query, 'end_date')
  const fits = (wanted: readonly string[], value: string): boolean => wanted.length === 0 || wanted.includes(value)
  const isOther = (name: string, only: string): boolean => query.text(name) !== null && query.text(name) !== only
  const isNone = isOther('product_type', 'SPOT') || isOther('order_placement_source', 'RETAIL_ADVANCED')
  return (facts) => {
    const { order, extra, status } = facts
    // The window does not apply to orders that are open.
    const isDated = order.closedAtMs !== null
    return (
      !isNone &&
      fits(statuses, status) &&
      fits(ids, order.orderId) &&
      fits(products, extra.productId) &&
      fits(types, wordsOf(facts).type) &&
      fits(timesInForce, wordsOf(facts).timeInForce) &&
      (side === null || side === (order.side === 'buy' ? 'BUY' : 'SELL')) &&
      !(isDated && fromMs !== null && order.openedAtMs < fromMs) &&
      !(isDated && untilMs !== null && order.openedAtMs >= untilMs)
    )
  }
}

function sorted(rows: readonly OrderFacts[], by: string | null): readonly OrderFacts[] {
  switch (by) {
    case 'LIMIT_PRICE':
      return rows.toSorted((a, b) => compare(b.order.limitPrice ?? ZERO, a.order.limitPrice ?? ZERO))
    case 'LAST_FILL_TIME':
      return rows.toSorted((a, b) => (b.lastFillAtMs ?? 0) - (a.lastFillAtMs ?? 0))
    case 'LAST_UPDATE_TIME':
      return rows.toSorted((a, b) => b.order.updatedAtMs - a.order.updatedAtMs)
    default:
      return rows
  }
}

function listOrders(call: Call): JsonObject {
  const { face, query } = call
  const isWanted = filterOf(query)
  const found = ordersOf(call)
    .map((order) => factsOf(face, order, cutOf(call)))
    .filter(isWanted)
  const capped = query.all('order_status').includes('OPEN') ? found.slice(0, OPEN_MAX) : found
  const rows = sorted(capped, query.text('sort_by'))
  const from = placeOf(query.text('cursor'))
  const until = from + Math.max(1, Math.min(query.count('limit') ?? ORDERS_PAGE, PAGE_MAX))
  const hasNext = until < rows.length
  return {
    orders: rows.slice(from, until).map((facts) => orderRow(face, facts)),
    sequence: '0',
    has_next: hasNext,
    cursor: hasNext ? cursorOf(until) : '',
    proof_token_required: false,
  }
}

function getOrder(call: Call): JsonObject {
  const { face, accountId, named, lagMs } = call
  const order = face.engine.order(named)
  if (order === null || order.accountId !== accountId || !isVisible(face, order, lagMs))
    return refuseUnknown('order with this orderID was not found')
  return { order: orderRow(face, factsOf(face, order, cutOf(call))) }
}

function productIdOf(call: Call, fill: EngineFill): string {
  const order = call.face.engine.order(fill.orderId)
  return order === null ? fill.symbol : extraOf(order).productId
}

function listFills(call: Call): JsonObject {
  const { face, query, accountId, lagMs } = call
  const behindMs = Math.max(lagMs, face.asynchrony.fillsAfterMs)
  const startMs = readTime(query, 'start_sequence_timestamp')
  const endMs = readTime(query, 'end_sequence_timestamp')
  const orders = [...query.all('order_ids'), ...query.all('order_id')]
  const products = [...query.all('product_ids'), ...query.all('product_id')]
  const trades = query.all('trade_ids')
  const side = query.text('order_side')
  const fits = (wanted: readonly string[], value: string): boolean => wanted.length === 0 || wanted.includes(value)
  const found = face.engine
    .fills(accountId)
    .filter(
      (fill) =>
        (behindMs === 0 || fill.atMs + behindMs <= face.clock.now()) &&
        fits(orders, fill.orderId) &&
        fits(trades, fill.fillId) &&
        fits(products, productIdOf(call, fill)) &&
        (side === null || side === (fill.side === 'buy' ? 'BUY' : 'SELL')) &&
        (startMs === null || fill.atMs >= startMs) &&
        (endMs === null || fill.atMs <= endMs),
    )
  const rows = query.text('sort_by') === 'PRICE' ? found.toSorted((a, b) => compare(b.price, a.price)) : found
  const from = placeOf(query.text('cursor'))
  const until = from + Math.max(1, Math.min(query.count('limit') ?? FILLS_PAGE, PAGE_MAX))
  return {
    fills: rows.slice(from, until).map((fill) => fillRow(face, fill, productIdOf(call, fill))),
    // There is no flag for more: an empty cursor ends the list.
    cursor: until < rows.length ? cursorOf(until) : '',
    proof_token_required: false,
  }
}

/** Operations that look back. */
export const HISTORY_OPERATIONS: readonly Operation[] = [
  { label: 'listOrders', method: 'GET', path: /^\/orders\/historical\/batch$/, scope: 'view', run: listOrders },
  { label: 'listFills', method: 'GET', path: /^\/orders\/historical\/fills$/, scope: 'view', run: listFills },
  { label: 'getOrder', method: 'GET', path: /^\/orders\/historical\/([^/]+)$/, scope: 'view', run: getOrder },
]
