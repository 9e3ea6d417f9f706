import { formatDuration } from '#domain/time'
import { type Fall, hasFallen, ratioOfFall } from './fall'
import type { BreakerLimits } from './limits'
import type { BreakerPlan, BreakerTrip } from './types'

/** Halts all: no new proposals and no new orders, until an operator resets. */
export function maxDrawdownPlan({ maxDrawdownRatioMax }: BreakerLimits): BreakerPlan {
  return {
    kind: 'maxDrawdown',
    threshold: maxDrawdownRatioMax,
    response: 'halt',
    rearm: 'operator',
    coolDownMs: 0,
    isMoment: false,
    tripsKillSwitch: false,
  }
}

/** Trips when equity has lost its fraction of the highest of the rolling window, or of the session. */
export function evaluateMaxDrawdown(fall: Fall, { maxDrawdownRatioMax, maxDrawdownWindowMs }: BreakerLimits): BreakerTrip | null {
  if (!hasFallen(fall, maxDrawdownRatioMax)) return null
  const span = maxDrawdownWindowMs === null ? 'in this session' : `within ${formatDuration(maxDrawdownWindowMs)}`
  return {
    threshold: maxDrawdownRatioMax,
    value: ratioOfFall(fall),
    reason: `Equity fell from ${fall.peak} to ${fall.equity} ${span}; the limit is a fraction of ${maxDrawdownRatioMax}`,
  }
}
