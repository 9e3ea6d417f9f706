import { add, type Decimal, decimal, isDecimalText, isZero, multiply, roundToScale, sum, ZERO } from '#domain/decimal'
import { type AssetCode, type ClientOrderId, tradeId, type VenueId, venueOrderId } from '#domain/ids'
import type { Fill, OrderType, VenueOrder } from '#domain/order'
import type { BalanceChange, VenueBalance } from '#ports/venue'
import { ORDER_TYPES } from './commands'
import type { BalanceExRow, LedgerRow, OrderRow, TradeRow } from './schema-rest'
import type { Pair, SymbolTable } from './symbols'

/** Returns the number that an order bears; Kraken writes 0 for none. */
export function userrefOf(value: number | null | undefined): number | null {
  return value === undefined || value === 0 ? null : value
}

const ORDER_STATUSES = { pending: 'open', open: 'open', closed: 'filled', canceled: 'canceled', expired: 'expired' } as const

/** Returns an order of the REST side; null when its pair is none of ours. */
export function venueOrderOf(id: string, row: OrderRow, symbols: SymbolTable): VenueOrder | null {
  const pair = symbols.pair(row.descr.pair)
  if (pair === null) return null
  const { price } = row.descr
  const hasPrice = isDecimalText(price) && !isZero(decimal(price))
  return {
    venueOrderId: venueOrderId(id),
    clientOrderId: row.cl_ord_id ?? null,
    instrumentId: pair.instrumentId,
    side: row.descr.type,
    type: typeOf(row.descr.ordertype, hasPrice),
    status: ORDER_STATUSES[row.status],
    quantity: row.vol,
    filledQuantity: row.vol_exec,
    limitPrice: hasPrice ? decimal(price) : null,
    reason: row.reason ?? null,
    openedAtMs: row.opentm,
    userref: userrefOf(row.userref),
  }
}

/** Foreign orders may be of kinds that we never send; what matters of them is whether a price bounds them. */
function typeOf(name: string, hasPrice: boolean): OrderType {
  if (name === ORDER_TYPES.stop && hasPrice) return 'stop'
  return hasPrice && name !== 'market' ? 'limit' : 'market'
}

/** Returns an execution of the REST side. Its fee is in the quote asset: the row has no field for another. */
export function fillOf(
  id: string,
  row: TradeRow,
  pair: Pair,
  venueId: VenueId,
  { clientOrderId, userref }: { readonly clientOrderId: ClientOrderId | null; readonly userref: number | null },
): Fill {
  return {
    tradeId: tradeId(id),
    venueId,
    instrumentId: pair.instrumentId,
    venueOrderId: venueOrderId(row.ordertxid),
    clientOrderId,
    side: row.type,
    quantity: row.vol,
    price: row.price,
    cost: row.cost,
    feeAsset: pair.quoteAsset,
    feeQuantity: row.fee,
    liquidity: row.maker === null || row.maker === undefined ? null : row.maker ? 'maker' : 'taker',
    venueAtMs: row.time,
    userref,
  }
}

/** Returns price × quantity as Kraken books it: half up to the pair's cost scale. */
export function costOf(price: Decimal, quantity: Decimal, pair: Pair): Decimal {
  return roundToScale(multiply(price, quantity), pair.row.cost_decimals, 'halfUp')
}

/**
 * Returns balances by asset, ascending: wallets of one asset folded into it, what is held by orders or cannot be traded counted
 * as reserved. Credit lines are not our money and are left out.
 */
export function balancesOf(rows: Readonly<Record<string, BalanceExRow>>, symbols: SymbolTable): readonly VenueBalance[] {
  const byAsset = new Map<AssetCode, { total: Decimal; reserved: Decimal }>()
  for (const [key, row] of Object.entries(rows)) {
    const name = symbols.asset(key)
    if (name === null) continue
    const held = byAsset.get(name.asset) ?? { total: ZERO, reserved: ZERO }
    const reserved = name.isTradable ? add(row.hold_trade, row.credit_used) : row.balance
    byAsset.set(name.asset, { total: add(held.total, row.balance), reserved: add(held.reserved, reserved) })
  }
  return [...byAsset]
    .map(([asset, { total, reserved }]) => ({ asset, total, reserved }))
    .sort((a, b) => (a.asset < b.asset ? -1 : a.asset > b.asset ? 1 : 0))
}

const LEDGER_KINDS: Readonly<Record<string, BalanceChange['kind']>> = {
  trade: 'trade',
  deposit: 'deposit',
  withdrawal: 'withdrawal',
  staking: 'reward',
  reward: 'reward',
  dividend: 'reward',
  credit: 'feeCredit',
  // What the venue itself exchanges: small balances that it sweeps up, and instant orders; each is two entries.
  conversion: 'dustConversion',
  spend: 'dustConversion',
  receive: 'dustConversion',
}

/** Returns our word for a ledger type (PFL-06); what is none of those is an adjustment. */
export function ledgerKindOf(type: string): BalanceChange['kind'] {
  return LEDGER_KINDS[type] ?? 'adjustment'
}

/** Returns a ledger entry; null for fee credits and other things that are not money. */
export function balanceChangeOf(id: string, row: LedgerRow, symbols: SymbolTable): BalanceChange | null {
  const name = symbols.asset(row.asset)
  if (name === null) return null
  return {
    ledgerId: id,
    kind: ledgerKindOf(row.type),
    asset: name.asset,
    amount: row.amount,
    fee: row.fee,
    balanceAfter: row.balance,
    venueAtMs: row.time,
  }
}

/** Returns the sum of fees in their asset. More than one asset is not known to happen: the first that is money wins. */
export function feeOf(
  fees: readonly { readonly asset: string; readonly qty: Decimal }[],
  pair: Pair,
  symbols: SymbolTable,
): { readonly asset: string; readonly quantity: Decimal } {
  const named = fees.flatMap((fee) => {
    const name = symbols.asset(fee.asset)
    return name === null ? [] : [{ asset: name.asset, qty: fee.qty }]
  })
  const asset = named[0]?.asset ?? pair.quoteAsset
  return { asset, quantity: sum(named.filter((fee) => fee.asset === asset).map((fee) => fee.qty)) }
}
