import {
  absolute,
  add,
  applyBps,
  type Decimal,
  decimal,
  isNegative,
  isPositive,
  isZero,
  multiply,
  roundToStep,
  subtract,
} from '#domain/decimal'
import type { JsonObject } from '#domain/json'
import type { Side, TimeInForce } from '#domain/order'
import type { EngineOrder, EngineOrderType, OrderRequest, SelfTradePolicy, Trailing } from '#sim/engine/types'
import { refuseArgument } from './refusal'
import type { KrakenPair } from './symbols'

/** Order types that the emulator trades, by their wire names. Iceberg and settle-position are refused: nothing of ours sends them. */
export const ORDER_TYPES: Readonly<Record<string, EngineOrderType>> = {
  market: 'market',
  limit: 'limit',
  'stop-loss': 'stopLoss',
  'take-profit': 'takeProfit',
  'stop-loss-limit': 'stopLossLimit',
  'take-profit-limit': 'takeProfitLimit',
  'trailing-stop': 'trailingStop',
  'trailing-stop-limit': 'trailingStopLimit',
}

/** Returns the wire name of an order type: `stop-loss-limit`. */
export function orderTypeName(type: EngineOrderType): string {
  return Object.entries(ORDER_TYPES).find(([, known]) => known === type)?.[0] ?? type
}

/** True for types whose limit price is not their trigger: `stop-loss-limit`, `take-profit-limit`. */
export function hasTriggerAndLimit(type: EngineOrderType): boolean {
  return type === 'stopLossLimit' || type === 'takeProfitLimit'
}

export function isTrailing(type: EngineOrderType): boolean {
  return type === 'trailingStop' || type === 'trailingStopLimit'
}

export function isTriggered(type: EngineOrderType): boolean {
  return type !== 'market' && type !== 'limit'
}

/** A trigger as the socket took it: signed, in percent of the last price or in quote. `triggerPrice` is what it came to. */
export interface GivenTrigger {
  readonly price: Decimal
  readonly type: 'pct' | 'quote'
}

/** The parts of an order that both faces read in their own ways; absent is null. */
export interface OrderTerms {
  readonly side: Side
  readonly type: EngineOrderType
  readonly quantity: Decimal
  readonly quantityIn: 'base' | 'quote'
  readonly limitPrice: Decimal | null
  readonly triggerPrice: Decimal | null
  readonly trailing: Trailing | null
  readonly triggerBy: 'last' | 'index'
  /** A trigger price that was given relative to the last price; null for any other. */
  readonly triggerGiven: GivenTrigger | null
  readonly timeInForce: TimeInForce
  readonly expiresAtMs: number | null
  readonly postOnly: boolean
  readonly feeIn: 'quote' | 'base'
  readonly selfTrade: SelfTradePolicy
  readonly userref: number | null
  readonly clientId: string | null
}

/** Returns the engine's request for terms on a pair. */
export function toEngineRequest(accountId: string, pair: KrakenPair, terms: OrderTerms): OrderRequest {
  return {
    accountId,
    symbol: pair.symbol,
    side: terms.side,
    type: terms.type,
    quantity: terms.quantity,
    quantityIn: terms.quantityIn,
    limitPrice: terms.limitPrice,
    triggerPrice: terms.triggerPrice,
    trailing: terms.trailing,
    timeInForce: terms.timeInForce,
    expiresAtMs: terms.expiresAtMs,
    postOnly: terms.postOnly,
    feeIn: terms.feeIn,
    selfTrade: terms.selfTrade,
    clientId: terms.clientId,
    extra: { userref: terms.userref, triggerBy: terms.triggerBy, ...givenExtra(terms.triggerGiven) },
  }
}

function givenExtra(given: GivenTrigger | null): JsonObject {
  return given === null ? {} : { triggerGiven: { ...given } }
}

/** Returns the relative form that an order's trigger was last given in; null when it was given as a price. */
export function triggerGivenOf(order: EngineOrder): GivenTrigger | null {
  const given = order.extra['triggerGiven']
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return null
  const { price, type } = given as JsonObject
  return typeof price === 'string' && (type === 'pct' || type === 'quote') ? { price: decimal(price), type } : null
}

