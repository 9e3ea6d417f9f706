import type { Decimal } from '#domain/decimal'
import type { InstrumentStatus } from '#domain/instrument'
import type { JsonObject } from '#domain/json'
import type { ClockPort } from '#ports/clock'
import { Account } from './account'
import type { Level } from './book'
import { checkOrder } from './checks'
import { Core, type Pit } from './core'
import { VOLUME_SCALE } from './grid'
import type { FeeRates } from './fee-tier'
import { openDesk } from './house'
import type { EngineOptions, EngineTotals, HouseDesk, HouseEngine } from './house-types'
import { post, transferUnits } from './money'
import { type OrderRecord, viewOf } from './order-record'
import { amend, cancel, cancelAll, place, uncross } from './orders'
import { allRows, loadRows } from './persist'
import { RowReader } from './rows'
import { fromUnits, toUnits } from './scaled'
import type {
  AmendChange,
  AmendRecord,
  AmendResult,
  CancelResult,
  DoneReason,
  EngineAsset,
  EngineBalance,
  EngineBook,
  EngineEvent,
  EngineFill,
  EngineInstrument,
  EngineLevel,
  EngineOrder,
  EnginePrint,
  LedgerEntry,
  OrderRequest,
  PlaceResult,
  RowChange,
} from './types'

/** The matching engine behind its interface: a thin face over the parts in this folder. */
class Engine implements HouseEngine {
  readonly part = 'engine'
  readonly #core: Core

  constructor(options: EngineOptions, clock: ClockPort) {
    this.#core = new Core(options, clock)
  }

  listen(listener: (event: EngineEvent) => void): void {
    this.#core.listener = listener
  }

  onPrint(listener: (print: EnginePrint) => void): void {
    this.#core.printListener = listener
  }

  batch(run: () => void): void {
    this.#core.step(run)
  }

