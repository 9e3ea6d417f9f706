import { describe, expect, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import { NO_INTENTS } from '#strategies/decision'
import { configureStrategy } from '#strategies/registry'
import { playCloses, Scene } from './play'
import { barsOf } from './strategy-fixture'

const reverting = (parameters: object = {}) =>
  configureStrategy('bollinger-reversion', { timeframe: '1m', period: 4, deviations: 1, quantity: '0.01', ...parameters })

/*
 * Of four closes, one deviation:
 *   closes           mean   deviation        lower   the last close
 *   10 10 10 10      10     0                10      on it
 *   10 10 10 6       9      √3 = 1.732       7.268   below: a cross
 *   10 10 6 6        8      2                6       on it
 *   10 6 6 4         6.5    √4.75 = 2.179    4.321   below, and the one before on it: a cross
 *   6 6 4 3          4.75   √1.6875 = 1.299  3.451   below, and so was the one before: no cross
 *   6 4 3 5          4.5    √1.25            –       above the middle
 */
const CLOSES = [10, 10, 10, 10, 6, 6, 4, 3, 5, 9]
const after = (count: number, parameters: object = {}) => {
  const scene = new Scene(reverting(parameters))
  for (const bar of barsOf(CLOSES.slice(0, count))) scene.hear(bar)
  return scene
}

describe('mean reversion on Bollinger bands', () => {
  test('STR-08 by hand: long below the lower band, flat at the middle', () => {
    expect(playCloses(reverting(), CLOSES)).toEqual([
      { at: 4, to: '0.01' },
      { at: 8, to: '0' },
    ])
  })

  test('STR-08 enters on the cross only: the close before was not below its own band', () => {
    expect(after(5).decide()[0]?.kind).toBe('enter')
    expect(after(6).decide()).toBe(NO_INTENTS)
    expect(after(7).decide()[0]?.kind).toBe('enter')
    expect(after(8).decide()).toBe(NO_INTENTS)
  })

  test('STR-02 says what it wants and why, without a stop', () => {
    const [intent] = after(5).decide()
    expect(intent).toMatchObject({
      kind: 'enter',
      target: { kind: 'quantity', quantity: decimal('0.01') },
      stopPrice: null,
      metadata: { reason: 'close below the lower band', close: 6, middle: 9 },
    })
    expect(intent?.metadata['lower']).toBeCloseTo(9 - Math.sqrt(3), 12)
    expect(after(5, { quantity: null }).decide()[0]?.target).toEqual({ kind: 'risk', direction: 'long' })
  })

  test('EXE-01 an exit is asked for at each close from the middle on; one that comes back there withdraws what rests', () => {
    expect(after(9).decide('0.01')[0]).toMatchObject({
      kind: 'exit',
      metadata: { reason: 'close back at the middle', close: 5, middle: 4.5 },
    })
    expect(after(10).decide('0.01')[0]?.kind).toBe('exit')
    expect(after(9).decide('0')[0]?.kind).toBe('exit')
    expect(after(10).decide('0')).toBe(NO_INTENTS)
  })

  test('STR-08 on closes that do not move it says nothing while flat, whatever the price', () => {
    for (const price of [46_319, 0.1, 1 / 3])
      expect(playCloses(reverting({ period: 20, deviations: 2 }), Array(60).fill(price))).toEqual([])
  })

  test('STR-08 says nothing before the bar number period + 1, and on that very one if it crosses there', () => {
    const strategy = configureStrategy('bollinger-reversion', { timeframe: '1m', quantity: '0.01' })
    expect([strategy.warmUpBars, strategy.settleBars]).toEqual([{ '1m': 21 }, 21])
    expect(playCloses(strategy, [...Array(20).fill(100), 90])).toEqual([{ at: 20, to: '0.01' }])
    expect(playCloses(strategy, [...Array(19).fill(100), 90, 90])).toEqual([])
  })
})
