import type { Json, JsonObject } from '#domain/json'
import { type BotId, type VenueId, venueOf } from '#domain/ids'
import type { ConfigChangeView, EffectiveView, RiskConfigPort, RiskConfigView } from '#ports/risk-config'
import { referencesOf } from '#risk/effective-limits'
import { LIMIT_KEYS } from '#risk/tighter'
import type { Company } from '../company/company'
import type { ConfigChange } from '../company/config-memory'

/** What only the composition knows. */
export interface RiskConfigFacts {
  readonly mode: string
  /** Keys that need a restart, with the reason. */
  readonly fixedKeys: Readonly<Record<string, string>>
}

/** Returns what API and command line read and ask of a running company's limits. */
export function riskConfigControl(company: Company, facts: RiskConfigFacts): RiskConfigPort {
  const { changes, memory } = company
  return {
    read: () => riskConfigView(company, facts),
    history: () => memory.config.history.map(changeView).toReversed(),
    change: (patch, ask, operator) => changeView(changes.change(patch, ask, operator)),
    rollBack: (version, ask, operator) => changeView(changes.rollBack(version, ask, operator)),
  }
}

function riskConfigView(company: Company, { mode, fixedKeys }: RiskConfigFacts): RiskConfigView {
  const { changes, memory, deps } = company
  const pairs = deps.bots.flatMap(({ botId, instruments }) =>
    [...new Set(instruments.map((instrumentId) => venueOf(instrumentId)))].map((venueId) => ({ botId, venueId })),
  )
  return {
    version: memory.config.version,
    mode,
    config: changes.shown ?? {},
    effective: [effectiveView(company, null, null), ...pairs.map(({ botId, venueId }) => effectiveView(company, botId, venueId))],
    overlay: memory.config.overlay,
    fixed: fixedKeys,
  }
}

function effectiveView({ limits: book }: Company, botId: BotId | null, venueId: VenueId | null): EffectiveView {
  const { limits, sources } = book.effective(botId, venueId)
  return {
    botId,
    venueId,
    policies: referencesOf(book.plan, botId, venueId).map(({ policy }) => policy),
    limits: Object.fromEntries(LIMIT_KEYS.map((key) => [key, { value: limits[key] as Json, source: sources[key] }])),
  }
}

function changeView({ version, atMs, operator, address, reason, rollbackTo, changes, loosened }: ConfigChange): ConfigChangeView {
  return { version, atMs, operator, origin: address, reason, rollbackTo, changes, loosened }
}

/** Returns the redacted configuration with what was changed since the start in its place. */
export function configInForce({ changes }: Company, config: Json): Json {
  const { shown } = changes
  if (shown === null || !isObject(config)) return config
  const { risk = null, policies = null, breakers = null, bots = null, venues = null } = shown
  const policyOf = (named: Json, id: Json | undefined) => {
    const part = isObject(named) && typeof id === 'string' ? named[id] : undefined
    return isObject(part) ? { policy: part['policy'] ?? null } : {}
  }
  const { bots: ownBots, venues: ownVenues } = config
  return {
    ...config,
    risk,
    policies,
    breakers,
    ...(Array.isArray(ownBots)
      ? { bots: ownBots.map((bot: Json) => (isObject(bot) ? { ...bot, ...policyOf(bots, bot['id']) } : bot)) }
      : {}),
    ...(isObject(ownVenues)
      ? {
          venues: Object.fromEntries(
            Object.entries(ownVenues).map(([id, venue]) => [id, isObject(venue) ? { ...venue, ...policyOf(venues, id) } : venue]),
          ),
        }
      : {}),
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
