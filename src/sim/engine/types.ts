import type { Decimal } from '#domain/decimal'
import type { InstrumentStatus } from '#domain/instrument'
import type { JsonObject } from '#domain/json'
import type { Side, TimeInForce } from '#domain/order'
import type { FeeRates, FeeTier } from './fee-tier'

/** An asset and the digits after the point at which its balances and ledger rows are kept. */
export type EngineAsset = { readonly code: string; readonly scale: number }

/** One tradable of the engine: its grid, minimums and fee schedule. */
export interface EngineInstrument {
  /** The engine's key, such as `BTC/USD`. */
  readonly symbol: string
  readonly base: string
  readonly quote: string
  /** Price step; its digits never exceed `priceScale`. */
  readonly tickSize: Decimal
  /** Digits after the point of a price on the wire. */
  readonly priceScale: number
  /** Digits after the point of a quantity (the lot is 10^−quantityScale), and of cost and fee. */
  readonly quantityScale: number
  readonly costScale: number
  /** Digits of what is executed where that is finer than the lot (orders sized in quote); left out: as `quantityScale`. */
  readonly fillScale?: number
  /** Percent from the middle of the book beyond which no taker fills, limit orders included; left out: `protectionPercent` alone. */
  readonly guardPercent?: Decimal
  readonly quantityMin: Decimal
  readonly costMin: Decimal
  /** Ascending by `volumeMin`; at least one. */
  readonly feeTiers: readonly FeeTier[]
}

export type EngineOrderType =
  | 'market'
  | 'limit'
  | 'stopLoss'
  | 'takeProfit'
  | 'stopLossLimit'
  | 'takeProfitLimit'
  | 'trailingStop'
  | 'trailingStopLimit'

/** What happens when an order meets another of its account; `decrement` takes the smaller from both, whichever is spent ends. */
export type SelfTradePolicy = 'cancelNewest' | 'cancelOldest' | 'cancelBoth' | 'decrement'

/** How a trailing stop follows the last price. */
export interface Trailing {
  /** Distance between the best last price seen and the trigger; positive. */
  readonly offset: Decimal
  readonly unit: 'quote' | 'percent'
  /** For a `trailingStopLimit` whose limit follows: limit = trigger + this (signed, in `limitUnit`); null otherwise. */
  readonly limitOffset: Decimal | null
  readonly limitUnit: 'quote' | 'percent'
}

/** A request as the protocol face hands it over: parsed, symbols resolved, relative prices worked out. */
export interface OrderRequest {
  readonly accountId: string
  readonly symbol: string
  readonly side: Side
  readonly type: EngineOrderType
  /** Positive. In base, or for a market buy with `quantityIn: 'quote'` the quote to spend without the fee. */
  readonly quantity: Decimal
  readonly quantityIn: 'base' | 'quote'
  /** For `limit`, `stopLossLimit`, `takeProfitLimit`, and a `trailingStopLimit` whose limit stands still; null otherwise. */
  readonly limitPrice: Decimal | null
  /** For `stopLoss…` and `takeProfit…`; null otherwise. */
  readonly triggerPrice: Decimal | null
  readonly trailing: Trailing | null
  readonly timeInForce: TimeInForce
  /** For `gtd`; null otherwise. */
  readonly expiresAtMs: number | null
  readonly postOnly: boolean
  readonly feeIn: 'quote' | 'base'
  /** Asset that is paid or received instead of the instrument's quote, of the same digits: one book, two wallets. */
  readonly settleIn?: string
  readonly selfTrade: SelfTradePolicy
  /** The account's own id; unique among its open orders if the face sees to it. */
  readonly clientId: string | null
  /** What else the face wants back with the order (userref, flags as asked); kept as it is. */
  readonly extra: JsonObject
}

/** `untriggered`: a stop that waits for its price; `open`: live in the book. The others are final. */
export type EngineOrderStatus = 'open' | 'untriggered' | 'filled' | 'canceled' | 'expired'

/** Why an order ended or was restated, in the engine's words; a face translates. */
export type DoneReason =
  | 'userRequested'
  | 'allCanceled'
  | 'deadMan'
  | 'replaced'
  | 'postOnly'
  | 'immediateOrCancel'
  | 'fillOrKill'
  | 'selfTrade'
  | 'priceProtection'
  | 'noLiquidity'
  | 'insufficientFunds'
  | 'amendBelowFilled'
  | 'expired'
  | 'administrative'

