import { type Decimal, divide, isZero, multiply, negate, ONE, subtract, ZERO } from './decimal'
import type { AssetCode } from './ids'
import type { Posting, TradeDetail } from './posting'

/** What a trade means for the books: amounts signed from the position's side, bought positive. */
export interface TradeFigures {
  /** Base, less a fee that was taken in base: the position holds what arrived. */
  readonly quantity: Decimal
  /** Quote: what the quantity cost; a fee in base is realised at the trade's own price. */
  readonly cost: Decimal
  /** Quote that left, or arrived (negative). */
  readonly spent: Decimal
  /** Valuation asset per quote and per unit of the fee's asset; null without a price. */
  readonly quoteRate: Decimal | null
  readonly feeRate: Decimal | null
  /** Valuation asset; zero while it cannot be valued. */
  readonly feeValue: Decimal
  /** Quote; a fee in a third asset at its rate. */
  readonly feeQuote: Decimal
  /** True when quote or fee had no rate: that part counts 0. */
  readonly isUnvalued: boolean
}

/** Returns the valuation asset's amount for one unit of an asset when the posting was made; null when no price was known. */
export function rateIn(posting: Pick<Posting, 'rates'>, asset: AssetCode, valuationAsset: AssetCode): Decimal | null {
  return asset === valuationAsset ? ONE : (posting.rates[asset] ?? null)
}

/** Returns the figures of a trade at the rates that its posting keeps (PFL-03). */
export function figuresOf(posting: Pick<Posting, 'rates'>, trade: TradeDetail, valuationAsset: AssetCode): TradeFigures {
  const { price, baseAsset, quoteAsset, feeAsset, feeQuantity } = trade
  const quoteRate = rateIn(posting, quoteAsset, valuationAsset)
  const feeRate = feeAsset === baseAsset ? scaled(quoteRate, price) : rateIn(posting, feeAsset, valuationAsset)
  const feeValue = multiply(feeQuantity, feeRate ?? ZERO)
  const baseFee = feeAsset === baseAsset ? feeQuantity : ZERO
  const bought = trade.side === 'buy'
  const spent = bought ? trade.cost : negate(trade.cost)
  return {
    quantity: subtract(bought ? trade.quantity : negate(trade.quantity), baseFee),
    cost: subtract(spent, multiply(baseFee, price)),
    spent,
    quoteRate,
    feeRate,
    feeValue,
    feeQuote: feeInQuote(trade, feeValue, quoteRate),
    isUnvalued: quoteRate === null || (feeRate === null && !isZero(feeQuantity)),
  }
}

function feeInQuote(trade: TradeDetail, feeValue: Decimal, quoteRate: Decimal | null): Decimal {
  if (trade.feeAsset === trade.quoteAsset) return trade.feeQuantity
  if (trade.feeAsset === trade.baseAsset) return multiply(trade.feeQuantity, trade.price)
  return quoteRate === null || isZero(quoteRate) ? ZERO : divide(feeValue, quoteRate)
}

function scaled(rate: Decimal | null, by: Decimal): Decimal | null {
  return rate === null ? null : multiply(rate, by)
}
