import { applyBps, type Decimal, isGreater, subtract } from '#domain/decimal'
import type { GateQuote } from '../types'
import { blocked, type CheckResult, type Judgement, passedWith } from '../judgement'

/** Blocks new risk while bid and ask are further apart than allowed (CB O1, MKT-01). */
export function spreadMax({ view, limits, mid, addsRisk, proposal }: Judgement): CheckResult | null {
  if (limits.spreadBpsMax === null || view.quote === null || mid === null) return null
  const spread = spreadOf(view.quote)
  const limit = applyBps(mid, limits.spreadBpsMax)
  const figures = { current: spread, proposed: null, limit }
  if (!addsRisk || !isGreater(spread, limit)) return passedWith('spread_max', 'data', figures)
  const message = `Bid and ask of ${proposal.instrumentId} are ${spread} apart, more than ${limits.spreadBpsMax} bps of the mid`
  return blocked('spread_max', 'data', figures, message)
}

/** How far apart bid and ask are, quote. */
export function spreadOf({ askPrice, bidPrice }: GateQuote): Decimal {
  return subtract(askPrice, bidPrice)
}
