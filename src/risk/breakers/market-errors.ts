import type { InstrumentId } from '#domain/ids'
import { formatDuration } from '#domain/time'
import type { BreakerLimits } from './limits'
import type { BreakerPlan, BreakerTrip } from './types'

/** Disables one market for the pause; others go on. */
export function marketErrorsPlan({ marketErrorsMax, marketErrorPauseMs }: BreakerLimits): BreakerPlan {
  return {
    kind: 'marketErrors',
    threshold: String(marketErrorsMax),
    response: 'disable',
    rearm: 'auto',
    coolDownMs: marketErrorPauseMs,
    isMoment: true,
    tripsKillSwitch: false,
  }
}

/** Trips at so many failed orders of a market within the window. */
export function evaluateMarketErrors(instrumentId: InstrumentId, failures: number, limits: BreakerLimits): BreakerTrip | null {
  const { marketErrorsMax, marketErrorWindowMs, marketErrorPauseMs } = limits
  if (failures < marketErrorsMax) return null
  const span = formatDuration(marketErrorWindowMs)
  return {
    threshold: String(marketErrorsMax),
    value: String(failures),
    reason: `${failures} orders of ${instrumentId} failed within ${span}; it is disabled for ${formatDuration(marketErrorPauseMs)}`,
  }
}
