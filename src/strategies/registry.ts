import type { z } from 'zod'
import { ConfigError } from '#domain/errors'
import type { StrategyId } from '#domain/ids'
import { bollingerReversion } from './bollinger-reversion'
import { busy } from './busy'
import { donchianBreakout } from './donchian-breakout'
import { emaCross } from './ema-cross'
import { rsiReversion } from './rsi-reversion'
import { rules } from './rules'
import { trendFollowing } from './trend-following'
import type { ConfiguredStrategy, Strategy, StrategyContext } from './types'

type Configure = (given: unknown) => ConfiguredStrategy

/** A strategy as a person may choose it. */
export interface StrategyEntry {
  readonly strategyId: StrategyId
  readonly title: string
  /** Binds parameters. @throws {ConfigError} naming each wrong key, its value and the rule. */
  readonly configure: Configure
}

/** Returns a strategy as a person may choose it. */
export function entry<P extends Readonly<Record<string, unknown>>, R>(strategy: Strategy<P, R>): StrategyEntry {
  const configure = (given: unknown): ConfiguredStrategy => {
    const parsed = strategy.parameters.safeParse(given ?? {})
    if (!parsed.success) throw refusal(strategy.strategyId, given, parsed.error)
    const parameters = Object.freeze(parsed.data)
    const decidesOn = strategy.decidesOn(parameters)
    const warmUpBars = Object.freeze(strategy.warmUpBars(parameters))
    return Object.freeze({
      strategyId: strategy.strategyId,
      title: strategy.title,
      parameters,
      decidesOn,
      warmUpBars,
      settleBars: Math.max(warmUpBars[decidesOn] ?? 0, strategy.settleBars?.(parameters) ?? 0),
      entriesPerCycleMax: strategy.entriesPerCycleMax?.(parameters) ?? null,
      study: () => strategy.study(parameters),
      // The runner hands each strategy the readings of its own study.
      decide: (context) => strategy.decide(context as StrategyContext<R>, parameters),
    } satisfies ConfiguredStrategy)
  }
  return { strategyId: strategy.strategyId, title: strategy.title, configure }
}

/** Every strategy there is, by name. None runs unless a bot of the config names it (STR-03). */
export const STRATEGIES: readonly StrategyEntry[] = [
  entry(bollingerReversion),
  entry(busy),
  entry(donchianBreakout),
  entry(emaCross),
  entry(rsiReversion),
  entry(rules),
  entry(trendFollowing),
]

/**
 * Returns a strategy with its parameters parsed and defaults filled in; null or undefined parameters mean all defaults.
 * @throws {ConfigError} for an unknown strategy, and for parameters that are unknown, of another type or out of range: the message
 * names key, value and rule.
 */
export function configureStrategy(strategyId: string, parameters: unknown): ConfiguredStrategy {
  const found = STRATEGIES.find((candidate) => candidate.strategyId === strategyId)
  if (found === undefined) {
    const known = STRATEGIES.map((candidate) => candidate.strategyId).join(', ')
    throw new ConfigError(`strategy: "${strategyId}" is not known; choose one of ${known}`, { key: 'strategy', value: strategyId })
  }
  return found.configure(parameters)
}

function refusal(strategyId: StrategyId, given: unknown, error: z.ZodError): ConfigError {
  const faults = error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ key, value: valueAt(given, [key]), rule: 'is not a parameter of this strategy' }))
    }
    return [{ key: issue.path.map(String).join('.') || 'parameters', value: valueAt(given, issue.path), rule: issue.message }]
  })
  const text = faults.map((fault) => `${fault.key} = ${JSON.stringify(fault.value) ?? 'nothing'}: ${fault.rule}`).join('; ')
  return new ConfigError(`parameters of strategy ${strategyId}: ${text}`, { strategyId, faults })
}

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  let value = given
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Reflect.get(value, key)
  }
  return value
}
