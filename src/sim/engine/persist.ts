import { invariant } from '#domain/errors'
import type { InstrumentStatus } from '#domain/instrument'
import type { JsonObject } from '#domain/json'
import { Account } from './account'
import { type Core, pitRow } from './core'
import { armExpiry } from './lifecycle'
import { holdingRow, setHold, volumeRow } from './money'
import { isDone, ORDER_TYPES, type OrderRecord, orderOfRow, remainingOf, rowOfOrder } from './order-record'
import { RowReader } from './rows'
import type { EngineFill, EnginePrint, LedgerEntry, RowChange } from './types'

const STATUSES: readonly InstrumentStatus[] = ['online', 'postOnly', 'limitOnly', 'reduceOnly', 'cancelOnly', 'offline']

const COUNTERS = ['order', 'fill', 'ledger', 'amend', 'transfer', 'place'] as const

/** Returns every row of the engine. The agents' quotes are not among them: the market makes them anew from path and random state. */
export function allRows(core: Core): readonly RowChange[] {
  const rows: RowChange[] = []
  const add = (bucket: string, key: string, ordinal: number, value: JsonObject): void => {
    rows.push({ bucket, key, ordinal, value })
  }
  add('counters', 'all', 0, { ...core.counters })
  add('totals', 'all', 0, core.totalsRow())
  for (const account of core.accounts.values()) {
    add('account', account.accountId, 0, { accountId: account.accountId })
    for (const holding of account.holdings.values()) {
      add('holding', `${account.accountId} ${holding.asset}`, holding.ordinal, holdingRow(account, holding))
    }
    add('volume', account.accountId, 0, volumeRow(account))
    for (const fill of account.fills) add('fill', fill.fillId, fill.ordinal, { ...fill })
    for (const entry of account.ledger) add('ledger', entry.ledgerId, entry.ordinal, { ...entry })
  }
  for (const record of core.orders.values()) add('order', record.orderId, record.ordinal, rowOfOrder(record))
  for (const pit of core.pits.values()) {
    add('pit', pit.symbol, 0, pitRow(pit))
    const most = core.options.printsMax
    for (const print of pit.prints.slice(-most)) add('print', `${print.symbol} ${print.tradeId % most}`, print.tradeId, { ...print })
  }
  return rows
}

/** Empties the state and fills it from stored rows. @throws {InvariantError} when a row is damaged. */
export function loadRows(core: Core, rows: readonly RowChange[]): void {
  reset(core)
  const byBucket = new Map<string, RowReader[]>()
  for (const row of [...rows].sort((a, b) => a.ordinal - b.ordinal)) {
    if (row.value === null) continue
    const reader = new RowReader(row.value, `engine/${row.bucket}/${row.key}`)
    const bucket = byBucket.get(row.bucket)
    if (bucket === undefined) byBucket.set(row.bucket, [reader])
    else bucket.push(reader)
  }
  const of = (bucket: string): readonly RowReader[] => byBucket.get(bucket) ?? []
  for (const row of of('account')) core.accounts.set(row.text('accountId'), new Account(row.text('accountId')))
  for (const row of of('holding')) {
    const asset = row.text('asset')
    core.account(row.text('accountId')).holding(asset, core.asset(asset).scale).total = row.whole('total')
  }
  for (const row of of('volume')) {
    for (const day of row.readers('days')) core.account(row.text('accountId')).addVolume(day.number('day'), day.whole('cost'))
  }
  for (const row of of('pit')) loadPit(core, row)
  for (const row of of('order')) loadOrder(core, row)
  for (const row of of('fill')) loadFill(core, row)
  for (const row of of('ledger')) loadLedger(core, row)
  for (const row of of('print')) core.pit(row.text('symbol')).prints.push(readPrint(row))
  restOpenOrders(core)
  for (const row of of('counters')) {
    for (const key of COUNTERS) core.counters[key] = row.number(key)
  }
  for (const row of of('totals')) {
    loadTotals(core, row.reader('house'), core.house)
    loadTotals(core, row.reader('fees'), core.feesTaken)
    loadTotals(core, row.reader('paidIn'), core.paidIn)
  }
}

function loadTotals(core: Core, row: RowReader, into: Map<string, bigint>): void {
  for (const asset of core.assets.keys()) if (row.has(asset)) into.set(asset, row.whole(asset))
}

