import { NO_CHANGE, readFrameAmend } from './amend-terms'
import { checkDeadline } from './deadlines'
import type { DeadMan } from './dead-man'
import { editedTerms } from './edited-terms'
import type { Face } from './face'
import { readFrameOrder } from './frame-order-terms'
import type { FrameParams } from './frame-params'
import type { OrderEntry, OrderName } from './order-entry'
import { KrakenRefusal, refuse, refuseArgument } from './refusal'
import { armDeadMan } from './rest-trading'
import type { KrakenPair } from './symbols'
import type { WireJson, WireObject } from './wire-json'

const BATCH_ADD_MIN = 2
const BATCH_ADD_MAX = 15
const BATCH_CANCEL_MIN = 2
const BATCH_CANCEL_MAX = 50
const DEAD_MAN_MAX_SEC = 86_400

/** One call of a trading method, token and account checked. */
export interface TradingCall {
  readonly face: Face
  readonly entry: OrderEntry
  readonly deadMan: DeadMan
  readonly accountId: string
  readonly params: FrameParams
  readonly nowMs: number
}

/** One answer of a trading method; most give one, `cancel_order` one an order. */
export type TradingReply =
  | { readonly kind: 'done'; readonly result: WireJson }
  /** `named` holds the id that the refusal is about, at the top level of the answer. */
  | { readonly kind: 'refused'; readonly text: string; readonly named: WireObject }

const done = (result: WireJson): readonly TradingReply[] => [{ kind: 'done', result }]

function readPair(call: TradingCall): KrakenPair {
  const symbol = call.params.required('symbol')
  return call.face.symbols.bySymbol(symbol) ?? refuse(`Currency pair not supported ${symbol}`)
}

/** The result of a placed order: its id, and the caller's own where it gave one. */
function placedView(params: FrameParams, orderId: string | undefined): WireObject {
  return {
    order_id: orderId,
    cl_ord_id: params.text('cl_ord_id') ?? undefined,
    order_userref: params.integer('order_userref', -2_147_483_648, 2_147_483_647) ?? undefined,
  }
}

function addOrder(call: TradingCall): readonly TradingReply[] {
  const pair = readPair(call)
  checkDeadline(call.params.text('deadline'), call.nowMs)
  const terms = readFrameOrder(call.params, pair, call.face.engine.lastPrice(pair.symbol), call.nowMs)
  if (call.params.flag('validate', false)) {
    call.entry.validate(call.accountId, pair, terms)
    return done(placedView(call.params, undefined))
  }
  return done(placedView(call.params, call.entry.place(call.accountId, pair, terms).orderId))
}

function batchAdd(call: TradingCall): readonly TradingReply[] {
  const pair = readPair(call)
  checkDeadline(call.params.text('deadline'), call.nowMs)
  const slots = call.params.objects('orders')
  if (slots.length < BATCH_ADD_MIN || slots.length > BATCH_ADD_MAX) return refuseArgument('orders')
  const batch = slots.map((slot) => readFrameOrder(slot, pair, call.face.engine.lastPrice(pair.symbol), call.nowMs))
  if (call.params.flag('validate', false)) {
    call.entry.validateBatch(call.accountId, pair, batch)
    return done(slots.map((slot) => placedView(slot, undefined)))
  }
  const results = call.entry.placeBatch(call.accountId, pair, batch)
  return done(
    results.map((result, index): WireJson => {
      const slot = slots[index]
      if (result.kind === 'refused' || slot === undefined) return { error: result.kind === 'refused' ? result.text : undefined }
      return placedView(slot, result.order.orderId)
    }),
  )
}

function readName(params: FrameParams): OrderName {
  const orderId = params.text('order_id')
  const clientId = params.text('cl_ord_id')
  if ((orderId === null) === (clientId === null)) return refuseArgument(orderId === null ? 'order_id' : 'cl_ord_id')
  return { orderId, clientId }
}

function amendOrder(call: TradingCall): readonly TradingReply[] {
  const { params } = call
  checkDeadline(params.text('deadline'), call.nowMs)
  const name = readName(params)
  if (params.has('display_qty')) return refuseArgument('display_qty')
  if (!params.has('order_qty')) return refuseArgument('order_qty')
  const order = call.entry.findOpen(call.accountId, name)
  const change = order === null ? NO_CHANGE : readFrameAmend(call.face, params, order)
  const { amendId } = call.entry.amend(call.accountId, name, change)
  return done({ amend_id: amendId, order_id: name.orderId ?? undefined, cl_ord_id: name.clientId ?? undefined })
}

