import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { decimal, toNumber } from '#domain/decimal'
import type { Intent } from '#domain/intent'
import { TIMEFRAME_MS } from '#domain/time'
import { configureStrategy } from '#strategies/registry'
import { barsOf, contextOf, type Scene, START_MS, viewOf, walk } from './strategy-fixture'

/** Short averages on one minute, as the sandbox has them. */
const SHORT = { timeframes: ['1m'], fastPeriod: 3, slowPeriod: 8, atrPeriod: 5, minConfidence: 0 }
const WARM = 26

const rising = Array.from({ length: 60 }, (_, index) => 100 + index * 2)
const falling = [...rising].reverse()
const level = Array.from({ length: 60 }, () => 100)

function decide(closes: readonly number[], scene: Partial<Scene> = {}, parameters: object = {}): Intent {
  const strategy = configureStrategy('trend-following', { ...SHORT, ...parameters })
  const intents = strategy.decide(contextOf({ bars: { '1m': viewOf(barsOf(closes)) }, ...scene }))
  const [intent] = intents
  if (intent === undefined || intents.length !== 1) throw new Error(`${intents.length} intents instead of one`)
  return intent
}

const summary = (intent: Intent): readonly unknown[] => [intent.kind, intent.target]
const ENTER_LONG: readonly unknown[] = ['enter', { kind: 'risk', direction: 'long' }]
const ENTER_SHORT: readonly unknown[] = ['enter', { kind: 'risk', direction: 'short' }]
const EXIT: readonly unknown[] = ['exit', { kind: 'flat' }]
const HOLD: readonly unknown[] = ['hold', { kind: 'unchanged' }]

