import { compare } from '#domain/decimal'
import type { EngineBook, EngineLevel } from '#sim/engine/types'
import { bookChecksum } from './checksum'
import { numberToken, type WireJson } from './wire-json'

/** Depths that a book can be subscribed at. */
export const BOOK_DEPTHS: readonly number[] = [10, 25, 100, 500, 1000]

/** Every so many changes of a level's quantity come as a deletion and a new level in one frame, as the venue's do at times. */
const CHURN_EVERY = 7

/** One frame's worth of a book: its levels and the checksum of the book that follows from them. */
export interface BookFrame {
  readonly bids: WireJson
  readonly asks: WireJson
  readonly checksum: number
}

function levelView(priceText: string, quantityText: string): WireJson {
  return { price: numberToken(priceText), qty: numberToken(quantityText) }
}

function checksumOf(book: EngineBook): number {
  const wire = (level: EngineLevel): { price: string; quantity: string } => ({ price: level.priceText, quantity: level.quantityText })
  return bookChecksum(book.asks.slice(0, 10).map(wire), book.bids.slice(0, 10).map(wire))
}

/**
 * One subscriber's book: remembers what was sent and turns the next state into changes. Levels that leave because better ones
 * push them over the depth get no deletion: the client truncates for itself (protocol sheet §4.6).
 */
export class BookFeed {
  readonly #depth: number
  #bids: readonly EngineLevel[] = []
  #asks: readonly EngineLevel[] = []
  #changes = 0

  constructor(depth: number) {
    this.#depth = depth
  }

  snapshot(book: EngineBook): BookFrame {
    this.#bids = book.bids
    this.#asks = book.asks
    const view = (levels: readonly EngineLevel[]): WireJson => levels.map((level) => levelView(level.priceText, level.quantityText))
    return { bids: view(book.bids), asks: view(book.asks), checksum: checksumOf(book) }
  }

  /** Returns what changed since the last frame, or null when nothing did. */
  update(book: EngineBook): BookFrame | null {
    const bids = this.#diff(this.#bids, book.bids, (a, b) => compare(a.price, b.price) > 0)
    const asks = this.#diff(this.#asks, book.asks, (a, b) => compare(a.price, b.price) < 0)
    this.#bids = book.bids
    this.#asks = book.asks
    return bids.length + asks.length === 0 ? null : { bids, asks, checksum: checksumOf(book) }
  }

  #diff(before: readonly EngineLevel[], after: readonly EngineLevel[], isBetter: (a: EngineLevel, b: EngineLevel) => boolean): WireJson[] {
    const changes: WireJson[] = []
    const old = new Map(before.map((level) => [level.priceText, level.quantityText]))
    const kept = new Set(after.map((level) => level.priceText))
    const worst = after.length >= this.#depth ? after.at(-1) : undefined
    for (const level of before) {
      if (kept.has(level.priceText) || (worst !== undefined && isBetter(worst, level))) continue
      changes.push(levelView(level.priceText, zeroOf(level.quantityText)))
    }
    for (const level of after) {
      const quantity = old.get(level.priceText)
      if (quantity === level.quantityText) continue
      if (quantity !== undefined && ++this.#changes % CHURN_EVERY === 0) changes.push(levelView(level.priceText, zeroOf(quantity)))
      changes.push(levelView(level.priceText, level.quantityText))
    }
    return changes
  }
}

function zeroOf(quantityText: string): string {
  return quantityText.replace(/[1-9]/g, '0').replace(/^0+(?=\d)/, '')
}
