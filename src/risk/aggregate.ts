import { absolute, add, type Decimal, decimalFromNumber, isGreater, multiply, ONE, ZERO } from '#domain/decimal'
import type { StrategyId } from '#domain/ids'
import type { Intent, IntentTarget } from '#domain/intent'

/**
 * How wishes of several strategies on one instrument become one. `highestConviction`: the one with the highest conviction is worked, the
 * others are dropped. `aggregateAndClamp`: entries that point the same way add up, each weighed by its conviction, to one full position at
 * most.
 */
export type AggregationPolicy = 'highestConviction' | 'aggregateAndClamp'

/** What a bot lets one of its strategies do, before any cap of the company's (STR-04). Null bounds nothing. */
export interface StrategyBudget {
  /** Share of the company's equity that its positions and working orders in the bot may be. */
  readonly atRiskRatioMax: Decimal | null
  /** Share of the bot's capital that they may be. */
  readonly allocationRatio: Decimal | null
}

/** A strategy of a bot, with what the bot lets it do. */
export interface StrategyTerms {
  readonly strategyId: StrategyId
  /** One that is not enabled is never asked (STR-03). */
  readonly isEnabled: boolean
  /** Least conviction of a wish that adds risk, 0 to 1. */
  readonly convictionMin: number
  /** Most entries in one decision cycle, over all instruments of the bot; null for no bound. */
  readonly entriesPerCycleMax: number | null
  readonly budget: StrategyBudget
}

/** No bound of any kind. */
export const NO_BUDGET: StrategyBudget = Object.freeze({ atRiskRatioMax: null, allocationRatio: null })

/** Returns the terms of a strategy that a bot bounds in nothing beyond what the strategy says of itself. */
export function plainTerms(strategyId: StrategyId, entriesPerCycleMax: number | null): StrategyTerms {
  return { strategyId, isEnabled: true, convictionMin: 0, entriesPerCycleMax, budget: NO_BUDGET }
}

/** Why a wish was not worked. `strategy_cap` is a budget of the strategy, as the gate's check of that name is. */
export type DropReason =
  | 'out_of_bounds'
  | 'conviction_floor'
  | 'strategy_cap'
  | 'held_by_other'
  | 'not_its_position'
  | 'exit_first'
  | 'lower_conviction'

/** A wish that was not worked, and why. */
export interface Dropped {
  readonly intent: Intent
  readonly reason: DropReason
  /** One sentence for a person. */
  readonly text: string
}

/** What a decision on one instrument comes to. */
export interface Aggregate {
  /** Null where nothing is to be done. It bears the name of the strategy that it is booked to. */
  readonly chosen: Intent | null
  /** Part of a full size, above 0 and up to 1, that a size which sizing decides is multiplied with. */
  readonly share: Decimal
  /** The strategies behind `chosen`, its own first. */
  readonly from: readonly StrategyId[]
  readonly dropped: readonly Dropped[]
}

/** What is asked of the aggregation beside the wishes themselves. */
export interface AggregateFacts {
  readonly policy: AggregationPolicy
  /** The strategy that holds the position, or, where there is none, the one whose orders work; null where nothing is held or works. */
  readonly holder: StrategyId | null
  termsOf(strategyId: StrategyId): StrategyTerms | null
  /** Why a wish may not be proposed as it is stated; null where it may. */
  problemOf(intent: Intent): string | null
  /** Entries of a strategy that were worked in this cycle, on other instruments. */
  entriesOf(strategyId: StrategyId): number
}

const NOTHING: Aggregate = Object.freeze({ chosen: null, share: ONE, from: [], dropped: [] })

/**
 * Brings the wishes of a bot's strategies on one instrument to at most one (STR-05). Pure and deterministic: the order of the wishes does
 * not matter, and equal convictions go by name.
 *
 * A position is that of the strategy that opened it until it is flat. What lowers it is that strategy's alone to ask for, and goes before
 * every entry. While one holds it, or orders of one work, the others do not enter. What a strategy left that the bot runs no more is anybody's.
 */
export function aggregate(intents: readonly Intent[], facts: AggregateFacts): Aggregate {
  if (intents.length === 0) return NOTHING
  const dropped: Dropped[] = []
  const ranked = intents.toSorted(byConviction)
  const lowering = ranked.filter(({ kind }) => kind === 'exit' || kind === 'reduce')
  const entries = ranked.filter(({ kind }) => kind === 'enter' || kind === 'increase')
  const exit = lowering.find((intent) => isOwn(intent, facts))
  for (const intent of lowering)
    if (intent !== exit) dropped.push({ intent, reason: 'not_its_position', text: `nothing on ${intent.instrumentId} is its own` })
  if (exit !== undefined) {
    const text = `${exit.strategyId} lowers its position first`
    for (const intent of entries) dropped.push({ intent, reason: 'exit_first', text })
    return { chosen: exit, share: ONE, from: [exit.strategyId], dropped }
  }
  const admitted: Intent[] = []
  for (const intent of entries) {
    const refusal = refusalOf(intent, facts)
    if (refusal === null) admitted.push(intent)
    else dropped.push({ intent, ...refusal })
  }
  const [best, ...others] = admitted
  if (best === undefined) return { chosen: holdOf(ranked, facts), share: ONE, from: [], dropped }
  return joined(best, others, facts.policy, dropped)
}

