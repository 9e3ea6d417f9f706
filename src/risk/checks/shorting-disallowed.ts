import { isZero, subtract } from '#domain/decimal'
import { blocked, type CheckResult, type Judgement, passed, type Size } from '../judgement'

/** Where shorts are barred a bot sells only what its own sub-account holds and no other order of it sells already (RSK-05). */
export function shortingDisallowed(judgement: Judgement, size: Size): CheckResult {
  const { proposal, view, claimed } = judgement
  if (view.capabilities.shorts || proposal.side === 'buy' || isZero(size.adding)) return passed('shorting_disallowed', 'instrument')
  const current = subtract(view.positionOfBot, claimed)
  const figures = { current, proposed: subtract(current, size.quantity), limit: '0' }
  const message = `${proposal.botId} would sell ${size.quantity} of ${proposal.instrumentId} and has ${current} free to sell`
  return blocked('shorting_disallowed', 'instrument', figures, message)
}
