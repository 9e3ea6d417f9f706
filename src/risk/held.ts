import { add, type Decimal, ZERO } from '#domain/decimal'
import type { AssetCode, BotId, InstrumentId, StrategyId, VenueId } from '#domain/ids'
import type { Instrument } from '#domain/instrument'

/** One sub-account's position on one instrument. */
export interface HeldPosition {
  readonly instrumentId: InstrumentId
  readonly venueId: VenueId
  readonly baseAsset: AssetCode
  /** Of its instrument. */
  readonly windowId: string | null
  /** Null for what no bot holds. */
  readonly botId: BotId | null
  /** Null for what no strategy holds. */
  readonly strategyId: StrategyId | null
  /** Signed, base. */
  readonly netQuantity: Decimal
  /** Absolute, account currency, at mark. */
  readonly notional: Decimal
}

/** Filled positions at mark, absolute per sub-account and then summed, in account currency. Working orders are the book's and not in here. */
export interface HeldExposure {
  readonly total: Decimal
  /** The order's instrument, all bots. */
  readonly instrument: Decimal
  /** The order's base asset over all instruments and bots. */
  readonly asset: Decimal
  /** The order's strategy over all instruments. */
  readonly strategy: Decimal
}

/** Returns the held exposure of each scope that an order of `strategyId` on the instrument belongs to. */
export function heldExposureOf(
  positions: Iterable<HeldPosition>,
  instrument: Pick<Instrument, 'instrumentId' | 'baseAsset'>,
  strategyId: StrategyId,
): HeldExposure {
  let [total, ofInstrument, ofAsset, ofStrategy] = [ZERO, ZERO, ZERO, ZERO]
  for (const { instrumentId, baseAsset, strategyId: strategy, notional } of positions) {
    total = add(total, notional)
    if (instrumentId === instrument.instrumentId) ofInstrument = add(ofInstrument, notional)
    if (baseAsset === instrument.baseAsset) ofAsset = add(ofAsset, notional)
    if (strategy === strategyId) ofStrategy = add(ofStrategy, notional)
  }
  return { total, instrument: ofInstrument, asset: ofAsset, strategy: ofStrategy }
}

/** Returns what the positions that match are worth together, account currency. */
export function heldWhere(positions: readonly HeldPosition[], matches: (position: HeldPosition) => boolean): Decimal {
  let sum = ZERO
  for (const position of positions) if (matches(position)) sum = add(sum, position.notional)
  return sum
}
