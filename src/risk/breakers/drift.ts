import { type Decimal, sum } from '#domain/decimal'
import type { BreakerLimits } from './limits'
import type { BreakerPlan, BreakerTrip } from './types'

/** An asset of which books and venue hold different amounts, by more than the tolerance. */
export interface DriftFigure {
  readonly asset: string
  readonly ledger: Decimal
  readonly venue: Decimal
  /** What the difference is worth, account currency, positive; zero when it cannot be valued. */
  readonly value: Decimal
}

/** Bars new risk while books and venue differ, and trips the kill switch where configured. @param tolerance account currency. */
export function driftPlan({ killSwitchOnDrift }: BreakerLimits, tolerance: Decimal): BreakerPlan {
  return {
    kind: 'drift',
    threshold: tolerance,
    response: 'reduce',
    rearm: 'auto',
    coolDownMs: 0,
    isMoment: false,
    tripsKillSwitch: killSwitchOnDrift,
  }
}

/** Trips on any difference beyond the tolerance: `drifting` holds none below it. */
export function evaluateDrift(drifting: readonly DriftFigure[], tolerance: Decimal): BreakerTrip | null {
  if (drifting.length === 0) return null
  const text = drifting.map(({ asset, ledger, venue }) => `${asset}: ${ledger} in the books, ${venue} at the venue`).join('; ')
  return { threshold: tolerance, value: sum(drifting.map(({ value }) => value)), reason: `Books and venue differ: ${text}` }
}
