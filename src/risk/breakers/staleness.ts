import type { InstrumentId } from '#domain/ids'
import type { BreakerLimits } from './limits'
import type { BreakerPlan, BreakerTrip } from './types'

/** When an instrument's data last changed, UTC ms; null for what has not come yet or is not wanted, which is not stale. */
export interface DataTimes {
  readonly instrumentId: InstrumentId
  readonly quoteAtMs: number | null
  readonly barAtMs: number | null
}

/** Pauses the bots of the instrument until its data has been fresh again for the cool-down. */
export function stalenessPlan({ quoteAgeMsMax, stalenessCoolDownMs }: BreakerLimits): BreakerPlan {
  return {
    kind: 'staleness',
    threshold: String(quoteAgeMsMax),
    response: 'pause',
    rearm: 'auto',
    coolDownMs: stalenessCoolDownMs,
    isMoment: false,
    tripsKillSwitch: false,
  }
}

/** Returns the age of an instrument's quote, ms; 0 while there is none. */
export function quoteAgeMs({ quoteAtMs }: DataTimes, nowMs: number): number {
  return quoteAtMs === null ? 0 : Math.max(0, nowMs - quoteAtMs)
}

/** Trips when quotes or one-minute bars are older than allowed (MKT-05, RSK-10). */
export function evaluateStaleness(times: DataTimes, nowMs: number, limits: BreakerLimits): BreakerTrip | null {
  const ageMs = quoteAgeMs(times, nowMs)
  if (ageMs > limits.quoteAgeMsMax) return staleness(times, 'quote', ageMs, limits.quoteAgeMsMax)
  const barAgeMs = times.barAtMs === null ? 0 : nowMs - times.barAtMs
  return barAgeMs > limits.barAgeMsMax ? staleness(times, 'one-minute bar', barAgeMs, limits.barAgeMsMax) : null
}

function staleness({ instrumentId }: DataTimes, what: string, ageMs: number, limitMs: number): BreakerTrip {
  return {
    threshold: String(limitMs),
    value: String(ageMs),
    reason: `The ${what} of ${instrumentId} is ${ageMs} ms old; ${limitMs} ms is the most to trade on`,
  }
}
