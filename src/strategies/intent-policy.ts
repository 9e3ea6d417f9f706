import { absolute, type Decimal, divide, isGreater, isNegative, isPositive, isZero, multiply, subtract, toNumber } from '#domain/decimal'
import type { Intent, IntentTarget } from '#domain/intent'

/** Bounds that every intent is held to before it is sized (STR-02). */
export interface IntentPolicy {
  /** Entries and increases below it are not proposed. 0 to 1. */
  readonly convictionMin: number
  /** Largest target in quote, the base size of the instrument's tier; null for no bound. */
  readonly notionalMax: Decimal | null
  /** Distance of stop and target from the reference price as a ratio of it, closed bounds; a stop or target that is null is not judged. */
  readonly stopRatio: { readonly min: number; readonly max: number }
  readonly takeProfitRatio: { readonly min: number; readonly max: number }
}

export type IntentCheck =
  | { readonly kind: 'valid' }
  /** The strategy broke its contract: `field` has `value`, which `rule` forbids. Code INTENT_INVALID. */
  | { readonly kind: 'invalid'; readonly field: string; readonly value: string; readonly rule: string }
  /** A sound intent that is not proposed. */
  | { readonly kind: 'belowConviction'; readonly conviction: number; readonly convictionMin: number }

const TARGETS: Readonly<Record<Intent['kind'], readonly IntentTarget['kind'][]>> = {
  enter: ['quantity', 'notional', 'risk'],
  increase: ['quantity', 'notional', 'risk'],
  reduce: ['quantity', 'notional', 'flat'],
  exit: ['flat'],
  hold: ['unchanged'],
}

/** Judges an intent against what an intent may be and the policy; `referencePrice` is the mid, quote per base. First fault wins. */
export function checkIntent(intent: Intent, referencePrice: Decimal, policy: IntentPolicy): IntentCheck {
  const fault =
    shapeFault(intent) ??
    sizeFault(intent.target, referencePrice, policy) ??
    levelFault('stopPrice', intent.stopPrice, -1, intent, referencePrice, policy.stopRatio) ??
    levelFault('takeProfitPrice', intent.takeProfitPrice, 1, intent, referencePrice, policy.takeProfitRatio)
  if (fault !== null) return fault
  const adds = intent.kind === 'enter' || intent.kind === 'increase'
  if (adds && intent.conviction < policy.convictionMin) {
    return { kind: 'belowConviction', conviction: intent.conviction, convictionMin: policy.convictionMin }
  }
  return { kind: 'valid' }
}

function invalid(field: string, value: unknown, rule: string): IntentCheck {
  return { kind: 'invalid', field, value: String(value), rule }
}

function shapeFault(intent: Intent): IntentCheck | null {
  const { conviction, decidedOnMs, target, kind, routing } = intent
  if (!(conviction >= 0 && conviction <= 1)) return invalid('conviction', conviction, 'must lie between 0 and 1')
  if (!Number.isSafeInteger(decidedOnMs) || decidedOnMs <= 0) return invalid('decidedOnMs', decidedOnMs, 'must be a time in integer ms')
  if (!TARGETS[kind].includes(target.kind)) return invalid('target', target.kind, `must be ${TARGETS[kind].join(' or ')} for ${kind}`)
  if (routing !== null && !isPositive(routing.limitPrice)) return invalid('routing.limitPrice', routing.limitPrice, 'must be positive')
  return null
}

function sizeFault(target: IntentTarget, referencePrice: Decimal, policy: IntentPolicy): IntentCheck | null {
  if (target.kind !== 'quantity' && target.kind !== 'notional') return null
  const size = target.kind === 'quantity' ? target.quantity : target.notional
  if (isZero(size)) return invalid(`target.${target.kind}`, size, 'must not be zero; a target of nothing is flat')
  const notional = absolute(target.kind === 'quantity' ? multiply(size, referencePrice) : size)
  if (policy.notionalMax === null || !isGreater(notional, policy.notionalMax)) return null
  return invalid(`target.${target.kind}`, size, `must be worth at most ${policy.notionalMax}, is worth ${notional}`)
}

/** `side` −1: a long position's level lies below the reference (stop); +1: above it (target). Mirrored for a short one. */
function levelFault(
  field: 'stopPrice' | 'takeProfitPrice',
  level: Decimal | null,
  side: 1 | -1,
  intent: Intent,
  referencePrice: Decimal,
  bounds: { readonly min: number; readonly max: number },
): IntentCheck | null {
  const direction = directionOf(intent.target)
  if (level === null || direction === 0) return null
  if (!isPositive(level)) return invalid(field, level, 'must be positive')
  const ratio = side * direction * toNumber(divide(subtract(level, referencePrice), referencePrice))
  if (ratio <= 0) return invalid(field, level, `must lie ${side * direction > 0 ? 'above' : 'below'} the price of ${referencePrice}`)
  if (ratio >= bounds.min && ratio <= bounds.max) return null
  return invalid(field, level, `must be ${bounds.min} to ${bounds.max} of the price away, is ${ratio}`)
}

function directionOf(target: IntentTarget): 1 | 0 | -1 {
  switch (target.kind) {
    case 'quantity':
      return isNegative(target.quantity) ? -1 : 1
    case 'notional':
      return isNegative(target.notional) ? -1 : 1
    case 'risk':
      return target.direction === 'long' ? 1 : -1
    case 'flat':
    case 'unchanged':
      return 0
  }
}
