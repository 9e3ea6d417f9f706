import { describe, expect, test } from 'bun:test'
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
  expect(STRATEGIES.map((each) => String(each.strategyId))).toEqual([
    'bollinger-reversion',
    'busy',
    'donchian-breakout',
    'ema-cross',
    'rsi-reversion',
    'rules',
    'trend-following',
  ])
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
  expect(configureStrategy('busy', null)).toMatchObject({ decidesOn: '1m', warmUpBars: { '1m': 1 }, settleBars: 1 })
})

describe('the classic strategies', () => {
  const defaults: readonly [string, ConfiguredStrategy['parameters'], number, number][] = [
    ['bollinger-reversion', { timeframe: '15m', period: 20, deviations: 2, quantity: null }, 21, 21],
    ['donchian-breakout', { timeframe: '1h', entryPeriod: 20, exitPeriod: 10, quantity: null }, 21, 22],
    // (19 / 21)^208 is the first below a billionth; one close for the seed, one for the bar before.
    ['ema-cross', { timeframe: '1h', fastPeriod: 10, slowPeriod: 20, mode: 'longOnly', quantity: null }, 21, 210],
    // (13 / 14)^280, after 15 closes for the first index and one for the bar before.
    ['rsi-reversion', { timeframe: '15m', period: 14, oversold: 30, leaveAbove: 70, quantity: null }, 16, 296],
  ]

  test('STR-08 have the documented defaults, warm-up and settling', () => {
    for (const [name, parameters, warmUp, settle] of defaults) {
      const { decidesOn, warmUpBars, settleBars, ...rest } = configureStrategy(name, {})
      expect({ name, parameters: rest.parameters, warmUp: warmUpBars[decidesOn], settleBars }).toEqual({
        name,
        parameters,
        warmUp,
        settleBars: settle,
      })
      expect([decidesOn]).toEqual(Object.keys(warmUpBars) as [typeof decidesOn])
    }
  })

  test('EXE-01 take a quantity as decimal text, and refuse what is none', () => {
    for (const [name] of defaults) {
      expect(configureStrategy(name, { quantity: '0.010' }).parameters['quantity']).toBe('0.01')
      for (const quantity of ['0', '-1', '1e3', '', 'all', 0.01]) {
        expect(refusalOf(name, { quantity }).message).toContain(`quantity = ${JSON.stringify(quantity)}: `)
      }
    }
  })

  test('RUN-09 refuse levels and periods out of order', () => {
    expect(refusalOf('ema-cross', { fastPeriod: 20 }).message).toContain('fastPeriod = 20: must be below slowPeriod')
    expect(refusalOf('rsi-reversion', { oversold: 70 }).message).toContain('oversold = 70: must be below leaveAbove')
    for (const [name, parameters] of [
      ['bollinger-reversion', { period: 1 }],
      ['bollinger-reversion', { deviations: 0 }],
      ['donchian-breakout', { exitPeriod: 0 }],
      ['ema-cross', { mode: 'shortOnly' }],
      ['rsi-reversion', { leaveAbove: 101 }],
    ] as const) {
      expect(refusalOf(name, parameters).message).toContain(`${Object.keys(parameters)[0]} = `)
    }
  })
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
  expect(error.message).toBe(
    'strategy: "trend-folowing" is not known; ' +
      'choose one of bollinger-reversion, busy, donchian-breakout, ema-cross, rsi-reversion, rules, trend-following',
  )
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
