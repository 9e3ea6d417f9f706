import type { Side } from '#domain/order'
import type { Level, Resting } from './book'
import type { Core, Pit } from './core'
import { finish, keepPrint } from './lifecycle'
import { addVolume, canAfford, type FillMoney, feeText, moneyOf, needOf, post, setHold } from './money'
import { type OrderRecord, quoteAsset, remainingOf, viewOf } from './order-record'
import { smaller } from './scaled'
import { noteTrade } from './stops'
import type { EngineFill } from './types'

/** Who takes: an account's order, or the house (the market's agents). */
export interface Taker {
  readonly record: OrderRecord | null
  readonly side: Side
  /** Worst price it pays or accepts; null takes any. */
  readonly boundUnits: number | null
  readonly type: 'limit' | 'market'
  lots: bigint
  /** A quote of the house that crosses an older quote of the house removes it: agents' quotes do not trade with each other. */
  readonly isQuote: boolean
}

/** Why a match ended: nothing left to take, the next price is beyond the bound, the side is empty, own order met, no more funds. */
export type MatchEnd = 'complete' | 'bound' | 'empty' | 'selfTrade' | 'funds'

/** Takes from the opposite side in price-time priority until one of the ends. */
export function match(core: Core, pit: Pit, taker: Taker): MatchEnd {
  const opposite = pit.book.opposite(taker.side)
  for (;;) {
    if (taker.lots === 0n) return 'complete'
    const level = opposite.best()
    if (level === null) return 'empty'
    if (taker.boundUnits !== null && !opposite.reaches(level.units, taker.boundUnits)) return 'bound'
    const maker = level.queue[0] as Resting<OrderRecord>
    if (maker.owner === null && taker.isQuote) {
      opposite.remove(level.units, maker)
      core.touch(pit, opposite.side, level.units)
      continue
    }
    if (maker.owner !== null && taker.record !== null && maker.owner.accountId === taker.record.accountId) {
      if (taker.record.request.selfTrade === 'decrement') {
        if (decrement(core, pit, taker, taker.record, level, maker.owner, maker)) return 'selfTrade'
      } else if (avoidSelfTrade(core, taker.record, maker.owner)) return 'selfTrade'
      continue
    }
    const end = execute(core, pit, taker, level, maker)
    if (end !== null) return end
  }
}

/** Applies the taker's policy; true when the taker itself must end. */
function avoidSelfTrade(core: Core, taker: OrderRecord, maker: OrderRecord): boolean {
  switch (taker.request.selfTrade) {
    case 'cancelNewest':
    case 'decrement':
      return true
    case 'cancelOldest':
      finish(core, maker, 'canceled', 'selfTrade')
      return false
    case 'cancelBoth':
      finish(core, maker, 'canceled', 'selfTrade')
      return true
  }
}

/** Takes the smaller of two orders of one account from both; what is spent ends. True when that is the taker, as one sized in quote. */
function decrement(
  core: Core,
  pit: Pit,
  taker: Taker,
  record: OrderRecord,
  level: Level<OrderRecord>,
  own: OrderRecord,
  resting: Resting<OrderRecord>,
): boolean {
  if (record.quoteLeft !== null) return true
  const lots = smaller(taker.lots, resting.lots)
  taker.lots -= lots
  record.lots -= lots
  pit.book.opposite(taker.side).reduce(level, resting, lots)
  core.touch(pit, own.request.side, level.units)
  own.lots -= lots
  if (resting.lots === 0n) {
    own.resting = null
    finish(core, own, 'canceled', 'selfTrade')
  } else {
    setHold(core, own, needOf(own))
    core.touchOrder(own)
  }
  setHold(core, record, needOf(record))
  core.touchOrder(record)
  return taker.lots === 0n
}

