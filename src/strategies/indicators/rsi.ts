import { requirePeriod, settleSteps } from './period'

/**
 * Wilder's relative strength index: `100 − 100 / (1 + RS)`, where RS is the average rise over the average fall of closes. The first
 * averages are the means of the first `period` changes; each later one is `(previous × (period − 1) + change) / period`.
 * It is 100 where there were no falls, and 50 where closes did not move at all (the definition leaves 0 / 0 open).
 * @see J. Welles Wilder, New Concepts in Technical Trading Systems, 1978, section VI.
 */
export class Rsi {
  readonly #period: number
  /** Changes heard, up to `#period`. */
  #changes = 0
  #before = Number.NaN
  /** Sums until the first averages are known, averages from then on. */
  #rise = 0
  #fall = 0
  #value = Number.NaN

  /** @throws {InvariantError} when the period is not a positive integer. */
  constructor(period: number) {
    this.#period = requirePeriod(period, 'Rsi')
  }

  /** The index as of the newest close, 0 to 100; NaN before the close number `period + 1`. */
  get value(): number {
    return this.#value
  }

  /** Hears a close. @returns the index. */
  push(close: number): number {
    const change = close - this.#before
    this.#before = close
    if (Number.isNaN(change)) return this.#value
    const rise = Math.max(change, 0)
    const fall = Math.max(-change, 0)
    if (this.#changes === this.#period) this.#smooth(rise, fall)
    else this.#gather(rise, fall)
    if (this.#changes < this.#period) return this.#value
    const movement = this.#rise + this.#fall
    this.#value = movement === 0 ? 50 : 100 * (this.#rise / movement)
    return this.#value
  }

  #gather(rise: number, fall: number): void {
    this.#rise += rise
    this.#fall += fall
    this.#changes++
    if (this.#changes < this.#period) return
    this.#rise /= this.#period
    this.#fall /= this.#period
  }

  #smooth(rise: number, fall: number): void {
    this.#rise = (this.#rise * (this.#period - 1) + rise) / this.#period
    this.#fall = (this.#fall * (this.#period - 1) + fall) / this.#period
  }
}

/** Returns the count of closes after which the first averages weigh less than a billionth: about 21 periods. */
export function rsiSettleBars(period: number): number {
  return 1 + period + settleSteps(1 - 1 / period)
}
