import { type Basis, costOf, entryPriceOf, FLAT, quantityOf } from './cost-basis'
import { type Decimal, ZERO } from './decimal'
import type { AccountId, AssetCode, InstrumentId } from './ids'
import type { SubAccountId } from './sub-account'

/** A position of one sub-account: the signed sum of its fills, less fees taken in base. */
export interface Position {
  readonly subAccount: SubAccountId
  readonly accountId: AccountId
  readonly instrumentId: InstrumentId
  readonly baseAsset: AssetCode
  readonly quoteAsset: AssetCode
  /** Base, long positive. */
  readonly netQuantity: Decimal
  /** Quote, signed like the quantity: what the open part cost. Exact. */
  readonly cost: Decimal
  /** Quote per base, 18 digits; null when flat. */
  readonly entryPrice: Decimal | null
  /** Valuation asset: the cost at the rates of its trades. */
  readonly costValue: Decimal
  /** Quote, net of fees, over all trades. */
  readonly realizedPnl: Decimal
  /** Valuation asset, net of fees. */
  readonly realizedValue: Decimal
  /** Valuation asset. */
  readonly feeValue: Decimal
}

/** What a position is of. */
export type PositionKey = Pick<Position, 'subAccount' | 'accountId' | 'instrumentId' | 'baseAsset' | 'quoteAsset'>

/** A position as the ledger keeps it. */
export interface OpenPosition {
  readonly key: PositionKey
  basis: Basis
  valueBasis: Basis
  realizedPnl: Decimal
  realizedValue: Decimal
  feeValue: Decimal
}

/** Returns the position of whoever has not traded yet. */
export function openPosition({ subAccount, accountId, instrumentId, baseAsset, quoteAsset }: PositionKey): OpenPosition {
  return {
    key: { subAccount, accountId, instrumentId, baseAsset, quoteAsset },
    basis: FLAT,
    valueBasis: FLAT,
    realizedPnl: ZERO,
    realizedValue: ZERO,
    feeValue: ZERO,
  }
}

/** Returns what others may read of a position. */
export function positionOf(open: OpenPosition): Position {
  return {
    ...open.key,
    netQuantity: quantityOf(open.basis),
    cost: costOf(open.basis),
    entryPrice: entryPriceOf(open.basis),
    costValue: costOf(open.valueBasis),
    realizedPnl: open.realizedPnl,
    realizedValue: open.realizedValue,
    feeValue: open.feeValue,
  }
}
