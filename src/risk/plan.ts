import {
  absolute,
  add,
  type Decimal,
  isGreater,
  isLess,
  isNegative,
  isPositive,
  isZero,
  minimum,
  multiply,
  roundToStep,
  subtract,
  ZERO,
} from '#domain/decimal'
import { clientOrderIdOf } from '#domain/digest'
import type { ClientOrderId } from '#domain/ids'
import type { OrderEffect, Proposal, Side } from '#domain/order'
import { routeOf } from './price'
import type { Sized } from './sizing'
import { oppose, targetOf } from './target'
import type { GateQuote, Plan, PlanAction, PlanReason, PlanRequest } from './types'
import { afterFee, midOf, valuePriceOf } from './worst-case'

/** One order that the plan needs, before it is priced and checked against the minimums. */
interface Leg {
  readonly effect: OrderEffect
  readonly quantity: Decimal
}

/** What working orders leave to do. */
interface Coverage {
  readonly cancels: readonly ClientOrderId[]
  /** Base still to be ordered; zero or less when working orders cover it. */
  readonly open: Decimal
  readonly isAwaitingCancel: boolean
}

/**
 * Plans the orders that lead from position and working orders to what an intent wants (EXE-01). Pure: the same request gives the same
 * client order ids. An order that the venue or our own minimums would refuse is left out with a reason, so that none is sent in vain.
 */
export function planIntent(request: PlanRequest): Plan {
  const { intent, position, quote } = request
  if (intent.kind === 'hold') return none(request, position, 'hold', 'The strategy keeps what it holds', [])
  if (quote === null) {
    return none(request, position, 'market_data_unavailable', `${intent.instrumentId} has no quote to plan at`, [])
  }
  const sized = targetOf(request, quote)
  if (sized.kind === 'unsized') return unsizedPlan(request, sized)
  const target = sized.quantity
  const delta = subtract(target, position)
  const wanted = roundToStep(absolute(delta), request.instrument.lotSize, 'down')
  const side: Side = isNegative(delta) ? 'sell' : 'buy'
  const cover = coverageOf(request, side, wanted)
  if (isZero(wanted)) return atTarget(request, target, cover)
  if (cover.isAwaitingCancel) {
    return none(request, target, 'awaiting_cancel', 'Working orders oppose or exceed the target; their cancels come first', cover.cancels)
  }
  if (!isPositive(cover.open)) return none(request, target, 'working_covers', 'Working orders lead to the target already', cover.cancels)
  return planLegs(request, quote, target, side, cover)
}

/** An entry that has no size is not traded, nor is what still works of an earlier one: its orders on the entering side are canceled. */
function unsizedPlan(request: PlanRequest, { reason, text }: Extract<Sized, { kind: 'unsized' }>): Plan {
  const { intent, position, working } = request
  const isShort = intent.target.kind === 'risk' && intent.target.direction === 'short'
  const entering = working.filter((order) => order.side === (isShort ? 'sell' : 'buy') && !order.isCanceling && order.isStop !== true)
  const cancels = entering.map(({ clientOrderId }) => clientOrderId)
  return none(request, position, reason, `${intent.kind} of ${intent.instrumentId} not planned: ${text}`, cancels)
}

function planLegs(request: PlanRequest, quote: GateQuote, target: Decimal, side: Side, cover: Coverage): Plan {
  const proposals: Proposal[] = []
  const failures: { readonly reason: PlanReason; readonly text: string }[] = []
  for (const [number, leg] of legsOf(request, target, cover.open).entries()) {
    const proposal = proposalOf(request, quote, side, leg, number)
    const failure = lackOf(request, quote, proposal)
    if (failure === null) proposals.push(proposal)
    else failures.push(failure)
  }
  const first = failures[0]
  if (proposals.length === 0 && first !== undefined) return none(request, target, first.reason, first.text, cover.cancels)
  const text = [proposals.map(describe).join(', then '), ...failures.map((failure) => failure.text)].join('; ')
  const { position } = request
  return { action: actionOf(position, target), reason: 'planned', text, current: position, target, proposals, cancels: cover.cancels }
}

/** Splits what is open into the part that closes the position and the part beyond zero; working orders count toward the first. */
function legsOf({ position, instrument }: PlanRequest, target: Decimal, open: Decimal): readonly Leg[] {
  if (!oppose(position, target)) return [{ effect: effectOf(position, target), quantity: open }]
  const beyond = roundToStep(absolute(target), instrument.lotSize, 'down')
  // Two roundings down may leave a lot between them: never close more than is held.
  const closing = minimum(subtract(open, beyond), roundToStep(absolute(position), instrument.lotSize, 'down'))
  if (!isPositive(closing)) return [{ effect: 'open', quantity: open }]
  return [
    { effect: 'close', quantity: closing },
    { effect: 'open', quantity: beyond },
  ]
}

function effectOf(position: Decimal, target: Decimal): OrderEffect {
  if (isZero(target)) return 'close'
  if (isZero(position)) return 'open'
  return isGreater(absolute(target), absolute(position)) ? 'increase' : 'reduce'
}

