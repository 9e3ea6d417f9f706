import { add, applyBps, type Decimal, maximum, minimum, roundToStep, subtract } from '#domain/decimal'
import type { Instrument } from '#domain/instrument'
import type { Side } from '#domain/order'
import type { GateQuote, RoutingConfig } from './types'
import { midOf } from './worst-case'

/** How an order of one side is priced. */
export interface RoutedPrice {
  /** Null for a market order; on the tick, a buy rounded down and a sell up, so never beyond the slippage bound. */
  readonly limitPrice: Decimal | null
  /** The limit price, or the far side of the quote for a market order. */
  readonly referencePrice: Decimal
}

/** Returns `price` moved by `bps` of itself. */
export function priceOff(price: Decimal, bps: Decimal, direction: 'up' | 'down'): Decimal {
  const step = applyBps(price, bps)
  return direction === 'up' ? add(price, step) : subtract(price, step)
}

/** Returns the price of an order by the routing's style (EXE-02). The one place where a limit price is rounded. */
export function routedPriceOf(side: Side, quote: GateQuote, routing: RoutingConfig, instrument: Instrument): RoutedPrice {
  const isBuy = side === 'buy'
  const far = isBuy ? quote.askPrice : quote.bidPrice
  if (routing.style === 'market') return { limitPrice: null, referencePrice: far }
  const limitPrice = roundToStep(unroundedPriceOf(isBuy, far, quote, routing), instrument.tickSize, isBuy ? 'floor' : 'ceil')
  return { limitPrice, referencePrice: limitPrice }
}

function unroundedPriceOf(isBuy: boolean, far: Decimal, quote: GateQuote, routing: RoutingConfig): Decimal {
  const bound = priceOff(midOf(quote), routing.slippageBpsMax, isBuy ? 'up' : 'down')
  switch (routing.style) {
    case 'market':
      return far
    case 'limit':
      return bound
    case 'marketable':
      return isBuy ? minimum(far, bound) : maximum(far, bound)
    case 'postOnly':
      return isBuy ? quote.bidPrice : quote.askPrice
  }
}
