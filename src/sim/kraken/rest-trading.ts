import type { EngineOrder } from '#sim/engine/types'
import { readRestAmend, readRestEdit } from './amend-terms'
import { checkDeadline } from './deadlines'
import { editedTerms } from './edited-terms'
import { pairNamed } from './face'
import { isUserref, type OrderName } from './order-entry'
import { hasTriggerAndLimit, type OrderTerms } from './order-terms'
import { type DescribedOrder, describeOrder } from './order-view'
import { refuse, refuseArgument } from './refusal'
import type { PrivateCall, PrivateMethod } from './rest-call'
import { readRestOrder } from './rest-order-terms'
import type { KrakenPair } from './symbols'
import type { WireObject } from './wire-json'
import { secondTime } from '#sim/emulator/wire-time'

const BATCH_MIN = 2
const BATCH_MAX = 15
const CANCEL_BATCH_MAX = 50
const DEAD_MAN_MAX_SEC = 86_400

function described(terms: OrderTerms, pair: KrakenPair): string {
  const order: DescribedOrder = { ...terms, quoteQuantity: terms.quantityIn === 'quote' ? terms.quantity : null }
  return describeOrder(order, pair)
}

const addOrder: PrivateMethod = {
  permissions: ['modify-trades'],
  run: (call) => {
    const pair = pairNamed(call.face, call.params.required('pair'))
    checkDeadline(call.params.text('deadline'), call.nowMs)
    const terms = readRestOrder(call.params, pair, call.face.engine.lastPrice(pair.symbol), call.nowMs)
    const descr = { order: described(terms, pair) }
    if (call.params.flag('validate')) {
      call.entry.validate(call.accountId, pair, terms)
      return { descr }
    }
    return { descr, txid: [call.entry.place(call.accountId, pair, terms).orderId] }
  },
}

const addOrderBatch: PrivateMethod = {
  permissions: ['modify-trades'],
  run: (call) => {
    const pair = pairNamed(call.face, call.params.required('pair'))
    checkDeadline(call.params.text('deadline'), call.nowMs)
    const slots = call.params.objects('orders') ?? refuseArgument('orders')
    if (slots.length < BATCH_MIN || slots.length > BATCH_MAX) return refuseArgument('orders')
    const batch = slots.map((slot) => readRestOrder(slot, pair, call.face.engine.lastPrice(pair.symbol), call.nowMs))
    const descrs = batch.map((terms) => ({ order: described(terms, pair) }))
    if (call.params.flag('validate')) {
      call.entry.validateBatch(call.accountId, pair, batch)
      return { orders: descrs.map((descr) => ({ descr })) }
    }
    const results = call.entry.placeBatch(call.accountId, pair, batch)
    return {
      orders: results.map((result, index): WireObject => {
        const descr = descrs[index]
        return result.kind === 'placed' ? { txid: result.order.orderId, descr } : { error: result.text, descr }
      }),
    }
  },
}

/** Reads which order a call means: `txid` (or `order_id`) or `cl_ord_id`, not both. */
function readName(call: PrivateCall): OrderName {
  const orderId = call.params.text('txid')
  const clientId = call.params.text('cl_ord_id')
  if ((orderId === null) === (clientId === null)) return refuseArgument(orderId === null ? 'txid' : 'cl_ord_id')
  return { orderId, clientId }
}

const amendOrder: PrivateMethod = {
  permissions: ['modify-trades'],
  run: (call) => {
    checkDeadline(call.params.text('deadline'), call.nowMs)
    const name = readName(call)
    if (call.params.text('display_qty') !== null) return refuseArgument('display_qty')
    const order = call.entry.findOpen(call.accountId, name) ?? refuse('EOrder:Unknown order')
    return { amend_id: call.entry.amend(call.accountId, name, readRestAmend(call.face, call.params, order)).amendId }
  },
}

