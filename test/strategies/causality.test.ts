import { describe, expect, test } from 'bun:test'
import { mustExist } from '#domain/errors'
import type { Intent } from '#domain/intent'
import type { Bar } from '#domain/market'
import { enter, leave, NO_INTENTS } from '#strategies/decision'
import { configureStrategy, STRATEGIES } from '#strategies/registry'
import type { ConfiguredStrategy, StrategyContext } from '#strategies/types'
import { findLookAhead, findMemory, spokenBars } from './causality'
import { barsOf, walk } from './strategy-fixture'

/** Short periods, so that a few hundred bars hold many decisions and several settlings. */
const CASES: readonly (readonly [string, object])[] = [
  ['bollinger-reversion', { timeframe: '1m', period: 10, deviations: 1.5 }],
  ['busy', { timeframe: '1m' }],
  ['donchian-breakout', { timeframe: '1m', entryPeriod: 10, exitPeriod: 5 }],
  ['ema-cross', { timeframe: '1m', fastPeriod: 4, slowPeriod: 9 }],
  ['ema-cross', { timeframe: '1m', fastPeriod: 4, slowPeriod: 9, mode: 'alwaysIn' }],
  ['rsi-reversion', { timeframe: '1m', period: 5 }],
  [
    'rules',
    {
      timeframe: '1m',
      momentumBars: 4,
      momentumFullRatio: 0.006,
      breakoutBars: 6,
      rangeBars: 5,
      volumeBars: 7,
      minConviction: 0.5,
      stopRatio: 0.003,
      targetRatio: 0.004,
      leaveRatio: -0.002,
    },
  ],
  ['trend-following', { timeframes: ['1m'], fastPeriod: 3, slowPeriod: 8, atrPeriod: 5, minConfidence: 0 }],
  ['trend-following', { timeframes: ['1m'], fastPeriod: 3, slowPeriod: 8, atrPeriod: 5, minConfidence: 0, average: 'exponential' }],
]

const SEEDS = [1, 2, 3]
/** A walk in whole ticks, as markets have them: closes repeat, and figures tie. */
const ticks = (length: number, seed: number): readonly Bar[] => barsOf(walk(length, seed, 1_000, 4).map(Math.round))

describe('every strategy there is', () => {
  test('SIM-10 is in the list', () => {
    expect([...new Set(CASES.map(([name]) => name))]).toEqual(STRATEGIES.map((entry) => String(entry.strategyId)))
  })

  for (const [name, parameters] of CASES) {
    const strategy = configureStrategy(name, parameters)
    const title = `${name} ${Object.values(parameters).flat().join(' ')}`

    test(`SIM-10 ${title} decides each bar on what had closed by then`, () => {
      for (const seed of SEEDS) {
        const bars = ticks(160, seed)
        expect(spokenBars(() => strategy, bars)).toBeGreaterThan(8)
        expect({ seed, found: findLookAhead(() => strategy, bars) }).toEqual({ seed, found: null })
      }
    })

    test(`SIM-10 ${title} decides alike wherever it began, once settled`, () => {
      for (const seed of SEEDS) {
        const bars = ticks(400, seed)
        const starts = [1, 2, 7, 50, 100, 151]
        expect(bars.length - 151 - strategy.settleBars).toBeGreaterThan(100)
        expect({ seed, found: findMemory(() => strategy, bars, starts) }).toEqual({ seed, found: null })
      }
    })

    test(`SIM-10 ${title} is silent until it is warm`, () => {
      const needed = mustExist(strategy.warmUpBars[strategy.decidesOn], 'a strategy needs bars of the timeframe that it decides on')
      expect(strategy.settleBars).toBeGreaterThanOrEqual(needed)
      for (const seed of SEEDS) expect(spokenBars(() => strategy, ticks(needed - 1, seed))).toBe(0)
    })
  }
})

describe('the checks themselves', () => {
  const honest = configureStrategy('ema-cross', { timeframe: '1m', fastPeriod: 4, slowPeriod: 9 })
  const bars = ticks(160, 9)

  function altered(decide: (context: StrategyContext) => readonly Intent[]): ConfiguredStrategy {
    return { ...honest, decide }
  }

  test('SIM-10 find a strategy that looks one bar ahead, at the first bar where it pays', () => {
    const cheat = (data: readonly Bar[]) =>
      altered((context) => {
        const next = data.find((bar) => bar.openAtMs >= context.nowMs)
        if (next === undefined) return honest.decide(context)
        const metadata = { reason: 'knows the next close' }
        return next.close > next.open
          ? enter(context, honest.strategyId, 'long', null, metadata)
          : leave(context, honest.strategyId, metadata)
      })
    expect(findLookAhead(cheat, bars)).toBe(0)
  })

  test('SIM-10 find one that looks ahead on a single bar among many', () => {
    const cheat = (data: readonly Bar[]) =>
      altered((context) => {
        const index = data.findIndex((bar) => bar.closeAtMs === context.nowMs)
        const isTold = index === 83 && data[index + 1] !== undefined
        return isTold ? leave(context, honest.strategyId, { reason: 'knows of the next bar' }) : honest.decide(context)
      })
    expect(findLookAhead(cheat, bars)).toBe(83)
  })

  test('SIM-10 find one that scales by the greatest close of all its data', () => {
    const cheat = (data: readonly Bar[]) => {
      const top = Math.max(...data.map((bar) => bar.close))
      return altered((context) => {
        const view = mustExist(context.bars['1m'], 'no bars')
        return view.close(view.count - 1) > 0.999 * top ? leave(context, honest.strategyId, { reason: 'near the top' }) : NO_INTENTS
      })
    }
    expect(findLookAhead(cheat, bars)).not.toBeNull()
  })

  test('SIM-10 find one that remembers beside its study what it said before', () => {
    let said = 0
    const cheat = altered((context) => (said++ % 5 === 0 ? leave(context, honest.strategyId, { reason: 'the fifth time' }) : NO_INTENTS))
    expect(findLookAhead(() => cheat, bars)).not.toBeNull()
  })

  test('SIM-10 find a study that counts the bars since its start', () => {
    const counting: ConfiguredStrategy = {
      ...honest,
      study: () => {
        const readings = { count: 0 }
        return { readings, push: () => void readings.count++ }
      },
      decide: (context) => {
        const { count } = context.readings as { readonly count: number }
        return count % 7 === 0 ? leave(context, honest.strategyId, { reason: 'the seventh bar' }) : NO_INTENTS
      },
    }
    const long = ticks(400, 9)
    expect(findLookAhead(() => counting, bars)).toBeNull()
    expect(findMemory(() => counting, long, [7, 14])).toBeNull()
    expect(findMemory(() => counting, long, [7, 14, 50])?.start).toBe(50)
  })

  test('SIM-10 find seeds that are said not to matter before they do not', () => {
    // The same starts find nothing where as many bars are loaded as the strategy asks for.
    const starts = Array.from({ length: 100 }, (_, index) => index + 1)
    const long = ticks(400, 9)
    expect(findMemory(() => honest, long, starts)).toBeNull()
    expect(findMemory(() => ({ ...honest, settleBars: 10 }), long, starts)).not.toBeNull()
  })
})
