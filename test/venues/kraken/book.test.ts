import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { decimal, toNumber } from '#domain/decimal'
import { checksumDigits, KrakenBook } from '#venues/kraken/book'
import { type BookFrame, readMarketFrame } from '#venues/kraken/market-frames'
import { BTC } from './fake-kraken'

type Level = readonly [price: string, quantity: string]

function frameText(type: 'snapshot' | 'update', symbol: string, bids: readonly Level[], asks: readonly Level[], checksum: number): string {
  const side = (levels: readonly Level[]): string => levels.map(([price, qty]) => `{"price":${price},"qty":${qty}}`).join(',')
  return `{"channel":"book","type":"${type}","data":[{"symbol":"${symbol}","bids":[${side(bids)}],"asks":[${side(asks)}],"checksum":${checksum},"timestamp":"2023-10-06T17:35:55.440295Z"}]}`
}

function frameOf(type: 'snapshot' | 'update', bids: readonly Level[], asks: readonly Level[], checksum: number): BookFrame {
  const [frame] = readMarketFrame(frameText(type, 'BTC/USD', bids, asks, checksum))
  if (frame?.kind !== 'book') throw new Error('no book')
  return frame
}

function levels(text: string): readonly Level[] {
  return text.split('|').map((level) => level.split(' ') as unknown as Level)
}

const C1_ASKS = levels(
  '45285.2 0.00100000|45286.4 1.54571953|45286.6 1.54571109|45289.6 1.54560911|45290.2 0.15890660|45291.8 1.54553491|45294.7 0.04454749|45296.1 0.35380000|45297.5 0.09945542|45299.5 0.18772827',
)
const C1_BIDS = levels(
  '45283.5 0.10000000|45283.4 1.54582015|45282.1 0.10000000|45281.0 0.10000000|45280.3 1.54592586|45279.0 0.07990000|45277.6 0.03310103|45277.5 0.30000000|45277.3 1.54602737|45276.6 0.15445238',
)
const C2_BIDS = levels(
  '0.5666 4831.75496356|0.5665 6658.22734739|0.5664 18724.91513344|0.5663 11563.92544914|0.5662 14006.65365711|0.5661 17454.85679807|0.566 18097.1547|0.5659 33644.89175666|0.5658 148.3464|0.5657 606.70854372',
)
const C2_ASKS = levels(
  '0.5668 4410.79769741|0.5669 4655.40412487|0.567 49844.89424998|0.5671 24306.41678|0.5672 29783.25223475|0.5673 57234.71239278|0.5674 45065.04744|0.5675 5912.76380354|0.5676 42514.92434778|0.5677 36304.0847022',
)

describe('golden checksums', () => {
  test('VEN-03 C1: the venue own example matches, and its levels come out best first', () => {
    const book = new KrakenBook(BTC, 10, 1, 8)
    expect(book.apply(frameOf('snapshot', C1_BIDS, C1_ASKS, 3310070434))).toEqual({ kind: 'sound' })
    const view = book.view(7)
    expect(view.bids[0]).toEqual({ price: decimal('45283.5'), quantity: decimal('0.1') })
    expect(view.asks.map((level) => toNumber(level.price))).toEqual(C1_ASKS.map(([price]) => Number(price)))
    expect(view.receivedAtMs).toBe(7)
  })

  test('VEN-03 C2: numbers without trailing zeros are padded, before and after an update', () => {
    const book = new KrakenBook(BTC, 10, 4, 8)
    expect(book.apply(frameOf('snapshot', C2_BIDS, C2_ASKS, 2439117997)).kind).toBe('sound')
    expect(book.apply(frameOf('update', [['0.5657', '1098.3947558']], [], 2114181697)).kind).toBe('sound')
  })

  test('VEN-03 C3: a short book, one side alone, and none at all', () => {
    const bids = levels('1.99 1.00000000|1.98 0.00000001')
    const asks = levels('2.00 0.50000000')
    expect(new KrakenBook(BTC, 10, 2, 8).apply(frameOf('snapshot', bids, asks, 389389065)).kind).toBe('sound')
    expect(new KrakenBook(BTC, 10, 2, 8).apply(frameOf('snapshot', [], asks, 2961792469)).kind).toBe('sound')
    expect(new KrakenBook(BTC, 10, 2, 8).apply(frameOf('snapshot', [], [], 0)).kind).toBe('sound')
  })
})