function editOrder(call: TradingCall): readonly TradingReply[] {
  const { params } = call
  checkDeadline(params.text('deadline'), call.nowMs)
  const pair = readPair(call)
  const order = call.entry.findOpen(call.accountId, { orderId: params.required('order_id'), clientId: null })
  if (order === null || order.symbol !== pair.symbol) return refuse('EOrder:Unknown order')
  const terms = editedTerms(order, {
    quantity: params.decimal('order_qty'),
    limitPrice: params.decimal('limit_price'),
    triggerPrice: order.trailing === null ? (params.object('triggers')?.decimal('price') ?? null) : null,
    trailing: null,
    postOnly: params.has('post_only') ? params.flag('post_only', false) : null,
    userref: params.integer('order_userref', -2_147_483_648, 2_147_483_647),
  })
  if (params.flag('validate', false)) return done({ original_order_id: order.orderId })
  const placed = call.entry.edit(call.accountId, order, terms)
  return done({ order_id: placed.orderId, original_order_id: order.orderId })
}

/** Cancels one order and answers for it alone. */
function cancelOne(call: TradingCall, kind: 'order_id' | 'cl_ord_id', id: string): TradingReply {
  try {
    const name = kind === 'order_id' ? { orderId: id, clientId: null } : { orderId: null, clientId: id }
    call.entry.cancel(call.accountId, name)
    return { kind: 'done', result: { [kind]: id } }
  } catch (error) {
    if (error instanceof KrakenRefusal) return { kind: 'refused', text: error.wireText, named: { [kind]: id } }
    throw error
  }
}

function cancelByUserref(call: TradingCall, text: string): TradingReply {
  const userref = /^-?\d{1,10}$/.test(text) ? Number(text) : refuseArgument('order_userref')
  const orders = call.entry.openByUserref(call.accountId, userref)
  if (orders.length === 0) return { kind: 'refused', text: 'EOrder:Unknown order', named: { order_userref: userref } }
  call.entry.cancelMany(call.accountId, orders)
  return { kind: 'done', result: { order_userref: userref } }
}

function cancelOrder(call: TradingCall): readonly TradingReply[] {
  const { params } = call
  const [ids, clientIds, userrefs] = [params.list('order_id'), params.list('cl_ord_id'), params.list('order_userref')]
  if (ids.length + clientIds.length + userrefs.length === 0) return refuseArgument('order_id')
  return [
    ...ids.map((id) => cancelOne(call, 'order_id', id)),
    ...clientIds.map((id) => cancelOne(call, 'cl_ord_id', id)),
    ...userrefs.map((text) => cancelByUserref(call, text)),
  ]
}

function batchCancel(call: TradingCall): readonly TradingReply[] {
  const [names, clientIds] = [call.params.list('orders'), call.params.list('cl_ord_id')]
  const count = names.length + clientIds.length
  if (count < BATCH_CANCEL_MIN || count > BATCH_CANCEL_MAX) return refuseArgument('orders')
  return done({ count: call.entry.cancelMany(call.accountId, call.entry.findOpenAll(call.accountId, names, clientIds)).length })
}

function cancelAll(call: TradingCall): readonly TradingReply[] {
  return done({ count: call.entry.cancelAll(call.accountId, 'allCanceled').length })
}

function cancelAllOrdersAfter(call: TradingCall): readonly TradingReply[] {
  return done(armDeadMan(call, call.params.integer('timeout', 0, DEAD_MAN_MAX_SEC - 1) ?? refuseArgument('timeout')))
}

/** Trading methods of the private socket. Each throws `KrakenRefusal` to refuse as a whole. */
export const FRAME_TRADING_METHODS: ReadonlyMap<string, (call: TradingCall) => readonly TradingReply[]> = new Map(
  Object.entries({
    add_order: addOrder,
    amend_order: amendOrder,
    edit_order: editOrder,
    cancel_order: cancelOrder,
    cancel_all: cancelAll,
    cancel_all_orders_after: cancelAllOrdersAfter,
    batch_add: batchAdd,
    batch_cancel: batchCancel,
  }),
)