/** An order as it stood at one instant. Immutable. */
export interface EngineOrder {
  readonly orderId: string
  /** Consecutive count of accepted orders, from 1. */
  readonly ordinal: number
  readonly accountId: string
  readonly symbol: string
  readonly clientId: string | null
  readonly side: Side
  readonly type: EngineOrderType
  /** Base total (for `quantityIn: 'quote'` what was executed once it is done, else the estimate). */
  readonly quantity: Decimal
  /** The quote to spend, for `quantityIn: 'quote'`; null otherwise. */
  readonly quoteQuantity: Decimal | null
  readonly limitPrice: Decimal | null
  readonly triggerPrice: Decimal | null
  readonly trailing: Trailing | null
  readonly timeInForce: TimeInForce
  readonly expiresAtMs: number | null
  readonly postOnly: boolean
  readonly feeIn: 'quote' | 'base'
  readonly selfTrade: SelfTradePolicy
  readonly extra: JsonObject
  readonly status: EngineOrderStatus
  readonly filledQuantity: Decimal
  /** Quote, sum of the rounded costs of the fills. */
  readonly filledCost: Decimal
  /** Sum of the fees, in the asset of `feeIn`. */
  readonly fee: Decimal
  /** Filled cost by filled quantity at `priceScale + 4` digits; zero without fills. */
  readonly averagePrice: Decimal
  readonly openedAtMs: number
  readonly updatedAtMs: number
  readonly closedAtMs: number | null
  readonly triggeredAtMs: number | null
  /** Best last price that a trailing stop has seen; null for other types. */
  readonly peakPrice: Decimal | null
  readonly reason: DoneReason | null
  readonly amendCount: number
  /** Creation or last amend, for rate limits that depend on an order's age. */
  readonly ageFromMs: number
  readonly fillIds: readonly string[]
}

/** One execution of an account's order. */
export interface EngineFill {
  readonly fillId: string
  /** Consecutive over all fills of all accounts, from 1. */
  readonly ordinal: number
  /** The public trade's number: consecutive per instrument. */
  readonly tradeId: number
  readonly orderId: string
  readonly clientId: string | null
  readonly accountId: string
  readonly symbol: string
  readonly side: Side
  readonly orderType: EngineOrderType
  readonly price: Decimal
  readonly quantity: Decimal
  readonly cost: Decimal
  readonly fee: Decimal
  readonly feeAsset: string
  readonly liquidity: 'maker' | 'taker'
  readonly atMs: number
  /** Ids of the ledger rows: base, quote, and one for a fee in a third asset. */
  readonly ledgerIds: readonly string[]
  /** Cumulative figures of the order after this fill. */
  readonly cumulativeQuantity: Decimal
  readonly cumulativeCost: Decimal
  readonly averagePrice: Decimal
}

/** One row of an account's ledger: `balance = previous balance + amount − fee`. */
export interface LedgerEntry {
  readonly ledgerId: string
  /** Consecutive over all accounts, from 1. */
  readonly ordinal: number
  /** The fill's id for a trade; the transfer's own reference otherwise. */
  readonly refId: string
  readonly accountId: string
  readonly kind: 'trade' | 'deposit' | 'withdrawal' | 'adjustment'
  readonly asset: string
  /** Signed, before the fee. */
  readonly amount: Decimal
  readonly fee: Decimal
  readonly balance: Decimal
  readonly atMs: number
}

/** A public trade. */
export interface EnginePrint {
  /** Consecutive per instrument, from 1. */
  readonly tradeId: number
  readonly symbol: string
  /** The taker's side. */
  readonly side: Side
  readonly takerType: 'limit' | 'market'
  readonly price: Decimal
  readonly quantity: Decimal
  readonly atMs: number
  /** Place among the trades of the same instrument and millisecond, from 0; so that a nanosecond stamp can be unique. */
  readonly indexInMs: number
}

