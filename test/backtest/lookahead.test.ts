import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mustExist } from '#domain/errors'
import { type BarColumns, resampleColumns } from '#sim/backtest/columns'
import { checkLookahead, checkWarmUp, type Decision, type Drive, driveLine } from '#sim/backtest/lookahead'
import { configureStrategy } from '#strategies/registry'
import { type ConfiguredStrategy, NO_STUDY, type Study } from '#strategies/types'
import { flatBars, scripted } from './scripted'
import { seededBars } from './seeded-bars'

setDefaultTimeout(60_000)

/** Goes long where the study's figure is above its close, else flat. */
function byStudy(study: () => Study<{ figure: number; close: number }>, settleBars: number): ConfiguredStrategy {
  const wishes = { 0: { quantity: '1' } }
  const [long, flat] = [scripted(wishes), scripted({ 0: { quantity: '0' } })]
  const first = { count: 1 }
  return {
    ...long,
    warmUpBars: { '1m': 1 },
    settleBars,
    study,
    decide: (context) => {
      const { figure, close } = context.readings as { figure: number; close: number }
      const bars = { '1m': { ...mustExist(context.bars['1m'], 'no bars'), ...first } }
      return (figure > close ? long : flat).decide({ ...context, bars })
    },
  }
}

describe('the look-ahead check', () => {
  const columns = seededBars('look', 600)

  test.each(['ema-cross', 'bollinger-reversion', 'rsi-reversion', 'donchian-breakout', 'trend-following'])(
    'SIM-10 %s needs no bar of the future, nor an earlier start than it declares',
    (name) => {
      const parameters = name === 'trend-following' ? { timeframes: ['1m', '5m'], fastPeriod: 5, slowPeriod: 12 } : { timeframe: '1m' }
      const strategy = configureStrategy(name, parameters)
      expect(checkLookahead(strategy, columns)).toBeNull()
      expect(checkWarmUp(strategy, columns)).toBeNull()
    },
  )

  test('SIM-10 a peek is found, at the first bar that it changes', () => {
    // Sees the close of the next bar, where there is one: what an index that is one too large does.
    const peeking: Drive = (_strategy, bars) => decisionsOf(bars, (index) => (bars.close[index + 1] ?? 0) > (bars.close[index] ?? 0))
    const finding = checkLookahead(configureStrategy('ema-cross', { timeframe: '1m' }), columns, peeking)
    const first = [...columns.close].findIndex((close, index) => (columns.close[index + 1] ?? 0) > close)
    expect(finding).toMatchObject({ check: 'lookAhead', startedAt: 0 })
    expect(finding?.index).toBeGreaterThanOrEqual(first)
    expect(finding?.expected).not.toBe(finding?.found)
  })

  test('SIM-10 a bar of a longer timeframe that is seen before it has closed is found', () => {
    // What a naive resampling does: the bar of five minutes stands there, whole, from its first minute on.
    const leaking: Drive = (_strategy, bars) => {
      const fives = resampleColumns(seededBars('look', 600), '5m')
      const lengthOf = bars.count
      return decisionsOf(bars, (index) => {
        const five = Math.floor(index / 5)
        const isThere = (five + 1) * 5 <= lengthOf
        return isThere && (fives.close[five] ?? 0) > (bars.close[index] ?? 0)
      })
    }
    expect(checkLookahead(configureStrategy('ema-cross', { timeframe: '1m' }), columns, leaking)).toMatchObject({ check: 'lookAhead' })
  })

  test('SIM-10 a figure that never forgets its start is found by the warm-up check, with the start that shows it', () => {
    // The mean of all closes ever heard.
    const mean = (): Study<{ figure: number; close: number }> => {
      const readings = { figure: Number.NaN, close: Number.NaN }
      let [count, sum] = [0, 0]
      const push = (_open: number, _high: number, _low: number, close: number) => {
        count++
        sum += close
        readings.figure = sum / count
        readings.close = close
      }
      return { readings, push }
    }
    const finding = checkWarmUp(byStudy(mean, 20), columns)
    expect(finding).toMatchObject({ check: 'warmUp', startedAt: expect.any(Number) })
    expect(checkLookahead(byStudy(mean, 20), columns)).toBeNull()
  })

  test('SIM-10 a strategy that says how long it settles is not blamed for what comes before', () => {
    const strategy = configureStrategy('ema-cross', { timeframe: '1m', fastPeriod: 20, slowPeriod: 60 })
    expect(strategy.settleBars).toBeGreaterThan(61)
    expect(checkWarmUp(strategy, columns)).toBeNull()
    expect(checkWarmUp({ ...strategy, settleBars: 2, warmUpBars: { '1m': 2 } }, columns)).not.toBeNull()
  })

  test('SIM-10 the drive asks on every bar once it is warm, and holds what was wanted', () => {
    const decisions = driveLine(scripted({ 1: { quantity: '2' }, 3: { quantity: '0' } }), flatBars(5), null)
    expect(decisions.map(({ held }) => String(held))).toEqual(['0', '0', '2', '2', '0'])
    expect(decisions.every(({ isWarm }) => isWarm)).toBe(true)
    expect(NO_STUDY.readings).toEqual({})
  })
})

/** Decisions of a rule over bars: long where it holds. */
function decisionsOf(bars: BarColumns, isLong: (index: number) => boolean): readonly Decision[] {
  const long = scripted({ 0: { quantity: '1' } })
  const template = mustExist(driveLine(long, flatBars(1), null)[0], 'no decision')
  return Array.from({ length: bars.count }, (_, index) => ({
    ...template,
    index,
    closeAtMs: bars.closeAtMs[index] ?? 0,
    heard: index + 1,
    intents: isLong(index) ? template.intents : [],
  }))
}
