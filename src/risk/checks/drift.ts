import { blocked, type CheckResult, type Judgement, passed } from '../judgement'

/** While ledger and venue disagree no risk is added (I4, RSK-10). */
export function drift(judgement: Judgement): CheckResult {
  if (!judgement.view.scope.hasDrift || !judgement.addsRisk) return passed('drift', 'state')
  const figures = { current: 'drift', proposed: null, limit: 'none' }
  const message = `The ledger and ${judgement.proposal.venueId} disagree about the account; reconcile before taking new risk`
  return blocked('drift', 'state', figures, message)
}
