import { absolute, type Decimal, isZero, multiply, ZERO } from '#domain/decimal'
import { type AssetCode, assetCode, type BotId, botId, type InstrumentId, instrumentId, type StrategyId, strategyId } from '#domain/ids'
import type { Json, JsonObject } from '#domain/json'
import { readArray, readDecimal, readNullable, readObject, readText } from '#domain/json-read'
import type { Ledger } from '#domain/ledger'
import type { RateOf } from '#domain/ledger-postings'
import { pairKey } from '#domain/pair-key'
import type { Posting } from '#domain/posting'
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
function netOf(trade: Omit<NetPosition, 'netQuantity'>, netQuantity: Decimal): NetPosition {
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

function readNetPosition(json: JsonObject): NetPosition {
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

/** The positions that are not flat, by sub-account and instrument: in step with the ledger, and read with each decision of the gate. */
export class NetPositions {
  readonly #net = new Map<string, NetPosition>()

  /** Takes what `posting` did to its line of `ledger`, which has booked it; returns what that line holds now, zero for none. */
  note(posting: Posting, ledger: Ledger): Decimal {
    const line = posting.kind === 'fill' ? posting.trade : posting.kind === 'dust' ? posting.dust : null
    if (line === null) return ZERO
    const key = pairKey(line.subAccount, line.instrumentId)
    const netQuantity = ledger.netQuantityOf(line.subAccount, line.instrumentId)
    if (isZero(netQuantity)) this.#net.delete(key)
    else this.#net.set(key, netOf(line, netQuantity))
    return netQuantity
  }

  quantityOf(subAccount: SubAccountId, instrument: InstrumentId): Decimal {
    return this.#net.get(pairKey(subAccount, instrument))?.netQuantity ?? ZERO
  }

  /** The strategy of the last trade that a position is of; null when flat, and for what no strategy holds. */
  strategyOf(subAccount: SubAccountId, instrument: InstrumentId): StrategyId | null {
    return this.#net.get(pairKey(subAccount, instrument))?.strategyId ?? null
  }

  all(): Iterable<NetPosition> {
    return this.#net.values()
  }

  snapshot(): JsonObject[] {
    return [...this.#net.values()].map((position) => ({ ...position }))
  }

  /** Takes a snapshot's positions. @throws {AppError} `REPLAY_INVALID` for other JSON. */
  restore(json: Json): void {
    for (const item of readArray(json, 'net')) {
      const position = readNetPosition(readObject(item, 'net'))
      this.#net.set(pairKey(position.subAccount, position.instrumentId), position)
    }
  }
}
