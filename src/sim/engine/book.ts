import { invariant } from '#domain/errors'
import type { Side } from '#domain/order'
import type { EngineLevel } from './types'

/** An order in a queue. `owner` null is the house: the market's agents, who have no account. */
export interface Resting<Owner> {
  readonly owner: Owner | null
  /** What is left; falls with fills. */
  lots: bigint
}

/** All orders at one price, first come first served. */
export interface Level<Owner> {
  readonly units: number
  /** Sum of the queue. */
  total: bigint
  /** The level as text for a total that it had: most levels stay as they are from one frame to the next. */
  shown: { readonly total: bigint; readonly view: EngineLevel } | null
  readonly queue: Resting<Owner>[]
}

/** One side of a book in price-time priority. */
export class BookSide<Owner> {
  readonly side: Side
  readonly #levels = new Map<number, Level<Owner>>()
  /** Worst price first, best last, so that the busy end is the cheap end of the array. */
  readonly #prices: number[] = []

  constructor(side: Side) {
    this.side = side
  }

  get depth(): number {
    return this.#prices.length
  }

  best(): Level<Owner> | null {
    const units = this.#prices[this.#prices.length - 1]
    return units === undefined ? null : (this.#levels.get(units) ?? null)
  }

  bestUnits(): number | null {
    return this.#prices[this.#prices.length - 1] ?? null
  }

  level(units: number): Level<Owner> | null {
    return this.#levels.get(units) ?? null
  }

  /** Returns the prices, best first, at most `limit`. */
  prices(limit: number): readonly number[] {
    const from = Math.max(0, this.#prices.length - limit)
    return this.#prices.slice(from).reverse()
  }

  /** Returns the price at place `index` counted from the best, or null. */
  priceAt(index: number): number | null {
    return this.#prices[this.#prices.length - 1 - index] ?? null
  }

  /** True when a price of this side is at least as good for a taker as `units`: an ask at or below, a bid at or above. */
  reaches(price: number, units: number): boolean {
    return this.side === 'sell' ? price <= units : price >= units
  }

  /** Puts an order at the end of its price's queue. */
  add(units: number, resting: Resting<Owner>): void {
    invariant(resting.lots > 0n, 'an order without quantity cannot rest')
    let level = this.#levels.get(units)
    if (level === undefined) {
      level = { units, total: 0n, shown: null, queue: [] }
      this.#levels.set(units, level)
      this.#prices.splice(this.#indexOf(units), 0, units)
    }
    level.queue.push(resting)
    level.total += resting.lots
  }

  /** Takes quantity from an order at its place; it leaves the book when nothing is left. */
  reduce(level: Level<Owner>, resting: Resting<Owner>, lots: bigint): void {
    invariant(lots > 0n && lots <= resting.lots, 'an order cannot be reduced by more than it has')
    resting.lots -= lots
    level.total -= lots
    if (resting.lots === 0n) this.#drop(level, resting)
  }

  remove(units: number, resting: Resting<Owner>): void {
    const level = this.#levels.get(units)
    invariant(level !== undefined, 'the order is not in the book')
    level.total -= resting.lots
    this.#drop(level, resting)
  }

  /**
   * Calls `visit` for each resting order in priority, at prices no worse than `units` (null: all), until it returns false.
   * The book must not change meanwhile.
   */
  walk(units: number | null, visit: (price: number, resting: Resting<Owner>) => boolean): void {
    for (let index = this.#prices.length - 1; index >= 0; index--) {
      const price = this.#prices[index] as number
      if (units !== null && !this.reaches(price, units)) return
      for (const resting of (this.#levels.get(price) as Level<Owner>).queue) {
        if (!visit(price, resting)) return
      }
    }
  }

  clear(): void {
    this.#levels.clear()
    this.#prices.length = 0
  }

  #drop(level: Level<Owner>, resting: Resting<Owner>): void {
    const index = level.queue.indexOf(resting)
    invariant(index >= 0, 'the order is not in its queue')
    level.queue.splice(index, 1)
    if (level.queue.length > 0) return
    this.#levels.delete(level.units)
    this.#prices.splice(this.#indexOf(level.units), 1)
  }

  /** Index of the price, or where it belongs. Asks are kept descending and bids ascending. */
  #indexOf(units: number): number {
    const isAsk = this.side === 'sell'
    let low = 0
    let high = this.#prices.length
    while (low < high) {
      const middle = (low + high) >> 1
      const price = this.#prices[middle] as number
      if (isAsk ? price > units : price < units) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Both sides of one instrument. */
export class Book<Owner> {
  readonly bids = new BookSide<Owner>('buy')
  readonly asks = new BookSide<Owner>('sell')

  clear(): void {
    this.bids.clear()
    this.asks.clear()
  }

  /** The side on which an order of `side` rests. */
  own(side: Side): BookSide<Owner> {
    return side === 'buy' ? this.bids : this.asks
  }

  /** The side that an order of `side` takes from. */
  opposite(side: Side): BookSide<Owner> {
    return side === 'buy' ? this.asks : this.bids
  }

  /** True when an order of `side` at `units` would meet a resting order. */
  crosses(side: Side, units: number): boolean {
    const opposite = this.opposite(side)
    const best = opposite.bestUnits()
    return best !== null && opposite.reaches(best, units)
  }
}
