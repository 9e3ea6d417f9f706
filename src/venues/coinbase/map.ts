import { add, type Decimal, divide, isPositive, isZero, multiply, ZERO } from '#domain/decimal'
import { type AssetCode, assetCode, type ClientOrderId, tradeId, type VenueId, venueOrderId } from '#domain/ids'
import type { Fill, OrderType, VenueOrder } from '#domain/order'
import type { VenueBalance } from '#ports/venue'
import type { Product } from './products'
import { executionIdOf } from './rest'
import type { AccountRow, FillRow, OrderRow, OrderTerms } from './schema-rest'

const ASSET_FORM = /^[A-Z0-9][A-Z0-9.]{0,19}$/

/** Returns balances by asset, ascending, without empty wallets. Vaults cannot be traded from and are no part of it. */
export function balancesOf(rows: readonly AccountRow[]): readonly VenueBalance[] {
  const byAsset = new Map<AssetCode, { total: Decimal; reserved: Decimal }>()
  for (const row of rows) {
    const isWallet = row.active && row.ready && !row.type.endsWith('VAULT') && ASSET_FORM.test(row.currency)
    if (!isWallet) continue
    const reserved = row.hold?.value ?? ZERO
    const total = add(row.available_balance.value, reserved)
    if (isZero(total) && isZero(reserved)) continue
    const asset = assetCode(row.currency)
    const held = byAsset.get(asset) ?? { total: ZERO, reserved: ZERO }
    byAsset.set(asset, { total: add(held.total, total), reserved: add(held.reserved, reserved) })
  }
  return [...byAsset]
    .map(([asset, { total, reserved }]) => ({ asset, total, reserved }))
    .sort((a, b) => (a.asset < b.asset ? -1 : a.asset > b.asset ? 1 : 0))
}

/** What an order's state at the venue comes to; `waiting` is taken and not in the book yet. */
export type OrderStage = 'waiting' | 'open' | 'filled' | 'canceled' | 'expired' | 'failed'

const STAGES: Readonly<Record<string, OrderStage>> = {
  PENDING: 'waiting',
  QUEUED: 'waiting',
  OPEN: 'open',
  CANCEL_QUEUED: 'open',
  EDIT_QUEUED: 'open',
  FILLED: 'filled',
  CANCELLED: 'canceled',
  EXPIRED: 'expired',
  FAILED: 'failed',
}

/** Returns the stage of a state; one that nobody knows may live, and is taken for alive. */
export function stageOf(status: string): OrderStage {
  return STAGES[status] ?? 'waiting'
}

const STATUSES = {
  waiting: 'open',
  open: 'open',
  filled: 'filled',
  canceled: 'canceled',
  expired: 'expired',
  failed: 'canceled',
} as const satisfies Record<OrderStage, VenueOrder['status']>

/** Returns the terms of an order: those of the one kind that it is of. */
export function termsOf(row: OrderRow): OrderTerms | null {
  return Object.values(row.order_configuration ?? {}).find((terms) => terms !== null) ?? null
}

/** Returns the limit price of an order; null where nothing bounds it. */
export function limitPriceOf(row: OrderRow): Decimal | null {
  return termsOf(row)?.limit_price ?? null
}

/** Returns the quantity of an order in base: for one that was placed by an amount of quote, what that buys at its limit, or what was filled. */
export function quantityOf(row: OrderRow): Decimal {
  const terms = termsOf(row)
  if (terms?.base_size !== null && terms?.base_size !== undefined && isPositive(terms.base_size)) return terms.base_size
  const limit = terms?.limit_price ?? null
  const quote = terms?.quote_size ?? null
  return quote !== null && limit !== null && isPositive(limit) ? divide(quote, limit) : row.filled_size
}

/** Returns why an order is as it is, in the venue's words; null where it has none. */
export function reasonOf(row: OrderRow): string | null {
  const named = row.reject_reason.endsWith('UNSPECIFIED') ? '' : row.reject_reason
  return [row.reject_message, named, row.cancel_message].find((words) => words !== '') ?? null
}

/** Returns an order of the lists. Foreign orders may be of kinds that we never send; what matters of them is whether a price bounds them. */
export function venueOrderOf(row: OrderRow, product: Product): VenueOrder {
  const terms = termsOf(row)
  const limitPrice = terms?.limit_price ?? null
  const type: OrderType = limitPrice !== null ? 'limit' : terms?.stop_price != null ? 'stop' : 'market'
  return {
    venueOrderId: venueOrderId(row.order_id),
    clientOrderId: row.client_order_id === '' ? null : row.client_order_id,
    instrumentId: product.instrumentId,
    side: row.side,
    type,
    status: STATUSES[stageOf(row.status)],
    quantity: quantityOf(row),
    filledQuantity: row.filled_size,
    limitPrice: limitPrice ?? (type === 'stop' ? (terms?.stop_price ?? null) : null),
    reason: reasonOf(row),
    openedAtMs: row.created_time,
  }
}

/** True for a row that is an execution of ours; reversals and corrections of executions are something else. */
export function isExecution(row: FillRow): boolean {
  return (row.trade_type === 'FILL' || row.trade_type === '') && executionIdOf(row) !== ''
}

/** Returns an execution. A size in quote is brought to base at its price; the fee is in the quote asset. */
export function fillOf(row: FillRow, product: Product, venueId: VenueId, clientOrderId: ClientOrderId | null): Fill {
  const quantity = row.size_in_quote ? divide(row.size, row.price) : row.size
  return {
    tradeId: tradeId(executionIdOf(row)),
    venueId,
    instrumentId: product.instrumentId,
    venueOrderId: venueOrderId(row.order_id),
    clientOrderId,
    side: row.side,
    quantity,
    price: row.price,
    cost: row.size_in_quote ? row.size : multiply(row.price, row.size),
    feeAsset: product.quoteAsset,
    feeQuantity: row.commission,
    liquidity: row.liquidity_indicator === 'MAKER' ? 'maker' : row.liquidity_indicator === 'TAKER' ? 'taker' : null,
    venueAtMs: row.trade_time,
  }
}