function reset(core: Core): void {
  for (const handle of core.expiries.values()) core.clock.clearTimeout(handle)
  for (const map of [core.expiries, core.accounts, core.orders, core.fills, core.ledger, core.house, core.feesTaken, core.paidIn])
    map.clear()
  for (const pit of core.pits.values()) {
    pit.book.clear()
    pit.stops.clear()
    pit.prints.length = 0
    pit.triggered.length = 0
  }
}

function loadPit(core: Core, row: RowReader): void {
  const pit = core.pits.get(row.text('symbol'))
  invariant(pit !== undefined, 'a stored instrument is not traded here any more; use another data directory')
  pit.status = row.choice('status', STATUSES)
  pit.lastUnits = row.numberOrNull('lastUnits')
  pit.hasTraded = row.flag('hasTraded')
  pit.lastTradeId = row.number('lastTradeId')
  pit.isCollecting = row.has('isCollecting') && row.flag('isCollecting')
  if (row.has('tickSize')) pit.grid.retick(row.decimal('tickSize'))
}

function loadOrder(core: Core, row: RowReader): void {
  const record = orderOfRow(row, (symbol) => core.pit(symbol).grid)
  core.orders.set(record.orderId, record)
  const account = core.account(record.accountId)
  account.addOpen(record)
  if (isDone(record)) return
  const { hold } = record
  record.hold = 0n
  setHold(core, record, hold)
}

/** Puts closed orders into their histories in the order of their ends, and open ones back into the books in time priority. */
function restOpenOrders(core: Core): void {
  const records = [...core.orders.values()]
  const byPlace = (a: OrderRecord, b: OrderRecord): number => a.place - b.place
  for (const record of records.filter(isDone).sort(byPlace)) {
    core.account(record.accountId).close(record)
  }
  for (const record of records.filter((one) => !isDone(one)).sort(byPlace)) {
    const pit = core.pit(record.request.symbol)
    if (record.status === 'untriggered') pit.stops.add(record)
    else if (record.limitUnits !== null) {
      record.resting = { owner: record, lots: remainingOf(record) }
      pit.book.own(record.request.side).add(record.limitUnits, record.resting)
    }
    armExpiry(core, record)
  }
}

function loadFill(core: Core, row: RowReader): void {
  const fill: EngineFill = {
    fillId: row.text('fillId'),
    ordinal: row.number('ordinal'),
    tradeId: row.number('tradeId'),
    orderId: row.text('orderId'),
    clientId: row.textOrNull('clientId'),
    accountId: row.text('accountId'),
    symbol: row.text('symbol'),
    side: row.choice('side', ['buy', 'sell']),
    orderType: row.choice('orderType', ORDER_TYPES),
    price: row.decimal('price'),
    quantity: row.decimal('quantity'),
    cost: row.decimal('cost'),
    fee: row.decimal('fee'),
    feeAsset: row.text('feeAsset'),
    liquidity: row.choice('liquidity', ['maker', 'taker']),
    atMs: row.number('atMs'),
    ledgerIds: row.texts('ledgerIds'),
    cumulativeQuantity: row.decimal('cumulativeQuantity'),
    cumulativeCost: row.decimal('cumulativeCost'),
    averagePrice: row.decimal('averagePrice'),
  }
  core.fills.set(fill.fillId, fill)
  core.account(fill.accountId).fills.push(fill)
}

function loadLedger(core: Core, row: RowReader): void {
  const entry: LedgerEntry = {
    ledgerId: row.text('ledgerId'),
    ordinal: row.number('ordinal'),
    refId: row.text('refId'),
    accountId: row.text('accountId'),
    kind: row.choice('kind', ['trade', 'deposit', 'withdrawal', 'adjustment']),
    asset: row.text('asset'),
    amount: row.decimal('amount'),
    fee: row.decimal('fee'),
    balance: row.decimal('balance'),
    atMs: row.number('atMs'),
  }
  core.ledger.set(entry.ledgerId, entry)
  core.account(entry.accountId).ledger.push(entry)
}

function readPrint(row: RowReader): EnginePrint {
  return {
    tradeId: row.number('tradeId'),
    symbol: row.text('symbol'),
    side: row.choice('side', ['buy', 'sell']),
    takerType: row.choice('takerType', ['limit', 'market']),
    price: row.decimal('price'),
    quantity: row.decimal('quantity'),
    atMs: row.number('atMs'),
    indexInMs: row.number('indexInMs'),
  }
}
