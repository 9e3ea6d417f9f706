import { expect, test } from 'bun:test'
import { ConfigError } from '#domain/errors'
import { configureStrategy, STRATEGIES } from '#strategies/registry'
import type { ConfiguredStrategy } from '#strategies/types'
import { barsOf, contextOf, viewOf, walk } from './strategy-fixture'

function refusalOf(strategyId: string, parameters: unknown): ConfigError {
  try {
    configureStrategy(strategyId, parameters)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

test('STR-03 knows its strategies by name, each once', () => {
  expect(STRATEGIES.map((each) => String(each.strategyId))).toEqual(['busy', 'trend-following'])
  for (const { title } of STRATEGIES) expect(title.length).toBeGreaterThan(10)
})

test('STR-07 fills in the documented defaults', () => {
  for (const nothing of [undefined, null, {}]) {
    expect(configureStrategy('trend-following', nothing)).toMatchObject({
      strategyId: 'trend-following',
      decidesOn: '1h',
      // 5 × 14 + 1 bars for the range outlast the slow average; one more of the longer timeframe.
      warmUpBars: { '1h': 71, '4h': 72 },
      parameters: {
        timeframes: ['1h', '4h'],
        fastPeriod: 20,
        slowPeriod: 50,
        average: 'simple',
        maxPositions: 6,
        minConfidence: 0.6,
        rMultiple: 2,
        stop: 'atr',
      },
    } as object)
  }
  expect(configureStrategy('busy', null)).toMatchObject({ decidesOn: '1m', warmUpBars: { '1m': 1 } })
})

test('STR-01 binds frozen parameters and decides as the strategy does', () => {
  const configured: ConfiguredStrategy = configureStrategy('trend-following', {
    timeframes: ['1m'],
    fastPeriod: 3,
    slowPeriod: 8,
    minConfidence: 0,
  })
  expect(Object.isFrozen(configured)).toBe(true)
  expect(Object.isFrozen(configured.parameters)).toBe(true)
  expect(configured.decide(contextOf({ bars: { '1m': viewOf(barsOf(walk(100, 3))) } }))).toHaveLength(1)
})

test('RUN-09 refuses an unknown strategy and names those there are', () => {
  const error = refusalOf('trend-folowing', {})
  expect(error.message).toBe('strategy: "trend-folowing" is not known; choose one of busy, trend-following')
  expect(error.details).toEqual({ key: 'strategy', value: 'trend-folowing' })
})

test('RUN-09 refuses bad parameters, naming key, value and rule of each', () => {
  const { message, details } = refusalOf('trend-following', { fastPeriod: 0, minConfidence: 1.5, speed: 'high', timeframes: ['1h', '2h'] })
  expect(message).toStartWith('parameters of strategy trend-following: ')
  for (const part of [
    'fastPeriod = 0: ',
    'minConfidence = 1.5: ',
    'timeframes.1 = "2h": ',
    'speed = "high": is not a parameter of this strategy',
  ]) {
    expect(message).toContain(part)
  }
  expect(details['strategyId']).toBe('trend-following')
})

test('RUN-09 refuses parameters that contradict each other', () => {
  expect(refusalOf('trend-following', { fastPeriod: 50 }).message).toContain('fastPeriod = 50: must be below slowPeriod')
  expect(refusalOf('trend-following', { timeframes: ['1h', '1h'] }).message).toContain('timeframes = ["1h","1h"]: must not repeat')
  expect(refusalOf('busy', { notionalSmall: 60 }).message).toContain('notionalSmall = 60: must be below notionalLarge')
  expect(refusalOf('busy', 'fast').message).toContain('parameters = "fast": ')
})
