import { describe, expect, test } from 'bun:test'
import { decimal, toFixedScale } from '#domain/decimal'
import type { EngineBook, EngineLevel } from '#sim/engine/types'
import { BookFeed } from '#sim/kraken/book-feed'
import { bookChecksum, type WireLevel } from '#sim/kraken/checksum'
import { writeJson } from '#sim/kraken/wire-json'
import { Bench } from './harness'

const C1_ASKS =
  '45285.2 0.00100000|45286.4 1.54571953|45286.6 1.54571109|45289.6 1.54560911|45290.2 0.15890660|45291.8 1.54553491|45294.7 0.04454749|45296.1 0.35380000|45297.5 0.09945542|45299.5 0.18772827'
const C1_BIDS =
  '45283.5 0.10000000|45283.4 1.54582015|45282.1 0.10000000|45281.0 0.10000000|45280.3 1.54592586|45279.0 0.07990000|45277.6 0.03310103|45277.5 0.30000000|45277.3 1.54602737|45276.6 0.15445238'
const C2_BIDS =
  '0.5666 4831.75496356|0.5665 6658.22734739|0.5664 18724.91513344|0.5663 11563.92544914|0.5662 14006.65365711|0.5661 17454.85679807|0.566 18097.1547|0.5659 33644.89175666|0.5658 148.3464|0.5657 606.70854372'
const C2_ASKS =
  '0.5668 4410.79769741|0.5669 4655.40412487|0.567 49844.89424998|0.5671 24306.41678|0.5672 29783.25223475|0.5673 57234.71239278|0.5674 45065.04744|0.5675 5912.76380354|0.5676 42514.92434778|0.5677 36304.0847022'

function levels(text: string, priceScale: number): WireLevel[] {
  if (text === '') return []
  return text.split('|').map((level) => {
    const [price = '', quantity = ''] = level.split(' ')
    return { price: toFixedScale(decimal(price), priceScale), quantity: toFixedScale(decimal(quantity), 8) }
  })
}

describe('book checksum', () => {
  test('SIM-01 gives golden vector C1', () => {
    expect(bookChecksum(levels(C1_ASKS, 1), levels(C1_BIDS, 1))).toBe(3310070434)
  })

  test('SIM-01 gives golden vector C2 before and after its update', () => {
    const bids = levels(C2_BIDS, 4)
    expect(bookChecksum(levels(C2_ASKS, 4), bids)).toBe(2439117997)
    const changed = bids.map((level) => (level.price === '0.5657' ? { ...level, quantity: '1098.39475580' } : level))
    expect(bookChecksum(levels(C2_ASKS, 4), changed)).toBe(2114181697)
  })

  test('SIM-01 gives golden vector C3: short, one-sided and empty books', () => {
    expect(bookChecksum(levels('2.00 0.50000000', 2), levels('1.99 1.00000000|1.98 0.00000001', 2))).toBe(389389065)
    expect(bookChecksum(levels('2.00 0.50000000', 2), [])).toBe(2961792469)
    expect(bookChecksum([], [])).toBe(0)
  })

  test('SIM-01 looks at the ten best levels of each side alone', () => {
    const asks = levels(C1_ASKS, 1)
    expect(bookChecksum([...asks, { price: '46000.0', quantity: '1.00000000' }], levels(C1_BIDS, 1))).toBe(3310070434)
  })
})

function bookOf(bids: readonly [string, string][], asks: readonly [string, string][]): EngineBook {
  const level = ([price, quantity]: readonly [string, string]): EngineLevel => ({
    price: decimal(price),
    quantity: decimal(quantity),
    priceText: toFixedScale(decimal(price), 1),
    quantityText: toFixedScale(decimal(quantity), 8),
  })
  return { symbol: 'BTC/USD', bids: bids.map(level), asks: asks.map(level) }
}

const range = (from: number, count: number, step: number): [string, string][] =>
  Array.from({ length: count }, (_, index) => [String(from + index * step), '1'] as [string, string])