/** Balance of one asset; `available = total − held`. */
export interface EngineBalance {
  readonly asset: string
  readonly total: Decimal
  /** Held by open orders. */
  readonly held: Decimal
}

/** A price level, also as fixed text with exactly `priceScale` and `quantityScale` digits (wire form, checksums). */
export interface EngineLevel {
  readonly price: Decimal
  /** Zero when the level is gone. */
  readonly quantity: Decimal
  readonly priceText: string
  readonly quantityText: string
}

/** Depth by level, best first. */
export interface EngineBook {
  readonly symbol: string
  readonly bids: readonly EngineLevel[]
  readonly asks: readonly EngineLevel[]
}

/** Levels that one step of the engine changed, as they stand after it; each price at most once a side. */
export interface BookChange {
  readonly symbol: string
  readonly bids: readonly EngineLevel[]
  readonly asks: readonly EngineLevel[]
  readonly atMs: number
}

/** What the engine tells, in order, while a call runs. `book` comes last, once a call and instrument, and only where watched. */
export type EngineEvent =
  | { readonly kind: 'orderPending'; readonly order: EngineOrder }
  | { readonly kind: 'orderNew'; readonly order: EngineOrder }
  | { readonly kind: 'orderTriggered'; readonly order: EngineOrder; readonly lastPrice: Decimal }
  /** A trailing stop's trigger moved. */
  | { readonly kind: 'orderRestated'; readonly order: EngineOrder }
  | { readonly kind: 'orderTrade'; readonly order: EngineOrder; readonly fill: EngineFill }
  | { readonly kind: 'orderAmended'; readonly order: EngineOrder; readonly amendId: string; readonly keptPlace: boolean }
  /** The order ended: `order.status` is filled, canceled or expired and `order.reason` says why (null when filled). */
  | { readonly kind: 'orderDone'; readonly order: EngineOrder }
  | { readonly kind: 'balance'; readonly entry: LedgerEntry }
  | { readonly kind: 'print'; readonly print: EnginePrint }
  | { readonly kind: 'book'; readonly change: BookChange }
  /** Status or price step of an instrument changed. */
  | { readonly kind: 'instrumentStatus'; readonly symbol: string; readonly status: InstrumentStatus }

export type EngineRefusalCode =
  | 'unknownInstrument'
  | 'instrumentStatus'
  | 'quantityInvalid'
  | 'quantityMin'
  | 'costMin'
  | 'priceInvalid'
  | 'priceScale'
  | 'tickSize'
  | 'triggerInvalid'
  | 'expiryInvalid'
  | 'combinationInvalid'
  | 'insufficientFunds'
  | 'postOnlyWouldCross'
  | 'noLiquidity'
  | 'unknownOrder'
  | 'notAmendable'

export interface EngineRefusal {
  readonly kind: 'refused'
  readonly code: EngineRefusalCode
  /** The instrument's status when the code is `instrumentStatus`; null otherwise. */
  readonly status: InstrumentStatus | null
  readonly text: string
}

export type PlaceResult =
  /** `order` as it stands after matching: it may already be done. */
  { readonly kind: 'accepted'; readonly order: EngineOrder } | { readonly kind: 'validated' } | EngineRefusal

/** New figures of an order; null keeps the present one. */
export interface AmendChange {
  /** New total, the filled part included. */
  readonly quantity: Decimal | null
  readonly limitPrice: Decimal | null
  readonly triggerPrice: Decimal | null
  /** New distances of an untriggered trailing stop; the peak stays. */
  readonly trailing: Trailing | null
  /** True refuses an amend that would match at once. */
  readonly postOnly: boolean | null
  /** Replaces what the face keeps with the order. */
  readonly extra: JsonObject | null
}

export type AmendResult = { readonly kind: 'amended'; readonly amendId: string; readonly order: EngineOrder } | EngineRefusal
export type CancelResult = { readonly kind: 'canceled'; readonly order: EngineOrder } | EngineRefusal

/** One form an order has had: as placed, then one row an amend. */
export interface AmendRecord {
  readonly amendId: string
  readonly kind: 'original' | 'user' | 'restated'
  readonly quantity: Decimal
  readonly remaining: Decimal
  readonly limitPrice: Decimal | null
  readonly triggerPrice: Decimal | null
  readonly atMs: number
}

