import { absolute, add, type Decimal, multiply, subtract, sum, ZERO } from './decimal'
import type { AssetCode } from './ids'
import type { Ledger, Position } from './ledger'
import type { SubAccountId } from './sub-account'
import { type AssetValue, type PriceLookup, type ValuationRules, valuationPrice, valueAssets } from './valuation'

/** A position at mark. Figures are null where the price they need is unknown. */
export interface MarkedPosition {
  readonly position: Position
  /** Quote per base. */
  readonly markPrice: Decimal | null
  /** Quote, positive. */
  readonly notional: Decimal | null
  /** Quote. */
  readonly unrealizedPnl: Decimal | null
  /** Valuation asset, signed like the quantity. */
  readonly value: Decimal | null
  readonly isStale: boolean
}

/** How the company, or one sub-account, stands. All in the valuation asset; `equity = flows + realizedPnl + unrealizedPnl` exactly. */
export interface Performance {
  readonly equity: Decimal
  /** What is held of the valuation asset. */
  readonly cash: Decimal
  /** Deposits less withdrawals, rewards, adjustments; for a sub-account its allocations too. */
  readonly flows: Decimal
  /** Trades net of fees, and what changed hands of holdings outside positions. */
  readonly realizedPnl: Decimal
  /** Positions at mark, and holdings outside positions against what they were worth when they came. */
  readonly unrealizedPnl: Decimal
  readonly fees: Decimal
  /** Paid for transactions; inside `realizedPnl`. */
  readonly gas: Decimal
  /** Σ |position at mark|: positions alone, working orders come on top in risk. */
  readonly exposureGross: Decimal
  /** |Σ position at mark|. */
  readonly exposureNet: Decimal
  readonly assets: readonly AssetValue[]
  readonly isPartial: boolean
}

/** Marks one position: with the price of its own pair for quote figures, with valuation prices for its value (PFL-03). */
export function markPosition(position: Position, lookup: PriceLookup, rules: ValuationRules): MarkedPosition {
  const mark = lookup(position.baseAsset, position.quoteAsset)
  const base = valuationPrice(position.baseAsset, lookup, rules)
  const marked = mark === null ? null : multiply(position.netQuantity, mark.price)
  return {
    position,
    markPrice: mark?.price ?? null,
    notional: marked === null ? null : absolute(marked),
    unrealizedPnl: marked === null ? null : subtract(marked, position.cost),
    value: base === null ? null : multiply(position.netQuantity, base.price),
    isStale: (mark?.isStale ?? false) || (base?.isStale ?? false),
  }
}

/** Returns how a sub-account (null: the whole company) stands at the given prices. */
export function performanceOf(ledger: Ledger, lookup: PriceLookup, rules: ValuationRules, subAccount: SubAccountId | null): Performance {
  const mine = (entry: { readonly subAccount: SubAccountId }) => subAccount === null || entry.subAccount === subAccount
  const price = (asset: AssetCode) => valuationPrice(asset, lookup, rules)?.price ?? ZERO
  const valuation = valueAssets(ledger.holdingsOf({ accountId: null, subAccount }), lookup, rules)
  const positions = ledger.positions().filter(mine)
  const values = positions.map((position) => multiply(position.netQuantity, price(position.baseAsset)))
  const positionPnl = subtract(sum(values), sum(positions.map((position) => position.costValue)))
  const holdings = ledger.holdings().filter(mine)
  const holdingValue = sum(holdings.map((holding) => multiply(holding.quantity, price(holding.asset))))
  const holdingPnl = subtract(holdingValue, sum(holdings.map((holding) => holding.costValue)))
  const totals = ledger.totals(subAccount)
  return {
    equity: valuation.total,
    cash: valuation.assets.find((entry) => entry.asset === rules.valuationAsset)?.quantity ?? ZERO,
    flows: totals.flows,
    realizedPnl: add(totals.realized, totals.holdingRealized),
    unrealizedPnl: add(positionPnl, holdingPnl),
    fees: totals.fees,
    gas: totals.gas,
    exposureGross: sum(values.map(absolute)),
    exposureNet: absolute(sum(values)),
    assets: valuation.assets,
    isPartial: valuation.isPartial,
  }
}
