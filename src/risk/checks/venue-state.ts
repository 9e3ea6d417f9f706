import { blocked, type CheckResult, type Judgement, passed } from '../judgement'

/** New orders, reducing ones too, need a venue that answers: online, or degraded with the private stream and the product's data sound. */
export function venueState(judgement: Judgement): CheckResult {
  const { venue, isPrivateStreamSound, isProductDataSound } = judgement.view.scope
  if (venue === 'online' || (venue === 'degraded' && isPrivateStreamSound && isProductDataSound)) return passed('venue_state', 'state')
  const figures = { current: venue, proposed: null, limit: 'online' }
  const why = isPrivateStreamSound ? "the product's market data is not sound" : 'the private stream is not sound'
  const text = venue === 'down' ? 'is not connected' : `is degraded and ${why}`
  return blocked('venue_state', 'state', figures, `The venue ${judgement.proposal.venueId} ${text}`)
}
