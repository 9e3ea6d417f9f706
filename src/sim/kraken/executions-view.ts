import { type Decimal, isPositive, multiply, toFixedScale, ZERO } from '#domain/decimal'
import type { EngineEvent, EngineFill, EngineOrder, Trailing } from '#sim/engine/types'
import { type Face, pairOf } from './face'
import { isTriggered, orderTypeName, triggerGivenOf } from './order-terms'
import { reasonText, userrefOf } from './order-view'
import type { KrakenPair } from './symbols'
import { type NumberToken, numberToken, type WireObject } from './wire-json'
import { microTime } from '#sim/emulator/wire-time'

/** Engine events that the executions channel shows. */
export type OrderEvent = Extract<EngineEvent, { readonly order: EngineOrder }>

const fixed = (value: Decimal, scale: number): NumberToken => numberToken(toFixedScale(value, scale))

function identity(order: EngineOrder): WireObject {
  return { order_id: order.orderId, order_userref: userrefOf(order) ?? 0, cl_ord_id: order.clientId ?? undefined }
}

/** A fee's value in USD, as far as a price is known. */
function feeInUsd(face: Face, pair: KrakenPair, fee: Decimal, feeIn: 'quote' | 'base'): Decimal {
  const asset = feeIn === 'quote' ? pair.quote.code : pair.base.code
  if (asset === 'USD') return fee
  const priced = face.symbols.bySymbol(`${asset}/USD`)
  return priced === null ? ZERO : multiply(fee, face.engine.lastPrice(priced.symbol))
}

function cumulative(face: Face, order: EngineOrder, pair: KrakenPair): WireObject {
  const { costScale, priceScale, quantityScale } = pair.instrument
  return {
    cum_qty: fixed(order.filledQuantity, quantityScale),
    cum_cost: fixed(order.filledCost, costScale),
    fee_usd_equiv: fixed(feeInUsd(face, pair, order.fee, order.feeIn), costScale),
    avg_price: fixed(order.averagePrice, priceScale + 4),
  }
}

const unitName = (unit: Trailing['unit']): string => (unit === 'percent' ? 'pct' : 'quote')

/** The trigger as it was given: a distance, a price relative to the last one, or a price. */
function givenTrigger(order: EngineOrder, priceScale: number): WireObject {
  if (order.trailing !== null) return { price: numberToken(order.trailing.offset), price_type: unitName(order.trailing.unit) }
  const given = triggerGivenOf(order)
  if (given !== null) return { price: numberToken(given.price), price_type: given.type }
  return { price: fixed(order.triggerPrice ?? ZERO, priceScale), price_type: 'static' }
}

/** What is told of an order's trigger; `lastPrice` is the reference at the time of the report. */
function triggersView(order: EngineOrder, pair: KrakenPair, lastPrice: Decimal): WireObject | undefined {
  if (!isTriggered(order.type)) return undefined
  const { priceScale } = pair.instrument
  const isWaiting = order.triggeredAtMs === null
  return {
    reference: 'last',
    ...givenTrigger(order, priceScale),
    actual_price: order.triggerPrice === null ? undefined : fixed(order.triggerPrice, priceScale),
    peak_price: order.peakPrice === null ? undefined : fixed(order.peakPrice, priceScale),
    last_price: fixed(lastPrice, priceScale),
    status: isWaiting ? 'untriggered' : 'triggered',
    timestamp: order.triggeredAtMs === null ? undefined : microTime(order.triggeredAtMs),
  }
}

/** The limit as it was given: a waiting trailing stop tells the distance from its trigger, any other order the price. */
function limitView(order: EngineOrder, priceScale: number): WireObject {
  const offset = order.status === 'untriggered' ? (order.trailing?.limitOffset ?? null) : null
  if (offset !== null && order.trailing !== null)
    return { limit_price_type: unitName(order.trailing.limitUnit), limit_price: numberToken(offset) }
  return order.limitPrice === null ? {} : { limit_price_type: 'static', limit_price: fixed(order.limitPrice, priceScale) }
}

/** What `pending_new` and snapshot rows tell of an order's terms. */
function terms(face: Face, order: EngineOrder, pair: KrakenPair): WireObject {
  const { costScale, priceScale, quantityScale } = pair.instrument
  return {
    symbol: pair.symbol,
    side: order.side,
    order_type: orderTypeName(order.type),
    order_qty: order.quoteQuantity === null ? fixed(order.quantity, quantityScale) : undefined,
    cash_order_qty: order.quoteQuantity === null ? undefined : fixed(order.quoteQuantity, costScale),
    time_in_force: order.timeInForce.toUpperCase(),
    expire_time: order.expiresAtMs === null ? undefined : microTime(order.expiresAtMs),
    ...limitView(order, priceScale),
    post_only: order.postOnly ? true : undefined,
    triggers: triggersView(order, pair, face.engine.lastPrice(order.symbol)),
    stop_price: fixed(isTriggered(order.type) ? (order.triggerPrice ?? ZERO) : ZERO, priceScale),
    fee_ccy_pref: order.feeIn === 'base' ? 'fcib' : 'fciq',
  }
}

function liveStatus(order: EngineOrder): string {
  return isPositive(order.filledQuantity) ? 'partially_filled' : 'new'
}