function actionOf(position: Decimal, target: Decimal): PlanAction {
  return oppose(position, target) ? 'close' : effectOf(position, target)
}

/**
 * Sorts the working orders: those that lead to the target are kept as far as they fit, the rest is to be canceled. What is being canceled
 * can still fill, so it counts until there is evidence of its end; while something opposes the target nothing new is placed.
 */
function coverageOf({ working, routing }: PlanRequest, side: Side, wanted: Decimal): Coverage {
  const isForStop = routing.triggerPrice !== undefined
  const cancels: ClientOrderId[] = []
  let kept = wanted
  let leaving = ZERO
  let opposes = false
  for (const order of working) {
    const leads = order.side === side && !isZero(wanted)
    const isOther = (order.isStop === true) !== isForStop
    // A stop rests beside whatever does not sell the same coins, and gives way to what does.
    if (isOther && !leads) continue
    if (isOther && !isForStop) {
      if (!order.isCanceling) cancels.push(order.clientOrderId)
      opposes = true
      continue
    }
    if (leads && !order.isCanceling && !isGreater(order.leavesQuantity, kept)) {
      kept = subtract(kept, order.leavesQuantity)
      continue
    }
    if (!order.isCanceling) cancels.push(order.clientOrderId)
    if (leads) leaving = add(leaving, order.leavesQuantity)
    else opposes = true
  }
  const open = subtract(kept, leaving)
  return { cancels, open, isAwaitingCancel: opposes || (!isZero(leaving) && !isPositive(open)) }
}

function atTarget(request: PlanRequest, target: Decimal, cover: Coverage): Plan {
  const { position, instrument } = request
  if (cover.isAwaitingCancel) {
    return none(request, target, 'awaiting_cancel', 'The position is on target; what still works is canceled', cover.cancels)
  }
  if (isZero(target) && !isZero(position)) {
    return none(request, target, 'dust', `What is left, ${position}, is less than the lot of ${instrument.lotSize}`, cover.cancels)
  }
  if (position === target) return none(request, target, 'at_target', 'The position is on target', cover.cancels)
  return none(request, target, 'below_lot', `The change is less than the lot of ${instrument.lotSize}`, cover.cancels)
}

function proposalOf(request: PlanRequest, quote: GateQuote, side: Side, leg: Leg, number: number): Proposal {
  const { intent, instrument, routing, ids, nowMs } = request
  const { type, limitPrice, referencePrice, postOnly, timeInForce } = routeOf(side, quote, routing, intent.routing, instrument)
  const { botId, strategyId, intentId } = intent
  const { instrumentId, venueId } = instrument
  const { tag, accountId } = ids
  return {
    clientOrderId: clientOrderIdOf({ tag, accountId, botId, instrumentId, intentId, index: ids.firstIndex + number }),
    accountId,
    venueId,
    instrumentId,
    botId,
    strategyId,
    intentId,
    side,
    type,
    quantity: leg.quantity,
    limitPrice,
    referencePrice,
    timeInForce,
    expiresAtMs: null,
    postOnly,
    reduceOnly: leg.effect === 'reduce' || leg.effect === 'close',
    effect: leg.effect,
    arrivalMid: midOf(quote),
    proposedAtMs: nowMs,
  }
}

/** Why an order must not be sent, or null. A closing order is held to the venue's minimums alone; under them it is dust. */
function lackOf(request: PlanRequest, quote: GateQuote, proposal: Proposal): { reason: PlanReason; text: string } | null {
  const { instrument, sizing } = request
  const { quantity, effect } = proposal
  const closes = effect === 'close'
  const lack = (reason: PlanReason, text: string) =>
    ({ reason: closes ? 'dust' : reason, text: `${describe(proposal)} not sent: ${text}` }) as const
  if (!isPositive(proposal.referencePrice)) return lack('market_data_unavailable', 'it has no positive price')
  if (isLess(quantity, instrument.quantityMin)) {
    return lack('below_quantity_min', `the venue's least quantity is ${instrument.quantityMin}`)
  }
  const value = multiply(quantity, valuePriceOf(proposal, quote))
  const netOfFee = afterFee(value, instrument, proposal.postOnly)
  const net = effect === 'open' || effect === 'increase' ? netOfFee : value
  if (isLess(net, instrument.notionalMin)) {
    return lack('below_notional_min', `it is worth ${net}, the venue's least notional is ${instrument.notionalMin}`)
  }
  if (closes || !isLess(netOfFee, sizing.orderNotionalMin)) return null
  return lack('below_order_notional_min', `it is worth ${netOfFee} after fees, the least order is ${sizing.orderNotionalMin}`)
}

function describe({ effect, side, type, quantity, limitPrice }: Proposal): string {
  return `${effect}: ${side} ${quantity} ${type === 'stop' ? 'stop ' : ''}at ${limitPrice ?? 'market'}`
}

function none(request: PlanRequest, target: Decimal, reason: PlanReason, text: string, cancels: readonly ClientOrderId[]): Plan {
  return { action: 'none', reason, text, current: request.position, target, proposals: [], cancels }
}
