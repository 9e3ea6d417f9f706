import { at } from '../columns'
import type { Ticks } from '../ticks'

/** A public print. */
interface Print {
  readonly price: number
  readonly size: number
  /** The taker's: 1 bought, −1 sold. */
  readonly side: number
}

/** A place in recorded ticks: what was quoted and traded last. Without quotes the last price stands for both sides. Moves on only. */
export class TickCursor {
  readonly #ticks: Ticks
  #quotes = 0
  #trades = 0

  constructor(ticks: Ticks) {
    this.#ticks = ticks
  }

  get bid(): number {
    const { quotes } = this.#ticks
    return quotes.count === 0 ? this.#lastPrice : this.#quotes === 0 ? Number.NaN : at(quotes.bid, this.#quotes - 1)
  }

  get ask(): number {
    const { quotes } = this.#ticks
    return quotes.count === 0 ? this.#lastPrice : this.#quotes === 0 ? Number.NaN : at(quotes.ask, this.#quotes - 1)
  }

  get bidSize(): number {
    return this.#quotes === 0 ? Number.NaN : at(this.#ticks.quotes.bidSize, this.#quotes - 1)
  }

  get askSize(): number {
    return this.#quotes === 0 ? Number.NaN : at(this.#ticks.quotes.askSize, this.#quotes - 1)
  }

  /** The last trade's price; NaN before the first. */
  get last(): number {
    return this.#lastPrice
  }

  /** The very first prices of the data. */
  get firstBid(): number {
    const { quotes, trades } = this.#ticks
    return quotes.count > 0 ? at(quotes.bid, 0) : at(trades.price, 0)
  }

  get firstAsk(): number {
    const { quotes, trades } = this.#ticks
    return quotes.count > 0 ? at(quotes.ask, 0) : at(trades.price, 0)
  }

  /** Quotes passed so far. */
  get quotesPassed(): number {
    return this.#quotes
  }

  /** When the newest passed tick that says a price was, ms; −Infinity before the first. */
  get lastMs(): number {
    const { quotes, trades } = this.#ticks
    if (quotes.count > 0) return this.#quotes === 0 ? Number.NEGATIVE_INFINITY : at(quotes.atMs, this.#quotes - 1)
    return this.#trades === 0 ? Number.NEGATIVE_INFINITY : at(trades.atMs, this.#trades - 1)
  }

  /** When the next tick is, ms; Infinity after the last. */
  get nextMs(): number {
    return Math.min(this.#nextQuoteMs, this.#nextTradeMs)
  }

  /**
   * Returns the number of the first tick ahead, behind `afterMs` and up to `untilMs`, at which the closing price (the bid of a long position, the ask of a short
   * one) is at or below `low`, or at or above `high`; −1 for none.
   */
  reaching(low: number, high: number, isLong: boolean, afterMs: number, untilMs: number): number {
    const { quotes, trades } = this.#ticks
    const { atMs, count } = quotes.count > 0 ? quotes : trades
    const prices = quotes.count === 0 ? trades.price : isLong ? quotes.bid : quotes.ask
    const first = passed(atMs, quotes.count > 0 ? this.#quotes : this.#trades, count, afterMs)
    for (let index = first; index < count && at(atMs, index) <= untilMs; index++) {
      const price = at(prices, index)
      if (price <= low || price >= high) return index
    }
    return -1
  }

  /** When the tick of that number is, ms. */
  msOf(index: number): number {
    const { quotes, trades } = this.#ticks
    return at(quotes.count > 0 ? quotes.atMs : trades.atMs, index)
  }

  hasPassed(index: number): boolean {
    return index < (this.#ticks.quotes.count > 0 ? this.#quotes : this.#trades)
  }

  /** Passes every tick up to the one of that number: of its instant the prints, and no later quote. */
  passTo(index: number): void {
    const { quotes, trades } = this.#ticks
    if (quotes.count > 0) {
      this.#quotes = Math.max(this.#quotes, index + 1)
      this.#trades = passed(trades.atMs, this.#trades, trades.count, at(quotes.atMs, index))
    } else this.#trades = Math.max(this.#trades, index + 1)
  }

  /** True when the next tick is a print: those of one instant come before its quotes. */
  get isTradeNext(): boolean {
    return this.#nextTradeMs <= this.#nextQuoteMs
  }

  passTrade(): Print {
    const { trades } = this.#ticks
    const index = this.#trades++
    return { price: at(trades.price, index), size: at(trades.size, index), side: at(trades.side, index) }
  }

  passQuote(): void {
    this.#quotes++
  }

  /** Passes every tick up to and at `ms`; returns whether the price may have changed. */
  moveTo(ms: number): boolean {
    const { quotes, trades } = this.#ticks
    const before = quotes.count > 0 ? this.#quotes : this.#trades
    this.#quotes = passed(quotes.atMs, this.#quotes, quotes.count, ms)
    this.#trades = passed(trades.atMs, this.#trades, trades.count, ms)
    return (quotes.count > 0 ? this.#quotes : this.#trades) !== before
  }

  get #nextQuoteMs(): number {
    const { quotes } = this.#ticks
    return this.#quotes < quotes.count ? at(quotes.atMs, this.#quotes) : Number.POSITIVE_INFINITY
  }

  get #nextTradeMs(): number {
    const { trades } = this.#ticks
    return this.#trades < trades.count ? at(trades.atMs, this.#trades) : Number.POSITIVE_INFINITY
  }

  get #lastPrice(): number {
    return this.#trades === 0 ? Number.NaN : at(this.#ticks.trades.price, this.#trades - 1)
  }
}

/** Returns the count of times up to and at `ms`, found by doubling steps from `from`: most moves are short, some are a day. */
function passed(atMs: Float64Array, from: number, count: number, ms: number): number {
  if (from >= count || at(atMs, from) > ms) return from
  let low = from
  let step = 1
  while (low + step < count && at(atMs, low + step) <= ms) {
    low += step
    step *= 2
  }
  let high = Math.min(count, low + step)
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (at(atMs, middle) <= ms) low = middle
    else high = middle
  }
  return low + 1
}
