import { describe, expect, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import { strategyId } from '#domain/ids'
import { ENSEMBLE, ensembleOf } from '#strategies/ensemble'
import { configureStrategy } from '#strategies/registry'
import type { ConfiguredStrategy, StrategyContext } from '#strategies/types'
import { findLookAhead, findMemory, spokenBars } from './causality'
import { Scene } from './play'
import { barsOf, walk } from './strategy-fixture'

const donchian = configureStrategy('donchian-breakout', { timeframe: '1m', entryPeriod: 6, exitPeriod: 3 })
const bollinger = configureStrategy('bollinger-reversion', { timeframe: '1m', period: 8, deviations: 1 })
const trend = configureStrategy('trend-following', {
  timeframes: ['1m', '5m'],
  fastPeriod: 3,
  slowPeriod: 8,
  atrPeriod: 2,
  minConfidence: 0,
})
const BARS = barsOf(walk(300, 5, 1_000, 4).map(Math.round))

function held(context: StrategyContext, holder: string | null): StrategyContext {
  const position = { netQuantity: decimal('1'), entryPrice: decimal('1000'), strategyId: holder === null ? null : strategyId(holder) }
  return Object.freeze({ ...context, position })
}

describe('several strategies as one', () => {
  test('STR-03 one alone is returned as it is', () => {
    expect(ensembleOf([donchian])).toBe(donchian)
  })

  test('STR-05 wants at every bar what each of them wants, in the order of their names', () => {
    const both = new Scene(ensembleOf([donchian, bollinger]))
    const alone = [new Scene(bollinger), new Scene(donchian)]
    let spoken = 0
    for (const bar of BARS) {
      const wishes = both.hear(bar).decide('0')
      for (const scene of alone) scene.hear(bar)
      expect(wishes).toEqual(alone.flatMap((scene) => scene.decide('0')))
      spoken += wishes.length
    }
    expect(spoken).toBeGreaterThan(20)
  })

  test('STR-05 shows a position to the strategy that holds it alone', () => {
    const seen: Record<string, string[]> = { ant: [], bee: [] }
    const spy = (name: string): ConfiguredStrategy => ({
      ...donchian,
      strategyId: strategyId(name),
      decide: ({ position }) => {
        seen[name]?.push(position.netQuantity)
        return []
      },
    })
    const both = ensembleOf([spy('bee'), spy('ant')])
    const scene = new Scene(both)
    scene.hear(BARS[0] as (typeof BARS)[number])
    both.decide(held(scene.context(), 'ant'))
    both.decide(held(scene.context(), 'bee'))
    both.decide(held(scene.context(), 'a-strategy-of-before'))
    expect(seen).toEqual({ ant: ['1', '0', '1'], bee: ['0', '1', '1'] })
  })

  test('STR-05 needs the bars that any of them needs, of every timeframe', () => {
    const all = ensembleOf([donchian, bollinger, trend])
    expect(all).toMatchObject({ strategyId: ENSEMBLE, decidesOn: '1m', entriesPerCycleMax: null })
    expect(all.warmUpBars).toEqual({ '1m': Math.max(9, 7, 11), '5m': 12 })
    expect(all.settleBars).toBe(11)
    expect(all.parameters).toEqual({
      'bollinger-reversion': bollinger.parameters,
      'donchian-breakout': donchian.parameters,
      'trend-following': trend.parameters,
    })
  })

  test('SIM-10 looks no further ahead, and forgets as soon as they do', () => {
    const both = ensembleOf([donchian, bollinger])
    expect(spokenBars(() => both, BARS.slice(0, 120))).toBeGreaterThan(8)
    expect(findLookAhead(() => both, BARS.slice(0, 120))).toBeNull()
    expect(findMemory(() => both, BARS, [1, 7, 50])).toBeNull()
  })

  test('RUN-09 refuses what cannot be one: none, one twice, different timeframes', () => {
    expect(() => ensembleOf([])).toThrow('strategies: none is enabled; enable one, or leave the bot out')
    expect(() => ensembleOf([donchian, donchian])).toThrow('strategies: donchian-breakout is named twice; give it a bot of its own')
    const slow = configureStrategy('rsi-reversion', { timeframe: '15m' })
    expect(() => ensembleOf([slow, donchian])).toThrow(
      'donchian-breakout decides on 1m and rsi-reversion on 15m; give them the same timeframe, or bots of their own',
    )
  })
})
