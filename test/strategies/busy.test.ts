import { describe, expect, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import { configureStrategy } from '#strategies/registry'
import { barsOf, contextOf, START_MS, viewOf } from './strategy-fixture'

const strategy = configureStrategy('busy', { notionalSmall: 20, notionalLarge: 40, awayBps: 100 })
// 1m bars at 100 from a time that is a multiple of three minutes: the first closes at step 1.
const bars = barsOf(Array.from({ length: 7 }, () => 100))

function decided(index: number) {
  return strategy.decide(contextOf({ bars: { '1m': viewOf(bars.slice(0, index + 1)) } }))
}

describe('a strategy for drills', () => {
  test('goes round: larger and nearer, flat, small and away; always post-only on the passive side', () => {
    expect(START_MS % 180_000).toBe(0)
    const rounds = [0, 1, 2, 3].map((index) => decided(index)[0])
    expect(rounds.map((intent) => [intent?.kind, intent?.target, intent?.routing])).toEqual([
      ['increase', { kind: 'notional', notional: decimal(40) }, { kind: 'limit', limitPrice: decimal('99.5'), postOnly: true }],
      ['exit', { kind: 'flat' }, { kind: 'limit', limitPrice: decimal(101), postOnly: true }],
      ['enter', { kind: 'notional', notional: decimal(20) }, { kind: 'limit', limitPrice: decimal(99), postOnly: true }],
      ['increase', { kind: 'notional', notional: decimal(40) }, { kind: 'limit', limitPrice: decimal('99.5'), postOnly: true }],
    ])
    expect(rounds.map((intent) => intent?.metadata['step'])).toEqual([1, 2, 0, 1])
  })

  test('STR-01 asks the same of the same bar, and continues the round after a restart', () => {
    expect(decided(4)).toEqual(decided(4))
    const afterRestart = strategy.decide(contextOf({ bars: { '1m': viewOf(bars.slice(4, 5)) } }))
    expect(afterRestart).toEqual(decided(4))
  })

  test('a step of its own length goes round within a bar, with an id of its own each time', () => {
    const quick = configureStrategy('busy', { notionalSmall: 20, notionalLarge: 40, stepMs: 1_000 })
    const views = { '1m': viewOf(bars.slice(0, 1)) }
    const intents = [0, 1, 2, 3].flatMap((second) => quick.decide(contextOf({ bars: views, nowMs: START_MS + 60_000 + second * 1_000 })))
    expect(intents.map((intent) => intent.kind)).toEqual(['enter', 'increase', 'exit', 'enter'])
    expect(new Set(intents.map((intent) => intent.intentId)).size).toBe(4)
  })

  test('STR-02 has one id a bar and says nothing without one', () => {
    const ids = [0, 1, 2, 3, 4, 5, 6].map((index) => String(decided(index)[0]?.intentId))
    expect(new Set(ids).size).toBe(7)
    expect(ids[0]).toBe(`alpha:BTC-USD@kraken:1m:${START_MS + 60_000}`)
    expect(strategy.decide(contextOf({ bars: {} }))).toEqual([])
    expect(strategy.decide(contextOf({ bars: { '1m': viewOf([]) } }))).toEqual([])
    expect(strategy.decide(contextOf({ bars: { '1m': viewOf(bars) }, nowMs: START_MS }))).toEqual([])
  })
})
