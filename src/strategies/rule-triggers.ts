import { Lagged } from './indicators/lagged'
import { RollingMaximum } from './indicators/rolling-maximum'
import { Sma } from './indicators/sma'

/** Lookbacks of the triggers in bars, and the figures at which each scores 1. */
export interface TriggerTerms {
  readonly momentumBars: number
  readonly momentumFullRatio: number
  readonly breakoutBars: number
  readonly breakoutFullRanges: number
  readonly rangeBars: number
  readonly volumeBars: number
  readonly volumeFullRatio: number
}

/** Scores of the newest bar, 0 to 1, and the figures behind them; all NaN up to the bar number of the longest lookback. */
export interface TriggerReadings {
  close: number
  /** Change of the close over `momentumBars`, as a share of the earlier one; and the same one bar before. */
  momentum: number
  previousMomentum: number
  /** Highest high of the `breakoutBars` bars before. */
  upper: number
  /** The bar's volume as a multiple of the mean of the `volumeBars` bars before. */
  volumeRatio: number
  momentumScore: number
  breakoutScore: number
  volumeScore: number
}

/** Returns where `value` lies between nothing and `full`: 0 to 1; NaN for NaN. */
function shareOf(value: number, full: number): number {
  return value >= full ? 1 : value <= 0 ? 0 : value / full
}

/**
 * The triggers of the rules engine as a fold over closed bars (STR-06): momentum, breakout and volume spike. All are of the long side.
 *
 * - momentum: the change of the close over `momentumBars`, 1 at `momentumFullRatio`;
 * - breakout: a close above the highest high of the `breakoutBars` bars before scores a half, and 1 where it is `breakoutFullRanges` mean
 *   true ranges above it;
 * - volume spike: on a bar that rose, the volume over the mean of the bars before, 0 at the mean and 1 at `volumeFullRatio` times it.
 */
export class RuleTriggers {
  readonly readings: TriggerReadings
  readonly #terms: TriggerTerms
  readonly #lagged: Lagged
  readonly #highs: RollingMaximum
  readonly #ranges: Sma
  readonly #volumes: Sma
  /** Bars still to be heard before every figure is known. */
  #unheard: number
  #before = Number.NaN
  #volumeMean = Number.NaN

  /** @throws {InvariantError} when a count of bars is not a positive integer. */
  constructor(terms: TriggerTerms) {
    this.#terms = terms
    this.#lagged = new Lagged(terms.momentumBars)
    this.#highs = new RollingMaximum(terms.breakoutBars)
    this.#ranges = new Sma(terms.rangeBars)
    this.#volumes = new Sma(terms.volumeBars)
    this.#unheard = Math.max(terms.momentumBars, terms.breakoutBars, terms.rangeBars, terms.volumeBars)
    const unknown = Number.NaN
    this.readings = {
      close: unknown,
      momentum: unknown,
      previousMomentum: unknown,
      upper: unknown,
      volumeRatio: unknown,
      momentumScore: unknown,
      breakoutScore: unknown,
      volumeScore: unknown,
    }
  }

  /** Hears a bar. */
  push(open: number, high: number, low: number, close: number, volume: number): void {
    const { readings } = this
    const { momentumFullRatio, breakoutFullRanges, volumeFullRatio } = this.#terms
    const before = this.#before
    this.#before = close
    // The first bar has no close before it and so no range.
    const range = Number.isNaN(before) ? before : this.#ranges.push(Math.max(high, before) - Math.min(low, before))
    const upper = this.#highs.value
    this.#highs.push(high)
    const volumeRatio = volume / this.#volumeMean
    this.#volumeMean = this.#volumes.push(volume)
    const momentum = close / this.#lagged.push(close) - 1
    if (this.#unheard > 0) {
      this.#unheard--
      return
    }
    readings.close = close
    readings.previousMomentum = readings.momentum
    readings.momentum = momentum
    readings.upper = upper
    readings.volumeRatio = volumeRatio
    readings.momentumScore = shareOf(momentum, momentumFullRatio)
    const beyond = close - upper
    readings.breakoutScore = beyond > 0 ? (1 + shareOf(beyond, breakoutFullRanges * range)) / 2 : beyond <= 0 ? 0 : Number.NaN
    readings.volumeScore = close > open && volume > 0 ? shareOf(volumeRatio - 1, volumeFullRatio - 1) : 0
  }
}