/** Returns what is kept with an order once its trigger has been given anew; null when nothing of it changes. */
export function extraAfter(order: EngineOrder, given: GivenTrigger | null): JsonObject | null {
  if (given === null && triggerGivenOf(order) === null) return null
  const { triggerGiven: _before, ...rest } = order.extra
  return { ...rest, ...givenExtra(given) }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const HEX = /^[0-9a-f]{32}$/i
const FREE_TEXT = /^[\x20-\x7e]{1,18}$/

/**
 * Checks the form of a client order id: a UUID of 36 characters, 32 hex digits, or at most 18 ASCII characters.
 * @throws {KrakenRefusal} `EGeneral:Invalid arguments:cl_ord_id` for another form, or when a userref is given too.
 */
export function readClientId(text: string | null, userref: number | null): string | null {
  if (text === null) return null
  if (userref !== null) return refuseArgument('cl_ord_id')
  return UUID.test(text) || HEX.test(text) || FREE_TEXT.test(text) ? text : refuseArgument('cl_ord_id')
}

const RELATIVE = /^([+\-#]?)(\d+(?:\.\d+)?)(%?)$/

/**
 * Reads a REST price: plain, or relative to the last trade with `+`, `-` or `#` and perhaps `%` (§3.11). `#` goes to the side
 * where the order waits: `awaySign` is +1 when that is above the last price.
 * @throws {KrakenRefusal} naming `field` for anything else, exponent text among it.
 */
export function readPrice(text: string, field: string, pair: KrakenPair, lastPrice: Decimal, awaySign: 1 | -1): Decimal {
  const match = RELATIVE.exec(text)
  if (match?.[2] === undefined) return refuseArgument(field)
  const [, sign, figure, percent] = match
  if (sign === '' && percent === '') return decimal(figure as string)
  const offset = percent === '%' ? applyBps(lastPrice, multiply(decimal(figure as string), decimal(100))) : decimal(figure as string)
  const isUp = sign === '-' ? false : sign === '#' ? awaySign > 0 : true
  const price = roundToStep(isUp ? add(lastPrice, offset) : subtract(lastPrice, offset), pair.instrument.tickSize, 'halfUp')
  return isPositive(price) ? price : refuseArgument(field)
}

/** Reads the offset of a trailing stop, `+5` or `+1.5%`. @throws {KrakenRefusal} naming `field` when it has another form. */
export function readTrailingOffset(text: string, field: string): Pick<Trailing, 'offset' | 'unit'> {
  const match = RELATIVE.exec(text)
  const offset = match?.[1] === '+' && match[2] !== undefined ? decimal(match[2]) : null
  if (offset === null || isZero(offset)) return refuseArgument(field)
  return { offset, unit: match?.[3] === '%' ? 'percent' : 'quote' }
}

/** Reads the limit of a trailing stop as a distance from its trigger, `-5` or `+1%`; null when it is a price that stands still. */
export function readLimitOffset(text: string, field: string): Pick<Trailing, 'limitOffset' | 'limitUnit'> | null {
  const match = RELATIVE.exec(text)
  if (match?.[2] === undefined || match[1] === '#') return refuseArgument(field)
  if (match[1] === '') return match[3] === '%' ? refuseArgument(field) : null
  return { limitOffset: decimal(`${match[1] === '-' ? '-' : ''}${match[2]}`), limitUnit: match[3] === '%' ? 'percent' : 'quote' }
}

/** Works out a trigger that the socket took relative to the last price. @throws {KrakenRefusal} naming `field` unless it is positive. */
export function relativeTrigger({ price, type }: GivenTrigger, field: string, pair: KrakenPair, lastPrice: Decimal): Decimal {
  const offset = type === 'pct' ? applyBps(lastPrice, multiply(price, decimal(100))) : price
  const made = roundToStep(add(lastPrice, offset), pair.instrument.tickSize, 'halfUp')
  return isPositive(made) ? made : refuseArgument(field)
}

/** Returns text with a sign always: `+5`, `-5`. */
export function signedText(value: Decimal): string {
  return isNegative(value) ? `-${absolute(value)}` : `+${value}`
}

/** Returns the `awaySign` of a price: buys wait below the last price and sells above it; stops the other way round. */
export function awaySignOf(side: Side, type: EngineOrderType): 1 | -1 {
  const isStop = type === 'stopLoss' || type === 'stopLossLimit'
  return (side === 'buy') === isStop ? 1 : -1
}
