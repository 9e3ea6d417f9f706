import { add, applyBps, type Decimal, maximum, minimum, roundToStep, subtract } from '#domain/decimal'
import type { Instrument } from '#domain/instrument'
import type { IntentRouting } from '#domain/intent'
import type { OrderType, Side, TimeInForce } from '#domain/order'
import type { GateQuote, RoutingConfig } from './types'
import { midOf } from './worst-case'

/** How an order of one side is worked. */
export interface Route {
  readonly type: OrderType
  /** Null for a market order; on the tick, a buy rounded down and a sell up, so never beyond the slippage bound. */
  readonly limitPrice: Decimal | null
  /** The limit price, or the far side of the quote for a market order. */
  readonly referencePrice: Decimal
  readonly postOnly: boolean
  readonly timeInForce: TimeInForce
}

/** Returns `price` moved by `bps` of itself. */
export function priceOff(price: Decimal, bps: Decimal, direction: 'up' | 'down'): Decimal {
  const step = applyBps(price, bps)
  return direction === 'up' ? add(price, step) : subtract(price, step)
}

/**
 * Returns how an order is worked (EXE-02): as the intent wishes, else by the bot's style. The one place where a limit price is rounded.
 * A wished price beyond the slippage bound is brought back to it.
 */
export function routeOf(side: Side, quote: GateQuote, routing: RoutingConfig, wish: IntentRouting | null, instrument: Instrument): Route {
  const { style, triggerPrice } = routing
  if (triggerPrice !== undefined) return stopRouteOf(side, triggerPrice, instrument)
  if (wish === null && style === 'market') {
    return { type: 'market', limitPrice: null, referencePrice: farOf(side, quote), postOnly: false, timeInForce: 'ioc' }
  }
  const bound = priceOff(midOf(quote), routing.slippageBpsMax, side === 'buy' ? 'up' : 'down')
  const postOnly = wish === null ? style === 'postOnly' : wish.postOnly
  const price = wish === null ? stylePriceOf(side, quote, style, bound) : wishedPriceOf(side, quote, wish, bound, instrument)
  const limitPrice = roundToStep(price, instrument.tickSize, side === 'buy' ? 'floor' : 'ceil')
  return { type: 'limit', limitPrice, referencePrice: limitPrice, postOnly, timeInForce: postOnly ? 'gtc' : routing.timeInForce }
}

/** A trigger is rounded toward the market: a stop acts a tick early rather than late. */
function stopRouteOf(side: Side, triggerPrice: Decimal, { tickSize }: Instrument): Route {
  const price = roundToStep(triggerPrice, tickSize, side === 'buy' ? 'floor' : 'ceil')
  return { type: 'stop', limitPrice: price, referencePrice: price, postOnly: false, timeInForce: 'gtc' }
}

function farOf(side: Side, quote: GateQuote): Decimal {
  return side === 'buy' ? quote.askPrice : quote.bidPrice
}

/** Of two prices the one that gives away less. */
function cheaper(side: Side, one: Decimal, other: Decimal): Decimal {
  return side === 'buy' ? minimum(one, other) : maximum(one, other)
}

function stylePriceOf(side: Side, quote: GateQuote, style: RoutingConfig['style'], bound: Decimal): Decimal {
  switch (style) {
    case 'limit':
      return bound
    case 'market':
    case 'marketable':
      return cheaper(side, farOf(side, quote), bound)
    case 'postOnly':
      return side === 'buy' ? quote.bidPrice : quote.askPrice
  }
}

/** A post-only price that would cross is brought to a tick before the far side, or the venue would refuse it. */
function wishedPriceOf(side: Side, quote: GateQuote, wish: IntentRouting, bound: Decimal, { tickSize }: Instrument): Decimal {
  const bounded = cheaper(side, wish.limitPrice, bound)
  if (!wish.postOnly) return bounded
  return cheaper(side, bounded, side === 'buy' ? subtract(quote.askPrice, tickSize) : add(quote.bidPrice, tickSize))
}