describe('the target of every close', () => {
  test('STR-07 is long while fast is above slow, and unchanged once it is long', () => {
    expect(summary(decide(rising))).toEqual(ENTER_LONG)
    expect(summary(decide(rising, { netQuantity: '0.5', entryPrice: '150' }))).toEqual(HOLD)
  })

  test('STR-07 is flat while fast is below slow where shorts are barred', () => {
    expect(summary(decide(falling))).toEqual(HOLD)
    expect(summary(decide(falling, { netQuantity: '0.5' }))).toEqual(EXIT)
  })

  test('STR-07 is short while fast is below slow where shorts are allowed, a long position turns', () => {
    expect(summary(decide(falling, { shorts: true }))).toEqual(ENTER_SHORT)
    expect(summary(decide(falling, { shorts: true, netQuantity: '0.5' }))).toEqual(ENTER_SHORT)
    expect(summary(decide(falling, { shorts: true, netQuantity: '-0.5' }))).toEqual(HOLD)
    expect(summary(decide(rising, { shorts: true, netQuantity: '-0.5' }))).toEqual(ENTER_LONG)
  })

  test('STR-07 is flat when the averages are equal', () => {
    expect(summary(decide(level))).toEqual(HOLD)
    expect(summary(decide(level, { netQuantity: '1' }))).toEqual(EXIT)
  })

  test('STR-07 enters at most maxPositions instruments; a turn needs no further place, an exit none', () => {
    expect(summary(decide(rising, { openPositions: 5 }))).toEqual(ENTER_LONG)
    const full = decide(rising, { openPositions: 6 })
    expect(summary(full)).toEqual(HOLD)
    expect(full.metadata['reason']).toBe('6 positions are open')
    expect(summary(decide(rising, { openPositions: 2 }, { maxPositions: 2 }))).toEqual(HOLD)
    expect(summary(decide(falling, { openPositions: 6, netQuantity: '1', shorts: true }))).toEqual(ENTER_SHORT)
    expect(summary(decide(falling, { openPositions: 6, netQuantity: '1' }))).toEqual(EXIT)
  })

  test('STR-07 enters with minConfidence at least, and exits without any', () => {
    // A step of 0.05 a bar with ranges of 2.05: the averages are (8 − 3) / 2 × 0.05 = 0.125 apart, 0.061 of a range.
    const slow = Array.from({ length: 60 }, (_, index) => 100 + index * 0.05)
    const weak = decide(slow, {}, { minConfidence: 0.6 })
    expect(weak.conviction).toBeCloseTo(0.125 / 2.05, 10)
    expect(summary(weak)).toEqual(HOLD)
    expect(weak.metadata['reason']).toBe('confidence below 0.6')
    expect(summary(decide(slow, {}, { minConfidence: 0.06 }))).toEqual(ENTER_LONG)
    expect(summary(decide([...slow].reverse(), { netQuantity: '1' }, { minConfidence: 0.6 }))).toEqual(EXIT)
    // Too weak to turn short, strong enough to leave.
    expect(summary(decide([...slow].reverse(), { netQuantity: '1', shorts: true }, { minConfidence: 0.6 }))).toEqual(EXIT)
  })

  test('STR-07 is sure of itself from one whole range on', () => {
    // 2 a bar with ranges of 4: averages 5 apart.
    expect(decide(rising).conviction).toBe(1)
  })

  test('STR-07 sets the stop by the range and the target at R stops', () => {
    // The last close is 218 and every true range 4: stop 2 × 4 below, target 2 × 8 above.
    expect(decide(rising)).toMatchObject({ stopPrice: decimal(210), takeProfitPrice: decimal(234), routing: null })
    expect(decide(rising, {}, { atrMultiple: 0.5, rMultiple: 3 })).toMatchObject({ stopPrice: decimal(216), takeProfitPrice: decimal(224) })
    expect(decide(falling, { shorts: true })).toMatchObject({ stopPrice: decimal(108), takeProfitPrice: decimal(84) })
    expect(decide(rising, { netQuantity: '1' })).toMatchObject({ stopPrice: null, takeProfitPrice: null })
  })

  test('STR-07 sets the stop by the recent swing where it is told so', () => {
    // Of the last 4 bars the first opened at 210 and has its low at 209.
    expect(decide(rising, {}, { stop: 'swing', swingBars: 4 })).toMatchObject({ stopPrice: decimal(209), takeProfitPrice: decimal(236) })
    // Falling: 218 … 100, the fourth last bar opened at 108 and has its high at 109.
    expect(decide(falling, { shorts: true }, { stop: 'swing', swingBars: 4 })).toMatchObject({
      stopPrice: decimal(109),
      takeProfitPrice: decimal(82),
    })
  })

  test('STR-07 does not enter without a stop: none fits below a price, or the bars have no range', () => {
    const refused = decide(rising, {}, { atrMultiple: 50, atrPeriod: 5 }) // 50 × 4 = 200 below 218: fits
    expect(summary(refused)).toEqual(ENTER_LONG)
    const high = decide(
      rising.map((close) => close - 90),
      {},
      { atrMultiple: 50 },
    ) // 128 − 200
    expect(summary(high)).toEqual(HOLD)
    expect(high.metadata['reason']).toBe('no range to set a stop by')
    // A short with a target below zero goes without a target.
    expect(decide(falling, { shorts: true }, { atrMultiple: 20 })).toMatchObject({ stopPrice: decimal(180), takeProfitPrice: null })
  })

  test('STR-07 reckons with exponential averages where it is told so', () => {
    const intent = decide(rising, {}, { average: 'exponential' })
    expect(summary(intent)).toEqual(ENTER_LONG)
    // On a straight line an average of period n trails by (n − 1) / 2 steps of 2: 218 − 2 and 218 − 7, the seed's traces apart.
    expect(intent.metadata['fast']).toBeCloseTo(216, 3)
    expect(Math.abs(Number(intent.metadata['slow']) - 211)).toBeLessThan(0.03)
  })
})

