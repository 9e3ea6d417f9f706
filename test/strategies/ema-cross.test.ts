import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { decimal } from '#domain/decimal'
import { NO_INTENTS } from '#strategies/decision'
import { configureStrategy } from '#strategies/registry'
import { playCloses, Scene } from './play'
import { barsOf, START_MS, walk } from './strategy-fixture'

const crossing = (parameters: object = {}) =>
  configureStrategy('ema-cross', { timeframe: '1m', fastPeriod: 1, slowPeriod: 3, quantity: '0.01', ...parameters })

/*
 * With periods of 1 and 3 the fast average is the close and the slow one half the close and half itself before:
 *   close  10   8     8      12      12      7       7       13
 *   slow   10   9     8.5    10.25   11.125  9.0625  8.03125 10.515625
 */
const CLOSES = [10, 8, 8, 12, 12, 7, 7, 13]
const after = (count: number, parameters: object = {}) => {
  const scene = new Scene(crossing(parameters))
  for (const bar of barsOf(CLOSES.slice(0, count))) scene.hear(bar)
  return scene
}

describe('the cross of two averages', () => {
  test('STR-01 by hand: long at the fourth close, flat at the sixth, long at the eighth', () => {
    expect(playCloses(crossing(), CLOSES)).toEqual([
      { at: 3, to: '0.01' },
      { at: 5, to: '0' },
      { at: 7, to: '0.01' },
    ])
  })

  test('STR-01 always in turns short instead of leaving, and leaves where the venue does not lend', () => {
    const turns = crossing({ mode: 'alwaysIn' })
    expect(playCloses(turns, CLOSES).map((move) => move.to)).toEqual(['0.01', '-0.01', '0.01'])
    expect(playCloses(turns, CLOSES, false).map((move) => move.to)).toEqual(['0.01', '0', '0.01'])
    expect(playCloses(turns, [10, 9, 9, 12, 12, 7]).at(-1)).toEqual({ at: 5, to: '-0.01' })
  })

  test('STR-02 says what it wants and why, without a stop, with the id of its bar', () => {
    const [intent] = after(4).decide()
    expect(intent).toMatchObject({
      kind: 'enter',
      target: { kind: 'quantity', quantity: decimal('0.01') },
      stopPrice: null,
      takeProfitPrice: null,
      conviction: 1,
      routing: null,
      metadata: { reason: 'crossed above', fast: 12, slow: 10.25 },
    })
    expect(String(intent?.intentId)).toBe(`alpha:BTC-USD@kraken:1m:${START_MS + 4 * 60_000}`)
    expect(after(6).decide('0.01')[0]).toMatchObject({
      kind: 'exit',
      target: { kind: 'flat' },
      metadata: { reason: 'crossed below', fast: 7, slow: 9.0625 },
    })
  })

  test('EXE-01 leaves the size to risk where no quantity is given', () => {
    expect(after(4, { quantity: null }).decide()[0]?.target).toEqual({ kind: 'risk', direction: 'long' })
    expect(after(6, { quantity: null, mode: 'alwaysIn' }).decide()[0]?.target).toEqual({ kind: 'risk', direction: 'short' })
  })

  test('EXE-01 an entry that was refused waits for the next cross, an exit is asked for until the position is gone', () => {
    expect(after(5).decide('0')).toBe(NO_INTENTS)
    expect(after(7).decide('0.01')[0]).toMatchObject({ kind: 'exit', metadata: { reason: 'long no longer holds' } })
    expect(after(7).decide('0.004')[0]?.kind).toBe('exit')
    expect(after(7).decide('0')).toBe(NO_INTENTS)
    const turned = after(5, { mode: 'alwaysIn' })
    expect(turned.decide('-0.01')[0]).toMatchObject({ kind: 'exit', metadata: { reason: 'short no longer holds' } })
    expect(turned.decide('0.01')).toBe(NO_INTENTS)
  })

  test('EXE-01 a cross states its target whatever is held, so that what still works for the other side is withdrawn', () => {
    expect(after(6).decide('0')[0]?.kind).toBe('exit')
    expect(after(8).decide('0.01')[0]?.kind).toBe('enter')
  })

  test('STR-01 averages that touch and part again on the same side do not cross; equal ones say nothing', () => {
    // All closes equal: fast = slow to the last bit, and a cross when they part.
    expect(playCloses(crossing({ fastPeriod: 2, slowPeriod: 5 }), [...Array(30).fill(46_319), 46_320])).toEqual([{ at: 30, to: '0.01' }])
    const equal = new Scene(crossing())
    for (const bar of barsOf([10, 10, 10, 10, 10])) equal.hear(bar)
    expect([equal.decide('0.01'), equal.decide('-0.01')]).toEqual([NO_INTENTS, NO_INTENTS])
  })

  test('STR-01 says nothing before the bar number slowPeriod + 1, and on that very one if it crosses there', () => {
    const strategy = configureStrategy('ema-cross', { timeframe: '1m', quantity: '0.01' })
    const falling = Array.from({ length: 20 }, (_, index) => 100 - index)
    expect(strategy.warmUpBars).toEqual({ '1m': 21 })
    expect(playCloses(strategy, [...falling, 200])).toEqual([{ at: 20, to: '0.01' }])
    // A bar earlier the same cross is not heard of, and by the next bar it has gone by.
    expect(playCloses(strategy, [...falling.slice(1), 200, 200])).toEqual([])
    const scene = new Scene(strategy)
    for (const [index, bar] of barsOf([...falling, 200]).entries()) {
      scene.hear(bar)
      expect(Object.values(scene.readings).every(Number.isNaN)).toBe(index < 20)
      if (index < 20) expect([scene.decide('1'), scene.decide('0'), scene.decide('-1')]).toEqual([NO_INTENTS, NO_INTENTS, NO_INTENTS])
    }
  })
})

test('STR-01 two studies that heard the same bars hold the same doubles, in one object throughout', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 21, max: 200 }), (seed, length) => {
      const strategy = configureStrategy('ema-cross', { timeframe: '1m' })
      const [one, other] = [new Scene(strategy), new Scene(strategy)]
      const first = one.readings
      for (const bar of barsOf(walk(length, seed))) one.hear(bar)
      for (const bar of barsOf(walk(length, seed))) other.hear(bar)
      expect(one.readings).toBe(first)
      expect(one.readings).toEqual(other.readings)
      expect(Object.values(one.readings).every(Number.isFinite)).toBe(true)
    }),
  )
})
