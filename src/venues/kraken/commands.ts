import { type Decimal, isLess, isMultipleOf, multiply } from '#domain/decimal'
import type { Instrument } from '#domain/instrument'
import type { Approved } from '#domain/order'
import type { Refusal } from '#domain/outcome'
import type { OrderRef } from '#ports/venue'
import type { KrakenConfig } from './config'
import type { Pair } from './symbols'
import { timeText } from '#venues/shared/venue-clock'

/** The venue takes deadlines between these on the stream; below the first an order could only be refused. */
const DEADLINE_MS_MIN = 500
const DEADLINE_MS_MAX = 59_000

/**
 * Builds one frame of a trading method. Numbers go in as their exact text, never through a double (`0.1` stays `0.1`), so the
 * text is put together here: values are either plain decimals, or JSON-quoted.
 */
class ParameterText {
  readonly #parts: string[] = []

  number(name: string, value: Decimal): this {
    this.#parts.push(`"${name}":${value}`)
    return this
  }

  value(name: string, value: string | boolean | number | readonly string[]): this {
    this.#parts.push(`"${name}":${JSON.stringify(value)}`)
    return this
  }

  /** Waits for the last trade's price. */
  trigger(price: Decimal): this {
    this.#parts.push(`"triggers":{"reference":"last","price":${price},"price_type":"static"}`)
    return this
  }

  frame(method: string, requestId: number): string {
    return `{"method":"${method}","params":{${this.#parts.join(',')}},"req_id":${requestId}}`
  }
}

/** What Kraken calls our types, on the stream and over REST. */
export const ORDER_TYPES = { market: 'market', limit: 'limit', stop: 'stop-loss' } as const

/** Returns an `add_order` frame. */
export function addOrderFrame(order: Approved, pair: Pair, deadline: string, token: string, requestId: number): string {
  const parameters = new ParameterText()
    .value('order_type', ORDER_TYPES[order.type])
    .value('side', order.side)
    .number('order_qty', order.quantity)
    .value('symbol', pair.stream)
  if (order.type === 'limit') {
    if (order.limitPrice !== null) parameters.number('limit_price', order.limitPrice)
    parameters.value('time_in_force', order.timeInForce)
    if (order.timeInForce === 'gtd' && order.expiresAtMs !== null) parameters.value('expire_time', wholeSeconds(order.expiresAtMs))
    if (order.postOnly) parameters.value('post_only', true)
  }
  if (order.type === 'stop' && order.limitPrice !== null) parameters.trigger(order.limitPrice)
  // Fees in the quote asset on both sides: the venue's default differs by side, and base fees leave dust (PAIN-10).
  parameters.value('fee_preference', 'quote')
  parameters.value('cl_ord_id', order.clientOrderId).value('deadline', deadline).value('token', token)
  return parameters.frame('add_order', requestId)
}

/** Returns an `amend_order` frame: the new total quantity and price of a resting order, its trigger where it is a stop. */
export function amendOrderFrame(ref: OrderRef, order: Approved, deadline: string, token: string, requestId: number): string {
  if (order.type === 'stop') return amendStopFrame(ref, order, deadline, token, requestId)
  const parameters = new ParameterText()
  if (ref.venueOrderId === null) parameters.value('cl_ord_id', ref.clientOrderId)
  else parameters.value('order_id', ref.venueOrderId)
  parameters.number('order_qty', order.quantity)
  if (order.limitPrice !== null) parameters.number('limit_price', order.limitPrice)
  if (order.postOnly) parameters.value('post_only', true)
  return parameters.value('deadline', deadline).value('token', token).frame('amend_order', requestId)
}

function amendStopFrame(ref: OrderRef, order: Approved, deadline: string, token: string, requestId: number): string {
  const stop = new ParameterText()
  if (ref.venueOrderId === null) stop.value('cl_ord_id', ref.clientOrderId)
  else stop.value('order_id', ref.venueOrderId)
  stop.number('order_qty', order.quantity)
  if (order.limitPrice !== null) stop.number('trigger_price', order.limitPrice)
  return stop.value('deadline', deadline).value('token', token).frame('amend_order', requestId)
}

