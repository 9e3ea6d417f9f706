import type { InstrumentStatus } from '#domain/instrument'
import { blocked, type CheckResult, type Judgement, passed } from '../judgement'

/** A product that the venue restricts takes only the orders that the restriction leaves (VEN-16). */
export function productStatus(judgement: Judgement): CheckResult {
  const { status, instrumentId } = judgement.view.instrument
  if (isTaken(status, judgement)) return passed('product_status', 'state')
  const figures = { current: status, proposed: null, limit: 'online' }
  return blocked('product_status', 'state', figures, `${instrumentId} is ${status} at the venue, which refuses this order`)
}

function isTaken(status: InstrumentStatus, { proposal, addsRisk }: Judgement): boolean {
  switch (status) {
    case 'online':
      return true
    case 'postOnly':
      return proposal.postOnly
    case 'limitOnly':
      return proposal.type === 'limit'
    case 'reduceOnly':
      return !addsRisk
    case 'cancelOnly':
    case 'offline':
      return false
  }
}