/** Executes the taker against one resting order. Returns why matching must end, or null to go on. */
function execute(core: Core, pit: Pit, taker: Taker, level: Level<OrderRecord>, maker: Resting<OrderRecord>): MatchEnd | null {
  const { units } = level
  const record = taker.record
  let lots = smaller(taker.lots, maker.lots)
  if (record !== null && record.quoteLeft !== null) lots = smaller(lots, pit.grid.lotsFor(record.quoteLeft, units))
  if (lots === 0n) return 'complete'
  const money = record === null ? null : moneyOf(core, record, units, lots, 'taker')
  if (record !== null && money !== null && !canAfford(core, record, money)) return 'funds'
  const makerRecord = maker.owner
  pit.lastTradeId++
  pit.book.opposite(taker.side).reduce(level, maker, lots)
  core.touch(pit, taker.side === 'buy' ? 'sell' : 'buy', units)
  taker.lots -= lots
  if (record !== null && money !== null) book(core, pit, record, units, lots, 'taker', money)
  if (makerRecord !== null) {
    if (maker.lots === 0n) makerRecord.resting = null
    book(core, pit, makerRecord, units, lots, 'maker', moneyOf(core, makerRecord, units, lots, 'maker'))
  }
  print(core, pit, taker, units, lots)
  if (makerRecord !== null && remainingOf(makerRecord) === 0n) finish(core, makerRecord, 'filled', null)
  noteTrade(core, pit)
  return null
}

/** Books one side of an execution: order, ledger rows, volume, history and events. */
function book(
  core: Core,
  pit: Pit,
  record: OrderRecord,
  units: number,
  lots: bigint,
  liquidity: 'maker' | 'taker',
  money: FillMoney,
): void {
  const { instrument } = pit.grid
  const account = core.account(record.accountId)
  record.filledLots += lots
  record.filledCost += money.cost
  record.fee += money.fee
  if (record.quoteLeft !== null) record.quoteLeft -= money.cost
  record.updatedAtMs = core.clock.now()
  setHold(core, record, needOf(record))
  const { id: fillId, ordinal } = core.id('fill')
  record.fillIds.push(fillId)
  const base = post(core, account, { kind: 'trade', refId: fillId, asset: instrument.base, ...money.base })
  const quote = post(core, account, { kind: 'trade', refId: fillId, asset: quoteAsset(record), ...money.quote })
  const { token } = money
  const third =
    token === null ? [] : [post(core, account, { kind: 'trade', refId: fillId, asset: token.asset, amount: 0n, fee: token.fee })]
  const entries = [base, quote, ...third]
  addVolume(core, account, money.cost, instrument.costScale)
  core.touchOrder(record)
  const order = viewOf(record)
  const fee = feeText(core, record, money)
  const fill: EngineFill = {
    fillId,
    ordinal,
    tradeId: pit.lastTradeId,
    orderId: record.orderId,
    clientId: record.request.clientId,
    accountId: record.accountId,
    symbol: pit.symbol,
    side: record.request.side,
    orderType: record.request.type,
    price: pit.grid.price(units),
    quantity: pit.grid.quantity(lots),
    cost: pit.grid.costText(money.cost),
    fee: fee.text,
    feeAsset: fee.asset,
    liquidity,
    atMs: core.clock.now(),
    ledgerIds: entries.map(({ ledgerId }) => ledgerId),
    cumulativeQuantity: order.filledQuantity,
    cumulativeCost: order.filledCost,
    averagePrice: order.averagePrice,
  }
  account.fills.push(fill)
  core.fills.set(fillId, fill)
  core.changes.put('fill', fillId, ordinal, () => ({ ...fill }))
  core.emit({ kind: 'orderTrade', order, fill })
  for (const entry of entries) core.emit({ kind: 'balance', entry })
}

function print(core: Core, pit: Pit, taker: Taker, units: number, lots: bigint): void {
  const atMs = core.clock.now()
  const before = pit.prints[pit.prints.length - 1]
  pit.lastUnits = units
  pit.hasTraded = true
  keepPrint(core, pit, {
    tradeId: pit.lastTradeId,
    symbol: pit.symbol,
    side: taker.side,
    takerType: taker.type,
    price: pit.grid.price(units),
    quantity: pit.grid.quantity(lots),
    atMs,
    indexInMs: before !== undefined && before.atMs === atMs ? before.indexInMs + 1 : 0,
  })
}
