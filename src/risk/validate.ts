import { type Decimal, isGreater, isLess, isNegative, isPositive, isZero, ONE } from '#domain/decimal'
import { AppError } from '#domain/errors'
import type { Intent, IntentTarget } from '#domain/intent'
import { TIMEFRAME_MS } from '#domain/time'

/** Bounds on what a strategy may ask for. */
export interface IntentPolicy {
  /** Least conviction of an intent that may add risk, 0 to 1 (`min_conviction_to_propose`). */
  readonly convictionMin: number
  /** Largest absolute target notional, quote; null for none. */
  readonly targetNotionalMax: Decimal | null
  /** Most entries in `metadata`. */
  readonly metadataMax: number
}

/** Any conviction, any notional (the gate has its own caps), 64 figures of explanation. */
export const DEFAULT_INTENT_POLICY: IntentPolicy = Object.freeze({ convictionMin: 0, targetNotionalMax: null, metadataMax: 64 })

/** What is wrong with one field of an intent. */
export interface IntentProblem {
  readonly field: keyof Intent
  readonly message: string
}

/** Returns all that is wrong with an intent, in the order of its fields; empty when it may be planned (STR-02). */
export function validateIntent(intent: Intent, policy: IntentPolicy = DEFAULT_INTENT_POLICY): readonly IntentProblem[] {
  const problems: IntentProblem[] = []
  const report = (field: keyof Intent, message: string | null) => {
    if (message !== null) problems.push({ field, message })
  }
  report('target', targetProblem(intent, policy))
  report('stopPrice', priceProblem(intent.stopPrice))
  report('takeProfitPrice', priceProblem(intent.takeProfitPrice))
  report('trailingRatio', trailingProblem(intent.trailingRatio))
  report('routing', priceProblem(intent.routing === null ? null : intent.routing.limitPrice))
  if (problems.length === 0) report('stopPrice', orderProblem(intent))
  report('conviction', convictionProblem(intent, policy))
  report('timeframe', Object.hasOwn(TIMEFRAME_MS, intent.timeframe) ? null : `"${intent.timeframe}" is no timeframe`)
  const isTime = Number.isSafeInteger(intent.decidedOnMs) && intent.decidedOnMs >= 0
  report('decidedOnMs', isTime ? null : `${intent.decidedOnMs} is no UTC time in ms`)
  report('metadata', metadataProblem(intent, policy))
  report('grounds', groundsProblem(intent))
  return problems
}

/** Throws for an intent that `validateIntent` finds wrong. @throws {AppError} INTENT_INVALID, naming every problem. */
export function requireValidIntent(intent: Intent, policy: IntentPolicy = DEFAULT_INTENT_POLICY): void {
  const problems = validateIntent(intent, policy)
  if (problems.length === 0) return
  const text = problems.map(({ field, message }) => `${field}: ${message}`).join('; ')
  throw new AppError(`The intent ${intent.intentId} of ${intent.botId} is invalid: ${text}`, {
    code: 'INTENT_INVALID',
    details: { problems },
  })
}

function trailingProblem(trailing: Decimal | undefined): string | null {
  if (trailing === undefined || (isPositive(trailing) && isLess(trailing, ONE))) return null
  return `${trailing} is no share between 0 and 1`
}

function targetProblem({ kind, target }: Intent, policy: IntentPolicy): string | null {
  switch (kind) {
    case 'hold':
      return target.kind === 'unchanged' ? null : `hold keeps what is held; a target of kind ${target.kind} contradicts it`
    case 'exit':
      return target.kind === 'flat' ? null : `exit means flat; a target of kind ${target.kind} contradicts it`
    case 'enter':
    case 'increase':
      return addingTargetProblem(kind, target) ?? boundProblem(target, policy)
    case 'reduce':
      return target.kind === 'quantity' || target.kind === 'notional'
        ? boundProblem(target, policy)
        : 'reduce needs a quantity or a notional'
  }
}

function addingTargetProblem(kind: 'enter' | 'increase', target: IntentTarget): string | null {
  switch (target.kind) {
    case 'risk':
      return null
    case 'quantity':
      return isZero(target.quantity) ? `${kind} needs a target that is not zero` : null
    case 'notional':
      return isZero(target.notional) ? `${kind} needs a target that is not zero` : null
    case 'flat':
    case 'unchanged':
      return `${kind} needs a quantity, a notional or risk, not ${target.kind}`
  }
}

function boundProblem(target: IntentTarget, { targetNotionalMax }: IntentPolicy): string | null {
  if (target.kind !== 'notional' || targetNotionalMax === null) return null
  const isWithin = !isGreater(target.notional, targetNotionalMax) && !isLess(target.notional, `-${targetNotionalMax}` as Decimal)
  return isWithin ? null : `a notional of ${target.notional} is beyond ± ${targetNotionalMax}`
}

function priceProblem(price: Decimal | null): string | null {
  return price === null || isPositive(price) ? null : `${price} is not a positive price`
}

/** A long is stopped below its target and a short above it. */
function orderProblem({ stopPrice, takeProfitPrice, target }: Intent): string | null {
  if (stopPrice === null || takeProfitPrice === null) return null
  const direction = directionOf(target)
  if (direction === null) return null
  const isOrdered = direction === 'long' ? isLess(stopPrice, takeProfitPrice) : isGreater(stopPrice, takeProfitPrice)
  return isOrdered ? null : `a ${direction} cannot stop at ${stopPrice} and take profit at ${takeProfitPrice}`
}

function directionOf(target: IntentTarget): 'long' | 'short' | null {
  switch (target.kind) {
    case 'risk':
      return target.direction
    case 'quantity':
      return isZero(target.quantity) ? null : isNegative(target.quantity) ? 'short' : 'long'
    case 'notional':
      return isZero(target.notional) ? null : isNegative(target.notional) ? 'short' : 'long'
    case 'flat':
    case 'unchanged':
      return null
  }
}

function convictionProblem({ kind, conviction }: Intent, { convictionMin }: IntentPolicy): string | null {
  if (!(conviction >= 0 && conviction <= 1)) return `${conviction} is not between 0 and 1`
  const adds = kind === 'enter' || kind === 'increase'
  return adds && conviction < convictionMin ? `${conviction} is below the least conviction to propose, ${convictionMin}` : null
}

function metadataProblem({ metadata }: Intent, { metadataMax }: IntentPolicy): string | null {
  const names = Object.keys(metadata)
  if (names.length > metadataMax) return `${names.length} entries, at most ${metadataMax} are kept`
  const bad = names.find((name) => typeof metadata[name] === 'number' && !Number.isFinite(metadata[name]))
  return bad === undefined ? null : `"${bad}" is ${metadata[bad]}, which has no JSON form`
}

function groundsProblem({ grounds }: Intent): string | null {
  if (grounds === undefined) return null
  const { edge, sourceNotional } = grounds
  if (edge !== null && !(edge.winProbability >= 0 && edge.winProbability <= 1))
    return `a chance of ${edge.winProbability} is not between 0 and 1`
  if (edge !== null && !(edge.payoffRatio > 0 && Number.isFinite(edge.payoffRatio)))
    return `a payoff of ${edge.payoffRatio} to 1 is no positive number`
  return sourceNotional === null || isPositive(sourceNotional) ? null : `a copied notional of ${sourceNotional} is not positive`
}