describe('book feed', () => {
  test('deletes a level that is gone, sets one that is new, and leaves unchanged ones out', () => {
    const feed = new BookFeed(10)
    feed.snapshot(
      bookOf(
        [
          ['100', '1'],
          ['99', '2'],
        ],
        [['101', '1']],
      ),
    )
    const frame = feed.update(
      bookOf(
        [
          ['100', '1'],
          ['98', '3'],
        ],
        [['101', '1.5']],
      ),
    )
    expect(writeJson({ bids: frame?.bids ?? null })).toBe('{"bids":[{"price":99.0,"qty":0.00000000},{"price":98.0,"qty":3.00000000}]}')
    expect(writeJson({ asks: frame?.asks ?? null })).toBe('{"asks":[{"price":101.0,"qty":1.50000000}]}')
    expect(
      feed.update(
        bookOf(
          [
            ['100', '1'],
            ['98', '3'],
          ],
          [['101', '1.5']],
        ),
      ),
    ).toBeNull()
  })

  test('sends no deletion for levels that better ones push over the depth', () => {
    const feed = new BookFeed(10)
    feed.snapshot(bookOf(range(100, 10, -1), []))
    const frame = feed.update(bookOf([['101', '1'], ...range(100, 9, -1)] as [string, string][], []))
    expect(writeJson(frame?.bids ?? null)).toBe('[{"price":101.0,"qty":1.00000000}]')
  })

  test('brings a level back into view when a better one leaves', () => {
    const feed = new BookFeed(10)
    feed.snapshot(bookOf([], range(100, 10, 1)))
    const frame = feed.update(bookOf([], range(101, 10, 1)))
    expect(writeJson(frame?.asks ?? null)).toBe('[{"price":100.0,"qty":0.00000000},{"price":110.0,"qty":1.00000000}]')
  })

  test('writes every seventh change of a quantity as a deletion and a new level in one frame', () => {
    const feed = new BookFeed(10)
    feed.snapshot(bookOf([['100', '1']], []))
    const texts = Array.from({ length: 7 }, (_, index) => writeJson(feed.update(bookOf([['100', `${index + 2}`]], []))?.bids ?? null))
    expect(texts[5]).toBe('[{"price":100.0,"qty":7.00000000}]')
    expect(texts[6]).toBe('[{"price":100.0,"qty":0.00000000},{"price":100.0,"qty":8.00000000}]')
  })
})

/** A client that follows the book by the rules of §4.6, apart from the emulator's own code. */
function follow(frames: readonly string[], depth: number): { checked: number } {
  const sides = { bids: new Map<string, string>(), asks: new Map<string, string>() }
  let checked = 0
  for (const text of frames) {
    const tokens = JSON.parse(text, (_key, value, context?: { source?: string }) =>
      typeof value === 'number' ? (context?.source ?? '') : value,
    )
    if (tokens.channel !== 'book') continue
    const row = tokens.data[0]
    for (const side of ['bids', 'asks'] as const) {
      for (const { price, qty } of row[side]) {
        if (Number(qty) === 0) sides[side].delete(price)
        else sides[side].set(price, qty)
      }
      const sorted = [...sides[side]].sort(([a], [b]) => (side === 'asks' ? Number(a) - Number(b) : Number(b) - Number(a)))
      sides[side] = new Map(sorted.slice(0, depth))
    }
    const wire = (side: 'bids' | 'asks'): WireLevel[] => [...sides[side]].map(([price, quantity]) => ({ price, quantity }))
    expect(String(bookChecksum(wire('asks'), wire('bids')))).toBe(row.checksum)
    checked++
  }
  return { checked }
}

describe('book channel', () => {
  for (const depth of [10, 25, 100]) {
    test(`SIM-01 keeps a following client's book equal by checksum at depth ${depth} while the market moves (emulator, virtual time)`, () => {
      const bench = new Bench({ stepMs: 1_000, tradeEveryMs: 2_000 })
      const socket = bench.socket('/v2')
      socket.subscribe({ channel: 'book', symbol: ['BTC/USD', 'ETH/USD'], depth })
      bench.clock.advance(60_000)
      const texts = socket.texts.filter(
        (text) => text.includes('"symbol":"BTC/USD"') && text.includes('"channel":"book"') && text.includes('"data"'),
      )
      expect(follow(texts, depth).checked).toBeGreaterThan(20)
    })
  }
})