describe('what it is decided on', () => {
  test('STR-01 names an intent by bot, instrument, timeframe and bar close: decided again, it is the same', () => {
    const intent = decide(rising)
    expect(String(intent.intentId)).toBe(`alpha:BTC-USD@kraken:1m:${START_MS + 60 * 60_000}`)
    expect(intent).toMatchObject({ decidedOnMs: START_MS + 3_600_000, timeframe: '1m', strategyId: 'trend-following' } as object)
    expect(decide(rising)).toEqual(intent)
    expect(decide([...rising, 220]).intentId).not.toBe(intent.intentId)
  })

  test('STR-07 waits until it is warm, and decides on the very bar that makes it so', () => {
    const strategy = configureStrategy('trend-following', SHORT)
    expect(strategy.warmUpBars).toEqual({ '1m': WARM })
    expect(strategy.decide(contextOf({ bars: { '1m': viewOf(barsOf(rising.slice(0, WARM - 1))) } }))).toEqual([])
    expect(strategy.decide(contextOf({ bars: { '1m': viewOf(barsOf(rising.slice(0, WARM))) } }))).toHaveLength(1)
    expect(strategy.decide(contextOf({ bars: {} }))).toEqual([])
  })

  const averages = fc.constantFrom('simple', 'exponential')

  test('STR-01 does not look ahead: cutting off what came later changes no decision', () => {
    fc.assert(
      fc.property(averages, fc.nat(), fc.integer({ min: 40, max: 119 }), (average, seed, end) => {
        const strategy = configureStrategy('trend-following', { ...SHORT, average })
        const bars = barsOf(walk(120, seed))
        const nowMs = START_MS + end * 60_000
        const withFuture = strategy.decide(contextOf({ bars: { '1m': viewOf(bars) }, nowMs }))
        const without = strategy.decide(contextOf({ bars: { '1m': viewOf(bars.slice(0, end)) } }))
        expect(without).toHaveLength(1)
        expect(withFuture).toEqual(without)
      }),
    )
  })

  test('STR-07 does not depend on bars older than its warm-up, to the last bit, with either average', () => {
    fc.assert(
      fc.property(averages, fc.nat(), fc.integer({ min: 0, max: 200 }), (average, seed, older) => {
        const strategy = configureStrategy('trend-following', { ...SHORT, average, slowPeriod: 10 })
        const needed = strategy.warmUpBars['1m'] ?? 0
        const bars = barsOf(walk(needed + older, seed))
        const long = strategy.decide(contextOf({ bars: { '1m': viewOf(bars) } }))
        const short = strategy.decide(contextOf({ bars: { '1m': viewOf(bars.slice(-needed)) } }))
        expect(long).toHaveLength(1)
        expect(short).toEqual(long)
      }),
    )
  })

  test('STR-07 with a seed at the warm-up, the exponential average is within 0.05 % of the seed error of an endless one', () => {
    const closes = walk(1_000, 42, 100, 1)
    const intent = decide(closes, {}, { average: 'exponential' })
    let endless = closes[0] ?? 0
    for (const close of closes.slice(1)) endless += (2 / 9) * (close - endless)
    const seedError = Math.max(...closes) - Math.min(...closes)
    expect(Math.abs(Number(intent.metadata['slow']) - endless)).toBeLessThan(0.0005 * seedError)
  })
})

