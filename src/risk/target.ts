import {
  absolute,
  add,
  type Decimal,
  isGreater,
  isLess,
  isNegative,
  isPositive,
  isZero,
  multiply,
  negate,
  ONE,
  roundToStep,
  ZERO,
} from '#domain/decimal'
import type { Side } from '#domain/order'
import { routeOf } from './price'
import { type Entry, scaleOfSizes, type Sized, signedQuantityFor, sizeRisk } from './sizing'
import type { GateQuote, PlanRequest } from './types'
import { unitCostOf } from './worst-case'

/** An entry of unstated size that is filled to at least this part is complete: price drift alone must not make the bot buy more. */
const ENTERED_RATIO_MIN = '0.8' as Decimal

/**
 * Returns the position that an intent wants, signed, base, or why it cannot be sized. An `increase` never lowers the position and a
 * `reduce` never raises it or crosses zero, whatever target they state.
 */
export function targetOf(request: PlanRequest, quote: GateQuote): Sized {
  const { intent, position } = request
  switch (intent.kind) {
    case 'hold':
      return of(position)
    case 'exit':
      return of(ZERO)
    case 'enter':
      return entryTargetOf(request, quote)
    case 'increase': {
      const stated = entryTargetOf(request, quote)
      if (stated.kind === 'unsized' || oppose(position, stated.quantity)) return stated
      return isGreater(absolute(position), absolute(stated.quantity)) ? of(position) : stated
    }
    case 'reduce': {
      const stated = statedTargetOf(request, quote)
      if (stated.kind === 'unsized') return stated
      if (oppose(position, stated.quantity)) return of(ZERO)
      return isGreater(absolute(stated.quantity), absolute(position)) ? of(position) : stated
    }
  }
}

/**
 * Scales a stated target as sizes are. A scale below 1 makes an entry smaller and never sells of what is held already: that is what the
 * intent asked to have.
 */
function entryTargetOf(request: PlanRequest, quote: GateQuote): Sized {
  const { intent, position, sizing, means, instrument } = request
  const stated = statedTargetOf(request, quote)
  const scale = scaleOfSizes(sizing, means)
  if (stated.kind === 'unsized' || intent.target.kind === 'risk' || scale === ONE) return stated
  const scaled = roundToStep(multiply(stated.quantity, scale), instrument.lotSize, 'down')
  if (oppose(position, scaled) || isZero(position)) return of(scaled)
  const isCut = isLess(absolute(scaled), absolute(position)) && isGreater(absolute(stated.quantity), absolute(scaled))
  if (!isCut) return of(scaled)
  return of(isLess(absolute(stated.quantity), absolute(position)) ? stated.quantity : position)
}

function statedTargetOf(request: PlanRequest, quote: GateQuote): Sized {
  const { intent, position, instrument } = request
  const { target } = intent
  switch (target.kind) {
    case 'quantity':
      return of(target.quantity)
    case 'notional': {
      const { unit } = entryOf(request, quote, isNegative(target.notional) ? 'sell' : 'buy')
      return of(signedQuantityFor(target.notional, unit.notional, instrument))
    }
    case 'risk':
      return riskTargetOf(request, quote, target.direction)
    case 'flat':
      return of(ZERO)
    case 'unchanged':
      return of(position)
  }
}

function riskTargetOf(request: PlanRequest, quote: GateQuote, direction: 'long' | 'short'): Sized {
  const { sizing, position, intent, instrument, means } = request
  const entry = () => entryOf(request, quote, direction === 'long' ? 'buy' : 'sell')
  const found = sizeRisk(sizing, { intent, instrument, means, entry })
  if (found.kind === 'unsized') return found
  const magnitude = found.quantity
  const sized = direction === 'long' ? magnitude : negate(magnitude)
  if (isZero(position) || oppose(position, sized)) return of(sized)
  if (intent.kind === 'increase') return of(add(position, sized))
  return of(isLess(absolute(position), multiply(magnitude, ENTERED_RATIO_MIN)) ? sized : position)
}

/** An entry at its routed price, in quote currency, fee included: what a notional is divided by. */
function entryOf(request: PlanRequest, quote: GateQuote, side: Side): Entry {
  const { routing, instrument, intent } = request
  const order = { side, ...routeOf(side, quote, routing, intent.routing, instrument) }
  return { order, unit: unitCostOf(order, instrument, quote, ONE, routing.slippageBpsMax), bufferBps: routing.slippageBpsMax }
}

function of(quantity: Decimal): Sized {
  return { kind: 'sized', quantity }
}

/** True for a long and a short. */
export function oppose(one: Decimal, other: Decimal): boolean {
  return (isPositive(one) && isNegative(other)) || (isNegative(one) && isPositive(other))
}
