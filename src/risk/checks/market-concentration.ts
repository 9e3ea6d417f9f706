import { maximum, multiply } from '#domain/decimal'
import type { CheckResult, Judgement, Size } from '../judgement'
import { budgetExposure, budgetExposureOfInstrument, budgetHeldOfInstrument } from '../budget'
import { type Cap, judgeCap } from './cap'

/**
 * Caps one instrument as a fraction of the larger of total exposure and its limit (RSK-02): divided by plain exposure a first order
 * would always be the whole of it. The exposure before this order counts, so that an order never widens its own cap.
 */
export function marketConcentration(judgement: Judgement, size: Size): CheckResult {
  return judgeCap(judgement, size, concentrationCap(judgement))
}

export function concentrationCap(judgement: Judgement): Cap {
  const { limits, proposal } = judgement
  const whole = maximum(budgetExposure(judgement), limits.totalExposureMax)
  return {
    check: 'market_concentration',
    capType: 'instrument',
    current: budgetExposureOfInstrument(judgement),
    held: budgetHeldOfInstrument(judgement),
    limit: multiply(whole, limits.marketConcentrationRatioMax),
    what: `The share of ${proposal.instrumentId} in all exposure`,
  }
}