/** A row of durable state: `value` null deletes it; loaded again by ordinal. */
export interface RowChange {
  readonly bucket: string
  readonly key: string
  readonly ordinal: number
  readonly value: JsonObject | null
}

/** A part of an emulator whose state the store keeps: the engine, the market, a face. */
export interface Persistent {
  /** Unique in a store: `engine`, `market`, `kraken`. */
  readonly part: string
  /** Returns the rows that changed since the last call and forgets the changes. */
  drain(): readonly RowChange[]
  rows(): readonly RowChange[]
  /** Replaces the state by stored rows, ascending by ordinal within a bucket. Called before any other use, once. */
  load(rows: readonly RowChange[]): void
}

export type EngineIdKind = 'order' | 'fill' | 'ledger' | 'amend' | 'transfer'

/** What a face may ask and do. All calls are synchronous; events come while a call runs. */
export interface MatchingEngine extends Persistent {
  /** Sets the one listener. */
  listen(listener: (event: EngineEvent) => void): void
  /** Turns `book` events of an instrument on or off; off at first (formatting levels costs time). */
  watchBook(symbol: string, isWatched: boolean): void

  instruments(): readonly EngineInstrument[]
  instrument(symbol: string): EngineInstrument | null
  assets(): readonly EngineAsset[]
  status(symbol: string): InstrumentStatus
  /** `offline` stops matching; `cancelOnly` takes no orders; `postOnly` only post-only ones; `limitOnly` no market orders. */
  setStatus(symbol: string, status: InstrumentStatus): void
  /** Changes the price step of an instrument; its digits stay. Orders that rest off the new grid stay, new ones must be on it. */
  setTickSize(symbol: string, tickSize: Decimal): void

  /** Opens an account without funds; one that is open stays as it is. */
  openAccount(accountId: string): void
  deposit(accountId: string, asset: string, amount: Decimal): LedgerEntry
  /** @throws {InvariantError} when more than the available balance is asked. */
  withdraw(accountId: string, asset: string, amount: Decimal): LedgerEntry
  /** Every asset the account has ever had. */
  balances(accountId: string): readonly EngineBalance[]
  feeRates(accountId: string, symbol: string): FeeRates

  place(request: OrderRequest): PlaceResult
  /** Runs every check of `place` and changes nothing. */
  validate(request: OrderRequest): PlaceResult
  amend(orderId: string, change: AmendChange): AmendResult
  cancel(orderId: string, reason: DoneReason): CancelResult
  /** Returns the canceled orders, oldest first. */
  cancelAll(accountId: string, reason: DoneReason): readonly EngineOrder[]

  /** Open or closed; null when it was never seen or has left the history. */
  order(orderId: string): EngineOrder | null
  /** Oldest first. */
  openOrders(accountId: string): readonly EngineOrder[]
  /** Newest closing first. */
  closedOrders(accountId: string): readonly EngineOrder[]
  /** The open order with that client id, else the newest closed one, else null. */
  orderByClientId(accountId: string, clientId: string): EngineOrder | null
  openOrderByClientId(accountId: string, clientId: string): EngineOrder | null
  amends(orderId: string): readonly AmendRecord[]
  fill(fillId: string): EngineFill | null
  /** Newest first. */
  fills(accountId: string): readonly EngineFill[]
  /** Newest first. */
  ledger(accountId: string): readonly LedgerEntry[]
  ledgerEntry(ledgerId: string): LedgerEntry | null

  /** At most `depth` levels a side, best first. */
  book(symbol: string, depth: number): EngineBook
  bestBid(symbol: string): EngineLevel | null
  bestAsk(symbol: string): EngineLevel | null
  /** Price of the last trade, or the reference price set by the market before the first one. */
  lastPrice(symbol: string): Decimal
  /** Trades with `tradeId > afterTradeId`, ascending, the newest `limit` of them when `afterTradeId` is null. */
  prints(symbol: string, afterTradeId: number | null, limit: number): readonly EnginePrint[]

  /** The whole state as JSON, for tests and memory stores; `restore` takes it back. */
  snapshot(): JsonObject
  restore(snapshot: JsonObject): void
  /** Stops its timers. */
  close(): void
}
