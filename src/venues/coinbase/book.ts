import { decimal, isDecimalText, isZero } from '#domain/decimal'
import type { InstrumentId } from '#domain/ids'
import type { BookLevel, BookView } from '#domain/market'
import type { BookResult, StreamBook } from '#venues/shared/book-feed'

/** Changes of one book; quantities are what stands at a level now. */
export interface BookFrame {
  readonly isSnapshot: boolean
  readonly updates: readonly { readonly side: 'bid' | 'offer'; readonly price_level: string; readonly new_quantity: string }[]
  readonly receivedUs: number
}

interface Entry {
  /** Sorts the side: the price, negative for bids. */
  readonly key: number
  readonly level: BookLevel
}

const SOUND: BookResult = { kind: 'sound' }
const WAITING: BookResult = { kind: 'waiting' }

/**
 * One whole book of the stream, of which the best levels are shown. The venue sends no checksum: a hole in the connection's numbers makes it
 * unsound, and so do sides that stay crossed. While they cross it is kept to itself.
 */
export class CoinbaseBook implements StreamBook<BookFrame> {
  readonly instrumentId: InstrumentId
  readonly #depth: number
  readonly #crossedUsMax: number
  #bids: Entry[] = []
  #asks: Entry[] = []
  #isSound = false
  #crossedUs: number | null = null

  constructor(instrumentId: InstrumentId, depth: number, crossedMsMax: number) {
    this.instrumentId = instrumentId
    this.#depth = depth
    this.#crossedUsMax = crossedMsMax * 1_000
  }

  get isSound(): boolean {
    return this.#isSound && this.#crossedUs === null
  }

  apply({ isSnapshot, updates, receivedUs }: BookFrame): BookResult {
    if (isSnapshot) {
      this.#bids = []
      this.#asks = []
      this.#crossedUs = null
    } else if (!this.#isSound) return WAITING
    this.#isSound = false
    if (!updates.every(({ price_level, new_quantity }) => isDecimalText(price_level) && isDecimalText(new_quantity))) {
      return { kind: 'unsound', reason: 'a level is no number' }
    }
    if (isSnapshot) this.#fill(updates)
    else for (const update of updates) set(update.side === 'bid' ? this.#bids : this.#asks, entryOf(update))
    this.#isSound = true
    return this.check(receivedUs)
  }

  /** Tells whether the book may be shown at an instant. */
  check(nowUs: number): BookResult {
    const [bid, ask] = [this.#bids[0], this.#asks[0]]
    if (!this.#isSound) return WAITING
    if (bid === undefined || ask === undefined || -bid.key < ask.key) {
      this.#crossedUs = null
      return SOUND
    }
    this.#crossedUs ??= nowUs
    return nowUs - this.#crossedUs > this.#crossedUsMax ? { kind: 'unsound', reason: 'crossed' } : WAITING
  }

  invalidate(): void {
    this.#isSound = false
    this.#crossedUs = null
  }

  view(receivedAtMs: number): BookView {
    const shown = (side: readonly Entry[]): readonly BookLevel[] => side.slice(0, this.#depth).map((entry) => entry.level)
    return { instrumentId: this.instrumentId, bids: shown(this.#bids), asks: shown(this.#asks), receivedAtMs }
  }

  /** A snapshot has ten thousands of levels: they are sorted once, not put in one by one. */
  #fill(updates: BookFrame['updates']): void {
    const sides = { bid: new Map<number, Entry>(), offer: new Map<number, Entry>() }
    for (const update of updates) {
      const entry = entryOf(update)
      if (!isZero(entry.level.quantity)) sides[update.side].set(entry.key, entry)
    }
    this.#bids = [...sides.bid.values()].sort((a, b) => a.key - b.key)
    this.#asks = [...sides.offer.values()].sort((a, b) => a.key - b.key)
  }
}

function entryOf({ side, price_level, new_quantity }: BookFrame['updates'][number]): Entry {
  const price = decimal(price_level)
  return { key: side === 'bid' ? -Number(price) : Number(price), level: { price, quantity: decimal(new_quantity) } }
}

function set(side: Entry[], entry: Entry): void {
  let low = 0
  let high = side.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((side[middle]?.key ?? 0) < entry.key) low = middle + 1
    else high = middle
  }
  const isHeld = side[low]?.key === entry.key
  // A level that was never seen may be removed too.
  if (isZero(entry.level.quantity)) side.splice(low, isHeld ? 1 : 0)
  else side.splice(low, isHeld ? 1 : 0, entry)
}
