import { blocked, type CheckResult, type Judgement, passed } from '../judgement'

/** Blocks new risk on an intent of too little conviction (STR-02, `min_conviction_to_propose`). */
export function convictionMin({ view, limits, addsRisk, proposal }: Judgement): CheckResult | null {
  const { intent } = view.guards
  if (intent === null || !addsRisk) return null
  if (intent.conviction >= limits.convictionMin) return passed('conviction_min', 'intent')
  const figures = { current: null, proposed: String(intent.conviction), limit: String(limits.convictionMin) }
  const message = `The conviction of ${proposal.intentId} is ${intent.conviction}, ${limits.convictionMin} is the least`
  return blocked('conviction_min', 'intent', figures, message)
}
