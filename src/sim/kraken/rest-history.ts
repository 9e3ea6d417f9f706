import { type Decimal, divide, sum, toFixedScale, ZERO } from '#domain/decimal'
import type { EngineFill, LedgerEntry } from '#sim/engine/types'
import { pairOf } from './face'
import { orderTypeName } from './order-terms'
import { isWithin, page, readWindow } from './paging'
import { refuse, refuseArgument } from './refusal'
import type { PrivateCall, PrivateMethod } from './rest-call'
import type { WireObject } from './wire-json'
import { unixTime } from './wire-time'

const QUERY_MAX = 20

/** A row of TradesHistory: one fill, or the fills of one taker pass merged. */
interface TradeRow {
  readonly first: EngineFill
  readonly quantity: Decimal
  readonly cost: Decimal
  readonly fee: Decimal
  readonly price: Decimal
  readonly ledgerIds: readonly string[]
}

function rowOf(call: PrivateCall, fills: readonly EngineFill[]): TradeRow[] {
  const first = fills[0]
  if (first === undefined) return []
  const quantity = sum(fills.map((fill) => fill.quantity))
  const cost = sum(fills.map((fill) => fill.cost))
  const price = fills.length === 1 ? first.price : divide(cost, quantity, pairOf(call.face, first.symbol).wideScale)
  return [{ first, quantity, cost, fee: sum(fills.map((fill) => fill.fee)), price, ledgerIds: fills.flatMap((fill) => fill.ledgerIds) }]
}

/** Newest first; the fills of one taker order at one time become one row under the id of the earliest. */
function consolidated(call: PrivateCall, fills: readonly EngineFill[]): readonly TradeRow[] {
  const groups = new Map<string, EngineFill[]>()
  for (const fill of fills) {
    const key = fill.liquidity === 'taker' ? `${fill.orderId} ${fill.atMs}` : fill.fillId
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [fill])
    else group.unshift(fill)
  }
  return [...groups.values()].flatMap((group) => rowOf(call, group))
}

function tradeView(call: PrivateCall, row: TradeRow): WireObject {
  const fill = row.first
  const pair = pairOf(call.face, fill.symbol)
  const { costScale, quantityScale } = pair.instrument
  return {
    ordertxid: fill.orderId,
    postxid: fill.fillId,
    pair: pair.id,
    aclass: 'forex',
    time: unixTime(fill.atMs),
    type: fill.side,
    ordertype: orderTypeName(fill.orderType).replaceAll('-', ' '),
    price: toFixedScale(row.price, pair.wideScale),
    cost: toFixedScale(row.cost, costScale),
    fee: toFixedScale(row.fee, costScale),
    vol: toFixedScale(row.quantity, quantityScale),
    margin: toFixedScale(ZERO, costScale),
    leverage: '0',
    misc: '',
    trade_id: fill.tradeId,
    maker: fill.liquidity === 'maker',
    ledgers: call.params.flag('ledgers') ? row.ledgerIds : undefined,
  }
}

const TRADE_TYPES = ['all', 'any position', 'closed position', 'closing position', 'no position']

function isOld(call: PrivateCall, atMs: number): boolean {
  return call.lagMs === 0 || atMs <= call.nowMs - call.lagMs
}

const tradesHistory: PrivateMethod = {
  permissions: ['query-closed-trades'],
  run: (call) => {
    const type = call.params.text('type') ?? 'all'
    if (!TRADE_TYPES.includes(type)) return refuseArgument('type')
    const window = readWindow(call.params, (id) => call.face.engine.fill(id)?.atMs ?? null)
    const isAsked = type === 'all' || type === 'no position' // the rest are positions, which spot has none of
    const fills = call.face.engine.fills(call.accountId).filter((fill) => isAsked && isWithin(window, fill.atMs) && isOld(call, fill.atMs))
    const rows = call.params.flag('consolidate_taker', true) ? consolidated(call, fills) : fills.flatMap((fill) => rowOf(call, [fill]))
    return page(call, 'trades', rows, (row) => [row.first.fillId, tradeView(call, row)])
  },
}

const queryTrades: PrivateMethod = {
  permissions: ['query-closed-trades'],
  run: (call) => {
    const ids = call.params.list('txid')
    if (ids.length === 0 || ids.length > QUERY_MAX) return refuseArgument('txid')
    const fills = ids
      .flatMap((id) => call.face.engine.fill(id) ?? [])
      .filter((fill) => fill.accountId === call.accountId && isOld(call, fill.atMs))
    if (fills.length === 0) return refuse('EOrder:Invalid order')
    return Object.fromEntries(fills.flatMap((fill) => rowOf(call, [fill]).map((row) => [fill.fillId, tradeView(call, row)] as const)))
  },
}

function ledgerView(call: PrivateCall, entry: LedgerEntry): WireObject {
  const asset = call.face.symbols.asset(entry.asset)
  const fixed = (value: Decimal): string => toFixedScale(value, asset?.decimals ?? 10)
  return {
    refid: entry.refId,
    time: unixTime(entry.atMs),
    type: entry.kind,
    subtype: '',
    aclass: 'currency',
    asset: asset?.id ?? entry.asset,
    amount: fixed(entry.amount),
    fee: fixed(entry.fee),
    balance: fixed(entry.balance),
  }
}

const LEDGER_TYPES = [
  'all',
  'trade',
  'deposit',
  'withdrawal',
  'transfer',
  'margin',
  'adjustment',
  'rollover',
  'credit',
  'settled',
  'staking',
  'dividend',
  'sale',
  'nft_rebate',
]

const ledgers: PrivateMethod = {
  permissions: ['query-ledger'],
  run: (call) => {
    const type = call.params.text('type') ?? 'all'
    if (!LEDGER_TYPES.includes(type)) return refuseArgument('type')
    const names = call.params.list('asset').filter((name) => name !== 'all')
    const assets = names.map((name) => call.face.symbols.asset(name)?.code ?? refuse('EQuery:Unknown asset'))
    const window = readWindow(call.params, (id) => call.face.engine.ledgerEntry(id)?.atMs ?? null)
    const rows = call.face.engine
      .ledger(call.accountId)
      .filter((entry) => (type === 'all' || entry.kind === type) && (assets.length === 0 || assets.includes(entry.asset)))
      .filter((entry) => isWithin(window, entry.atMs) && isOld(call, entry.atMs))
    return page(call, 'ledger', rows, (entry) => [entry.ledgerId, ledgerView(call, entry)])
  },
}

const queryLedgers: PrivateMethod = {
  permissions: ['query-ledger'],
  run: (call) => {
    const ids = call.params.list('id')
    if (ids.length === 0 || ids.length > QUERY_MAX) return refuseArgument('id')
    const found = ids.flatMap((id) => call.face.engine.ledgerEntry(id) ?? []).filter((entry) => entry.accountId === call.accountId)
    const shown = found.filter((entry) => isOld(call, entry.atMs))
    return shown.length === 0 ? refuseArgument('id') : Object.fromEntries(shown.map((entry) => [entry.ledgerId, ledgerView(call, entry)]))
  },
}

/** Methods that show fills and ledger rows. */
export const HISTORY_METHODS: Readonly<Record<string, PrivateMethod>> = {
  TradesHistory: tradesHistory,
  QueryTrades: queryTrades,
  Ledgers: ledgers,
  QueryLedgers: queryLedgers,
}
