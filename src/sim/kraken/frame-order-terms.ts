import { type Decimal, isPositive } from '#domain/decimal'
import type { TimeInForce } from '#domain/order'
import type { EngineOrderType, SelfTradePolicy, Trailing } from '#sim/engine/types'
import { checkExpiry } from './deadlines'
import type { FrameParams } from './frame-params'
import {
  type GivenTrigger,
  hasTriggerAndLimit,
  isTrailing,
  isTriggered,
  ORDER_TYPES,
  type OrderTerms,
  readClientId,
  relativeTrigger,
} from './order-terms'
import { refuse, refuseArgument } from './refusal'
import type { KrakenPair } from './symbols'
import { readRfc3339 } from '#sim/emulator/wire-time'

const SELF_TRADE: Readonly<Record<string, SelfTradePolicy>> = {
  cancel_newest: 'cancelNewest',
  cancel_oldest: 'cancelOldest',
  cancel_both: 'cancelBoth',
}
const TIMES: Readonly<Record<string, TimeInForce>> = { gtc: 'gtc', ioc: 'ioc', fok: 'fok', gtd: 'gtd' }
const INT32_MAX = 2_147_483_647

function refuseUnsupported(params: FrameParams): void {
  if (params.flag('margin', false)) refuse('EAccount:Invalid permissions:margin trading restricted.')
  if (params.flag('reduce_only', false)) refuse('EOrder:Reduce only:Non-PC')
  for (const name of ['conditional', 'display_qty', 'effective_time']) if (params.has(name)) refuseArgument(name)
}

interface Prices {
  readonly limitPrice: Decimal | null
  readonly triggerPrice: Decimal | null
  readonly trailing: Trailing | null
  readonly triggerGiven: GivenTrigger | null
}

/**
 * Reads the limit of a trailing stop. Emulator: without a type it is a distance in quote from the trigger, as a type must be named
 * for a price that stands still.
 */
function readTrailingLimit(params: FrameParams, limitPrice: Decimal): Pick<Trailing, 'limitOffset' | 'limitUnit'> | null {
  switch (params.text('limit_price_type') ?? 'quote') {
    case 'static':
      return null
    case 'pct':
      return { limitOffset: limitPrice, limitUnit: 'percent' }
    case 'quote':
      return { limitOffset: limitPrice, limitUnit: 'quote' }
    default:
      return refuseArgument('limit_price_type')
  }
}

function readTrailing(params: FrameParams, type: EngineOrderType, price: Decimal, priceType: string): Prices {
  const none: Prices = { limitPrice: null, triggerPrice: null, trailing: null, triggerGiven: null }
  if ((priceType !== 'pct' && priceType !== 'quote') || !isPositive(price)) return refuseArgument('triggers')
  const unit = priceType === 'pct' ? 'percent' : 'quote'
  const still: Trailing = { offset: price, unit, limitOffset: null, limitUnit: unit }
  if (type === 'trailingStop') return { ...none, trailing: still }
  const limitPrice = params.decimal('limit_price') ?? refuseArgument('limit_price')
  const limit = readTrailingLimit(params, limitPrice)
  return limit === null ? { ...none, trailing: still, limitPrice } : { ...none, trailing: { ...still, ...limit } }
}

function readPrices(params: FrameParams, type: EngineOrderType, pair: KrakenPair, lastPrice: Decimal): Prices {
  const limitPrice = params.decimal('limit_price')
  const none: Prices = { limitPrice: null, triggerPrice: null, trailing: null, triggerGiven: null }
  if (!isTriggered(type) && params.has('triggers')) refuseArgument('triggers')
  if (type !== 'trailingStopLimit' && (params.text('limit_price_type') ?? 'static') !== 'static') refuseArgument('limit_price_type')
  if (type === 'market') return none
  if (type === 'limit') return { ...none, limitPrice: limitPrice ?? refuseArgument('limit_price') }
  const triggers = params.object('triggers') ?? refuseArgument('triggers')
  const reference = triggers.text('reference') ?? 'last'
  if (reference !== 'last') refuseArgument(reference === 'index' ? 'Index unavailable' : 'triggers')
  const price = triggers.decimal('price') ?? refuseArgument('triggers')
  const priceType = triggers.text('price_type') ?? 'static'
  if (isTrailing(type)) return readTrailing(params, type, price, priceType)
  if (priceType !== 'static' && priceType !== 'pct' && priceType !== 'quote') return refuseArgument('triggers')
  const triggerGiven: GivenTrigger | null = priceType === 'static' ? null : { price, type: priceType }
  const triggerPrice = triggerGiven === null ? price : relativeTrigger(triggerGiven, 'triggers', pair, lastPrice)
  if (!hasTriggerAndLimit(type)) return { ...none, triggerPrice, triggerGiven }
  return { ...none, triggerPrice, triggerGiven, limitPrice: limitPrice ?? refuseArgument('limit_price') }
}

function readTimeInForce(params: FrameParams, type: EngineOrderType, nowMs: number): Pick<OrderTerms, 'timeInForce' | 'expiresAtMs'> {
  const text = (params.text('time_in_force') ?? 'gtc').toLowerCase()
  const timeInForce = TIMES[text] ?? refuseArgument('time_in_force')
  const expireText = params.text('expire_time')
  if ((timeInForce === 'gtd') !== (expireText !== null)) refuseArgument('expire_time')
  if (timeInForce === 'fok' && type !== 'limit') refuseArgument('time_in_force')
  if (expireText === null) return { timeInForce, expiresAtMs: null }
  return { timeInForce, expiresAtMs: checkExpiry(readRfc3339(expireText) ?? refuseArgument('expire_time'), nowMs, 'expire_time') }
}

/**
 * Reads the order part of `add_order`, or one slot of `batch_add`.
 * @throws {KrakenRefusal} with the venue's text for the first field that is wrong.
 */
export function readFrameOrder(params: FrameParams, pair: KrakenPair, lastPrice: Decimal, nowMs: number): OrderTerms {
  const side = params.required('side')
  if (side !== 'buy' && side !== 'sell') return refuseArgument('side')
  const type = ORDER_TYPES[params.required('order_type')] ?? refuseArgument('order_type')
  const cash = params.decimal('cash_order_qty')
  if (cash !== null && (type !== 'market' || side !== 'buy' || params.has('order_qty'))) refuseArgument('cash_order_qty')
  const quantity = cash ?? params.decimal('order_qty') ?? refuseArgument('order_qty')
  if (!isPositive(quantity)) refuseArgument('order_qty')
  refuseUnsupported(params)
  const postOnly = params.flag('post_only', false)
  if (postOnly && type !== 'limit') refuseArgument('post_only')
  const feePreference = params.text('fee_preference') ?? 'quote'
  if (feePreference !== 'quote' && feePreference !== 'base') return refuseArgument('fee_preference')
  const userref = params.integer('order_userref', -INT32_MAX - 1, INT32_MAX)
  return {
    side,
    type,
    quantity,
    quantityIn: cash === null ? 'base' : 'quote',
    ...readPrices(params, type, pair, lastPrice),
    triggerBy: 'last',
    ...readTimeInForce(params, type, nowMs),
    postOnly,
    feeIn: feePreference,
    selfTrade: SELF_TRADE[params.text('stp_type') ?? 'cancel_newest'] ?? refuseArgument('stp_type'),
    userref,
    clientId: readClientId(params.text('cl_ord_id'), userref),
  }
}
