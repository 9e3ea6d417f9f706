import { decimal } from '#domain/decimal'
import type { InstrumentId } from '#domain/ids'
import type { BookLevel, BookView } from '#domain/market'
import type { BookResult, StreamBook } from '#venues/shared/book-feed'
import type { BookFrame, RawLevel } from './market-frames'

/** A level with its price in ticks of the wire's scale and its part of the checksum text. */
interface Entry {
  readonly ticks: number
  readonly text: string
  readonly level: BookLevel
}

const SOUND: BookResult = { kind: 'sound' }
const WAITING: BookResult = { kind: 'waiting' }
/** The checksum covers this many levels a side, whatever the depth. */
const CHECKSUM_LEVELS = 10

/**
 * Returns a number token with exactly `precision` decimals, without its point and leading zeros, as the checksum wants it; null
 * when it has more digits than that.
 */
export function checksumDigits(token: string, precision: number): string | null {
  const plain = /[eE]/.test(token) ? decimal(token) : token
  const point = plain.indexOf('.')
  const whole = point < 0 ? plain : plain.slice(0, point)
  let fraction = point < 0 ? '' : plain.slice(point + 1)
  if (fraction.length > precision) {
    if (!/^0*$/.test(fraction.slice(precision))) return null
    fraction = fraction.slice(0, precision)
  } else if (fraction.length < precision) fraction = fraction.padEnd(precision, '0')
  const digits = whole + fraction
  let start = 0
  while (digits.charCodeAt(start) === 48) start++
  return start === 0 ? digits : digits.slice(start)
}

/** Returns the CRC-32 of the checksum text of both sides, best level first. */
function checksumOf(asks: readonly Entry[], bids: readonly Entry[]): number {
  let text = ''
  for (let index = 0; index < CHECKSUM_LEVELS; index++) text += asks[index]?.text ?? ''
  for (let index = 0; index < CHECKSUM_LEVELS; index++) text += bids[index]?.text ?? ''
  return Bun.hash.crc32(text)
}

/**
 * One book of the stream: levels set and deleted in the order of the message, each side cut to the subscribed depth, the
 * checksum compared once a message (MKT-08). Unsound after a bad checksum, a crossed touch or an unreadable level, until the
 * next snapshot.
 */
export class KrakenBook implements StreamBook<BookFrame> {
  readonly instrumentId: InstrumentId
  readonly #depth: number
  readonly #pricePrecision: number
  readonly #quantityPrecision: number
  #bids: Entry[] = []
  #asks: Entry[] = []
  #isSound = false

  constructor(instrumentId: InstrumentId, depth: number, pricePrecision: number, quantityPrecision: number) {
    this.instrumentId = instrumentId
    this.#depth = depth
    this.#pricePrecision = pricePrecision
    this.#quantityPrecision = quantityPrecision
  }

  get isSound(): boolean {
    return this.#isSound
  }

  /** Takes a frame. An update before the first snapshot, or after unsoundness, is passed over. */
  apply(frame: BookFrame): BookResult {
    if (frame.isSnapshot) {
      this.#bids = []
      this.#asks = []
    } else if (!this.#isSound) return WAITING
    this.#isSound = false
    if (!this.#setAll(this.#bids, frame.bids, -1) || !this.#setAll(this.#asks, frame.asks, 1)) {
      return { kind: 'unsound', reason: 'a level does not fit the scale of the pair' }
    }
    if (this.#bids.length > this.#depth) this.#bids.length = this.#depth
    if (this.#asks.length > this.#depth) this.#asks.length = this.#depth
    const bid = this.#bids[0]
    const ask = this.#asks[0]
    if (checksumOf(this.#asks, this.#bids) !== frame.checksum) return { kind: 'unsound', reason: 'checksum' }
    if (bid !== undefined && ask !== undefined && bid.ticks >= ask.ticks) return { kind: 'unsound', reason: 'crossed' }
    this.#isSound = true
    return SOUND
  }

  /** Marks the book as lost, until the next snapshot. */
  invalidate(): void {
    this.#isSound = false
  }

  /** Returns the levels as they stand; call it on a sound book only. */
  view(receivedAtMs: number): BookView {
    return { instrumentId: this.instrumentId, bids: this.#bids.map(levelOf), asks: this.#asks.map(levelOf), receivedAtMs }
  }

  /** Sets levels on a side kept best first; `direction` is 1 for ascending prices (asks), −1 for descending ones (bids). */
  #setAll(side: Entry[], levels: readonly RawLevel[], direction: 1 | -1): boolean {
    for (const { price, quantity } of levels) {
      const priceText = checksumDigits(price, this.#pricePrecision)
      const quantityText = checksumDigits(quantity, this.#quantityPrecision)
      const ticks = Number(priceText)
      if (priceText === null || quantityText === null || !Number.isSafeInteger(ticks)) return false
      let low = 0
      let high = side.length
      while (low < high) {
        const middle = (low + high) >> 1
        const entry = side[middle]
        if (entry !== undefined && entry.ticks * direction < ticks * direction) low = middle + 1
        else high = middle
      }
      const isHeld = side[low]?.ticks === ticks
      if (quantityText === '') {
        if (isHeld) side.splice(low, 1)
        continue
      }
      const entry = { ticks, text: priceText + quantityText, level: { price: decimal(price), quantity: decimal(quantity) } }
      if (isHeld) side[low] = entry
      else side.splice(low, 0, entry)
    }
    return true
  }
}

function levelOf(entry: Entry): BookLevel {
  return entry.level
}
