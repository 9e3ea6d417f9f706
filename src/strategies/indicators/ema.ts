import { requirePeriod, settleSteps } from './period'

/**
 * The exponential moving average with α = 2 / (period + 1), seeded by the first close: `average + α × (close − average)`. In that form
 * equal closes leave it exactly where it is.
 * @see John J. Murphy, Technical Analysis of the Financial Markets, 1999, chapter 9.
 */
export class Ema {
  readonly #alpha: number
  #value = Number.NaN

  /** @throws {InvariantError} when the period is not a positive integer. */
  constructor(period: number) {
    this.#alpha = 2 / (requirePeriod(period, 'Ema') + 1)
  }

  /** The average as of the newest close; NaN before the first. */
  get value(): number {
    return this.#value
  }

  /** Hears a close. @returns the average. */
  push(close: number): number {
    const before = this.#value
    this.#value = Number.isNaN(before) ? close : before + this.#alpha * (close - before)
    return this.#value
  }
}

/** Returns the count of closes after which the seed weighs less than a billionth: about ten periods. */
export function emaSettleBars(period: number): number {
  return 1 + settleSteps(1 - 2 / (period + 1))
}
