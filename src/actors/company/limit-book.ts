import type { BotId, VenueId } from '#domain/ids'
import { type EffectiveLimits, effectiveLimitsOf, type LimitPlan } from '#risk/effective-limits'
import type { RiskLimits } from '#risk/types'

/**
 * The limits in force (RSK-14). Worked out once for each bot and venue, and anew after a change: whoever asks on the way of an order pays a
 * look-up. Bots without a policy of their own share one object with their venue.
 */
export class LimitBook {
  #plan: LimitPlan
  #company: EffectiveLimits
  readonly #venues = new Map<VenueId | null, EffectiveLimits>()
  readonly #bots = new Map<VenueId | null, Map<BotId, EffectiveLimits>>()

  constructor(plan: LimitPlan) {
    this.#plan = plan
    this.#company = effectiveLimitsOf(plan, null, null)
  }

  get plan(): LimitPlan {
    return this.#plan
  }

  /** What holds for a bot on a venue; null for an order of no bot, both null for the company as a whole. */
  effective(botId: BotId | null, venueId: VenueId | null): EffectiveLimits {
    if (botId !== null) {
      const known = this.#bots.get(venueId)?.get(botId)
      return known ?? this.#ofBot(botId, venueId)
    }
    if (venueId === null) return this.#company
    return this.#venues.get(venueId) ?? this.#ofVenue(venueId)
  }

  /** The limits alone; bound, so that it can be handed on. */
  readonly limitsOf = (botId: BotId | null, venueId: VenueId | null): RiskLimits => this.effective(botId, venueId).limits

  /** Replaces everything in one step; the caller bumps the company's epoch in the same. */
  replace(plan: LimitPlan): void {
    this.#plan = plan
    this.#company = effectiveLimitsOf(plan, null, null)
    this.#venues.clear()
    this.#bots.clear()
  }

  #ofVenue(venueId: VenueId): EffectiveLimits {
    const hasOwn = Object.hasOwn(this.#plan.venues, venueId)
    const effective = hasOwn ? effectiveLimitsOf(this.#plan, null, venueId) : this.#company
    this.#venues.set(venueId, effective)
    return effective
  }

  #ofBot(botId: BotId, venueId: VenueId | null): EffectiveLimits {
    const hasOwn = Object.hasOwn(this.#plan.bots, botId)
    const effective = hasOwn ? effectiveLimitsOf(this.#plan, botId, venueId) : this.effective(null, venueId)
    const ofVenue = this.#bots.get(venueId) ?? new Map<BotId, EffectiveLimits>()
    this.#bots.set(venueId, ofVenue)
    ofVenue.set(botId, effective)
    return effective
  }
}
