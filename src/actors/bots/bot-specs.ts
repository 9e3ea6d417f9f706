import { decimal, decimalFromNumber } from '#domain/decimal'
import { ConfigError } from '#domain/errors'
import { accountId, botId, instrumentId, type VenueId, venueId } from '#domain/ids'
import type { RoutingConfig } from '#risk/types'
import { configureStrategy } from '#strategies/registry'
import type { BotSpec } from './bot-spec'

/** A bot as the configuration states it. */
export interface BotSettings {
  readonly id: string
  readonly strategy: string
  readonly enabled: boolean
  readonly instruments: readonly string[]
  readonly cycleMs: number | null
  readonly capital: string
  readonly orderNotional: string
  readonly parameters: Readonly<Record<string, unknown>>
  readonly routing: { readonly style: RoutingConfig['style']; readonly slippageBpsMax: number; readonly timeInForce: 'gtc' | 'ioc' }
  readonly preview: boolean
  readonly onStop: 'keep' | 'flatten'
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
    const venue = bot.instruments[0]?.split('@')[1] ?? 'kraken'
    return {
      botId: botId(bot.id),
      accountId: accountId(`${config.account}@${venue}`),
      strategy,
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
      sizing: { method: 'fixed', orderNotional: decimal(bot.orderNotional), orderNotionalMin: decimal(config.risk.orderNotionalMin) },
      shouldPreview: bot.preview,
      onStop: bot.onStop,
    }
  })
}
