import { absolute, type Decimal, multiply } from '#domain/decimal'
import { type AssetCode, assetCode, type BotId, botId, type InstrumentId, instrumentId, type StrategyId, strategyId } from '#domain/ids'
import type { JsonObject } from '#domain/json'
import { readDecimal, readNullable, readText } from '#domain/json-read'
import type { Ledger } from '#domain/ledger'
import type { RateOf } from '#domain/ledger-postings'
import { readSubAccount, type SubAccountId } from '#domain/sub-account'

/** One non-flat position as the gate and the page need it: read often, changed by fills only. An alias, not an interface: it is `Json`. */
export type NetPosition = {
  readonly botId: BotId | null
  readonly strategyId: StrategyId | null
  readonly subAccount: SubAccountId
  readonly instrumentId: InstrumentId
  readonly baseAsset: AssetCode
  readonly quoteAsset: AssetCode
  readonly netQuantity: Decimal
}

/** Returns the position that a trade, or a sweep of dust, left behind. */
export function netOf(trade: Omit<NetPosition, 'netQuantity'>, netQuantity: Decimal): NetPosition {
  const { botId: bot, strategyId: strategy, subAccount, instrumentId: instrument, baseAsset, quoteAsset } = trade
  return { botId: bot, strategyId: strategy, subAccount, instrumentId: instrument, baseAsset, quoteAsset, netQuantity }
}

/** Returns what a net position cost, absolute, valuation asset; null where what it was paid in has no price. */
export function costOfNet(
  { subAccount, instrumentId, quoteAsset, netQuantity }: NetPosition,
  ledger: Ledger,
  rateOf: RateOf,
): Decimal | null {
  const entryPrice = ledger.position(subAccount, instrumentId)?.entryPrice ?? null
  const quoteRate = rateOf(quoteAsset)
  return entryPrice === null || quoteRate === null ? null : absolute(multiply(multiply(netQuantity, entryPrice), quoteRate))
}

/** Reads a position back from a snapshot. @throws {AppError} `REPLAY_INVALID` for other JSON. */
export function readNetPosition(json: JsonObject): NetPosition {
  const bot = readNullable(json['botId'], 'botId', readText)
  const strategy = readNullable(json['strategyId'], 'strategyId', readText)
  return {
    botId: bot === null ? null : botId(bot),
    strategyId: strategy === null ? null : strategyId(strategy),
    subAccount: readSubAccount(json['subAccount'], 'subAccount'),
    instrumentId: instrumentId(readText(json['instrumentId'], 'instrumentId')),
    baseAsset: assetCode(readText(json['baseAsset'], 'baseAsset')),
    quoteAsset: assetCode(readText(json['quoteAsset'], 'quoteAsset')),
    netQuantity: readDecimal(json['netQuantity'], 'netQuantity'),
  }
}
