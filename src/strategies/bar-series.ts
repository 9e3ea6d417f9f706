import { InvariantError } from '#domain/errors'
import type { Bar } from '#domain/market'
import type { BarsView } from './types'

const COLUMNS = 7
const OPEN_AT = 0
const CLOSE_AT = 1
const OPEN = 2
const HIGH = 3
const LOW = 4
const CLOSE = 5
const VOLUME = 6

/**
 * The newest `capacity` closed bars of one instrument and timeframe in one block of doubles, written by its owner and read through
 * `view`. Bars lie in a row without wrap: when the block is full, the newest `capacity − 1` move to its front, once in `capacity` pushes.
 */
export class BarSeries {
  readonly capacity: number
  readonly view: BarsView
  readonly #data: Float64Array
  #start = 0
  #end = 0

  /** @throws {InvariantError} when the capacity is not a positive integer. */
  constructor(capacity: number) {
    if (!Number.isSafeInteger(capacity) || capacity < 1)
      throw new InvariantError(`BarSeries: capacity ${capacity} is not a positive integer`)
    this.capacity = capacity
    this.#data = new Float64Array(2 * capacity * COLUMNS)
    this.view = this.#makeView()
  }

  /** Close time of the newest bar; null when there is none. */
  get newestCloseAtMs(): number | null {
    return this.#end === this.#start ? null : this.view.closeAtMs(this.view.count - 1)
  }

  /**
   * Adds a closed bar; one that does not open at or after the newest one's close is a repeat and changes nothing.
   * @returns true when the bar was added.
   */
  push(bar: Bar): boolean {
    const newest = this.newestCloseAtMs
    if (newest !== null && bar.openAtMs < newest) return false
    if (this.#end === 2 * this.capacity) this.#moveToFront()
    const data = this.#data
    const at = this.#end * COLUMNS
    data[at + OPEN_AT] = bar.openAtMs
    data[at + CLOSE_AT] = bar.closeAtMs
    data[at + OPEN] = bar.open
    data[at + HIGH] = bar.high
    data[at + LOW] = bar.low
    data[at + CLOSE] = bar.close
    data[at + VOLUME] = bar.volume
    this.#end++
    if (this.#end - this.#start > this.capacity) this.#start++
    return true
  }

  #moveToFront(): void {
    const kept = Math.min(this.#end - this.#start, this.capacity - 1)
    this.#data.copyWithin(0, (this.#end - kept) * COLUMNS, this.#end * COLUMNS)
    this.#start = 0
    this.#end = kept
  }

  #makeView(): BarsView {
    const data = this.#data
    const count = () => this.#end - this.#start
    const read = (index: number, column: number): number => {
      const value = index >= 0 && index < this.#end - this.#start ? data[(this.#start + index) * COLUMNS + column] : undefined
      if (value === undefined) throw new InvariantError(`bar ${index} of ${count()} does not exist`)
      return value
    }
    return Object.freeze({
      get count() {
        return count()
      },
      openAtMs: (index: number) => read(index, OPEN_AT),
      closeAtMs: (index: number) => read(index, CLOSE_AT),
      open: (index: number) => read(index, OPEN),
      high: (index: number) => read(index, HIGH),
      low: (index: number) => read(index, LOW),
      close: (index: number) => read(index, CLOSE),
      volume: (index: number) => read(index, VOLUME),
    })
  }
}
