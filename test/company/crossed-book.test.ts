import { describe, expect, test } from 'bun:test'
import { toNumber } from '#domain/decimal'
import type { BookView } from '#domain/market'
import { SeededRandom } from '#sim/random'
import { type FrameFate, mangleLine, topicOf } from './mangled-line'
import { seeds } from './profile'
import { busyBot, World } from './world'

const LATENCY_MS = 4
const BAD_MS = 60_000
const SYMBOLS = ['BTC/USD', 'ETH/USD']
/** Digits after the point on the wire: prices by symbol, quantities always 8. */
const PRICE_DIGITS: Readonly<Record<string, number>> = { 'BTC/USD': 1, 'ETH/USD': 2 }

/** The checksum by the venue's recipe, written anew: the best ten of each side, asks first, without points and leading zeros. */
function checksumOf(book: BookView, symbol: string): number {
  const digits = (value: string, scale: number): string => {
    const [whole = '', fraction = ''] = value.split('.')
    return (whole + fraction.padEnd(scale, '0')).replace(/^0+/, '')
  }
  const text = [...book.asks.slice(0, 10), ...book.bids.slice(0, 10)]
    .map((level) => digits(level.price, PRICE_DIGITS[symbol] ?? 0) + digits(level.quantity, 8))
    .join('')
  let crc = 0xffffffff
  for (const char of text) {
    crc ^= char.charCodeAt(0)
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}

const checksumIn = (text: string): number => Number(/"checksum":(\d+)/.exec(text)?.[1])

/** A frame with something else in it: a level's price brought to the other side, a quantity, or the checksum. */
function corrupted(text: string, random: SeededRandom): FrameFate {
  switch (random.integer(3)) {
    case 0:
      return {
        text: text.replace(/"price":(\d+)/, (_, whole: string) => `"price":${Number(whole) + (random.integer(2) === 0 ? 900 : -900)}`),
      }
    case 1:
      return { text: text.replace(/"qty":(\d+)/, (_, whole: string) => `"qty":${Number(whole) + 1}`) }
    default:
      return { text: text.replace(/"checksum":\d+/, '"checksum":12345') }
  }
}

/** One company on a bad line; what it published, and when. */
class Run {
  readonly world: World
  /** Checksums that the venue really had, by symbol: every frame as it came, but those that the emulator spoiled itself. */
  readonly true = new Map(SYMBOLS.map((symbol) => [symbol, new Set<number>()]))
  readonly last = new Map<string, number>()
  readonly wrong: string[] = []
  books = 0
  quotes = 0
  verdicts = 0
  readonly rebuiltMs: number[] = []
  mangled = 0
  isBad = false
  readonly #random: SeededRandom
  readonly #withdrawn = new Map<string, { readonly atMs: number; readonly hits: number; isDisturbed: boolean }>()

  constructor(seed: string) {
    this.#random = new SeededRandom(`pain-06/${seed}`)
    const parameters = { stepMs: 1_000, awayBps: 5, notionalSmall: 200, notionalLarge: 400 }
    this.world = new World({
      seed: `pain-06/${seed}`,
      latencyMs: LATENCY_MS,
      bots: [
        busyBot('busy', 'BTC-USD@kraken', { cycleMs: 1_000, parameters }),
        busyBot('other', 'ETH-USD@kraken', { cycleMs: 1_000, parameters }),
      ],
      emulator: { stepMs: 250, tradeEveryMs: 1_000, hasLimits: false },
    })
    mangleLine(this.world, (text) => this.#fateOf(text))
    this.world.start()
    this.#watch()
  }

  #fateOf(text: string): FrameFate {
    if (!text.includes('"channel":"book"')) return 'carry'
    const symbol = topicOf(text).slice('book '.length)
    this.true.get(symbol)?.add(checksumIn(text))
    this.last.set(symbol, checksumIn(text))
    if (!this.isBad || this.#random.next() > 0.025) return 'carry'
    this.mangled++
    const withdrawn = this.#withdrawn.get(symbol)
    if (withdrawn !== undefined) withdrawn.isDisturbed = true
    const fates: readonly FrameFate[] = ['drop', 'twice', 'hold', corrupted(text, this.#random)]
    return fates[this.#random.integer(fates.length)] ?? 'carry'
  }

  #watch(): void {
    const { world } = this
    const { market } = world.company
    const plain = { onBook: market.onBook.bind(market), onQuote: market.onQuote.bind(market) }
    Object.assign(market, {
      onBook: (instrumentId: string, book: BookView | null) => {
        this.#onBook(instrumentId.replace('@kraken', '').replace('-', '/'), book)
        plain.onBook(instrumentId as never, book)
      },
      onQuote: (quote: Parameters<typeof market.onQuote>[0]) => {
        this.quotes++
        if (toNumber(quote.bidPrice) >= toNumber(quote.askPrice)) this.wrong.push(`a crossed quote: ${quote.bidPrice} ${quote.askPrice}`)
        plain.onQuote(quote)
      },
    })
    world.life.journal.subscribe((entry) => {
      if (entry.kind !== 'verdict.passed') return
      this.verdicts++
      const instrumentId = entry.payload['instrumentId'] as never
      const figures = entry.payload['figures'] as readonly (readonly string[])[]
      const isReducing = figures.some(([check]) => check === 'reduce_only')
      if (!market.isSound(instrumentId) && !isReducing) this.wrong.push(`verdict ${entry.seq} passed on an unsound book`)
    })
  }

  /** Frames that the emulator itself spoiled or left out so far, and new connections: one that had too many bad books is given up. */
  get #hits(): number {
    const { venues } = this.world.company.deps
    const reconnects = venues.reduce((sum, venue) => sum + venue.health().reconnects, 0)
    return Object.values(this.world.emulator.faults.hits()).reduce((sum, count) => sum + count, reconnects)
  }

  #onBook(symbol: string, book: BookView | null): void {
    const nowMs = this.world.clock.timeLineMs
    if (book === null) {
      if (!this.#withdrawn.has(symbol)) this.#withdrawn.set(symbol, { atMs: nowMs, hits: this.#hits, isDisturbed: false })
      return
    }
    this.books++
    const [bid, ask] = [book.bids[0], book.asks[0]]
    if (bid === undefined || ask === undefined || toNumber(bid.price) >= toNumber(ask.price)) this.wrong.push(`a crossed book of ${symbol}`)
    const isSorted = (levels: BookView['bids'], sign: 1 | -1) =>
      levels.every((level, index) => index === 0 || (toNumber(level.price) - toNumber(levels[index - 1]?.price ?? level.price)) * sign > 0)
    if (!isSorted(book.asks, 1) || !isSorted(book.bids, -1)) this.wrong.push(`an unsorted book of ${symbol}`)
    if (this.true.get(symbol)?.has(checksumOf(book, symbol)) !== true) this.wrong.push(`a book of ${symbol} that the venue never had`)
    const withdrawn = this.#withdrawn.get(symbol)
    if (withdrawn?.isDisturbed === false && withdrawn.hits === this.#hits) this.rebuiltMs.push(nowMs - withdrawn.atMs)
    this.#withdrawn.delete(symbol)
  }

  /** The books as the company has them now are the venue's. */
  expectTrueBooks(): void {
    for (const symbol of SYMBOLS) {
      const book = this.world.company.market.book(`${symbol.replace('/', '-')}@kraken` as never)
      expect(book === null ? null : checksumOf(book, symbol), symbol).toBe(this.last.get(symbol) ?? -1)
    }
  }
}

describe('PAIN-06 the company on a line that loses, repeats, reorders and spoils frames of the book', () => {
  test('no crossed or foreign book reaches strategies or the gate, and a withdrawn one is back within a round trip (property)', () => {
    const sums = { mangled: 0, rebuilt: 0, checksums: 0, verdicts: 0 }
    for (const seed of seeds(12, 150)) {
      const run = new Run(seed)
      const { world } = run
      try {
        world.trading()
        world.emulator.faults.add({ kind: 'badChecksum', methods: ['book'], probability: 0.004, id: 'sums' })
        world.emulator.faults.add({ kind: 'droppedFrame', methods: ['book'], probability: 0.004, id: 'frames' })
        run.isBad = true
        world.run(BAD_MS)
        run.isBad = false
        world.emulator.faults.clear('all')
        world.run(8_000)
        expect(run.wrong).toEqual([])
        run.expectTrueBooks()
        expect(Math.max(...run.rebuiltMs)).toBeLessThanOrEqual(2 * LATENCY_MS)
        world.trading()
        expect([...world.company.venues.values()].map((host) => host.state)).toEqual(['ONLINE'])
        sums.mangled += run.mangled
        sums.rebuilt += run.rebuiltMs.length
        sums.verdicts += run.verdicts
        for (const host of world.company.venues.values()) sums.checksums += host.venue.health().checksumErrors
      } catch (error) {
        throw new Error(`${seed}: ${error instanceof Error ? error.message : String(error)}\n${world.describe()}`, { cause: error })
      } finally {
        world.close()
      }
    }
    const count = seeds(12, 150).length
    expect(sums.mangled).toBeGreaterThan(10 * count)
    expect(sums.rebuilt).toBeGreaterThan(5 * count)
    expect(sums.checksums).toBeGreaterThan(5 * count)
    expect(sums.verdicts).toBeGreaterThan(20 * count)
  }, 1_800_000)
})
