import type { Decimal } from '#domain/decimal'
import { InvariantError, invariant } from '#domain/errors'
import type { InstrumentStatus } from '#domain/instrument'
import type { JsonObject } from '#domain/json'
import type { Side } from '#domain/order'
import type { ClockPort } from '#ports/clock'
import type { Account } from './account'
import { Book } from './book'
import { Grid } from './grid'
import type { EngineOptions } from './house-types'
import { type OrderRecord, rowOfOrder } from './order-record'
import { Changes } from './rows'
import type { EngineAsset, EngineEvent, EngineFill, EngineIdKind, EngineInstrument, EngineLevel, EnginePrint, LedgerEntry } from './types'

/** One instrument's trading pit. */
export interface Pit {
  readonly symbol: string
  readonly grid: Grid
  readonly book: Book<OrderRecord>
  status: InstrumentStatus
  /** Null until the market names a reference price or something trades. */
  lastUnits: number | null
  /** True once something traded: before that `lastUnits` is a reference only. */
  hasTraded: boolean
  lastTradeId: number
  readonly prints: EnginePrint[]
  /** Untriggered stops, oldest first. */
  readonly stops: Set<OrderRecord>
  /** Stops whose price was met, in that order, waiting for the present match to end. */
  readonly triggered: OrderRecord[]
  isWatched: boolean
  /** True while limit orders are collected and nothing matches: an auction before its opening. */
  isCollecting: boolean
  readonly touchedBids: Set<number>
  readonly touchedAsks: Set<number>
}

type Counter = 'order' | 'fill' | 'ledger' | 'amend' | 'transfer' | 'place'

/** The state that all parts of the engine work on, with the few steps that every part needs. */
export class Core {
  readonly options: EngineOptions
  readonly clock: ClockPort
  readonly changes = new Changes()
  readonly assets: ReadonlyMap<string, EngineAsset>
  readonly pits = new Map<string, Pit>()
  readonly accounts = new Map<string, Account>()
  readonly orders = new Map<string, OrderRecord>()
  readonly fills = new Map<string, EngineFill>()
  readonly ledger = new Map<string, LedgerEntry>()
  /** What the agents won or lost against the accounts, and the fees taken, by asset at the asset's scale (as all totals). */
  readonly house = new Map<string, bigint>()
  readonly feesTaken = new Map<string, bigint>()
  /** Deposits less withdrawals. */
  readonly paidIn = new Map<string, bigint>()
  readonly counters: Record<Counter, number> = { order: 0, fill: 0, ledger: 0, amend: 0, transfer: 0, place: 0 }
  readonly expiries = new Map<string, unknown>()
  listener: (event: EngineEvent) => void = () => {}
  printListener: (print: EnginePrint) => void = () => {}
  #depth = 0
  #isTelling = false

  constructor(options: EngineOptions, clock: ClockPort) {
    this.options = options
    this.clock = clock
    this.assets = new Map(options.assets.map((asset) => [asset.code, asset]))
    for (const instrument of options.instruments) this.pits.set(instrument.symbol, this.#openPit(instrument))
  }

  pit(symbol: string): Pit {
    const pit = this.pits.get(symbol)
    if (pit === undefined) throw new InvariantError(`the engine has no instrument ${symbol}`)
    return pit
  }

  account(accountId: string): Account {
    const account = this.accounts.get(accountId)
    if (account === undefined) throw new InvariantError(`the engine has no account ${accountId}`)
    return account
  }

  asset(code: string): EngineAsset {
    const asset = this.assets.get(code)
    if (asset === undefined) throw new InvariantError(`the engine has no asset ${code}`)
    return asset
  }

  next(counter: Counter): number {
    this.counters[counter]++
    this.changes.put('counters', 'all', 0, () => ({ ...this.counters }))
    return this.counters[counter]
  }

  id(kind: EngineIdKind): { readonly id: string; readonly ordinal: number } {
    const ordinal = this.next(kind)
    return { id: this.options.mintId(kind, ordinal), ordinal }
  }

  emit(event: EngineEvent): void {
    this.#isTelling = true
    try {
      this.listener(event)
    } finally {
      this.#isTelling = false
    }
  }

  /** Runs one step of the engine; `book` events follow when the outermost step ends. A listener must not begin a step. */
  step<T>(run: () => T): T {
    invariant(!this.#isTelling, 'a listener of the engine asked for a change; do it after the call')
    this.#depth++
    try {
      return run()
    } finally {
      this.#depth--
      if (this.#depth === 0) this.#tellBooks()
    }
  }

  /** Notes that a level changed, for the `book` event. */
  touch(pit: Pit, side: Side, units: number): void {
    if (pit.isWatched) (side === 'buy' ? pit.touchedBids : pit.touchedAsks).add(units)
  }

  /** Marks an order as changed: its view is made anew and its row written. */
  touchOrder(record: OrderRecord): void {
    record.view = null
    this.changes.put('order', record.orderId, record.ordinal, () => rowOfOrder(record))
  }

  /** Adds to one of the totals by which money is shown to be conserved. */
  addTotal(totals: Map<string, bigint>, asset: string, units: bigint): void {
    totals.set(asset, (totals.get(asset) ?? 0n) + units)
    this.changes.put('totals', 'all', 0, () => this.totalsRow())
  }

  totalsRow(): JsonObject {
    const list = (totals: ReadonlyMap<string, bigint>): JsonObject =>
      Object.fromEntries([...totals].map(([code, units]) => [code, `${units}`]))
    return { house: list(this.house), fees: list(this.feesTaken), paidIn: list(this.paidIn) }
  }

  /** Keeps what the instrument must remember over a restart. */
  touchPit(pit: Pit): void {
    this.changes.put('pit', pit.symbol, 0, () => pitRow(pit))
  }

  lastPrice(pit: Pit): Decimal {
    if (pit.lastUnits === null) throw new InvariantError(`${pit.symbol}: no reference price yet`)
    return pit.grid.price(pit.lastUnits)
  }

  #openPit(instrument: EngineInstrument): Pit {
    return {
      symbol: instrument.symbol,
      grid: new Grid(instrument, this.assets),
      book: new Book<OrderRecord>(),
      status: 'online',
      lastUnits: null,
      hasTraded: false,
      lastTradeId: 0,
      prints: [],
      stops: new Set(),
      triggered: [],
      isWatched: false,
      isCollecting: false,
      touchedBids: new Set(),
      touchedAsks: new Set(),
    }
  }

  #tellBooks(): void {
    for (const pit of this.pits.values()) {
      if (pit.touchedBids.size === 0 && pit.touchedAsks.size === 0) continue
      const levels = (side: Side, touched: Set<number>): readonly EngineLevel[] => {
        const own = pit.book.own(side)
        const made = [...touched].map((units) => pit.grid.level(units, own.level(units)?.total ?? 0n))
        touched.clear()
        return made
      }
      const change = {
        symbol: pit.symbol,
        bids: levels('buy', pit.touchedBids),
        asks: levels('sell', pit.touchedAsks),
        atMs: this.clock.now(),
      }
      this.emit({ kind: 'book', change })
    }
  }
}

/** What an instrument remembers over a restart; the agents' levels are not among it, for they are quoted anew. */
export function pitRow(pit: Pit): JsonObject {
  return {
    symbol: pit.symbol,
    status: pit.status,
    lastUnits: pit.lastUnits,
    hasTraded: pit.hasTraded,
    lastTradeId: pit.lastTradeId,
    isCollecting: pit.isCollecting,
    tickSize: pit.grid.instrument.tickSize,
  }
}
