import { applyBps, isGreater, subtract } from '#domain/decimal'
import { blocked, type CheckResult, type Judgement, passedWith } from '../judgement'

/** Blocks new risk while bid and ask are further apart than allowed (CB O1, MKT-01). */
export function spreadMax({ view, limits, mid, addsRisk, proposal }: Judgement): CheckResult | null {
  const { quote } = view
  if (limits.spreadBpsMax === null || quote === null || mid === null) return null
  const spread = subtract(quote.askPrice, quote.bidPrice)
  const limit = applyBps(mid, limits.spreadBpsMax)
  const figures = { current: spread, proposed: null, limit }
  if (!addsRisk || !isGreater(spread, limit)) return passedWith('spread_max', 'data', figures)
  const message = `Bid and ask of ${proposal.instrumentId} are ${spread} apart, more than ${limits.spreadBpsMax} bps of the mid`
  return blocked('spread_max', 'data', figures, message)
}
