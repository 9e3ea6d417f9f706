import { blocked, type CheckResult, type Judgement, passed } from '../judgement'

/** Without a quote nothing can be judged, a reducing order neither (MKT-05); without the price of an asset nothing that adds risk. */
export function marketData({ view, proposal, addsRisk }: Judgement): CheckResult {
  if (view.quote === null) return unavailable(`${proposal.instrumentId} has no quote yet, or its book is being rebuilt`)
  const asset = view.pricelessAsset ?? null
  if (asset === null || !addsRisk) return passed('market_data_unavailable', 'data')
  return unavailable(`${asset} has no price yet: what the order adds, or what is held, cannot be counted`)
}

function unavailable(message: string): CheckResult {
  return blocked('market_data_unavailable', 'data', { current: null, proposed: null, limit: null }, message)
}
