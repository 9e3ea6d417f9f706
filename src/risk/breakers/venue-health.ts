import type { VenueId } from '#domain/ids'
import { formatDuration } from '#domain/time'
import type { BreakerLimits } from './limits'
import type { BreakerPlan, BreakerTrip } from './types'

/** How a venue's session has been lately. */
export interface VenueFigures {
  readonly venueId: VenueId
  /** Losses of its session within the window. */
  readonly losses: number
  /** How long it has been away, ms; 0 while it is there. */
  readonly awayMs: number
}

/** Pauses the venue's bots until it has been back for the cool-down: one that comes and goes is not traded on in between. */
export function venueHealthPlan({ venueLossesMax, venueCoolDownMs }: BreakerLimits): BreakerPlan {
  return {
    kind: 'venueHealth',
    threshold: String(venueLossesMax),
    response: 'pause',
    rearm: 'auto',
    coolDownMs: venueCoolDownMs,
    isMoment: false,
    tripsKillSwitch: false,
  }
}

/** Trips when a session was lost too often within the window, or has been away too long. */
export function evaluateVenueHealth({ venueId, losses, awayMs }: VenueFigures, limits: BreakerLimits): BreakerTrip | null {
  const { venueLossesMax, venueLossWindowMs, venueAwayMsMax } = limits
  if (losses >= venueLossesMax) {
    const reason = `${venueId} was lost ${losses} times within ${formatDuration(venueLossWindowMs)}`
    return { threshold: String(venueLossesMax), value: String(losses), reason }
  }
  if (awayMs < venueAwayMsMax) return null
  const reason = `${venueId} has been away for ${formatDuration(awayMs)}`
  return { threshold: String(venueAwayMsMax), value: String(awayMs), reason }
}
