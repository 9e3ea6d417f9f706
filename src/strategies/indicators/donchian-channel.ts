import { RollingMaximum } from './rolling-maximum'

/**
 * The Donchian channel of a bar: the highest high of the `upperPeriod` bars before it and the lowest low of the `lowerPeriod` bars before
 * it, the bar itself left out, so that its close can lie beyond them. A line is NaN up to the bar number of its period.
 * @see Richard D. Donchian, High finance in copper, Financial Analysts Journal 16(6), 1960; the bars before today as in the Turtle rules.
 */
export class DonchianChannel {
  readonly #highs: RollingMaximum
  /** Of the lows with their sign turned. */
  readonly #lows: RollingMaximum
  #upper = Number.NaN
  #lower = Number.NaN

  /** @throws {InvariantError} when a period is not a positive integer. */
  constructor(upperPeriod: number, lowerPeriod: number) {
    this.#highs = new RollingMaximum(upperPeriod)
    this.#lows = new RollingMaximum(lowerPeriod)
  }

  /** Highest high before the newest bar. */
  get upper(): number {
    return this.#upper
  }

  /** Lowest low before the newest bar. */
  get lower(): number {
    return this.#lower
  }

  /** Hears a bar. */
  push(high: number, low: number): void {
    this.#upper = this.#highs.value
    this.#lower = -this.#lows.value
    this.#highs.push(high)
    this.#lows.push(-low)
  }
}
