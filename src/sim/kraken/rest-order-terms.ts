import { type Decimal, isPositive } from '#domain/decimal'
import type { TimeInForce } from '#domain/order'
import type { EngineOrderType, SelfTradePolicy, Trailing } from '#sim/engine/types'
import { readExpiry } from './deadlines'
import {
  awaySignOf,
  hasTriggerAndLimit,
  isTrailing,
  isTriggered,
  ORDER_TYPES,
  type OrderTerms,
  readClientId,
  readLimitOffset,
  readPrice,
  readTrailingOffset,
} from './order-terms'
import { refuse, refuseArgument } from './refusal'
import type { RestParams } from './rest-params'
import type { KrakenPair } from './symbols'

const FLAGS = ['post', 'fcib', 'fciq', 'viqc', 'nompp']
const SELF_TRADE: Readonly<Record<string, SelfTradePolicy>> = {
  'cancel-newest': 'cancelNewest',
  'cancel-oldest': 'cancelOldest',
  'cancel-both': 'cancelBoth',
}
const TIMES: Readonly<Record<string, TimeInForce>> = { GTC: 'gtc', IOC: 'ioc', FOK: 'fok', GTD: 'gtd' }
const INT32_MAX = 2_147_483_647

/** The order type, side and prices as given; refuses what the emulated account cannot do. */
function refuseUnsupported(params: RestParams): void {
  const leverage = params.text('leverage')
  if (leverage !== null && leverage !== 'none' && leverage !== '0') refuse('EAccount:Invalid permissions:margin trading restricted.')
  if (params.flag('reduce_only')) refuse('EOrder:Reduce only:Non-PC')
  if (params.object('close') !== null) refuseArgument('close')
  if (params.text('displayvol') !== null) refuseArgument('displayvol')
  if ((params.text('starttm') ?? '0') !== '0') refuseArgument('starttm')
}

interface Prices {
  readonly limitPrice: Decimal | null
  readonly triggerPrice: Decimal | null
  readonly trailing: Trailing | null
}

function readPrices(params: RestParams, pair: KrakenPair, side: 'buy' | 'sell', type: EngineOrderType, lastPrice: Decimal): Prices {
  const none: Prices = { limitPrice: null, triggerPrice: null, trailing: null }
  if (type === 'market') return none
  const text = params.required('price')
  if (isTrailing(type)) {
    const offset = readTrailingOffset(text, 'price')
    const still = { limitOffset: null, limitUnit: offset.unit }
    if (type !== 'trailingStopLimit') return { ...none, trailing: { ...offset, ...still } }
    const limit = readLimitOffset(params.required('price2'), 'price2')
    if (limit !== null) return { ...none, trailing: { ...offset, ...limit } }
    return { ...none, trailing: { ...offset, ...still }, limitPrice: params.decimal('price2') }
  }
  const away = awaySignOf(side, type)
  const price = readPrice(text, 'price', pair, lastPrice, away)
  if (type === 'limit') return { ...none, limitPrice: price }
  if (!hasTriggerAndLimit(type)) return { ...none, triggerPrice: price }
  return { ...none, triggerPrice: price, limitPrice: readPrice(params.required('price2'), 'price2', pair, lastPrice, away) }
}

function readTimeInForce(params: RestParams, type: EngineOrderType, nowMs: number): Pick<OrderTerms, 'timeInForce' | 'expiresAtMs'> {
  const expiresAtMs = readExpiry(params.text('expiretm'), nowMs)
  const text = params.text('timeinforce')
  const timeInForce = text === null ? (expiresAtMs === null ? 'gtc' : 'gtd') : (TIMES[text] ?? refuseArgument('timeinforce'))
  if ((timeInForce === 'gtd') !== (expiresAtMs !== null)) refuseArgument('expiretm')
  if (timeInForce === 'fok' && type !== 'limit') refuseArgument('timeinforce')
  return { timeInForce, expiresAtMs }
}

/**
 * Reads the order part of AddOrder, or one slot of AddOrderBatch.
 * @throws {KrakenRefusal} `EGeneral:Invalid arguments:<field>`, or the text for what the account may not do.
 */
export function readRestOrder(params: RestParams, pair: KrakenPair, lastPrice: Decimal, nowMs: number): OrderTerms {
  const side = params.required('type')
  if (side !== 'buy' && side !== 'sell') return refuseArgument('type')
  const type = ORDER_TYPES[params.required('ordertype')] ?? refuseArgument('ordertype')
  const quantity = params.decimal('volume') ?? refuseArgument('volume')
  if (!isPositive(quantity)) refuseArgument('volume')
  refuseUnsupported(params)
  const flags = params.list('oflags')
  if (flags.some((flag) => !FLAGS.includes(flag)) || (flags.includes('fcib') && flags.includes('fciq'))) refuseArgument('oflags')
  const postOnly = flags.includes('post')
  const isInQuote = flags.includes('viqc')
  if ((postOnly && type !== 'limit') || (isInQuote && (type !== 'market' || side !== 'buy'))) refuseArgument('oflags')
  if (params.text('trigger') !== null && !isTriggered(type)) refuseArgument('trigger')
  const triggerBy = params.text('trigger') ?? 'last'
  if (triggerBy !== 'last' && triggerBy !== 'index') return refuseArgument('trigger')
  if (triggerBy === 'index') refuseArgument('Index unavailable')
  const userref = params.integer('userref', -INT32_MAX - 1, INT32_MAX)
  return {
    side,
    type,
    quantity,
    quantityIn: isInQuote ? 'quote' : 'base',
    ...readPrices(params, pair, side, type, lastPrice),
    triggerBy,
    triggerGiven: null,
    ...readTimeInForce(params, type, nowMs),
    postOnly,
    feeIn: flags.includes('fcib') ? 'base' : 'quote',
    selfTrade: SELF_TRADE[params.text('stptype') ?? 'cancel-newest'] ?? refuseArgument('stptype'),
    userref,
    clientId: readClientId(params.text('cl_ord_id'), userref),
  }
}