test('VEN-03 checksum digits: exponents, big amounts and tiny prices keep every digit', () => {
  expect(checksumDigits('1e-08', 8)).toBe('1')
  expect(checksumDigits('0.00000048', 10)).toBe('4800')
  expect(checksumDigits('67108865.12345677', 8)).toBe('6710886512345677')
  expect(checksumDigits('45285.20', 1)).toBe('452852')
  expect(checksumDigits('45285.25', 1)).toBeNull()
  expect(checksumDigits('0.00000000', 8)).toBe('')
  expect(checksumDigits('28440', 2)).toBe('2844000')
})

test('MKT-08 a bad checksum, a level off the scale and a crossed touch make the book unsound until a snapshot', () => {
  const cases: readonly BookFrame[] = [
    frameOf('update', [['45283.5', '0.2']], [], 1),
    frameOf('update', [['45283.55', '0.2']], [], 1),
    frameOf('update', [['99999.9', '0.2']], [], checksumOf(levels('99999.9 0.20000000').concat(C1_BIDS).slice(0, 10), C1_ASKS, 1, 8)),
  ]
  for (const frame of cases) {
    const book = new KrakenBook(BTC, 10, 1, 8)
    book.apply(frameOf('snapshot', C1_BIDS, C1_ASKS, 3310070434))
    expect(book.apply(frame).kind).toBe('unsound')
    expect(book.isSound).toBe(false)
    expect(book.apply(frameOf('update', [], [], 3310070434)).kind).toBe('waiting')
    expect(book.apply(frameOf('snapshot', C1_BIDS, C1_ASKS, 3310070434)).kind).toBe('sound')
  }
})

test('MKT-08 the same price twice in a message takes effect in order; levels beyond the depth fall out', () => {
  const book = new KrakenBook(BTC, 10, 1, 8)
  book.apply(frameOf('snapshot', C1_BIDS, C1_ASKS, 3310070434))
  const bids = levels('45283.6 0.50000000').concat(C1_BIDS).slice(0, 10)
  const twice = frameOf(
    'update',
    [
      ['45283.6', '0.00000000'],
      ['45283.6', '0.50000000'],
    ],
    [],
    checksumOf(bids, C1_ASKS, 1, 8),
  )
  expect(book.apply(twice).kind).toBe('sound')
  expect(book.view(0).bids).toHaveLength(10)
  // The level that fell out is gone for good: taking the new one away leaves nine.
  const gone = frameOf('update', [['45283.6', '0']], [], checksumOf(bids.slice(1), C1_ASKS, 1, 8))
  expect(book.apply(gone).kind).toBe('sound')
  expect(book.view(0).bids).toHaveLength(9)
})

