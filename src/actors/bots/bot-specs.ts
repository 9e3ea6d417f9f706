import { decimal, decimalFromNumber } from '#domain/decimal'
import { ConfigError } from '#domain/errors'
import { accountId, botId, instrumentId, type VenueId, venueId } from '#domain/ids'
import { DEFAULT_PROTECTION, type ProtectionConfig } from '#risk/protection'
import type { KellyFraction, SizingBase, SizingMethod } from '#risk/sizing-config'
import type { RoutingConfig } from '#risk/types'
import { configureStrategy } from '#strategies/registry'
import type { BotSpec } from './bot-spec'
import { withSizingBars } from './ranged-intents'

/** How a bot's positions are sized, as the configuration states it; shares as numbers, amounts as text. */
export type SizingSettings =
  | { readonly method: 'fixed' }
  | { readonly method: 'atr'; readonly riskRatio: number; readonly atrMultiple: number; readonly bars: number }
  | { readonly method: 'proportional'; readonly ratio: number; readonly of: SizingBase }
  | { readonly method: 'cappedProportional'; readonly ratio: number; readonly of: SizingBase; readonly cap: string }
  | { readonly method: 'kelly'; readonly fraction: KellyFraction }

/** A bot as the configuration states it. */
export interface BotSettings {
  readonly id: string
  readonly strategy: string
  readonly enabled: boolean
  readonly instruments: readonly string[]
  readonly cycleMs: number | null
  readonly capital: string
  readonly orderNotional: string
  /** Null sizes every position at `orderNotional`. */
  readonly sizing: SizingSettings | null
  /** Share of its size while it is on trial. */
  readonly canaryRatio: number
  readonly parameters: Readonly<Record<string, unknown>>
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
}

/** Names that sub-accounts of another kind bear. */
const RESERVED = ['treasury', 'external']

/** Returns the bots of a configuration with their strategies bound. @throws {ConfigError} naming the bot, key, value and rule. */
export function botSpecsOf(config: BotsConfig, venues: ReadonlySet<VenueId>): readonly BotSpec[] {
  return config.bots.map((bot) => {
    if (RESERVED.includes(bot.id)) throw new ConfigError(`bots: "${bot.id}" is a reserved name; choose another id`)
    const strategy = configureStrategy(bot.strategy, bot.parameters)
    const instruments = bot.instruments.map((name) => instrumentId(name))
    for (const name of bot.instruments) {
      const venue = venueId(name.slice(name.indexOf('@') + 1))
      if (!venues.has(venue)) throw new ConfigError(`bot ${bot.id}: instruments = "${name}": there is no enabled venue "${venue}"`)
    }
    const { orderNotionalMin } = config.risk
    const sizing = { ...methodOf(bot), orderNotionalMin: decimal(orderNotionalMin), scale: decimalFromNumber(bot.canaryRatio, 9) }
    const venue = bot.instruments[0]?.split('@')[1] ?? 'kraken'
    return {
      botId: botId(bot.id),
      accountId: accountId(`${config.account}@${venue}`),
      strategy: withSizingBars(strategy, sizing),
      instruments,
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
      shouldPreview: bot.preview,
      onStop: bot.onStop,
      protection: protectionOf(bot.protection),
    }
  })
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
