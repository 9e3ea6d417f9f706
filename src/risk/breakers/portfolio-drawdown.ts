import { type Fall, hasFallen, ratioOfFall } from './fall'
import type { BreakerLimits } from './limits'
import type { BreakerPlan, BreakerTrip } from './types'

/** The emergency halt: trips the kill switch and halts all, until an operator clears the one and resets the other. */
export function portfolioDrawdownPlan({ portfolioDrawdownRatioMax }: BreakerLimits): BreakerPlan {
  return {
    kind: 'portfolioDrawdown',
    threshold: portfolioDrawdownRatioMax,
    response: 'halt',
    rearm: 'operator',
    coolDownMs: 0,
    isMoment: false,
    tripsKillSwitch: true,
  }
}

/** Trips when the company has lost its fraction of the highest equity since an operator last signed this off. */
export function evaluatePortfolioDrawdown(fall: Fall, { portfolioDrawdownRatioMax }: BreakerLimits): BreakerTrip | null {
  if (!hasFallen(fall, portfolioDrawdownRatioMax)) return null
  return {
    threshold: portfolioDrawdownRatioMax,
    value: ratioOfFall(fall),
    reason: `Equity fell from ${fall.peak} to ${fall.equity}; the limit is a fraction of ${portfolioDrawdownRatioMax}`,
  }
}
