import { decimal, decimalFromNumber } from '#domain/decimal'
import { ConfigError } from '#domain/errors'
import { accountId, botId, type InstrumentId, instrumentId, type VenueId, venueId } from '#domain/ids'
import { instrumentsOf } from '#domain/universe'
import { DEFAULT_PROTECTION, type ProtectionConfig } from '#risk/protection'
import type { KellyFraction, SizingBase, SizingConfig, SizingMethod } from '#risk/sizing-config'
import type { RoutingConfig } from '#risk/types'
import type { BotSpec, UniverseFilter } from './bot-spec'
import { type TeamSettings, teamOf } from './bot-team'
import { withSizingBars } from './ranged-intents'
import { type UniverseSettings, universeConfigOf } from './universe-settings'

/** How a bot's positions are sized, as the configuration states it; shares as numbers, amounts as text. */
export type SizingSettings =
  | { readonly method: 'fixed' }
  | { readonly method: 'atr'; readonly riskRatio: number; readonly atrMultiple: number; readonly bars: number }
  | { readonly method: 'proportional'; readonly ratio: number; readonly of: SizingBase }
  | { readonly method: 'cappedProportional'; readonly ratio: number; readonly of: SizingBase; readonly cap: string }
  | { readonly method: 'kelly'; readonly fraction: KellyFraction }

/** A bot as the configuration states it. */
export interface BotSettings extends TeamSettings {
  readonly enabled: boolean
  readonly instruments: readonly string[]
  readonly universe: UniverseFilter | null
  readonly cycleMs: number | null
  readonly capital: string
  readonly orderNotional: string
  /** Null sizes every position at `orderNotional`. */
  readonly sizing: SizingSettings | null
  /** Share of its size while it is on trial. */
  readonly canaryRatio: number
  readonly routing: { readonly style: RoutingConfig['style']; readonly slippageBpsMax: number; readonly timeInForce: 'gtc' | 'ioc' }
  readonly preview: boolean
  readonly onStop: 'keep' | 'flatten'
  /** Null protects by what its strategy states alone. */
  readonly protection: ProtectionSettings | null
}

/** How a bot's positions are protected, as the configuration states it; shares as numbers. */
export interface ProtectionSettings {
  readonly stopLossRatio: number | null
  readonly takeProfitRatio: number | null
  readonly trailingRatio: number | null
  readonly collarBps: number
  readonly escalateAfterMs: number
  readonly retryMs: number
  readonly native: boolean
}

export interface BotsConfig {
  readonly account: string
  readonly cycleJitterRatio: number
  readonly bots: readonly BotSettings[]
  readonly risk: { readonly orderNotionalMin: string }
  readonly universe: UniverseSettings
}

/** Names that sub-accounts of another kind bear. */
const RESERVED = ['treasury', 'external']

/** Returns the bots of a configuration with their strategies bound. @throws {ConfigError} naming the bot, key, value and rule. */
export function botSpecsOf(config: BotsConfig, venues: ReadonlySet<VenueId>): readonly BotSpec[] {
  return config.bots.map((bot) => {
    if (RESERVED.includes(bot.id)) throw new ConfigError(`bots: "${bot.id}" is a reserved name; choose another id`)
    const team = teamOf(bot)
    const names = instrumentsOf(config.universe, bot)
    const instruments = names.map((name) => instrumentId(name))
    for (const name of names) {
      const venue = venueId(name.slice(name.indexOf('@') + 1))
      if (!venues.has(venue)) throw new ConfigError(`bot ${bot.id}: instruments = "${name}": there is no enabled venue "${venue}"`)
    }
    const { orderNotionalMin } = config.risk
    const sizing = { ...methodOf(bot), orderNotionalMin: decimal(orderNotionalMin), scale: decimalFromNumber(bot.canaryRatio, 9) }
    const venue = names[0]?.split('@')[1] ?? 'kraken'
    return {
      botId: botId(bot.id),
      accountId: accountId(`${config.account}@${venue}`),
      ...team,
      strategy: withSizingBars(team.strategy, sizing),
      instruments,
      universe: bot.universe,
      isEnabled: bot.enabled,
      cycleMs: bot.cycleMs,
      jitterRatio: config.cycleJitterRatio,
      capital: decimal(bot.capital),
      routing: {
        style: bot.routing.style,
        slippageBpsMax: decimalFromNumber(bot.routing.slippageBpsMax, 6),
        timeInForce: bot.routing.timeInForce,
      },
      sizing,
      tierSizing: tierSizingOf(config.universe, bot, sizing),
      shouldPreview: bot.preview,
      onStop: bot.onStop,
      protection: protectionOf(bot.protection),
    }
  })
}

/** A tier's own size takes the place of the bot's, where the bot's is an amount too. */
function tierSizingOf(universe: UniverseSettings, { universe: filter }: BotSettings, sizing: SizingConfig): BotSpec['tierSizing'] {
  const sizes = new Map<InstrumentId, SizingConfig>()
  if (filter === null || sizing.method !== 'fixed') return sizes
  for (const { candidates, orderNotional, name } of universeConfigOf(universe).tiers)
    if (orderNotional !== null && filter.tiers.includes(name))
      for (const candidate of candidates) sizes.set(candidate, { ...sizing, orderNotional })
  return sizes
}

/** Returns how positions are protected, as the configuration states it; null leaves all to the strategy. */
export function protectionOf(settings: ProtectionSettings | null): ProtectionConfig {
  if (settings === null) return DEFAULT_PROTECTION
  const share = (value: number | null) => (value === null ? null : decimalFromNumber(value, 9))
  return {
    stopLossRatio: share(settings.stopLossRatio),
    takeProfitRatio: share(settings.takeProfitRatio),
    trailingRatio: share(settings.trailingRatio),
    collarBps: decimalFromNumber(settings.collarBps, 6),
    escalateAfterMs: settings.escalateAfterMs,
    retryMs: settings.retryMs,
    native: settings.native,
  }
}

function methodOf({ sizing, orderNotional }: BotSettings): SizingMethod {
  if (sizing === null) return { method: 'fixed', orderNotional: decimal(orderNotional) }
  switch (sizing.method) {
    case 'fixed':
      return { method: 'fixed', orderNotional: decimal(orderNotional) }
    case 'atr': {
      const { riskRatio, atrMultiple, bars } = sizing
      return { method: 'atr', riskRatio: decimalFromNumber(riskRatio, 9), atrMultiple: decimalFromNumber(atrMultiple, 9), bars }
    }
    case 'proportional':
      return { ...sizing, ratio: decimalFromNumber(sizing.ratio, 9) }
    case 'cappedProportional':
      return { ...sizing, ratio: decimalFromNumber(sizing.ratio, 9), cap: decimal(sizing.cap) }
    case 'kelly':
      return sizing
  }
}