/** The checksum by the venue's recipe, written anew for the test: fixed decimals, no point, no leading zeros. */
function checksumOf(bids: readonly Level[], asks: readonly Level[], pricePrecision: number, quantityPrecision: number): number {
  const digits = (value: string, precision: number): string => {
    const scaled = BigInt(Math.round(Number(value) * 10 ** precision))
    return scaled === 0n ? '' : String(scaled)
  }
  const text = [...asks.slice(0, 10), ...bids.slice(0, 10)]
    .map(([price, qty]) => digits(price, pricePrecision) + digits(qty, quantityPrecision))
    .join('')
  let crc = 0xffffffff
  for (const char of text) {
    crc ^= char.charCodeAt(0)
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}

/** A book as the venue keeps it, that says what changed. */
class Model {
  readonly bids = new Map<number, number>()
  readonly asks = new Map<number, number>()

  side(isBid: boolean): readonly Level[] {
    const side = isBid ? this.bids : this.asks
    return [...side]
      .sort(([a], [b]) => (isBid ? b - a : a - b))
      .slice(0, 10)
      .map(([ticks, lots]): Level => [(ticks / 10).toFixed(1), (lots / 100).toFixed(8)])
  }

  snapshot(): BookFrame {
    return frameOf('snapshot', this.side(true), this.side(false), this.checksum())
  }

  checksum(): number {
    return checksumOf(this.side(true), this.side(false), 1, 8)
  }

  /** Sets a level and gives the frame of the change; one that would cross takes the levels in its way off first. */
  change(isBid: boolean, ticks: number, lots: number): BookFrame {
    const before = { bids: this.side(true), asks: this.side(false) }
    const own = isBid ? this.bids : this.asks
    const other = isBid ? this.asks : this.bids
    for (const at of [...other.keys()]) if (lots > 0 && (isBid ? at <= ticks : at >= ticks)) other.delete(at)
    if (lots === 0) own.delete(ticks)
    else own.set(ticks, lots)
    const diff = (from: readonly Level[], to: readonly Level[]): Level[] => [
      ...from.filter(([price]) => !to.some(([held]) => held === price)).map(([price]): Level => [price, '0.00000000']),
      ...to.filter(([price, qty]) => !from.some(([held, amount]) => held === price && amount === qty)),
    ]
    return frameOf('update', diff(before.bids, this.side(true)), diff(before.asks, this.side(false)), this.checksum())
  }
}

const change = fc.record({
  isBid: fc.boolean(),
  ticks: fc.integer({ min: 900, max: 1_100 }),
  lots: fc.integer({ min: 0, max: 500 }),
  fault: fc.constantFrom('none', 'none', 'none', 'drop', 'twice', 'swap'),
})

test('PAIN-06 whatever is lost, doubled or swapped: a published book is never crossed and equals the venue own, and a snapshot heals it (property)', () => {
  fc.assert(
    fc.property(fc.array(change, { minLength: 5, maxLength: 60 }), (changes) => {
      const model = new Model()
      const book = new KrakenBook(BTC, 10, 1, 8)
      book.apply(model.snapshot())
      let late: BookFrame | null = null
      const take = (frame: BookFrame): void => {
        const result = book.apply(frame)
        if (result.kind !== 'sound') return
        const view = book.view(0)
        const bid = view.bids[0]
        const ask = view.asks[0]
        if (bid !== undefined && ask !== undefined) expect(toNumber(bid.price)).toBeLessThan(toNumber(ask.price))
        const shown = checksumOf(
          view.bids.map((l): Level => [l.price, l.quantity]),
          view.asks.map((l): Level => [l.price, l.quantity]),
          1,
          8,
        )
        expect(shown).toBe(frame.checksum)
      }
      for (const { isBid, ticks, lots, fault } of changes) {
        const frame = model.change(isBid, ticks, lots)
        if (fault === 'drop') continue
        if (fault === 'swap' && late === null) {
          late = frame
          continue
        }
        take(frame)
        if (fault === 'twice') take(frame)
        if (late !== null) take(late)
        late = null
      }
      expect(book.apply(model.snapshot()).kind).toBe('sound')
      expect(book.view(0).bids.map((level): string => level.price)).toEqual(model.side(true).map(([price]) => decimal(price)))
    }),
    { numRuns: 300 },
  )
})

describe('frames', () => {
  test('MKT-08 reads books and tickers whatever the order of keys', () => {
    const text =
      '{"data":[{"timestamp":"2026-01-01T00:00:00Z","ask_qty":2.50,"ask":1.10,"bid":1.00,"bid_qty":3,"volume":12.5,"symbol":"A/B","last":null}],"type":"update","channel":"ticker"}'
    expect(readMarketFrame(text)).toEqual([
      {
        kind: 'ticker',
        isSnapshot: false,
        symbol: 'A/B',
        bid: '1.00',
        bidQuantity: '3',
        ask: '1.10',
        askQuantity: '2.50',
        last: '',
        volume: '12.5',
        timestamp: '2026-01-01T00:00:00Z',
      },
    ])
  })

  test('MKT-08 names the channel of everything else, and refuses what lacks a field', () => {
    expect(readMarketFrame('{"channel":"heartbeat"}')).toEqual([{ kind: 'heartbeat' }])
    expect(readMarketFrame('{"channel":"trade","type":"update","data":[]}')).toEqual([{ kind: 'other', channel: 'trade' }])
    expect(readMarketFrame('{"method":"pong","req_id":1}')).toEqual([{ kind: 'other', channel: null }])
    expect(() => readMarketFrame('{"channel":"book","type":"update","data":[{"symbol":"A/B","bids":[],"asks":[]}]}')).toThrow(
      'lacks a field',
    )
    expect(() =>
      readMarketFrame('{"channel":"book","type":"update","data":[{"symbol":"A/B","bids":[{"price":1}],"asks":[],"checksum":1}]}'),
    ).toThrow('lacks a field')
    expect(() => readMarketFrame('[]')).toThrow('malformed')
  })
})
