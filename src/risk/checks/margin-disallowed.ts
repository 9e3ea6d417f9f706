import { isZero } from '#domain/decimal'
import { blocked, type CheckResult, type Judgement, passed, type Size } from '../judgement'

/** A short on an instrument that the venue lends on is borrowed money, which the region profile must allow (VEN-05). */
export function marginDisallowed(judgement: Judgement, size: Size): CheckResult {
  const { proposal, view } = judgement
  const borrows = proposal.side === 'sell' && !isZero(size.adding) && view.instrument.marginable
  if (!borrows || view.capabilities.margin) return passed('margin_disallowed', 'instrument')
  const figures = { current: null, proposed: size.adding, limit: '0' }
  const message = `Selling ${size.adding} more than held of ${proposal.instrumentId} would borrow, and margin is not allowed here`
  return blocked('margin_disallowed', 'instrument', figures, message)
}
