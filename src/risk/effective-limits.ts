import type { BotId, VenueId } from '#domain/ids'
import { isSameLimit, LIMIT_KEYS, type LimitSet, tightestOf } from './tighter'
import type { RiskLimits } from './types'

/** Where each limit comes from: `default`, `config`, `change 12`, `policy careful (bot a)`; several that made it together with a plus between. */
export type LimitSources = Readonly<Record<keyof RiskLimits, string>>

/** The limits that hold for a bot on a venue, and where each came from. Frozen, and the same object until the limits change. */
export interface EffectiveLimits {
  readonly limits: RiskLimits
  readonly sources: LimitSources
}

/** All that limits are made of: those of the configuration, named sets of tighter ones, and who refers to which. */
export interface LimitPlan {
  readonly base: EffectiveLimits
  /** By name of the policy. */
  readonly policies: Readonly<Record<string, LimitSet>>
  /** The policy of the whole company; null for none. */
  readonly company: string | null
  /** Policies by venue id, and by bot id. */
  readonly venues: Readonly<Record<string, string>>
  readonly bots: Readonly<Record<string, string>>
}

/** Finds the limits of a bot on a venue; null for an order of no bot, and for the company as a whole. */
export type LimitLookup = (botId: BotId | null, venueId: VenueId | null) => RiskLimits

/** Returns a plan without policies. */
export function planOf(limits: RiskLimits, source = 'config'): LimitPlan {
  return { base: { limits, sources: sourcesOf(() => source) }, policies: {}, company: null, venues: {}, bots: {} }
}

/** Returns a source for each limit. */
export function sourcesOf(sourceOf: (key: keyof RiskLimits) => string): LimitSources {
  return Object.fromEntries(LIMIT_KEYS.map((key) => [key, sourceOf(key)])) as Record<keyof RiskLimits, string>
}

/** A policy that somebody refers to. */
export interface PolicyReference {
  readonly policy: string
  /** `company`, `venue kraken`, `bot a`. */
  readonly by: string
}

/** Returns the policies that hold for a bot on a venue, the company's first. */
export function referencesOf(plan: LimitPlan, botId: string | null, venueId: string | null): readonly PolicyReference[] {
  const ofVenue = venueId === null ? undefined : plan.venues[venueId]
  const ofBot = botId === null ? undefined : plan.bots[botId]
  return [
    ...(plan.company === null ? [] : [{ policy: plan.company, by: 'company' }]),
    ...(ofVenue === undefined ? [] : [{ policy: ofVenue, by: `venue ${venueId}` }]),
    ...(ofBot === undefined ? [] : [{ policy: ofBot, by: `bot ${botId}` }]),
  ]
}

/** Returns what holds for a bot on a venue: the tightest of the configuration and every policy that one of them refers to. */
export function effectiveLimitsOf(plan: LimitPlan, botId: string | null, venueId: string | null): EffectiveLimits {
  let { limits } = plan.base
  const sources: Record<keyof RiskLimits, string> = { ...plan.base.sources }
  for (const { policy, by } of referencesOf(plan, botId, venueId)) {
    const set = plan.policies[policy] ?? {}
    const tighter = tightestOf(limits, set)
    for (const key of LIMIT_KEYS) {
      if (isSameLimit(limits[key], tighter[key])) continue
      const own = set[key]
      const isAlone = own !== undefined && isSameLimit(own, tighter[key])
      sources[key] = `${isAlone ? '' : `${sources[key]} + `}policy ${policy} (${by})`
    }
    limits = tighter
  }
  return Object.freeze({ limits: Object.freeze(limits === plan.base.limits ? { ...limits } : limits), sources: Object.freeze(sources) })
}
