import { InvariantError } from '#domain/errors'
import { LastValues } from './last-values'

/**
 * Bollinger bands: the simple average of the last `period` closes and lines `deviations` population standard deviations (divisor
 * `period`) above and below it, each computed anew over the window. NaN before the close number `period`.
 * @see John Bollinger, Bollinger on Bollinger Bands, 2001, chapter 7.
 */
export class BollingerBands {
  readonly #closes: LastValues
  readonly #deviations: number
  #middle = Number.NaN
  #reach = Number.NaN

  /** @throws {InvariantError} when the period is not a positive integer or the deviations are not positive. */
  constructor(period: number, deviations: number) {
    if (!(deviations > 0)) throw new InvariantError(`BollingerBands: ${deviations} deviations are no distance`)
    this.#closes = new LastValues(period)
    this.#deviations = deviations
  }

  get upper(): number {
    return this.#middle + this.#reach
  }

  get middle(): number {
    return this.#middle
  }

  get lower(): number {
    return this.#middle - this.#reach
  }

  /** Hears a close. */
  push(close: number): void {
    this.#closes.push(close)
    this.#middle = this.#closes.mean()
    this.#reach = this.#deviations * this.#closes.deviation(this.#middle)
  }
}
