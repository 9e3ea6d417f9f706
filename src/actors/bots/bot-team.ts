import { decimalFromNumber } from '#domain/decimal'
import { ConfigError, messageOf } from '#domain/errors'
import { strategyId } from '#domain/ids'
import { type AggregationPolicy, plainTerms, type StrategyTerms } from '#risk/aggregate'
import { ensembleOf } from '#strategies/ensemble'
import { configureStrategy } from '#strategies/registry'
import type { ConfiguredStrategy } from '#strategies/types'
import type { BotSpec } from './bot-spec'

/** One of several strategies of a bot, as the configuration states it; shares as numbers. */
export interface MemberSettings {
  readonly strategy: string
  readonly enabled: boolean
  readonly parameters: Readonly<Record<string, unknown>>
  readonly convictionMin: number
  readonly budget: {
    readonly atRiskRatioMax: number | null
    readonly allocationRatio: number | null
    readonly tradesPerCycleMax: number | null
  }
}

/** What a bot runs, as the configuration states it: one strategy, or a list of them. */
export interface TeamSettings {
  readonly id: string
  readonly strategy: string | null
  readonly parameters: Readonly<Record<string, unknown>>
  readonly strategies: readonly MemberSettings[]
  readonly aggregation: AggregationPolicy
  /** Bounds of stops and targets as shares of the price, least and most; null asks for none. */
  readonly proposals: { readonly stopRatios: readonly [number, number] | null; readonly targetRatios: readonly [number, number] | null }
}

/** The part of a bot's specification that says what it runs. */
export type Team = Pick<BotSpec, 'strategy' | 'members' | 'aggregation' | 'bounds'>

/** Returns what a bot of one strategy runs. Where the strategy bounds its entries by cycle, somebody has to count them. */
export function soleTeam(strategy: ConfiguredStrategy, bounds: BotSpec['bounds'] = null): Team {
  const { entriesPerCycleMax } = strategy
  return {
    strategy,
    members: [plainTerms(strategy.strategyId, entriesPerCycleMax)],
    aggregation: entriesPerCycleMax === null && bounds === null ? null : 'highestConviction',
    bounds,
  }
}

/** Returns what a bot runs: both forms of the configuration come to this one. @throws {ConfigError} naming the bot, key, value and rule. */
export function teamOf(bot: TeamSettings): Team {
  const bounds = boundsOf(bot.proposals)
  if (bot.strategy !== null) return soleTeam(configureStrategy(bot.strategy, bot.parameters), bounds)
  try {
    const configured = bot.strategies.map((settings) => ({ settings, strategy: configureStrategy(settings.strategy, settings.parameters) }))
    const enabled = configured.filter(({ settings }) => settings.enabled).map(({ strategy }) => strategy)
    const members = configured.map(({ settings, strategy }) => termsOf(settings, strategy))
    return { strategy: ensembleOf(enabled), members: members.toSorted(byName), aggregation: bot.aggregation, bounds }
  } catch (error) {
    throw error instanceof ConfigError ? new ConfigError(`bot ${bot.id}: ${messageOf(error)}`, error.details) : error
  }
}

function boundsOf({ stopRatios, targetRatios }: TeamSettings['proposals']): BotSpec['bounds'] {
  if (stopRatios === null && targetRatios === null) return null
  const range = (ratios: readonly [number, number] | null) =>
    ratios === null ? null : { least: decimalFromNumber(ratios[0], 9), most: decimalFromNumber(ratios[1], 9) }
  return { stop: range(stopRatios), target: range(targetRatios) }
}

function byName(a: StrategyTerms, b: StrategyTerms): number {
  return a.strategyId < b.strategyId ? -1 : 1
}

function termsOf({ strategy, enabled, convictionMin, budget }: MemberSettings, { entriesPerCycleMax }: ConfiguredStrategy): StrategyTerms {
  const bounds = [budget.tradesPerCycleMax, entriesPerCycleMax].filter((most) => most !== null)
  const share = (value: number | null) => (value === null ? null : decimalFromNumber(value, 9))
  return {
    strategyId: strategyId(strategy),
    isEnabled: enabled,
    convictionMin,
    entriesPerCycleMax: bounds.length === 0 ? null : Math.min(...bounds),
    budget: { atRiskRatioMax: share(budget.atRiskRatioMax), allocationRatio: share(budget.allocationRatio) },
  }
}
