import { LastValues } from './last-values'

/**
 * The simple moving average: the mean of the last `period` closes, computed anew over the window at each close. It costs `period`
 * additions, and in return the same window gives the same double however long the study has run.
 * @see John J. Murphy, Technical Analysis of the Financial Markets, 1999, chapter 9.
 */
export class Sma {
  readonly #closes: LastValues

  /** @throws {InvariantError} when the period is not a positive integer. */
  constructor(period: number) {
    this.#closes = new LastValues(period)
  }

  /** Hears a close. @returns the average; NaN before the close number `period`. */
  push(close: number): number {
    this.#closes.push(close)
    return this.#closes.mean()
  }
}