/** The terms of an open order with what EditOrder changes: volume, price, price2 and flags. */
function readEdit(call: PrivateCall, order: EngineOrder): OrderTerms {
  const { params } = call
  const prices = readRestEdit(call.face, params, order)
  return editedTerms(order, {
    ...prices,
    quantity: params.decimal('volume'),
    triggerPrice: order.type === 'limit' ? null : prices.triggerPrice,
    postOnly: params.text('oflags') === null ? null : params.list('oflags').includes('post'),
    userref: params.integer('userref', -2_147_483_648, 2_147_483_647),
  })
}

const editOrder: PrivateMethod = {
  permissions: ['modify-trades'],
  run: (call) => {
    checkDeadline(call.params.text('deadline'), call.nowMs)
    const txid = call.params.required('txid')
    const order = call.entry.findOpen(call.accountId, { orderId: txid, clientId: null }) ?? refuse('EOrder:Unknown order')
    const pair = pairNamed(call.face, call.params.required('pair'))
    if (pair.symbol !== order.symbol) return refuse('EOrder:Unknown order')
    const terms = readEdit(call, order)
    const descr = { order: described(terms, pair) }
    if (call.params.flag('validate')) return { descr }
    const placed = call.entry.edit(call.accountId, order, terms)
    return {
      status: 'ok',
      txid: placed.orderId,
      originaltxid: order.orderId,
      volume: terms.quantity,
      price: terms.triggerPrice ?? terms.limitPrice ?? '0',
      price2: hasTriggerAndLimit(terms.type) ? (terms.limitPrice ?? '0') : '0',
      orders_cancelled: 1,
      descr,
    }
  },
}

const CANCEL_PERMISSIONS = ['modify-trades', 'close-trades'] as const

const cancelOrder: PrivateMethod = {
  permissions: CANCEL_PERMISSIONS,
  run: (call) => {
    const name = readName(call)
    if (name.orderId === null || !isUserref(name.orderId)) {
      call.entry.cancel(call.accountId, name)
      return { count: 1 }
    }
    const orders = call.entry.openByUserref(call.accountId, Number(name.orderId))
    if (orders.length === 0) return refuse('EOrder:Unknown order')
    return { count: call.entry.cancelMany(call.accountId, orders).length }
  },
}

const cancelOrderBatch: PrivateMethod = {
  permissions: CANCEL_PERMISSIONS,
  run: (call) => {
    const names = call.params.list('orders')
    const clientIds = call.params.list('cl_ord_ids')
    const count = names.length + clientIds.length
    if (count === 0 || count > CANCEL_BATCH_MAX) return refuseArgument('orders')
    return { count: call.entry.cancelMany(call.accountId, call.entry.findOpenAll(call.accountId, names, clientIds)).length }
  },
}

const cancelAll: PrivateMethod = {
  permissions: CANCEL_PERMISSIONS,
  run: (call) => ({ count: call.entry.cancelAll(call.accountId, 'allCanceled').length }),
}

/** Arms the dead-man switch and returns both times as the venue writes them; used by both faces. */
export function armDeadMan(call: Pick<PrivateCall, 'deadMan' | 'accountId' | 'nowMs'>, timeoutSec: number): WireObject {
  const firesAtMs = call.deadMan.arm(call.accountId, timeoutSec)
  return { currentTime: secondTime(call.nowMs), triggerTime: firesAtMs === null ? '0' : secondTime(firesAtMs) }
}

const cancelAllOrdersAfter: PrivateMethod = {
  permissions: CANCEL_PERMISSIONS,
  run: (call) => armDeadMan(call, call.params.integer('timeout', 0, DEAD_MAN_MAX_SEC - 1) ?? refuseArgument('timeout')),
}

/** Methods that place, change and cancel orders. */
export const TRADING_METHODS: Readonly<Record<string, PrivateMethod>> = {
  AddOrder: addOrder,
  AddOrderBatch: addOrderBatch,
  AmendOrder: amendOrder,
  EditOrder: editOrder,
  CancelOrder: cancelOrder,
  CancelOrderBatch: cancelOrderBatch,
  CancelAll: cancelAll,
  CancelAllOrdersAfter: cancelAllOrdersAfter,
}
