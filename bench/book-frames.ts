// Frames of a moving 10-level book, with the checksums that a venue would send, and the adapter's own reader and book to take them.
import { instrumentId } from '#domain/ids'
import { bookChecksum, type WireLevel } from '#sim/kraken/checksum'
import { SeededRandom } from '#sim/random'
import { KrakenBook } from '#venues/kraken/book'
import { readMarketFrame } from '#venues/kraken/market-frames'

const FRAMES = 4_000
const DEPTH = 10

function levelText(levels: readonly WireLevel[]): string {
  return levels.map(({ price, quantity }) => `{"price":${price},"qty":${quantity}}`).join(',')
}

function frameText(type: string, bids: readonly WireLevel[], asks: readonly WireLevel[], checksum: number): string {
  return `{"channel":"book","type":"${type}","data":[{"symbol":"BTC/USD","bids":[${levelText(bids)}],"asks":[${levelText(asks)}],"checksum":${checksum},"timestamp":"2026-01-05T00:00:00.000000Z"}]}`
}

/** Returns frames that repeat from a snapshot on, and the function that takes one and says whether the book is sound after it. */
export function bookFrames() {
  const random = new SeededRandom('bench/book')
  const side = (direction: 1 | -1) =>
    Array.from({ length: DEPTH }, (_, index) => ({
      price: (60_000 + direction * (index + 1) * 0.5).toFixed(1),
      quantity: (0.1 + random.next()).toFixed(8),
    }))
  const bids: WireLevel[] = side(-1)
  const asks: WireLevel[] = side(1)
  const frames = [frameText('snapshot', bids, asks, bookChecksum(asks, bids))]
  for (let index = 1; index < FRAMES; index++) {
    const levels = random.integer(2) === 0 ? bids : asks
    const changed: WireLevel[] = []
    for (let k = 0; k < 2; k++) {
      const at = random.integer(DEPTH)
      const level = { price: levels[at]?.price ?? '', quantity: (0.1 + random.next()).toFixed(8) }
      levels[at] = level
      changed.push(level)
    }
    frames.push(frameText('update', levels === bids ? changed : [], levels === asks ? changed : [], bookChecksum(asks, bids)))
  }
  const book = new KrakenBook(instrumentId('BTC-USD@kraken'), DEPTH, 1, 8)
  const apply = (text: string): boolean => {
    for (const frame of readMarketFrame(text)) if (frame.kind === 'book' && book.apply(frame).kind !== 'sound') return false
    book.view(0)
    return true
  }
  return { frames, apply }
}
