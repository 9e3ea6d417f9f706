import { type Decimal, isPositive } from '#domain/decimal'
import { tradeId, type VenueId, venueOrderId } from '#domain/ids'
import type { Fill } from '#domain/order'
import type { OrderReport } from '#ports/venue'
import type { KnownOrder, KnownOrders } from '#venues/shared/known-orders'
import { costOf, feeOf, userrefOf } from './map'
import type { Execution } from './schema-stream'
import type { SymbolTable } from './symbols'

/** What one execution message says, in our words. `fault` names what could not be told from it. */
export interface ExecutionNews {
  readonly order: KnownOrder
  readonly report: OrderReport | null
  readonly fill: Fill | null
  readonly fault: string | null
}

/**
 * Reads one item of the executions channel and merges it into what is known of the order: only `pending_new` and snapshot items
 * carry symbol, side and prices. A fill that cannot be completed is never guessed; it becomes a fault, and REST has it.
 */
export function readExecution(
  item: Execution,
  isSnapshot: boolean,
  known: KnownOrders,
  symbols: SymbolTable,
  venue: VenueId,
): ExecutionNews {
  const pair = item.symbol === null || item.symbol === undefined ? null : symbols.pair(item.symbol)
  const order = known.merge(venueOrderId(item.order_id), {
    clientOrderId: item.cl_ord_id ?? null,
    instrumentId: pair?.instrumentId ?? null,
    side: item.side ?? null,
    userref: userrefOf(item.order_userref),
  })
  if (item.exec_id !== null && item.exec_id !== undefined) {
    const fill = fillFrom(item, order, known, symbols, venue)
    const fault = fill === null ? `fill ${item.exec_id} of order ${item.order_id} lacks what it is a fill of` : null
    return { order, report: null, fill, fault }
  }
  const kind = isSnapshot ? snapshotKindOf(item) : reportKindOf(item.exec_type)
  if (kind === 'unknown') return { order, report: null, fill: null, fault: `unknown execution type ${item.exec_type.slice(0, 40)}` }
  if (kind === 'completed' || kind === 'canceled' || kind === 'expired') order.hasEnded = true
  return { order, report: kind === null ? null : reportFrom(kind, item, order), fill: null, fault: null }
}

function reportKindOf(execType: string): OrderReport['kind'] | 'unknown' | null {
  switch (execType) {
    case 'new':
      return 'accepted'
    case 'filled':
      return 'completed'
    case 'canceled':
      return 'canceled'
    case 'expired':
      return 'expired'
    case 'amended':
    case 'restated':
      return 'amended'
    // Validated and not live yet; a trigger that moved; an iceberg's next slice: nothing of it changes an order of ours.
    case 'pending_new':
    case 'status':
    case 'iceberg_refill':
      return null
    default:
      return 'unknown'
  }
}

/** Snapshot items tell where an order stands, whatever its last event was. */
function snapshotKindOf(item: Execution): OrderReport['kind'] | 'unknown' | null {
  switch (item.order_status) {
    case 'new':
    case 'partially_filled':
    case 'triggered':
      return 'accepted'
    case 'pending_new':
      return null
    case 'filled':
      return 'completed'
    case 'canceled':
      return 'canceled'
    case 'expired':
      return 'expired'
    default:
      return 'unknown'
  }
}

function reportFrom(kind: OrderReport['kind'], item: Execution, order: KnownOrder): OrderReport {
  const isAmend = kind === 'amended'
  return {
    kind,
    venueOrderId: order.venueOrderId,
    clientOrderId: order.clientOrderId,
    filledQuantity: item.cum_qty ?? null,
    quantity: isAmend ? (item.order_qty ?? null) : null,
    limitPrice: isAmend ? (item.limit_price ?? item.triggers?.price ?? null) : null,
    reason: item.reason ?? item.cancel_reason ?? null,
    venueAtMs: item.timestamp,
  }
}

function fillFrom(item: Execution, order: KnownOrder, known: KnownOrders, symbols: SymbolTable, venue: VenueId): Fill | null {
  const pair = order.instrumentId === null ? null : symbols.pairOf(order.instrumentId)
  const quantity = positiveOrNull(item.last_qty)
  const price = positiveOrNull(item.last_price)
  if (pair === null || order.side === null || quantity === null || price === null || !item.exec_id) return null
  const fee = feeOf(item.fees ?? [], pair, symbols)
  return {
    tradeId: tradeId(item.exec_id),
    venueId: venue,
    instrumentId: pair.instrumentId,
    venueOrderId: order.venueOrderId,
    clientOrderId: known.ownIdOf(item.order_id),
    side: order.side,
    quantity,
    price,
    cost: item.cost ?? costOf(price, quantity, pair),
    feeAsset: fee.asset,
    feeQuantity: fee.quantity,
    liquidity: item.liquidity_ind === 'm' ? 'maker' : item.liquidity_ind === 't' ? 'taker' : null,
    venueAtMs: item.timestamp,
    userref: order.userref,
  }
}

function positiveOrNull(value: Decimal | null | undefined): Decimal | null {
  return value !== null && value !== undefined && isPositive(value) ? value : null
}
