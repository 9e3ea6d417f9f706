import { type Decimal, isZero, multiply } from '#domain/decimal'
import { type AssetCode, assetCode, botId, type BotId, type InstrumentId, instrumentId, type StrategyId, strategyId } from '#domain/ids'
import type { Json } from '#domain/json'
import { readDecimal, readInteger, readNullable, readObject, readOneOf, readText } from '#domain/json-read'
import { FLOW_KINDS, type FlowKind, type Posting, type RealizedRecord, type TradeDetail } from '#domain/posting'
import { readSubAccount, type SubAccountId } from '#domain/sub-account'
import { rateIn } from '#domain/trade-figures'

/** One trade with what it realised (PFL-03). Aliases, not interfaces: all of it is `Json`. */
export type TradeRecord = {
  readonly atMs: number
  readonly tradeId: string
  readonly clientOrderId: string | null
  readonly instrumentId: InstrumentId
  readonly subAccount: SubAccountId
  readonly botId: BotId | null
  /** Null is a manual trade. */
  readonly strategyId: StrategyId | null
  readonly userref: number | null
  readonly side: 'buy' | 'sell'
  /** Base. */
  readonly quantity: Decimal
  /** Quote per base, and quote. */
  readonly price: Decimal
  readonly cost: Decimal
  readonly feeAsset: AssetCode
  readonly feeQuantity: Decimal
  /** Base: the part that closed a position. */
  readonly closedQuantity: Decimal
  /** Quote, net of fees. */
  readonly realizedPnl: Decimal
  /** Valuation asset: net of fees, and the fees. */
  readonly realizedValue: Decimal
  readonly feeValue: Decimal
  readonly isUnvalued: boolean
}

/** One change of what a sub-account holds that was no trade (PFL-06). */
export type FlowRecord = {
  readonly atMs: number
  readonly postingId: string
  readonly kind: FlowKind | 'allocation'
  readonly subAccount: SubAccountId
  readonly asset: AssetCode
  /** Signed, after fees. */
  readonly amount: Decimal
  /** Valuation asset; null when it had no price. */
  readonly value: Decimal | null
}

/** Returns the record of a booked trade. */
export function tradeRecordOf({ atMs }: Posting, trade: TradeDetail, realized: RealizedRecord): TradeRecord {
  return {
    atMs,
    tradeId: trade.tradeId,
    clientOrderId: trade.clientOrderId,
    instrumentId: trade.instrumentId,
    subAccount: trade.subAccount,
    botId: trade.botId,
    strategyId: trade.strategyId,
    userref: trade.userref,
    side: trade.side,
    quantity: trade.quantity,
    price: trade.price,
    cost: trade.cost,
    feeAsset: trade.feeAsset,
    feeQuantity: trade.feeQuantity,
    closedQuantity: realized.closedQuantity,
    realizedPnl: realized.realizedPnl,
    realizedValue: realized.realizedValue,
    feeValue: realized.feeValue,
    isUnvalued: realized.isUnvalued,
  }
}

/** Returns what a flow or an allocation changed, a record for each sub-account and asset. */
export function flowRecordsOf(
  posting: Extract<Posting, { kind: 'flow' | 'allocation' }>,
  valuationAsset: AssetCode,
): readonly FlowRecord[] {
  const { atMs, postingId } = posting
  const kind = posting.kind === 'flow' ? posting.flow : 'allocation'
  return posting.lines
    .filter(({ account, amount }) => account === 'held' && !isZero(amount))
    .map(({ subAccount, asset, amount }) => {
      const rate = rateIn(posting, asset, valuationAsset)
      return { atMs, postingId, kind, subAccount, asset, amount, value: rate === null ? null : multiply(amount, rate) }
    })
}

/** Reads a record back. @throws {AppError} `REPLAY_INVALID` for other JSON. */
export function readTradeRecord(json: Json, path: string): TradeRecord {
  const row = readObject(json, path)
  const text = (key: string) => readText(row[key], `${path}.${key}`)
  const amount = (key: string) => readDecimal(row[key], `${path}.${key}`)
  const maybe = <T>(key: string, mint: (name: string) => T) =>
    readNullable(row[key], `${path}.${key}`, (value, at) => mint(readText(value, at)))
  return {
    atMs: readInteger(row['atMs'], `${path}.atMs`),
    tradeId: text('tradeId'),
    clientOrderId: maybe('clientOrderId', String),
    instrumentId: instrumentId(text('instrumentId')),
    subAccount: readSubAccount(row['subAccount'], `${path}.subAccount`),
    botId: maybe('botId', botId),
    strategyId: maybe('strategyId', strategyId),
    userref: readNullable(row['userref'], `${path}.userref`, readInteger),
    side: readOneOf(row['side'], `${path}.side`, ['buy', 'sell'] as const),
    quantity: amount('quantity'),
    price: amount('price'),
    cost: amount('cost'),
    feeAsset: assetCode(text('feeAsset')),
    feeQuantity: amount('feeQuantity'),
    closedQuantity: amount('closedQuantity'),
    realizedPnl: amount('realizedPnl'),
    realizedValue: amount('realizedValue'),
    feeValue: amount('feeValue'),
    isUnvalued: row['isUnvalued'] === true,
  }
}

/** Reads a record back. @throws {AppError} `REPLAY_INVALID` for other JSON. */
export function readFlowRecord(json: Json, path: string): FlowRecord {
  const row = readObject(json, path)
  return {
    atMs: readInteger(row['atMs'], `${path}.atMs`),
    postingId: readText(row['postingId'], `${path}.postingId`),
    kind: readOneOf(row['kind'], `${path}.kind`, [...FLOW_KINDS, 'allocation'] as const),
    subAccount: readSubAccount(row['subAccount'], `${path}.subAccount`),
    asset: assetCode(readText(row['asset'], `${path}.asset`)),
    amount: readDecimal(row['amount'], `${path}.amount`),
    value: readNullable(row['value'], `${path}.value`, readDecimal),
  }
}
