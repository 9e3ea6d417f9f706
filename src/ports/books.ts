import type { AttributionGroup, AttributionSums, Dimension } from '#domain/attribution'
import type { Metrics } from '#domain/metrics'
import type { Side } from '#domain/order'
import type { PortfolioSnapshot } from '#domain/portfolio-snapshot'
import type { Operator } from './control'

/** A type of the domain as it is shown: ids and decimals are plain text. */
export type Shown<T> = T extends string
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Shown<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Shown<T[Key]> }
      : T

/**
 * Figures of a bot or the company (PFL-12); `null` is a ratio without a meaning yet. Sharpe, Sortino and drawdown are of equity, which
 * holds manual trades always; profit, trades and fees count them as asked.
 */
export type MetricsView = Shown<Metrics> & {
  /** Null for the company. */
  readonly botId: string | null
  readonly includesManual: boolean
  /** The most capital that was ever in at once. */
  readonly capital: string
  readonly realizedPnl: string
  readonly unrealizedPnl: string
}

export type AttributionQuery = {
  readonly by: readonly Dimension[]
  readonly botId: string | null
  /** `manual` for what no strategy claims. */
  readonly strategyId: string | null
  readonly instrumentId: string | null
  /** Null as configured. */
  readonly includeManual: boolean | null
  /** UTC days that start in `[fromMs, untilMs)`; null without a bound. */
  readonly fromMs: number | null
  readonly untilMs: number | null
}

export type AttributionView = {
  readonly includesManual: boolean
  readonly groups: readonly Shown<AttributionGroup>[]
  readonly total: Shown<AttributionSums>
}

/** What a UTC day earned; `pnl` is realised and unrealised together. */
export type DailyView = {
  readonly dayMs: number
  readonly openingEquity: string
  readonly closingEquity: string
  readonly flows: string
  readonly pnl: string
  readonly ratio: number | null
  readonly realizedPnl: string
  readonly fees: string
  readonly trades: number
}

/** Fees so far; values in the account currency. */
export type FeesView = {
  readonly byAsset: readonly { readonly asset: string; readonly quantity: string; readonly value: string }[]
  readonly byPair: readonly { readonly instrumentId: string; readonly value: string }[]
  readonly total: string
  readonly gas: string
}

export type TradeQuery = Pick<AttributionQuery, 'botId' | 'strategyId' | 'instrumentId' | 'includeManual'> & { readonly limit: number }

/** One trade with what it realised (PFL-03). `botId` is the sub-account, `strategyId` the tag or `manual`. */
export type TradeView = {
  readonly atMs: number
  readonly tradeId: string
  readonly clientOrderId: string | null
  readonly instrumentId: string
  readonly botId: string
  readonly strategyId: string
  readonly userref: number | null
  readonly side: Side
  readonly quantity: string
  readonly price: string
  readonly cost: string
  readonly feeAsset: string
  readonly feeQuantity: string
  readonly closedQuantity: string
  readonly realizedPnl: string
  readonly realizedValue: string
  readonly feeValue: string
  readonly isUnvalued: boolean
}

/** A change of what a sub-account holds that was no trade (PFL-06). */
export type FlowView = {
  readonly atMs: number
  readonly postingId: string
  readonly kind: string
  readonly subAccount: string
  readonly asset: string
  readonly amount: string
  readonly value: string | null
}

/** A part of the account (PAIN-19). */
export type SubAccountView = {
  readonly name: string
  readonly kind: 'bot' | 'treasury' | 'external'
  readonly equity: string
  readonly cash: string
  /** Of the account currency, what no working order of its own may still take. */
  readonly free: string
  readonly flows: string
  readonly realizedPnl: string
  readonly unrealizedPnl: string
  readonly fees: string
  readonly assets: readonly { readonly asset: string; readonly total: string; readonly value: string | null }[]
}

/** Capital to move from one sub-account to another; names are those of bots, or `treasury`. */
export type CapitalRequest = {
  readonly from: string
  readonly to: string
  /** Account currency. */
  readonly amount: string
  readonly reason: string
}

/**
 * What the API may read of the books beyond how they stand now, and the one thing that it may ask: capital to move. Names of bots that do
 * not exist throw `NotFoundError`, capital that is not free `CommandRefusedError`; a move is journaled with its operator.
 */
export interface BooksPort {
  /** Of a bot, or for null of the company. */
  metrics(botId: string | null, includeManual: boolean | null): MetricsView
  attribution(query: AttributionQuery): AttributionView
  daily(botId: string | null, limit: number): readonly DailyView[]
  fees(): FeesView
  trades(query: TradeQuery): readonly TradeView[]
  flows(limit: number): readonly FlowView[]
  subAccounts(): readonly SubAccountView[]
  /** Snapshots with `sinceMs <= atMs < untilMs`, the newest `limit` ascending. */
  snapshots(sinceMs: number, untilMs: number, limit: number): readonly Shown<PortfolioSnapshot>[]
  moveCapital(request: CapitalRequest, operator: Operator): void
}
