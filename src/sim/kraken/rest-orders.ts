import { toFixedScale } from '#domain/decimal'
import type { EngineOrder } from '#sim/engine/types'
import { pairOf } from './face'
import { orderView, userrefOf } from './order-view'
import { isWithin, page, readWindow } from './paging'
import { refuse, refuseArgument } from './refusal'
import type { PrivateCall, PrivateMethod } from './rest-call'
import { numberToken, type WireObject } from './wire-json'
import { unixNanos } from './wire-time'

const INT32_MAX = 2_147_483_647

function filterOf(call: PrivateCall): (order: EngineOrder) => boolean {
  const userref = call.params.integer('userref', -INT32_MAX - 1, INT32_MAX)
  const clientId = call.params.text('cl_ord_id')
  return (order) => (userref === null || userrefOf(order) === userref) && (clientId === null || order.clientId === clientId)
}

function showOf(call: PrivateCall): { readonly trades: boolean; readonly consolidated: boolean } {
  return { trades: call.params.flag('trades'), consolidated: call.params.flag('consolidate_taker', true) }
}

function isVisible(call: PrivateCall, atMs: number): boolean {
  return atMs <= call.nowMs - call.lagMs || call.lagMs === 0
}

const openOrders: PrivateMethod = {
  permissions: ['query-open-trades'],
  run: (call) => {
    const isWanted = filterOf(call)
    const show = showOf(call)
    const open = call.face.engine.openOrders(call.accountId).filter((order) => isWanted(order) && isVisible(call, order.openedAtMs))
    return { open: Object.fromEntries(open.toReversed().map((order) => [order.orderId, orderView(call.face, order, show)])) }
  },
}

const closedOrders: PrivateMethod = {
  permissions: ['query-closed-trades'],
  run: (call) => {
    const by = call.params.text('closetime') ?? 'both'
    if (by !== 'open' && by !== 'close' && by !== 'both') return refuseArgument('closetime')
    const window = readWindow(call.params, (id) => call.face.engine.order(id)?.openedAtMs ?? null)
    const isWanted = filterOf(call)
    const rows = call.face.engine.closedOrders(call.accountId).filter((order) => {
      const closedAtMs = order.closedAtMs ?? order.updatedAtMs
      const isInside = (by !== 'close' && isWithin(window, order.openedAtMs)) || (by !== 'open' && isWithin(window, closedAtMs))
      return isInside && isWanted(order) && isVisible(call, closedAtMs)
    })
    const show = showOf(call)
    return page(call, 'closed', rows, (order) => [order.orderId, orderView(call.face, order, show)])
  },
}

const queryOrders: PrivateMethod = {
  permissions: ['query-open-trades', 'query-closed-trades'],
  run: (call) => {
    const ids = call.params.list('txid')
    if (ids.length === 0 || ids.length > 50) return refuseArgument('txid')
    const isWanted = filterOf(call)
    const show = showOf(call)
    const found: Record<string, WireObject> = {}
    for (const id of ids) {
      const order = call.face.engine.order(id)
      if (order === null || order.accountId !== call.accountId || !isVisible(call, order.openedAtMs)) continue
      if (isWanted(order)) found[id] = orderView(call.face, order, show)
    }
    return Object.keys(found).length === 0 ? refuse('EOrder:Unknown order') : found
  },
}

const orderAmends: PrivateMethod = {
  permissions: ['query-open-trades', 'query-closed-trades'],
  run: (call) => {
    const order = call.face.engine.order(call.params.required('order_id'))
    if (order === null || order.accountId !== call.accountId) return refuse('EOrder:Unknown order')
    const { priceScale, quantityScale } = pairOf(call.face, order.symbol).instrument
    const amends = call.face.engine.amends(order.orderId).map((amend, index) => ({
      amend_id: amend.amendId,
      amend_type: amend.kind,
      order_qty: toFixedScale(amend.quantity, quantityScale),
      remaining_qty: toFixedScale(amend.remaining, quantityScale),
      limit_price: amend.limitPrice === null ? undefined : toFixedScale(amend.limitPrice, priceScale),
      trigger_price: amend.triggerPrice === null ? undefined : toFixedScale(amend.triggerPrice, priceScale),
      timestamp: numberToken(unixNanos(amend.atMs, index).toString()),
    }))
    return { amends, count: amends.length }
  },
}

/** Methods that show orders. */
export const ORDER_METHODS: Readonly<Record<string, PrivateMethod>> = {
  OpenOrders: openOrders,
  ClosedOrders: closedOrders,
  QueryOrders: queryOrders,
  OrderAmends: orderAmends,
}