  house(symbol: string): HouseDesk {
    return openDesk(this.#core, this.#core.pit(symbol))
  }

  watchBook(symbol: string, isWatched: boolean): void {
    const pit = this.#core.pit(symbol)
    pit.isWatched = isWatched
    pit.touchedBids.clear()
    pit.touchedAsks.clear()
  }

  instruments(): readonly EngineInstrument[] {
    return [...this.#core.pits.values()].map((pit) => pit.grid.instrument)
  }

  instrument(symbol: string): EngineInstrument | null {
    return this.#core.pits.get(symbol)?.grid.instrument ?? null
  }

  assets(): readonly EngineAsset[] {
    return this.#core.options.assets
  }

  status(symbol: string): InstrumentStatus {
    return this.#core.pit(symbol).status
  }

  setStatus(symbol: string, status: InstrumentStatus): void {
    const core = this.#core
    const pit = core.pit(symbol)
    if (pit.status === status) return
    core.step(() => {
      pit.status = status
      core.touchPit(pit)
      core.emit({ kind: 'instrumentStatus', symbol, status })
    })
  }

  isCollecting(symbol: string): boolean {
    return this.#core.pit(symbol).isCollecting
  }

  setCollecting(symbol: string, isCollecting: boolean): void {
    const core = this.#core
    const pit = core.pit(symbol)
    if (pit.isCollecting === isCollecting) return
    core.step(() => {
      pit.isCollecting = isCollecting
      core.touchPit(pit)
      core.emit({ kind: 'instrumentStatus', symbol, status: pit.status })
      if (!isCollecting) uncross(core, pit)
    })
  }

  setTickSize(symbol: string, tickSize: Decimal): void {
    const core = this.#core
    const pit = core.pit(symbol)
    if (pit.grid.instrument.tickSize === tickSize) return
    core.step(() => {
      pit.grid.retick(tickSize)
      core.touchPit(pit)
      core.emit({ kind: 'instrumentStatus', symbol, status: pit.status })
    })
  }

  openAccount(accountId: string): void {
    if (this.#core.accounts.has(accountId)) return
    this.#core.accounts.set(accountId, new Account(accountId))
    this.#core.changes.put('account', accountId, 0, () => ({ accountId }))
  }

  deposit(accountId: string, asset: string, amount: Decimal): LedgerEntry {
    return this.#transfer(accountId, asset, amount, 'deposit')
  }

  withdraw(accountId: string, asset: string, amount: Decimal): LedgerEntry {
    return this.#transfer(accountId, asset, amount, 'withdrawal')
  }

  balances(accountId: string): readonly EngineBalance[] {
    return this.#core.account(accountId).balances()
  }

  feeRates(accountId: string, symbol: string): FeeRates {
    const volume = this.#core.account(accountId).volume(this.#core.clock.now())
    const { tier, next } = this.#core.pit(symbol).grid.rates(volume)
    return {
      makerPercent: tier.makerPercent,
      takerPercent: tier.takerPercent,
      volume: fromUnits(volume, VOLUME_SCALE),
      tier,
      nextTier: next,
    }
  }

  place(request: OrderRequest): PlaceResult {
    return this.#core.step(() => place(this.#core, request))
  }

  validate(request: OrderRequest): PlaceResult {
    const checked = checkOrder(this.#core, request)
    return checked.kind === 'refused' ? checked : { kind: 'validated' }
  }

  amend(orderId: string, change: AmendChange): AmendResult {
    return this.#core.step(() => amend(this.#core, orderId, change))
  }

  cancel(orderId: string, reason: DoneReason): CancelResult {
    return this.#core.step(() => cancel(this.#core, orderId, reason))
  }

  cancelAll(accountId: string, reason: DoneReason): readonly EngineOrder[] {
    return this.#core.step(() => cancelAll(this.#core, accountId, reason))
  }

  order(orderId: string): EngineOrder | null {
    const record = this.#core.orders.get(orderId)
    return record === undefined ? null : viewOf(record)
  }

  openOrders(accountId: string): readonly EngineOrder[] {
    return [...this.#core.account(accountId).open.values()].map(viewOf)
  }

  closedOrders(accountId: string): readonly EngineOrder[] {
    return this.#core.account(accountId).closed.toReversed().map(viewOf)
  }

  orderByClientId(accountId: string, clientId: string): EngineOrder | null {
    const open = this.openOrderByClientId(accountId, clientId)
    if (open !== null) return open
    const closed = this.#core.account(accountId).closed.findLast((record) => record.request.clientId === clientId)
    return closed === undefined ? null : viewOf(closed)
  }

  openOrderByClientId(accountId: string, clientId: string): EngineOrder | null {
    const record = this.#core.account(accountId).openByClientId.get(clientId)?.[0]
    return record === undefined ? null : viewOf(record)
  }

  amends(orderId: string): readonly AmendRecord[] {
    return [...(this.#core.orders.get(orderId)?.amends ?? [])]
  }

  fill(fillId: string): EngineFill | null {
    return this.#core.fills.get(fillId) ?? null
  }

  fills(accountId: string): readonly EngineFill[] {
    return this.#core.account(accountId).fills.toReversed()
  }

  ledger(accountId: string): readonly LedgerEntry[] {
    return this.#core.account(accountId).ledger.toReversed()
  }

  ledgerEntry(ledgerId: string): LedgerEntry | null {
    return this.#core.ledger.get(ledgerId) ?? null
  }

  book(symbol: string, depth: number): EngineBook {
    const pit = this.#core.pit(symbol)
    const levels = (side: 'buy' | 'sell'): readonly EngineLevel[] => {
      const own = pit.book.own(side)
      return own.prices(depth).map((units) => levelView(pit, own.level(units), units))
    }
    return { symbol, bids: levels('buy'), asks: levels('sell') }
  }

  bestBid(symbol: string): EngineLevel | null {
    return this.#best(this.#core.pit(symbol), 'buy')
  }

  bestAsk(symbol: string): EngineLevel | null {
    return this.#best(this.#core.pit(symbol), 'sell')
  }

  lastPrice(symbol: string): Decimal {
    return this.#core.lastPrice(this.#core.pit(symbol))
  }

  prints(symbol: string, afterTradeId: number | null, limit: number): readonly EnginePrint[] {
    const { prints } = this.#core.pit(symbol)
    if (afterTradeId === null) return limit === 0 ? [] : prints.slice(-limit)
    const firstId = prints[0]?.tradeId ?? 1
    const from = Math.max(0, afterTradeId + 1 - firstId)
    return prints.slice(from, from + limit)
  }

  totals(): readonly EngineTotals[] {
    const core = this.#core
    return core.options.assets.map(({ code, scale }) => {
      let accounts = 0n
      for (const account of core.accounts.values()) accounts += account.holdings.get(code)?.total ?? 0n
      return {
        asset: code,
        accounts: fromUnits(accounts, scale),
        house: fromUnits(core.house.get(code) ?? 0n, scale),
        fees: fromUnits(core.feesTaken.get(code) ?? 0n, scale),
        paidIn: fromUnits(core.paidIn.get(code) ?? 0n, scale),
      }
    })
  }

  drain(): readonly RowChange[] {
    return this.#core.changes.drain()
  }

  rows(): readonly RowChange[] {
    return allRows(this.#core)
  }

  load(rows: readonly RowChange[]): void {
    if (rows.length > 0) loadRows(this.#core, rows)
    this.#core.changes.track()
  }

  snapshot(): JsonObject {
    return { rows: allRows(this.#core).map((row) => ({ bucket: row.bucket, key: row.key, ordinal: row.ordinal, value: row.value })) }
  }

  restore(snapshot: JsonObject): void {
    const rows = new RowReader(snapshot, 'engine snapshot').readers('rows')
    loadRows(
      this.#core,
      rows.map((row) => ({
        bucket: row.text('bucket'),
        key: row.text('key'),
        ordinal: row.number('ordinal'),
        value: row.object('value'),
      })),
    )
  }

  close(): void {
    for (const handle of this.#core.expiries.values()) this.#core.clock.clearTimeout(handle)
    this.#core.expiries.clear()
  }

  #best(pit: Pit, side: 'buy' | 'sell'): EngineLevel | null {
    const level = pit.book.own(side).best()
    return level === null ? null : levelView(pit, level, level.units)
  }

  #transfer(accountId: string, asset: string, amount: Decimal, kind: 'deposit' | 'withdrawal'): LedgerEntry {
    const core = this.#core
    return core.step(() => {
      const account = core.account(accountId)
      const units = transferUnits(toUnits(amount, core.asset(asset).scale), asset)
      const signed = kind === 'deposit' ? units : -units
      const entry = post(core, account, { kind, refId: core.id('transfer').id, asset, amount: signed, fee: 0n })
      core.emit({ kind: 'balance', entry })
      return entry
    })
  }
}

/** A level as it is shown; the text is made anew only when its total has changed. */
function levelView(pit: Pit, level: Level<OrderRecord> | null, units: number): EngineLevel {
  if (level === null) return pit.grid.level(units, 0n)
  if (level.shown?.total !== level.total) level.shown = { total: level.total, view: pit.grid.level(units, level.total) }
  return level.shown.view
}

/** Opens an engine with empty books and no accounts. */
export function createEngine(options: EngineOptions, clock: ClockPort): HouseEngine {
  return new Engine(options, clock)
}