function fillTerms(face: Face, fill: EngineFill, pair: KrakenPair): WireObject {
  const { costScale, priceScale, quantityScale } = pair.instrument
  const feeScale = fill.feeAsset === pair.quote.code ? costScale : pair.base.decimals
  return {
    exec_id: fill.fillId,
    exec_type: 'trade',
    trade_id: fill.tradeId,
    symbol: pair.symbol,
    side: fill.side,
    last_qty: fixed(fill.quantity, quantityScale),
    last_price: fixed(fill.price, priceScale),
    liquidity_ind: fill.liquidity === 'maker' ? 'm' : 't',
    cost: fixed(fill.cost, costScale),
    order_type: orderTypeName(fill.orderType),
    timestamp: microTime(fill.atMs),
    fee_usd_equiv: fixed(feeInUsd(face, pair, fill.fee, fill.feeAsset === pair.quote.code ? 'quote' : 'base'), costScale),
    fees: [{ asset: fill.feeAsset, qty: fixed(fill.fee, feeScale) }],
  }
}

function tradeReport(face: Face, order: EngineOrder, fill: EngineFill, pair: KrakenPair): WireObject {
  const { costScale, priceScale, quantityScale } = pair.instrument
  return {
    ...identity(order),
    ...fillTerms(face, fill, pair),
    // The fill that completes an order still says so: completion is the `filled` event (sheet §4.8, rule 2).
    order_status: 'partially_filled',
    cum_qty: fixed(fill.cumulativeQuantity, quantityScale),
    cum_cost: fixed(fill.cumulativeCost, costScale),
    avg_price: fixed(fill.averagePrice, priceScale + 4),
  }
}

function doneReport(face: Face, order: EngineOrder, pair: KrakenPair): WireObject {
  const status = order.status === 'filled' || order.status === 'expired' ? order.status : 'canceled'
  const reason = reasonText(order.reason) ?? undefined
  return {
    timestamp: microTime(order.closedAtMs ?? order.updatedAtMs),
    order_status: status,
    exec_type: status,
    ...cumulative(face, order, pair),
    ...(status === 'filled' ? {} : { cancel_reason: reason, reason }),
    ...identity(order),
  }
}

function amendReport(face: Face, order: EngineOrder, pair: KrakenPair): WireObject {
  const { priceScale, quantityScale } = pair.instrument
  const limit = limitView(order, priceScale)
  return {
    timestamp: microTime(order.updatedAtMs),
    exec_type: 'amended',
    order_status: liveStatus(order),
    ...cumulative(face, order, pair),
    reason: 'User requested',
    amended: true,
    order_qty: fixed(order.quantity, quantityScale),
    limit_price: limit['limit_price'],
    limit_price_type: limit['limit_price_type'],
    triggers: triggersView(order, pair, face.engine.lastPrice(order.symbol)),
    ...identity(order),
  }
}

/** A trigger moved or was met: nothing else of the order has changed. */
function statusReport(order: EngineOrder, pair: KrakenPair, lastPrice: Decimal): WireObject {
  return {
    timestamp: microTime(order.updatedAtMs),
    order_status: liveStatus(order),
    exec_type: 'status',
    triggers: triggersView(order, pair, lastPrice),
    ...identity(order),
  }
}

/** Returns the report of one event of an order (protocol sheet §4.8). */
export function executionReport(face: Face, event: OrderEvent): WireObject {
  const { order } = event
  const pair = pairOf(face, order.symbol)
  const timestamp = microTime(order.updatedAtMs)
  switch (event.kind) {
    case 'orderPending': {
      const zeroCost = fixed(ZERO, pair.instrument.costScale)
      const figures = { cum_cost: zeroCost, fee_usd_equiv: zeroCost }
      return {
        ...identity(order),
        exec_type: 'pending_new',
        order_status: 'pending_new',
        ...terms(face, order, pair),
        ...figures,
        timestamp,
      }
    }
    case 'orderNew':
      return { timestamp, order_status: 'new', exec_type: 'new', ...identity(order) }
    case 'orderTriggered':
      return statusReport(order, pair, event.lastPrice)
    case 'orderRestated':
      return statusReport(order, pair, face.engine.lastPrice(order.symbol))
    case 'orderAmended':
      return amendReport(face, order, pair)
    case 'orderTrade':
      return tradeReport(face, order, event.fill, pair)
    case 'orderDone':
      return doneReport(face, order, pair)
  }
}

/** Returns a row of the snapshot of open orders. */
export function openOrderReport(face: Face, order: EngineOrder): WireObject {
  const pair = pairOf(face, order.symbol)
  return {
    ...identity(order),
    exec_type: 'new',
    order_status: liveStatus(order),
    ...terms(face, order, pair),
    ...cumulative(face, order, pair),
    amended: order.amendCount > 0 ? true : undefined,
    timestamp: microTime(order.updatedAtMs),
  }
}

/** Returns a row of the snapshot of recent fills: `filled`, and without cumulative figures (§4.8, rule 3). */
export function recentFillReport(face: Face, fill: EngineFill): WireObject {
  const pair = pairOf(face, fill.symbol)
  const order = face.engine.order(fill.orderId)
  const names = order === null ? { order_id: fill.orderId, order_userref: 0, cl_ord_id: fill.clientId ?? undefined } : identity(order)
  return { ...names, ...fillTerms(face, fill, pair), order_status: 'filled' }
}
