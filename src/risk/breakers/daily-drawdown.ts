import { DAY_MS, utcDayOf } from '#domain/time'
import { type Fall, hasFallen, ratioOfFall } from './fall'
import type { BreakerLimits } from './limits'
import type { BreakerPlan, BreakerTrip } from './types'

/** Lets only reducing orders pass, until the UTC day is over or an operator re-arms it. */
export function dailyDrawdownPlan({ dailyDrawdownRatioMax }: BreakerLimits): BreakerPlan {
  return {
    kind: 'dailyDrawdown',
    threshold: dailyDrawdownRatioMax,
    response: 'reduce',
    rearm: 'auto',
    coolDownMs: 0,
    isMoment: false,
    tripsKillSwitch: false,
  }
}

/** Trips when equity, at mark, has lost its fraction of the highest of the UTC day. */
export function evaluateDailyDrawdown(fall: Fall, { dailyDrawdownRatioMax }: BreakerLimits): BreakerTrip | null {
  if (!hasFallen(fall, dailyDrawdownRatioMax)) return null
  return {
    threshold: dailyDrawdownRatioMax,
    value: ratioOfFall(fall),
    reason: `Equity fell from ${fall.peak} to ${fall.equity} today; from a fraction of ${dailyDrawdownRatioMax} on only reducing orders pass`,
  }
}

/** Returns when a trip of that instant is over: at the next UTC midnight. */
export function dailyDrawdownEndsAtMs(trippedAtMs: number): number {
  return utcDayOf(trippedAtMs) + DAY_MS
}
