import type { Decimal } from './decimal'
import type { AccountId, AssetCode, BotId, ClientOrderId, InstrumentId, StrategyId, TradeId, VenueId } from './ids'
import type { Side } from './order'
import type { SubAccountId } from './sub-account'

/** The four accounts of the double entry: what we hold, and what it came from or went to. */
export const LEDGER_ACCOUNTS = ['held', 'traded', 'fees', 'flows'] as const
export type LedgerAccount = (typeof LEDGER_ACCOUNTS)[number]

/** One line of a posting; the lines of a posting sum to zero for each asset (I5). Aliases, not interfaces: all of it is `Json`. */
export type PostingLine = {
  readonly account: LedgerAccount
  /** Our account at the venue. */
  readonly accountId: AccountId
  readonly subAccount: SubAccountId
  readonly asset: AssetCode
  /** Signed; positive on `held` is more for us. */
  readonly amount: Decimal
}

/** Why a balance changed without a trade (PFL-06). `opening` is what the venue held when the ledger began. None is PnL. */
export const FLOW_KINDS = ['opening', 'deposit', 'withdrawal', 'reward', 'feeCredit', 'dustConversion', 'adjustment'] as const
export type FlowKind = (typeof FLOW_KINDS)[number]

/** The trade behind a `fill` posting, with whose it was. */
export type TradeDetail = {
  readonly tradeId: TradeId
  readonly venueId: VenueId
  readonly instrumentId: InstrumentId
  readonly baseAsset: AssetCode
  readonly quoteAsset: AssetCode
  readonly accountId: AccountId
  readonly subAccount: SubAccountId
  readonly botId: BotId | null
  readonly strategyId: StrategyId | null
  readonly clientOrderId: ClientOrderId | null
  readonly side: Side
  /** Base, positive. */
  readonly quantity: Decimal
  /** Quote per base. */
  readonly price: Decimal
  /** Quote, positive, as the venue rounded it. */
  readonly cost: Decimal
  readonly feeAsset: AssetCode
  /** Positive is paid, negative is a rebate. */
  readonly feeQuantity: Decimal
  /** Mid price when the order was planned, quote per base: slippage is measured from it. Null for an order that was not ours. */
  readonly arrivalMid: Decimal | null
  /** The number that an order of somebody else's bears at the venue; null when none. */
  readonly userref: number | null
}

/** What a transaction on a chain cost beside what it moved. */
export type GasDetail = {
  readonly accountId: AccountId
  readonly subAccount: SubAccountId
  readonly botId: BotId | null
  readonly strategyId: StrategyId | null
  /** What it was paid for; null where it belongs to no instrument. */
  readonly instrumentId: InstrumentId | null
  readonly asset: AssetCode
  /** Positive. */
  readonly amount: Decimal
}

/** A remainder of a position that no venue takes an order for any more (PAIN-10): it leaves the position at a price, and goes to `to`. */
export type DustDetail = {
  readonly instrumentId: InstrumentId
  readonly venueId: VenueId
  readonly baseAsset: AssetCode
  readonly quoteAsset: AssetCode
  readonly accountId: AccountId
  readonly subAccount: SubAccountId
  readonly to: SubAccountId
  readonly botId: BotId | null
  readonly strategyId: StrategyId | null
  /** Base, signed like the position. */
  readonly quantity: Decimal
  /** Quote per base: the mark at which the rest of the position is realised. */
  readonly price: Decimal
}

type PostingBase = {
  /** Unique for ever: the ledger books an id once. */
  readonly postingId: string
  readonly atMs: number
  readonly lines: readonly PostingLine[]
  /** Valuation asset per unit of each asset other than it, when it happened; null where no price was known (value 0, flagged). */
  readonly rates: Readonly<Record<string, Decimal | null>>
}

/** One balanced entry of the ledger: plain JSON, journaled as it is, so that a replay needs no prices. */
export type Posting =
  | (PostingBase & { readonly kind: 'fill'; readonly trade: TradeDetail })
  | (PostingBase & { readonly kind: 'flow'; readonly flow: FlowKind })
  | (PostingBase & { readonly kind: 'allocation' })
  | (PostingBase & { readonly kind: 'gas'; readonly gas: GasDetail })
  | (PostingBase & { readonly kind: 'dust'; readonly dust: DustDetail })

/** What one trade, or a position's last dust, realised (PFL-03): one record a trade, since every fee is realised at its trade. */
export type RealizedRecord = {
  readonly tradeId: TradeId
  readonly venueId: VenueId
  readonly instrumentId: InstrumentId
  readonly subAccount: SubAccountId
  readonly botId: BotId | null
  /** The strategy's tag (PFL-10); null is a manual trade. */
  readonly strategyId: StrategyId | null
  readonly side: Side
  /** Base, positive: the part of the trade that closed a position; zero for one that only opened. */
  readonly closedQuantity: Decimal
  /** Average entry price of the closed part, quote per base, 18 digits; null when nothing was closed. */
  readonly entryPrice: Decimal | null
  readonly exitPrice: Decimal
  /** Quote, before fees. */
  readonly grossPnl: Decimal
  /** Quote; a fee in a third asset at its rate then, zero while `isUnvalued`. Negative is a rebate. */
  readonly feeQuote: Decimal
  /** Quote: `grossPnl − feeQuote`. */
  readonly realizedPnl: Decimal
  /** Valuation asset, net of fees, at the rates of the trade. */
  readonly realizedValue: Decimal
  /** Valuation asset. */
  readonly feeValue: Decimal
  /** True when the quote asset or the fee asset had no rate: that part counts 0. */
  readonly isUnvalued: boolean
  readonly atMs: number
}
