import { type Decimal, isPositive } from '#domain/decimal'
import type { AmendChange, EngineOrder, Trailing } from '#sim/engine/types'
import { type Face, pairOf } from './face'
import type { FrameParams } from './frame-params'
import { awaySignOf, extraAfter, type GivenTrigger, readLimitOffset, readPrice, readTrailingOffset, relativeTrigger } from './order-terms'
import { refuseArgument } from './refusal'
import type { RestParams } from './rest-params'

/** An amend that changes nothing. */
export const NO_CHANGE: AmendChange = { quantity: null, limitPrice: null, triggerPrice: null, trailing: null, postOnly: null, extra: null }

/** The distances that an order follows the last price at; null when it does not, or no more. */
function followed(order: EngineOrder): Trailing | null {
  return order.status === 'untriggered' ? order.trailing : null
}

/** Returns a reader of price fields, absolute or relative to the last trade, for a change of an order. */
function priceReader(face: Face, params: RestParams, order: EngineOrder): (field: string) => Decimal | null {
  const lastPrice = face.engine.lastPrice(order.symbol)
  return (field) => {
    const text = params.text(field)
    return text === null ? null : readPrice(text, field, pairOf(face, order.symbol), lastPrice, awaySignOf(order.side, order.type))
  }
}

/** What REST says anew of an order's prices; `triggerField` and `limitField` name them in the call. */
type RestPrices = Pick<AmendChange, 'limitPrice' | 'triggerPrice' | 'trailing'>

function readRestPrices(face: Face, params: RestParams, order: EngineOrder, triggerField: string, limitField: string): RestPrices {
  const price = priceReader(face, params, order)
  const present = followed(order)
  if (present === null) return { limitPrice: price(limitField), triggerPrice: price(triggerField), trailing: null }
  const triggerText = params.text(triggerField)
  const limitText = present.limitOffset === null ? null : params.text(limitField)
  const offset = triggerText === null ? null : readTrailingOffset(triggerText, triggerField)
  const limit = limitText === null ? null : (readLimitOffset(limitText, limitField) ?? refuseArgument(limitField))
  return {
    limitPrice: present.limitOffset === null ? params.decimal(limitField) : null,
    triggerPrice: null,
    trailing: offset === null && limit === null ? null : { ...present, ...offset, ...limit },
  }
}

/**
 * Reads what AmendOrder changes. Prices may be relative to the last trade; for a stop that trails they are its distances, in the
 * form of AddOrder (Emulator: the sheet names the fields and not their forms).
 */
export function readRestAmend(face: Face, params: RestParams, order: EngineOrder): AmendChange {
  const change = {
    quantity: params.decimal('order_qty'),
    ...readRestPrices(face, params, order, 'trigger_price', 'limit_price'),
    postOnly: params.text('post_only') === null ? null : params.flag('post_only'),
  }
  const { quantity, limitPrice, triggerPrice, trailing } = change
  if (quantity === null && limitPrice === null && triggerPrice === null && trailing === null) return refuseArgument('order_qty')
  return { ...change, extra: triggerPrice === null ? null : extraAfter(order, null) }
}

/** Reads the prices that EditOrder gives anew: `price` and, beside a trigger, `price2`. */
export function readRestEdit(face: Face, params: RestParams, order: EngineOrder): RestPrices {
  if (order.type === 'limit') return readRestPrices(face, params, order, 'price2', 'price')
  return readRestPrices(face, params, order, 'price', 'price2')
}

function priceTypeOf(params: FrameParams, field: string): 'static' | 'pct' | 'quote' | null {
  const type = params.text(field)
  if (type === null || type === 'static' || type === 'pct' || type === 'quote') return type
  return refuseArgument(field)
}

/** Reads the distances of a stop that trails: `trigger_price_type` must say `pct` or `quote`; that of the limit is `quote` unless said. */
function readFrameTrailing(params: FrameParams, present: Trailing): Trailing | null {
  const triggerPrice = params.decimal('trigger_price')
  const limitPrice = present.limitOffset === null ? null : params.decimal('limit_price')
  if (triggerPrice === null && limitPrice === null) return null
  const unitOf = (field: string, fallback: 'static' | 'quote'): Trailing['unit'] => {
    const type = priceTypeOf(params, field) ?? fallback
    return type === 'static' ? refuseArgument(field) : type === 'pct' ? 'percent' : 'quote'
  }
  if (triggerPrice !== null && !isPositive(triggerPrice)) return refuseArgument('trigger_price')
  const offset = triggerPrice === null ? null : { offset: triggerPrice, unit: unitOf('trigger_price_type', 'static') }
  const limit = limitPrice === null ? null : { limitOffset: limitPrice, limitUnit: unitOf('limit_price_type', 'quote') }
  return { ...present, ...offset, ...limit }
}

/** Reads what `amend_order` changes. @throws {KrakenRefusal} naming the first field that is wrong. */
export function readFrameAmend(face: Face, params: FrameParams, order: EngineOrder): AmendChange {
  const change = {
    ...NO_CHANGE,
    quantity: params.decimal('order_qty') ?? refuseArgument('order_qty'),
    postOnly: params.has('post_only') ? params.flag('post_only', false) : null,
  }
  const present = followed(order)
  const follows = present !== null && present.limitOffset !== null
  if (!follows && (priceTypeOf(params, 'limit_price_type') ?? 'static') !== 'static') return refuseArgument('limit_price_type')
  const limitPrice = follows ? null : params.decimal('limit_price')
  if (present !== null) return { ...change, limitPrice, trailing: readFrameTrailing(params, present) }
  const price = params.decimal('trigger_price')
  const type = priceTypeOf(params, 'trigger_price_type') ?? 'static'
  if (price === null) return { ...change, limitPrice }
  const given: GivenTrigger | null = type === 'static' ? null : { price, type }
  const pair = pairOf(face, order.symbol)
  const triggerPrice = given === null ? price : relativeTrigger(given, 'trigger_price', pair, face.engine.lastPrice(order.symbol))
  return { ...change, limitPrice, triggerPrice, extra: extraAfter(order, given) }
}
