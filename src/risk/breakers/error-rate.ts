import { formatDuration } from '#domain/time'
import type { BreakerLimits } from './limits'
import type { BreakerPlan, BreakerTrip } from './types'

/** Halts all, until an operator clears it. */
export function errorRatePlan({ criticalErrorsMax }: BreakerLimits): BreakerPlan {
  return {
    kind: 'errorRate',
    threshold: String(criticalErrorsMax),
    response: 'halt',
    rearm: 'operator',
    coolDownMs: 0,
    isMoment: false,
    tripsKillSwitch: false,
  }
}

/** Trips at so many critical errors within the window. */
export function evaluateErrorRate(criticalErrors: number, limits: BreakerLimits): BreakerTrip | null {
  const { criticalErrorsMax, criticalErrorWindowMs } = limits
  if (criticalErrors < criticalErrorsMax) return null
  return {
    threshold: String(criticalErrorsMax),
    value: String(criticalErrors),
    reason: `${criticalErrors} critical errors within ${formatDuration(criticalErrorWindowMs)}`,
  }
}
