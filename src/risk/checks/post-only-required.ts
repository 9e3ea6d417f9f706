import { blocked, type CheckResult, type Judgement, passed } from '../judgement'

/** Where only makers may enter, blocks new risk by an order that could take liquidity (RSK-13). */
export function postOnlyRequired({ proposal, addsRisk }: Judgement): CheckResult {
  if (proposal.postOnly || !addsRisk) return passed('post_only_required', 'order')
  const figures = { current: null, proposed: 'taker', limit: 'postOnly' }
  return blocked('post_only_required', 'order', figures, 'Only post-only orders may add risk here, and this one could take liquidity')
}
