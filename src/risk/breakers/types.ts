import type { BotId, InstrumentId, VenueId } from '#domain/ids'

/** What a breaker watches (RSK-08, RSK-10). */
export type BreakerKind =
  | 'consecutiveLosses'
  | 'dailyLoss'
  | 'botDrawdown'
  | 'portfolioDrawdown'
  | 'dailyDrawdown'
  | 'maxDrawdown'
  | 'staleness'
  | 'drift'
  | 'venueHealth'
  | 'errorRate'
  | 'marketErrors'

/** Whom a breaker stops. */
export type BreakerScope =
  | { readonly kind: 'company' }
  | { readonly kind: 'bot'; readonly botId: BotId }
  | { readonly kind: 'instrument'; readonly instrumentId: InstrumentId }
  | { readonly kind: 'venue'; readonly venueId: VenueId }

/**
 * What becomes of the scope while the breaker holds: `pause` stops its bots, `halt` cancels their orders too and is latched, `reduce` lets
 * the strategies run and the gate pass only what lowers exposure, `disable` does that for one market.
 */
export type BreakerResponse = 'pause' | 'halt' | 'reduce' | 'disable'

/** How a breaker of a kind is set up: the same for each scope, its threshold apart. */
export interface BreakerPlan {
  readonly kind: BreakerKind
  /** The limit as text, in the unit of the trip's value. */
  readonly threshold: string
  readonly response: BreakerResponse
  /** `auto` re-arms after the cool-down, `operator` waits for a named one. */
  readonly rearm: 'auto' | 'operator'
  /** Counts from the end of the condition, ms. */
  readonly coolDownMs: number
  /** True where the trip itself is the whole condition: nothing has to end before the cool-down begins. */
  readonly isMoment: boolean
  /** Trips the kill switch too, which a named operator clears. */
  readonly tripsKillSwitch: boolean
}

/** A limit that was passed. The scope's parent acts on it; the rule itself cancels and pauses nothing. */
export interface BreakerTrip {
  readonly value: string
  readonly threshold: string
  /** One sentence for a person. */
  readonly reason: string
}
