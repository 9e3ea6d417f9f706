import { describe, expect, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import { NO_INTENTS } from '#strategies/decision'
import { configureStrategy } from '#strategies/registry'
import { playCloses, Scene } from './play'
import { barsOf } from './strategy-fixture'

const reverting = (parameters: object = {}) =>
  configureStrategy('rsi-reversion', { timeframe: '1m', period: 2, quantity: '0.01', ...parameters })

/*
 * Period 2, changes −2 −2 | +1 +4 +5 −1, averages of rise and fall:
 *   close  20  18  16        17             21                  26                     25
 *   rise           0         0.5            2.25                3.625                  1.8125
 *   fall           2         1              0.5                 0.25                   0.625
 *   index          0         33.3: enters   81.8: above 70      93.5                   74.4
 */
const CLOSES = [20, 18, 16, 17, 21, 26, 25]
const after = (count: number, parameters: object = {}) => {
  const scene = new Scene(reverting(parameters))
  for (const bar of barsOf(CLOSES.slice(0, count))) scene.hear(bar)
  return scene
}

describe('mean reversion on the relative strength index', () => {
  test('STR-08 by hand: long as the index comes up through 30, flat above 70', () => {
    expect(playCloses(reverting(), CLOSES)).toEqual([
      { at: 3, to: '0.01' },
      { at: 4, to: '0' },
    ])
    expect(playCloses(reverting({ leaveAbove: 90 }), CLOSES).at(-1)).toEqual({ at: 5, to: '0' })
  })

  test('STR-02 says what it wants and why, without a stop', () => {
    const [intent] = after(4).decide()
    expect(intent).toMatchObject({
      kind: 'enter',
      target: { kind: 'quantity', quantity: decimal('0.01') },
      stopPrice: null,
      metadata: { reason: 'index came up through oversold', previousIndex: 0, oversold: 30 },
    })
    expect(intent?.metadata['index']).toBeCloseTo(100 / 3, 12)
    expect(after(4, { quantity: null }).decide()[0]?.target).toEqual({ kind: 'risk', direction: 'long' })
  })

  test('STR-08 an index that was on the level counts as below it, one that is on it has not come through', () => {
    // The index is exactly 0 at the third close, and 0 is the level.
    expect(after(4, { oversold: 0 }).decide()[0]?.kind).toBe('enter')
    expect(after(3, { oversold: 0 }).decide()).toBe(NO_INTENTS)
  })

  test('EXE-01 an entry that was refused waits for the next cross, an exit is asked for until the position is gone', () => {
    expect(after(5, { leaveAbove: 90 }).decide('0')).toBe(NO_INTENTS)
    expect(after(6).decide('0.01')[0]).toMatchObject({ kind: 'exit', metadata: { leaveAbove: 70 } })
    expect(after(6).decide('0')).toBe(NO_INTENTS)
    // As the index comes up through the level, what of an entry still rests is withdrawn.
    expect(after(5).decide('0')[0]?.kind).toBe('exit')
  })

  test('STR-08 says nothing before the bar number period + 2, and on that very one if it crosses there', () => {
    const strategy = configureStrategy('rsi-reversion', { timeframe: '1m', quantity: '0.01' })
    const falling = Array.from({ length: 15 }, (_, index) => 100 - index)
    expect(strategy.warmUpBars).toEqual({ '1m': 16 })
    expect(playCloses(strategy, [...falling, 96])).toEqual([{ at: 15, to: '0.01' }])
    expect(playCloses(strategy, [...falling.slice(1), 96, 97])).toEqual([])
  })

  test('STR-08 closes that do not move are neither oversold nor overbought', () => {
    expect(playCloses(reverting({ period: 14 }), Array(60).fill(46_319))).toEqual([])
  })
})
