import { absolute, add, type Decimal, isGreater, isLess, isNegative, isPositive, isZero, multiply, negate, ZERO } from '#domain/decimal'
import type { Intent } from '#domain/intent'
import type { Side } from '#domain/order'
import { routeOf } from './price'
import { signedQuantityFor, sizeRisk } from './sizing'
import type { GateQuote, PlanRequest } from './types'
import { unitCostOf } from './worst-case'

/** An entry of unstated size that is filled to at least this part is complete: price drift alone must not make the bot buy more. */
const ENTERED_RATIO_MIN = '0.8' as Decimal

/**
 * Returns the position that an intent wants, signed, base. An `increase` never lowers the position and a `reduce` never raises it or
 * crosses zero, whatever target they state.
 */
export function targetOf(request: PlanRequest, quote: GateQuote): Decimal {
  const { intent, position } = request
  const stated = statedTargetOf(request, quote)
  switch (intent.kind) {
    case 'hold':
      return position
    case 'exit':
      return ZERO
    case 'enter':
      return stated
    case 'increase':
      return isGreater(absolute(position), absolute(stated)) && !oppose(position, stated) ? position : stated
    case 'reduce':
      return oppose(position, stated) ? ZERO : isGreater(absolute(stated), absolute(position)) ? position : stated
  }
}

function statedTargetOf(request: PlanRequest, quote: GateQuote): Decimal {
  const { intent, position, instrument } = request
  const { target } = intent
  switch (target.kind) {
    case 'quantity':
      return target.quantity
    case 'notional':
      return signedQuantityFor(target.notional, entryCostOf(request, quote, isNegative(target.notional) ? 'sell' : 'buy'), instrument)
    case 'risk':
      return riskTargetOf(request, quote, intent, target.direction)
    case 'flat':
      return ZERO
    case 'unchanged':
      return position
  }
}

function riskTargetOf(request: PlanRequest, quote: GateQuote, intent: Intent, direction: 'long' | 'short'): Decimal {
  const { sizing, instrument, position } = request
  const magnitude = sizeRisk(sizing, () => entryCostOf(request, quote, direction === 'long' ? 'buy' : 'sell'), instrument)
  const sized = direction === 'long' ? magnitude : negate(magnitude)
  if (isZero(position) || oppose(position, sized)) return sized
  if (intent.kind === 'increase') return add(position, sized)
  return isLess(absolute(position), multiply(magnitude, ENTERED_RATIO_MIN)) ? sized : position
}

/** Quote per base of an entry at its routed price, fee included: what a notional is divided by. */
function entryCostOf(request: PlanRequest, quote: GateQuote, side: Side): Decimal {
  const { routing, instrument, intent } = request
  const order = { side, ...routeOf(side, quote, routing, intent.routing, instrument) }
  return unitCostOf(order, instrument, quote, '1' as Decimal, routing.slippageBpsMax).notional
}

/** True for a long and a short. */
export function oppose(one: Decimal, other: Decimal): boolean {
  return (isPositive(one) && isNegative(other)) || (isNegative(one) && isPositive(other))
}
