import { add, type Decimal, decimalFromNumber, isZero, multiply } from '#domain/decimal'
import type { IntentEdge } from '#domain/intent'
import { blocked, type CheckResult, type Judgement, type Size } from '../judgement'
import { kellyStake } from '../kelly'
import { heldWhere } from '../held'
import { type Cap, judgeCap } from './cap'

/** Digits of a stake; more than any edge is known to. */
const STAKE_SCALE = 6

/**
 * Holds a position whose intent states its edge to its part of the Kelly stake, at most one half, of what the bot was given; without a
 * positive edge nothing is staked (RSK-07).
 */
export function kelly(judgement: Judgement, size: Size): CheckResult | null {
  const { view, limits, addsRisk } = judgement
  const edge = view.guards.intent?.grounds?.edge ?? null
  if (limits.kellyRatioMax === null || edge === null || !addsRisk || isZero(size.adding)) return null
  if (isZero(stakeOf(edge))) {
    const figures = { current: null, proposed: String(edge.winProbability), limit: null }
    const message = `A chance of ${edge.winProbability} at ${edge.payoffRatio} to 1 has no edge; nothing is staked on it`
    return blocked('kelly', 'intent', figures, message)
  }
  const cap = kellyCap(judgement)
  return cap === null ? null : judgeCap(judgement, size, cap)
}

/** Null where it is off, and for an intent that states no edge. */
export function kellyCap({ view, limits, proposal, book }: Judgement): Cap | null {
  const edge = view.guards.intent?.grounds?.edge ?? null
  if (limits.kellyRatioMax === null || edge === null) return null
  const { botId, instrumentId } = proposal
  const working = book.notionalOfLine(botId, instrumentId, proposal.clientOrderId)
  const held = heldWhere(view.positions, (position) => position.botId === botId && position.instrumentId === instrumentId)
  const bankroll = view.guards.capital ?? view.equity
  return {
    check: 'kelly',
    capType: 'intent',
    current: add(held, working),
    held,
    limit: multiply(bankroll, multiply(stakeOf(edge), limits.kellyRatioMax)),
    what: `What ${botId} stakes on ${instrumentId}`,
  }
}

function stakeOf(edge: IntentEdge): Decimal {
  return decimalFromNumber(kellyStake(edge), STAKE_SCALE)
}
