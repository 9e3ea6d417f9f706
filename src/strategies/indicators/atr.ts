import { requirePeriod, settleSteps } from './period'

/**
 * Wilder's average true range. The true range of a bar is the span of its high, its low and the close before. The first average is the
 * mean of the first `period` ranges; each later one is `(previous × (period − 1) + range) / period`. The first bar only gives its close.
 * @see J. Welles Wilder, New Concepts in Technical Trading Systems, 1978, section III.
 */
export class Atr {
  readonly #period: number
  /** Ranges heard, up to `#period`. */
  #ranges = 0
  #before = Number.NaN
  /** The sum until the first average is known, the average from then on. */
  #range = 0
  #value = Number.NaN

  /** @throws {InvariantError} when the period is not a positive integer. */
  constructor(period: number) {
    this.#period = requirePeriod(period, 'Atr')
  }

  /** The average as of the newest bar, quote per base; NaN before the bar number `period + 1`. */
  get value(): number {
    return this.#value
  }

  /** Hears a bar. @returns the average. */
  push(high: number, low: number, close: number): number {
    const before = this.#before
    this.#before = close
    if (Number.isNaN(before)) return this.#value
    const range = Math.max(high, before) - Math.min(low, before)
    if (this.#ranges === this.#period) {
      this.#range = (this.#range * (this.#period - 1) + range) / this.#period
    } else {
      this.#range += range
      this.#ranges++
      if (this.#ranges < this.#period) return this.#value
      this.#range /= this.#period
    }
    this.#value = this.#range
    return this.#value
  }
}

/** Returns the count of bars after which the first average weighs less than a billionth: about 21 periods. */
export function atrSettleBars(period: number): number {
  return 1 + period + settleSteps(1 - 1 / period)
}