describe('several timeframes', () => {
  const strategy = configureStrategy('trend-following', { ...SHORT, timeframes: ['5m', '1m'] })
  // An hour and more of minutes; the five-minute bars end at the same instant.
  const minutes = (closes: readonly number[]) => viewOf(barsOf(closes, '1m', 1, START_MS))
  const endMs = START_MS + 60 * 60_000
  const fives = (closes: readonly number[], lastCloseMs: number) =>
    viewOf(barsOf(closes, '5m', 1, lastCloseMs - closes.length * TIMEFRAME_MS['5m']))

  test('STR-07 is decided on the shortest and needs all to agree', () => {
    expect([strategy.decidesOn, strategy.warmUpBars]).toEqual(['1m', { '1m': WARM, '5m': WARM + 1 }])
    const both = (five: readonly number[], netQuantity = '0') =>
      strategy.decide(contextOf({ bars: { '1m': minutes(rising), '5m': fives(five, endMs) }, netQuantity })).map(summary)
    expect(both(rising)).toEqual([ENTER_LONG])
    expect(both(falling)).toEqual([HOLD])
    expect(both(falling, '1')).toEqual([EXIT])
    expect(both(rising, '1')).toEqual([HOLD])
  })

  test('STR-07 is as sure as the least sure of them', () => {
    const gentle = Array.from({ length: 60 }, (_, index) => 100 + index * 0.05)
    const [intent] = strategy.decide(contextOf({ bars: { '1m': minutes(rising), '5m': fives(gentle, endMs) } }))
    expect(intent?.conviction).toBeCloseTo(0.125 / 2.05, 10)
  })

  test('STR-01 does not depend on whether the longer bar of the same instant has come yet', () => {
    const turned = [...rising.slice(0, -1), 0]
    const before = strategy.decide(contextOf({ bars: { '1m': minutes(rising), '5m': fives(rising.slice(0, -1), endMs - 300_000) } }))
    const after = strategy.decide(contextOf({ bars: { '1m': minutes(rising), '5m': fives(turned, endMs) } }))
    expect(before.map(summary)).toEqual([ENTER_LONG])
    expect(after).toEqual(before)
  })

  test('STR-07 waits until the longest is warm', () => {
    const bars = { '1m': minutes(rising), '5m': fives(rising.slice(0, WARM), endMs) }
    expect(strategy.decide(contextOf({ bars }))).toEqual([])
  })
})

describe('on the noise of a sandbox', () => {
  test('STR-07 with minConfidence 0 and averages of 3 and 8 minutes, a walk is acted on about every seven minutes', () => {
    // In steps of the walk fast − slow weighs (5, 10, 15, 12, 9, 6, 3) / 24, whose lag-one correlation is 560 / 620 = 0.903. Such a
    // series changes sign with arccos(0.903) / π = 0.141 a bar, and each change is an order while shorts are barred.
    const strategy = configureStrategy('trend-following', { ...SHORT, atrPeriod: 14 })
    let orders = 0
    let entriesAtOnce = 0
    for (let seed = 1; seed <= 40; seed++) {
      const closes = walk(130, seed * 7_919)
      let isLong = false
      for (let end = 101; end <= 130; end++) {
        const view = viewOf(barsOf(closes.slice(0, end), '1m', 0.05))
        const [intent] = strategy.decide(contextOf({ bars: { '1m': view }, ...(isLong ? { netQuantity: '1' } : {}) }))
        if (intent?.kind !== 'enter' && intent?.kind !== 'exit') continue
        isLong = intent.kind === 'enter'
        orders++
        if (end === 101) entriesAtOnce++
      }
    }
    // 40 half hours: 20 entries at the first decision are expected, and 40 × 29 × 0.141 = 164 orders after it.
    expect(entriesAtOnce).toBeGreaterThan(10)
    expect(entriesAtOnce).toBeLessThan(30)
    expect(orders - entriesAtOnce).toBeGreaterThan(130)
    expect(orders - entriesAtOnce).toBeLessThan(200)
  })

  test('STR-02 every stop lies below an entry and every target above it', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom('atr', 'swing'), (seed, stop) => {
        const closes = walk(60, seed)
        const intent = decide(closes, {}, { stop })
        if (intent.kind !== 'enter' || intent.stopPrice === null || intent.takeProfitPrice === null) return
        const close = closes[59] ?? 0
        const risk = close - toNumber(intent.stopPrice)
        expect(risk).toBeGreaterThan(0)
        expect((toNumber(intent.takeProfitPrice) - close) / risk).toBeCloseTo(2, 6)
      }),
    )
  })
})
