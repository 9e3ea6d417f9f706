import type { Intent } from '#domain/intent'
import { rangeOf } from '#strategies/decision'
import type { BarsView, ConfiguredStrategy } from '#strategies/types'
import type { BotSpec } from './bot-spec'

/**
 * Adds the average true range of the bars decided on to the intents whose size follows from it (RSK-04): the mean over the bars that the
 * sizing names, so that it does not depend on where a bot began to hear. Other intents pass as they are.
 */
export function withRange(spec: BotSpec, bars: BarsView | undefined, nowMs: number, intents: readonly Intent[]): readonly Intent[] {
  const { sizing } = spec
  if (sizing.method !== 'atr' || bars === undefined || !intents.some(isSizedByRange)) return intents
  const averageTrueRange = rangeOf(bars, sizing.bars, nowMs)
  if (averageTrueRange === null) return intents
  return intents.map((intent) => (isSizedByRange(intent) ? { ...intent, averageTrueRange } : intent))
}

function isSizedByRange({ target }: Intent): boolean {
  return target.kind === 'risk'
}

/** Returns the strategy with as many bars of its deciding timeframe as the sizing asks for besides. */
export function withSizingBars(strategy: ConfiguredStrategy, sizing: BotSpec['sizing']): ConfiguredStrategy {
  if (sizing.method !== 'atr') return strategy
  const needed = Math.max(strategy.warmUpBars[strategy.decidesOn] ?? 0, sizing.bars + 1)
  return {
    ...strategy,
    warmUpBars: { ...strategy.warmUpBars, [strategy.decidesOn]: needed },
    settleBars: Math.max(strategy.settleBars, needed),
  }
}
