import { add, applyBps, type Decimal, maximum, minimum, multiply, roundToStep, subtract, ZERO } from '#domain/decimal'
import type { Side } from '#domain/order'

/** What an order that takes liquidity gives away beyond the recorded price. */
export type SlippageModel =
  | { readonly kind: 'none' }
  /** So many basis points of the price. */
  | { readonly kind: 'bps'; readonly bps: Decimal }
  /** So large a share of the executing bar's high − low; on ticks nothing. */
  | { readonly kind: 'range'; readonly share: Decimal }

/** Says the model for a report: `2 bps`. */
export function slippageText(model: SlippageModel): string {
  switch (model.kind) {
    case 'none':
      return 'none'
    case 'bps':
      return `${model.bps} bps of the price`
    case 'range':
      return `${model.share} of the bar's range`
  }
}

/**
 * Returns the price that a taker gets: slipped against him and brought to the tick against him too.
 * @param range high − low of the executing bar, quote per base.
 */
export function slippedPrice(model: SlippageModel, side: Side, price: Decimal, range: Decimal, tickSize: Decimal): Decimal {
  const slip = slipOf(model, price, range)
  if (slip === ZERO) return price
  if (side === 'buy') return roundToStep(add(price, slip), tickSize, 'ceil')
  // Nobody sells for nothing, however wide the bar or coarse the tick.
  return maximum(roundToStep(subtract(price, slip), tickSize, 'floor'), minimum(price, tickSize))
}

function slipOf(model: SlippageModel, price: Decimal, range: Decimal): Decimal {
  switch (model.kind) {
    case 'none':
      return ZERO
    case 'bps':
      return applyBps(price, model.bps)
    case 'range':
      return multiply(range, model.share)
  }
}
