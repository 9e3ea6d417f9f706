import { type Decimal, isPositive, toFixedScale, ZERO } from '#domain/decimal'
import type { DoneReason, EngineFill, EngineOrder } from '#sim/engine/types'
import { type Face, pairOf } from './face'
import { hasTriggerAndLimit, isTriggered, orderTypeName, signedText } from './order-terms'
import type { KrakenPair } from './symbols'
import type { WireObject } from './wire-json'
import { unixTime } from './wire-time'

/** The venue's words for why an order ended; null for a filled one. */
export function reasonText(reason: DoneReason | null): string | null {
  switch (reason) {
    case null:
      return null
    case 'userRequested':
    case 'allCanceled':
      return 'User requested'
    case 'deadMan':
      return 'Cancel all orders after timeout'
    case 'replaced':
      return 'Order replaced'
    case 'postOnly':
      return 'Post only order'
    case 'immediateOrCancel':
      return 'Immediate or cancel'
    case 'fillOrKill':
      return 'Fill or kill'
    case 'selfTrade':
      return 'Self trade prevention'
    case 'priceProtection':
      return 'Market price protection'
    case 'noLiquidity':
      return 'No liquidity'
    case 'insufficientFunds':
      return 'Insufficient funds'
    case 'amendBelowFilled':
      return 'User requested'
    case 'expired':
      return 'Order expired'
    case 'administrative':
      return 'Canceled by the venue'
  }
}

/** What `descr.order` needs of an order that may not be placed yet (`validate`). */
export type DescribedOrder = Pick<EngineOrder, 'side' | 'type' | 'quantity' | 'quoteQuantity' | 'limitPrice' | 'triggerPrice' | 'trailing'>

interface PriceTexts {
  readonly price: string
  readonly price2: string
}

function priceTexts(order: DescribedOrder, pair: KrakenPair): PriceTexts {
  const fixed = (price: Decimal | null): string => (price === null ? '0' : toFixedScale(price, pair.instrument.priceScale))
  if (order.trailing !== null) {
    const unit = order.trailing.unit === 'percent' ? '%' : ''
    const limit = order.trailing.limitOffset
    const limitUnit = order.trailing.limitUnit === 'percent' ? '%' : ''
    const still = order.type === 'trailingStopLimit' ? fixed(order.limitPrice) : '0'
    return { price: `+${order.trailing.offset}${unit}`, price2: limit === null ? still : `${signedText(limit)}${limitUnit}` }
  }
  if (hasTriggerAndLimit(order.type)) return { price: fixed(order.triggerPrice), price2: fixed(order.limitPrice) }
  return { price: fixed(order.limitPrice ?? order.triggerPrice), price2: '0' }
}

/** Returns the human text of an order: `buy 1.25000000 XBTUSD @ limit 30010.0`. */
export function describeOrder(order: DescribedOrder, pair: KrakenPair): string {
  const volume = toFixedScale(order.quoteQuantity ?? order.quantity, pair.instrument.quantityScale)
  const { price, price2 } = priceTexts(order, pair)
  const name = orderTypeName(order.type)
  // A stop with a limit goes by its trigger's name: the limit comes behind the arrow.
  const shown = isTriggered(order.type) ? name.replace(/-limit$/, '') : name
  const head = `${order.side} ${volume} ${pair.altname} @ ${shown.replaceAll('-', ' ')}`
  if (order.type === 'market') return head
  return price2 === '0' ? `${head} ${price}` : `${head} ${price} -> limit ${price2}`
}

function statusText(order: EngineOrder): string {
  switch (order.status) {
    case 'open':
    case 'untriggered':
      return 'open'
    case 'filled':
      return 'closed'
    case 'canceled':
    case 'expired':
      return order.status
  }
}

function miscText(order: EngineOrder): string {
  const parts: string[] = []
  if (order.triggeredAtMs !== null) parts.push(order.type.startsWith('takeProfit') ? 'touched' : 'stopped')
  if (order.closedAtMs !== null && order.status !== 'filled' && isPositive(order.filledQuantity)) parts.push('partial')
  if (order.amendCount > 0) parts.push('amended')
  return parts.join(',')
}

function flagsText(order: EngineOrder): string {
  const parts: string[] = []
  if (order.postOnly) parts.push('post')
  parts.push(order.feeIn === 'base' ? 'fcib' : 'fciq')
  if (order.quoteQuantity !== null) parts.push('viqc')
  return parts.join(',')
}

/** Returns the userref of an order; null when it was given none. */
export function userrefOf(order: EngineOrder): number | null {
  const value = order.extra['userref']
  return typeof value === 'number' ? value : null
}

/** Ids of an order's fills; the fills of one taker pass as one id when consolidated, as TradesHistory shows them. */
function tradeIds(face: Face, order: EngineOrder, isConsolidated: boolean): readonly string[] {
  if (!isConsolidated) return order.fillIds
  const fills = order.fillIds.flatMap((id): EngineFill[] => {
    const fill = face.engine.fill(id)
    return fill === null ? [] : [fill]
  })
  const firstTaker = fills.find((fill) => fill.liquidity === 'taker')
  return fills.filter((fill) => fill.liquidity === 'maker' || fill === firstTaker).map((fill) => fill.fillId)
}

/** Returns the REST object of an order (protocol sheet §3.4). */
export function orderView(face: Face, order: EngineOrder, show: { readonly trades: boolean; readonly consolidated: boolean }): WireObject {
  const pair = pairOf(face, order.symbol)
  const { quantityScale, costScale } = pair.instrument
  const wide = (price: Decimal | null): string => toFixedScale(price ?? ZERO, pair.wideScale)
  const isClosed = order.closedAtMs !== null
  return {
    refid: null,
    userref: userrefOf(order) ?? 0,
    cl_ord_id: order.clientId ?? undefined,
    status: statusText(order),
    opentm: unixTime(order.openedAtMs),
    starttm: 0,
    expiretm: order.expiresAtMs === null ? 0 : unixTime(order.expiresAtMs),
    descr: {
      pair: pair.altname,
      type: order.side,
      ordertype: orderTypeName(order.type),
      ...priceTexts(order, pair),
      leverage: 'none',
      order: describeOrder(order, pair),
      close: '',
    },
    vol: toFixedScale(order.quoteQuantity ?? order.quantity, quantityScale),
    vol_exec: toFixedScale(order.filledQuantity, quantityScale),
    cost: toFixedScale(order.filledCost, costScale),
    fee: toFixedScale(order.fee, costScale),
    price: wide(order.averagePrice),
    stopprice: wide(isTriggered(order.type) ? order.triggerPrice : null),
    limitprice: wide(isTriggered(order.type) && order.triggeredAtMs !== null ? order.limitPrice : null),
    trigger: isTriggered(order.type) ? 'last' : undefined,
    misc: miscText(order),
    oflags: flagsText(order),
    trades: show.trades && order.fillIds.length > 0 ? tradeIds(face, order, show.consolidated) : undefined,
    closetm: order.closedAtMs === null ? undefined : unixTime(order.closedAtMs),
    reason: isClosed ? reasonText(order.reason) : undefined,
  }
}
