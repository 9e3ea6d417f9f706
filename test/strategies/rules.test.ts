import { describe, expect, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import type { Bar } from '#domain/market'
import { NO_INTENTS } from '#strategies/decision'
import { Lagged } from '#strategies/indicators/lagged'
import { configureStrategy } from '#strategies/registry'
import { Scene } from './play'
import { barsOf, contextOf, viewOf, walk } from './strategy-fixture'

const SHORT = {
  timeframe: '1m',
  momentumBars: 3,
  momentumFullRatio: 0.1,
  breakoutBars: 3,
  rangeBars: 2,
  volumeBars: 3,
  volumeFullRatio: 3,
} as const
const withParameters = (over: object = {}) => configureStrategy('rules', { ...SHORT, ...over })

/** Bars of closes and volumes; high and low one beyond open and close. */
function market(closes: readonly number[], volumes: readonly number[] = []): readonly Bar[] {
  return barsOf(closes).map((bar, index) => ({ ...bar, volume: volumes[index] ?? 1 }))
}

function after(bars: readonly Bar[], over: object = {}): Scene {
  const scene = new Scene(withParameters(over))
  for (const bar of bars) scene.hear(bar)
  return scene
}

const FLAT = [100, 100, 100, 100]

/** The scores of the newest bar, computed anew from the bars alone. */
function plainScores(bars: readonly Bar[], terms: Record<string, number>) {
  const { momentumBars = 1, breakoutBars = 1, rangeBars = 1, volumeBars = 1 } = terms
  const { momentumFullRatio = 1, breakoutFullRanges = 1, volumeFullRatio = 2 } = terms
  const newest = bars.at(-1) as Bar
  const before = bars.slice(0, -1)
  const clamp = (value: number) => Math.min(1, Math.max(0, value))
  const momentum = newest.close / (bars.at(-1 - momentumBars) as Bar).close - 1
  const upper = Math.max(...before.slice(-breakoutBars).map((bar) => bar.high))
  const range = bars
    .slice(-rangeBars)
    .map((bar, index) => {
      const previous = bars[bars.length - rangeBars + index - 1] as Bar
      return Math.max(bar.high, previous.close) - Math.min(bar.low, previous.close)
    })
    .reduce((sum, value) => sum + value, 0)
  const mean = before.slice(-volumeBars).reduce((sum, bar) => sum + bar.volume, 0) / volumeBars
  return {
    momentumScore: clamp(momentum / momentumFullRatio),
    breakoutScore: newest.close > upper ? 0.5 + clamp((newest.close - upper) / (breakoutFullRanges * (range / rangeBars))) / 2 : 0,
    volumeScore: newest.close > newest.open ? clamp((newest.volume / mean - 1) / (volumeFullRatio - 1)) : 0,
  }
}

describe('the triggers of the rules engine', () => {
  test('STR-06 by hand: each scores over its own lookback', () => {
    // 105 is 5 % above the close three bars before, above the highs before (101) by 4 with ranges of 2 and 7, on twice the volume.
    const { readings } = after(market([...FLAT, 105], [1, 1, 1, 1, 2]))
    expect(readings).toMatchObject({ close: 105, upper: 101, volumeRatio: 2, volumeScore: 0.5 })
    expect(readings['momentumScore']).toBeCloseTo(0.5, 12)
    expect(readings['breakoutScore']).toBeCloseTo(0.5 + 4 / 4.5 / 2, 12)
  })

  test('STR-06 agree with a plain computation over the bars, at every bar of seeded walks', () => {
    const terms = { momentumBars: 5, momentumFullRatio: 0.01, breakoutBars: 7, breakoutFullRanges: 2, rangeBars: 4, volumeBars: 6 }
    for (const seed of [1, 2, 3]) {
      const volumes = walk(300, seed + 10, 10, 4).map((value) => Math.abs(value))
      const bars = market(walk(300, seed, 1_000, 4), volumes)
      const scene = new Scene(withParameters({ ...terms, volumeFullRatio: 3 }))
      for (const [index, bar] of bars.entries()) {
        scene.hear(bar)
        if (index < 7) continue
        const plain = plainScores(bars.slice(0, index + 1), { ...terms, volumeFullRatio: 3 })
        for (const [name, score] of Object.entries(plain)) expect(scene.readings[name]).toBeCloseTo(score, 9)
      }
    }
  })

  test('STR-06 a trigger fires at the threshold and not below it', () => {
    const bars = market([...FLAT, 100.9], [1, 1, 1, 1, 2]) // no breakout, little momentum, a volume score of one half
    expect(after(bars, { minConviction: 0, triggerScoreMin: 0.5 }).decide()[0]?.metadata).toMatchObject({ trigger: 'volume', fired: 1 })
    expect(after(bars, { minConviction: 0, triggerScoreMin: 0.51 }).decide()).toBe(NO_INTENTS)
  })

  test('STR-06 a volume spike counts on bars that rose alone, and markets without any volume have none', () => {
    expect(after(market([...FLAT, 99], [1, 1, 1, 1, 9])).readings['volumeScore']).toBe(0)
    expect(after(market([...FLAT, 101], [0, 0, 0, 0, 0])).readings['volumeScore']).toBe(0)
    expect(after(market([...FLAT, 101], [0, 0, 0, 0, 1])).readings['volumeScore']).toBe(1)
  })

  test('STR-06 the lag is NaN until it is full', () => {
    const lagged = new Lagged(2)
    expect([1, 2, 3, 4, 5].map((value) => lagged.push(value))).toEqual([Number.NaN, Number.NaN, 1, 2, 3])
  })
})

describe('the rules engine', () => {
  const rising = market([...FLAT, 105], [1, 1, 1, 1, 2])

  test('STR-09 proposes a long with stop, target and conviction, and says why', () => {
    const [intent] = after(rising).decide()
    expect(intent).toMatchObject({
      strategyId: 'rules',
      kind: 'enter',
      target: { kind: 'risk', direction: 'long' },
      stopPrice: decimal('102.9'),
      takeProfitPrice: decimal('109.2'),
      metadata: { reason: 'breakout fired', trigger: 'breakout' },
    })
    // The breakout is the strongest; volume fires too, momentum just misses its half in doubles.
    const fired = Number(intent?.metadata['fired'])
    expect(intent?.conviction).toBeCloseTo(Math.min(1, Number(intent?.metadata['score']) + (fired - 1) * 0.1), 12)
    expect(after(rising, { quantity: '0.5' }).decide()[0]?.target).toEqual({ kind: 'quantity', quantity: decimal('0.5') })
  })

  test('STR-02 proposes nothing below its least conviction', () => {
    const weak = market([...FLAT, 100.9], [1, 1, 1, 1, 2])
    expect(after(weak, { minConviction: 0.6 }).decide()).toBe(NO_INTENTS)
    expect(after(weak, { minConviction: 0.5 }).decide()).toHaveLength(1)
  })

  test('STR-09 is left at stop, at target and when the momentum is gone; it does not enter twice', () => {
    const scene = after(rising)
    const held = (entryPrice: string) =>
      scene.strategy.decide(
        contextOf({ bars: { '1m': viewOf(rising) }, readings: scene.readings, netQuantity: '1', entryPrice, shorts: true }),
      )
    expect(held('104')).toBe(NO_INTENTS)
    expect(held('107.2')[0]).toMatchObject({ kind: 'exit', metadata: { reason: 'close at the stop' } })
    expect(held('100.9')[0]).toMatchObject({ kind: 'exit', metadata: { reason: 'close at the target' } })
    const falling = after(market([...FLAT, 98]))
    expect(falling.decide('1')[0]).toMatchObject({ kind: 'exit', metadata: { reason: 'momentum is gone' } })
    expect(falling.decide('0')[0]?.kind).toBe('exit') // what still rests of an entry is withdrawn, once
    expect(after(market([...FLAT, 98, 98])).decide('0')).toBe(NO_INTENTS)
  })

  test('RSK-05 never wants to be short, whatever the market does and the venue allows', () => {
    for (const seed of [4, 5, 6]) {
      const scene = new Scene(withParameters({ momentumFullRatio: 0.005, minConviction: 0 }))
      for (const bar of market(walk(400, seed, 1_000, 6))) {
        const wishes = [...scene.hear(bar).decide('0', true), ...scene.decide('1', true)]
        for (const { kind, target } of wishes) {
          expect(['enter', 'exit']).toContain(kind)
          expect(target).toEqual(kind === 'enter' ? { kind: 'risk', direction: 'long' } : { kind: 'flat' })
        }
      }
    }
  })

  test('STR-06 tells how many entries a bot may take from it in a cycle', () => {
    expect(withParameters().entriesPerCycleMax).toBe(5)
    expect(withParameters({ maxTriggersPerCycle: 2 }).entriesPerCycleMax).toBe(2)
    expect(configureStrategy('rsi-reversion', {}).entriesPerCycleMax).toBeNull()
  })

  test('RUN-09 refuses stops beyond targets, and a momentum to leave at above that to enter at', () => {
    expect(() => withParameters({ stopRatio: 0.1 })).toThrow(
      'targetRatio = undefined: must not be below stopRatio'.replace('undefined', 'nothing'),
    )
    expect(() => withParameters({ leaveRatio: 0.5 })).toThrow('leaveRatio = 0.5: must be below momentumFullRatio')
  })
})
