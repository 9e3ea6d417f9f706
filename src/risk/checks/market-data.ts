import { blocked, type CheckResult, type Judgement, passed } from '../judgement'

/** Without a quote nothing can be judged, a reducing order neither (MKT-05). */
export function marketData(judgement: Judgement): CheckResult {
  if (judgement.view.quote !== null) return passed('market_data_unavailable', 'data')
  const figures = { current: null, proposed: null, limit: null }
  const message = `${judgement.proposal.instrumentId} has no quote yet, or its book is being rebuilt`
  return blocked('market_data_unavailable', 'data', figures, message)
}
