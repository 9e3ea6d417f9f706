import { blocked, type CheckResult, type Judgement, passed } from '../judgement'

/**
 * Blocks what was sent already (SEC 15c3-5): an order of the same id that is no retry, and new risk by an order equal to the bot's last one
 * on that side that another decision sent a moment ago and that still works. What reduces cannot reduce twice, so it passes.
 */
export function duplicateIntent({ proposal, view, limits, addsRisk, isAmend, book }: Judgement): CheckResult | null {
  const { duplicateWindowMs } = limits
  const { isRepeat, lastSent } = view.guards
  if (duplicateWindowMs === null || isAmend) return null
  if (isRepeat) {
    const figures = { current: proposal.clientOrderId, proposed: proposal.clientOrderId, limit: null }
    return blocked('duplicate_intent', 'intent', figures, `The order of intent ${proposal.intentId} was sent already`)
  }
  // A plan may have two orders of one intent; they differ in what they do.
  const isEqual =
    lastSent !== null &&
    lastSent.quantity === proposal.quantity &&
    lastSent.limitPrice === proposal.limitPrice &&
    lastSent.intentId !== proposal.intentId
  if (!addsRisk || !isEqual || book.get(lastSent.clientOrderId) === null) return passed('duplicate_intent', 'intent')
  const ageMs = view.nowMs - lastSent.atMs
  if (ageMs < 0 || ageMs >= duplicateWindowMs) return passed('duplicate_intent', 'intent')
  const figures = { current: String(ageMs), proposed: null, limit: String(duplicateWindowMs) }
  const what = `${proposal.side} ${proposal.quantity} at ${proposal.limitPrice ?? 'market'}`
  return blocked(
    'duplicate_intent',
    'intent',
    figures,
    `${proposal.botId} sent the same order, ${what}, ${ageMs} ms ago, and it still works`,
  )
}
