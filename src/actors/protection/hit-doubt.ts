import { type Decimal, isLess, multiply } from '#domain/decimal'
import type { ClockPort } from '#ports/clock'
import type { GateQuote } from '#risk/types'

/** A level that an outlier has reached is believed when a second quote says so that came this long after the first; ms. */
const APART_MS = 100
/** And where nothing else comes: then the quote is the market's last word; ms. */
const ALONE_MS = 900
/** And where only one side of the market says so, and nobody has traded there: a spread that wide is more likely a bad quote than a market; ms. */
const ONE_SIDED_MS = 5_000
const WIDE = '1.01' as Decimal

/** Whether a quote that has jumped beyond a level is believed: one bad quote sells nothing, and a real gap is sold within a second. */
export class HitDoubt {
  readonly #clock: ClockPort
  readonly #lookAgain: () => void
  #first: { readonly sinceUs: number; readonly quoteAtMs: number } | null = null
  #timer: unknown = null

  constructor(clock: ClockPort, lookAgain: () => void) {
    this.#clock = clock
    this.#lookAgain = lookAgain
  }

  /**
   * @param quote the one that is beyond the level.
   * @param isTraded the last trade is beyond it too.
   */
  believes(quote: GateQuote | null, isOutlier: boolean, isTraded: boolean): boolean {
    if (!isOutlier || quote === null) {
      this.clear()
      return true
    }
    const nowUs = this.#clock.monotonicUs()
    const quoteAtMs = quote.receivedAtMs
    const isOneSided = !isTraded && isLess(multiply(quote.bidPrice, WIDE), quote.askPrice)
    const aloneMs = isOneSided ? ONE_SIDED_MS : ALONE_MS
    this.#first ??= { sinceUs: nowUs, quoteAtMs }
    const sinceMs = (nowUs - this.#first.sinceUs) / 1_000
    if (sinceMs >= aloneMs || Math.min(sinceMs, quoteAtMs - this.#first.quoteAtMs) >= APART_MS) {
      this.clear()
      return true
    }
    // Anew with each quote: what is seen of the market may be worth less time than before.
    this.#clock.clearTimeout(this.#timer)
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = null
      this.#lookAgain()
    }, aloneMs - sinceMs)
    return false
  }

  /** The price is not beyond the level, or nothing is watched any more. */
  clear(): void {
    this.#first = null
    this.#clock.clearTimeout(this.#timer)
    this.#timer = null
  }
}
