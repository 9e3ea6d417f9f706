import { describe, expect, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import { NO_INTENTS } from '#strategies/decision'
import { configureStrategy } from '#strategies/registry'
import { playCloses, Scene } from './play'
import { barsOf } from './strategy-fixture'

const breaking = (parameters: object = {}) =>
  configureStrategy('donchian-breakout', { timeframe: '1m', entryPeriod: 3, exitPeriod: 2, quantity: '0.01', ...parameters })

/*
 * Highs and lows lie 1 beyond open and close; each bar opens at the close before.
 *   close      10    10    10    11     12     14     11       9
 *   high, low  11 9  11 9  11 9  12 9   13 10  15 11  15 10    12 8
 *   upper of 3 before            11     12     13     15       15
 *   lower of 2 before            9      9      9      10       10
 * The fourth close is on the upper line; the fifth is on it again; the sixth exceeds it; the last one falls below the lower line.
 */
const CLOSES = [10, 10, 10, 11, 12, 14, 11, 9]
const after = (count: number, parameters: object = {}, closes = CLOSES) => {
  const scene = new Scene(breaking(parameters))
  for (const bar of barsOf(closes.slice(0, count))) scene.hear(bar)
  return scene
}

describe('breakout of a Donchian channel', () => {
  test('STR-09 by hand: long above the highs before, flat below the lows before, nothing on the lines', () => {
    expect(playCloses(breaking(), CLOSES)).toEqual([
      { at: 5, to: '0.01' },
      { at: 7, to: '0' },
    ])
    expect(after(4).readings).toMatchObject({ close: 11, upper: 11, lower: 9 })
    expect([after(4).decide(), after(5).decide()]).toEqual([NO_INTENTS, NO_INTENTS])
  })

  test('STR-02 says what it wants and why, without a stop', () => {
    expect(after(6).decide()[0]).toMatchObject({
      kind: 'enter',
      target: { kind: 'quantity', quantity: decimal('0.01') },
      stopPrice: null,
      metadata: { reason: 'close above the channel', close: 14, upper: 13, lower: 9 },
    })
    expect(after(8).decide('0.01')[0]).toMatchObject({ kind: 'exit', metadata: { reason: 'close below the channel', close: 9, lower: 10 } })
    expect(after(6, { quantity: null }).decide()[0]?.target).toEqual({ kind: 'risk', direction: 'long' })
  })

  test('EXE-01 states its target on the first close beyond, and on further ones while the position is another', () => {
    const closes = [...CLOSES.slice(0, 6), 20, 26, 20, 10, 5]
    // Two closes above in a row, then two below.
    expect(after(7, {}, closes).decide('0')[0]?.kind).toBe('enter')
    expect(after(7, {}, closes).decide('0.01')).toBe(NO_INTENTS)
    expect(after(6, {}, closes).decide('0.01')[0]?.kind).toBe('enter')
    expect(after(10, {}, closes).decide('0')[0]?.kind).toBe('exit')
    expect(after(11, {}, closes).decide('0.01')[0]?.kind).toBe('exit')
    expect(after(11, {}, closes).decide('0')).toBe(NO_INTENTS)
  })

  test('STR-09 says nothing before both channels are whole, and on that very bar if it breaks out there', () => {
    const strategy = configureStrategy('donchian-breakout', { timeframe: '1m', quantity: '0.01' })
    expect(strategy.warmUpBars).toEqual({ '1m': 21 })
    expect(playCloses(strategy, [...Array(20).fill(100), 110])).toEqual([{ at: 20, to: '0.01' }])
    // A breakout one bar early is not heard of; its own high then stands in the way.
    expect(playCloses(strategy, [...Array(19).fill(100), 110, 110])).toEqual([])
    expect(breaking({ entryPeriod: 5, exitPeriod: 30 }).warmUpBars).toEqual({ '1m': 31 })
  })
})
