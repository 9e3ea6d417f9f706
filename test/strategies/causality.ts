import type { Intent } from '#domain/intent'
import type { Bar } from '#domain/market'
import { BarSeries } from '#strategies/bar-series'
import type { ConfiguredStrategy } from '#strategies/types'
import { contextOf } from './strategy-fixture'

/** A strategy for the data of one run. An honest one does not look at the data: it hears them. */
export type StrategyFor = (bars: readonly Bar[]) => ConfiguredStrategy

/** What a strategy wants at each bar, in each of three positions. */
type Decisions = readonly (readonly (readonly Intent[])[])[]

const POSITIONS = ['0', '0.5', '-0.5']

/** Plays the bars from index `from` on, as a start there does; the decisions of bars before are empty. */
function decisionsOf(strategyFor: StrategyFor, bars: readonly Bar[], from: number): Decisions {
  const strategy = strategyFor(bars)
  const study = strategy.study()
  const series = new BarSeries(Math.max(1, bars.length))
  const views = { [strategy.decidesOn]: series.view }
  return bars.map((bar, index) => {
    if (index < from) return []
    study.push(bar.open, bar.high, bar.low, bar.close, bar.volume)
    series.push(bar)
    const context = { bars: views, timeframe: strategy.decidesOn, readings: study.readings as object, shorts: true }
    return POSITIONS.map((netQuantity) => strategy.decide(contextOf({ ...context, netQuantity })))
  })
}

/** Counts bars on which a strategy wants something in some position: a check of one that never speaks proves nothing. */
export function spokenBars(strategyFor: StrategyFor, bars: readonly Bar[]): number {
  return decisionsOf(strategyFor, bars, 0).filter((wishes) => wishes.some((intents) => intents.some((intent) => intent.kind !== 'hold')))
    .length
}

/**
 * Looks for a bar whose decision changes when all that came later is cut off the data: proof of a look ahead, or of a memory outside the
 * study. To the last bit, figures included.
 * @returns the index of the first such bar; null when there is none.
 */
export function findLookAhead(strategyFor: StrategyFor, bars: readonly Bar[]): number | null {
  const whole = decisionsOf(strategyFor, bars, 0)
  for (let index = 0; index < bars.length; index++) {
    const cut = decisionsOf(strategyFor, bars.slice(0, index + 1), 0)
    if (!Bun.deepEquals(cut[index], whole[index])) return index
  }
  return null
}

/**
 * Looks for a bar whose decision depends on where the run began: starts at each of the bars given, and compares from the bar on at
 * which the strategy says that its start no longer matters.
 * @returns start and index of the first such bar; null when there is none.
 */
export function findMemory(
  strategyFor: StrategyFor,
  bars: readonly Bar[],
  starts: readonly number[],
): { readonly start: number; readonly index: number } | null {
  const whole = decisionsOf(strategyFor, bars, 0)
  const { settleBars } = strategyFor(bars)
  for (const start of starts) {
    const late = decisionsOf(strategyFor, bars, start)
    for (let index = start + settleBars - 1; index < bars.length; index++) {
      if (!Bun.deepEquals(late[index]?.map(wishesOf), whole[index]?.map(wishesOf))) return { start, index }
    }
  }
  return null
}

/** What is wanted, without the figures that explain it: those may differ by a billionth. */
function wishesOf(intents: readonly Intent[]): readonly unknown[] {
  return intents.map(({ intentId, kind, target, stopPrice, takeProfitPrice }) => ({ intentId, kind, target, stopPrice, takeProfitPrice }))
}