/** Returns a `cancel_order` frame for one order, by the venue's id where it is known. */
export function cancelOrderFrame(ref: OrderRef, token: string, requestId: number): string {
  const parameters = new ParameterText()
  if (ref.venueOrderId === null) parameters.value('cl_ord_id', [ref.clientOrderId])
  else parameters.value('order_id', [ref.venueOrderId])
  return parameters.value('token', token).frame('cancel_order', requestId)
}

/** Returns a `batch_cancel` frame for 2 to 50 orders, by the venue's ids where they are known. */
export function batchCancelFrame(refs: readonly OrderRef[], token: string, requestId: number): string {
  const { known, own } = namesOf(refs)
  const parameters = new ParameterText()
  if (known.length > 0) parameters.value('orders', known)
  if (own.length > 0) parameters.value('cl_ord_id', own)
  return parameters.value('token', token).frame('batch_cancel', requestId)
}

/** Returns the venue's ids of orders, and our own ids of those whose venue id is not known. */
export function namesOf(refs: readonly OrderRef[]): { readonly known: readonly string[]; readonly own: readonly string[] } {
  return {
    known: refs.flatMap(({ venueOrderId }) => venueOrderId ?? []),
    own: refs.flatMap(({ venueOrderId, clientOrderId }) => (venueOrderId === null ? clientOrderId : [])),
  }
}

/** Returns a `cancel_all` frame: every order of the account. */
export function cancelAllFrame(token: string, requestId: number): string {
  return new ParameterText().value('token', token).frame('cancel_all', requestId)
}

/** Returns a `cancel_all_orders_after` frame; 0 s disarms. */
export function deadManFrame(timeoutSec: number, token: string, requestId: number): string {
  return new ParameterText().value('timeout', timeoutSec).value('token', token).frame('cancel_all_orders_after', requestId)
}

/**
 * Returns the deadline as the venue's clock will read it, or null when it is too near to be met. One that is farther than the
 * venue takes is brought nearer: refused early is safe, executed late is not.
 * @param skewMs the venue's clock minus ours.
 */
export function deadlineText(deadlineAtMs: number, nowMs: number, skewMs: number): string | null {
  const leftMs = deadlineAtMs - nowMs
  return leftMs < DEADLINE_MS_MIN ? null : timeText(nowMs + Math.min(leftMs, DEADLINE_MS_MAX) + skewMs)
}

/** Returns UTC ms as RFC 3339 text in whole seconds, rounded down: an order never lives longer than asked. */
function wholeSeconds(ms: number): string {
  return timeText(Math.floor(ms / 1_000) * 1_000).replace('.000Z', 'Z')
}

/** Says why Kraken would refuse an order for its form, or null. What the plan rounded passes; nothing else leaves (PAIN-09). */
export function refuseByForm(order: Approved, instrument: Instrument, config: KrakenConfig): Refusal | null {
  const refuse = (code: string, reason: string): Refusal => ({ code, reason: `${instrument.instrumentId}: ${reason}`, retry: 'never' })
  if (!config.usesPrivate) return refuse('noKeys', 'the adapter runs on public data only')
  if (order.timeInForce === 'fok') return refuse('unsupportedTimeInForce', 'fill-or-kill is not offered on the stream')
  if (order.timeInForce === 'gtd' && order.expiresAtMs === null) return refuse('unsupportedTimeInForce', 'gtd needs an expiry')
  if (order.type !== 'market' && order.limitPrice === null) return refuse('invalidPrice', `a ${order.type} order needs a price`)
  if (order.type !== 'limit' && order.postOnly) return refuse('invalidArguments', `a ${order.type} order cannot be post-only`)
  if (!isMultipleOf(order.quantity, instrument.lotSize))
    return refuse('lotSize', `${order.quantity} is no multiple of ${instrument.lotSize}`)
  if (isLess(order.quantity, instrument.quantityMin)) {
    return refuse('orderMinimum', `${order.quantity} is below the minimum of ${instrument.quantityMin}`)
  }
  const price = order.limitPrice ?? order.referencePrice
  if (order.limitPrice !== null && !isMultipleOf(order.limitPrice, instrument.tickSize)) {
    return refuse('tickSize', `${order.limitPrice} is no multiple of ${instrument.tickSize}`)
  }
  if (isLess(multiply(order.quantity, price), instrument.notionalMin)) {
    return refuse('costMinimum', `${order.quantity} at ${price} is below the minimum cost of ${instrument.notionalMin}`)
  }
  return null
}