function isOwn({ strategyId }: Intent, facts: AggregateFacts): boolean {
  return facts.holder === strategyId || isOrphan(facts)
}

/** True for a position that a strategy opened which the bot does not run any more: it is anybody's to lower, or to take over. */
function isOrphan({ holder, termsOf }: AggregateFacts): boolean {
  return holder !== null && termsOf(holder)?.isEnabled !== true
}

/** Highest conviction first; then by name. */
function byConviction(a: Intent, b: Intent): number {
  return b.conviction - a.conviction || (a.strategyId < b.strategyId ? -1 : a.strategyId > b.strategyId ? 1 : 0)
}

function refusalOf(intent: Intent, facts: AggregateFacts): Omit<Dropped, 'intent'> | null {
  const { strategyId, conviction } = intent
  const { holder } = facts
  const problem = facts.problemOf(intent)
  if (problem !== null) return { reason: 'out_of_bounds', text: problem }
  const terms = facts.termsOf(strategyId)
  const floor = terms?.convictionMin ?? 0
  if (conviction < floor) return { reason: 'conviction_floor', text: `its conviction of ${conviction} is below its floor of ${floor}` }
  if (holder !== null && holder !== strategyId && !isOrphan(facts))
    return { reason: 'held_by_other', text: `${holder} holds the position, or has orders on it` }
  const most = terms?.entriesPerCycleMax ?? null
  if (most !== null && facts.entriesOf(strategyId) >= most)
    return { reason: 'strategy_cap', text: `it had its ${most} ${most === 1 ? 'entry' : 'entries'} of this cycle` }
  return null
}

/** The wish to keep what is held changes nothing, and shows that somebody decided; one of another strategy than the holder's would mislead. */
function holdOf(ranked: readonly Intent[], { holder }: AggregateFacts): Intent | null {
  return ranked.find(({ kind, strategyId }) => kind === 'hold' && (holder === null || holder === strategyId)) ?? null
}

function joined(best: Intent, others: readonly Intent[], policy: AggregationPolicy, dropped: Dropped[]): Aggregate {
  const alike = policy === 'aggregateAndClamp' ? others.filter((intent) => isAlike(best.target, intent.target)) : []
  for (const intent of others) {
    if (alike.includes(intent)) continue
    const unlike = policy === 'aggregateAndClamp' ? ', and sizes stated in different terms do not add up' : ''
    const text = `${best.strategyId} is surer, with ${best.conviction} over ${intent.conviction}${unlike}`
    dropped.push({ intent, reason: 'lower_conviction', text })
  }
  const from = [best.strategyId, ...alike.map(({ strategyId }) => strategyId)]
  if (policy === 'highestConviction') return { chosen: best, share: ONE, from, dropped }
  const conviction = Math.min(
    1,
    [best, ...alike].reduce((sum, intent) => sum + intent.conviction, 0),
  )
  const chosen: Intent = {
    ...best,
    conviction,
    target: weighed(best, alike),
    metadata: alike.length === 0 ? best.metadata : { ...best.metadata, aggregatedFrom: from.join(', ') },
  }
  return { chosen, share: shareOf(conviction), from, dropped }
}

/** Wishes that add up: sizes left open, or stated in the same unit, in the same direction. */
function isAlike(one: IntentTarget, other: IntentTarget): boolean {
  switch (one.kind) {
    case 'risk':
      return other.kind === 'risk' && other.direction === one.direction
    case 'quantity':
      return other.kind === 'quantity' && isShort(one.quantity) === isShort(other.quantity)
    case 'notional':
      return other.kind === 'notional' && isShort(one.notional) === isShort(other.notional)
    case 'flat':
    case 'unchanged':
      return false
  }
}

function isShort(amount: Decimal): boolean {
  return amount.startsWith('-')
}

/** A conviction of 0 would be no order at all. */
function shareOf(conviction: number): Decimal {
  return conviction >= 1 ? ONE : decimalFromNumber(Math.max(conviction, 1e-9), 9)
}

/** Stated sizes, each weighed by its conviction, summed and clamped to the largest of them; what is left open is weighed by `share`. */
function weighed(best: Intent, alike: readonly Intent[]): IntentTarget {
  const all = [best, ...alike]
  const { target } = best
  switch (target.kind) {
    case 'quantity':
      return { kind: 'quantity', quantity: clampedSum(all.map((intent) => [amountOf(intent.target), intent.conviction])) }
    case 'notional':
      return { kind: 'notional', notional: clampedSum(all.map((intent) => [amountOf(intent.target), intent.conviction])) }
    case 'risk':
    case 'flat':
    case 'unchanged':
      return target
  }
}

function amountOf(target: IntentTarget): Decimal {
  if (target.kind === 'quantity') return target.quantity
  return target.kind === 'notional' ? target.notional : ONE
}

/** No more than the largest of them alone. */
function clampedSum(amounts: readonly (readonly [amount: Decimal, conviction: number])[]): Decimal {
  let [total, largest] = [ZERO, ZERO]
  for (const [amount, conviction] of amounts) {
    total = add(total, multiply(amount, shareOf(conviction)))
    if (isGreater(absolute(amount), absolute(largest))) largest = amount
  }
  return isGreater(absolute(total), absolute(largest)) ? largest : total
}
