/*
 * Every indicator once more, by its definition over the whole series and without any state: slow, and written without a look at
 * `src/strategies/indicators/`. `closes[0]` is the oldest; the figure is that after the last one.
 */

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)

export function naiveSma(closes: readonly number[], period: number): number {
  return closes.length < period ? Number.NaN : total(closes.slice(-period)) / period
}

/** The sum of all closes with their weights written out: α (1 − α)^age, the first one with (1 − α)^age alone. */
export function naiveEma(closes: readonly number[], period: number): number {
  const alpha = 2 / (period + 1)
  return total(
    closes.map((close, index) => {
      const kept = (1 - alpha) ** (closes.length - 1 - index)
      return close * kept * (index === 0 ? 1 : alpha)
    }),
  )
}

/** Wilder's smoothing of all values heard: the mean of the first ones, then `(previous × (period − 1) + value) / period`. */
function wilder(values: readonly number[], period: number): number {
  if (values.length < period) return Number.NaN
  const first = total(values.slice(0, period)) / period
  return values.slice(period).reduce((average, value) => (average * (period - 1) + value) / period, first)
}

export function naiveRsi(closes: readonly number[], period: number): number {
  const changes = closes.slice(1).map((close, index) => close - (closes[index] ?? Number.NaN))
  const rise = wilder(
    changes.map((change) => Math.max(change, 0)),
    period,
  )
  const fall = wilder(
    changes.map((change) => Math.max(-change, 0)),
    period,
  )
  if (rise === 0 && fall === 0) return 50
  return fall === 0 ? 100 : 100 - 100 / (1 + rise / fall)
}

export interface NaiveBar {
  readonly high: number
  readonly low: number
  readonly close: number
}

export function naiveAtr(bars: readonly NaiveBar[], period: number): number {
  const ranges = bars.slice(1).map(({ high, low }, index) => {
    const before = bars[index]?.close ?? Number.NaN
    return Math.max(high - low, Math.abs(high - before), Math.abs(low - before))
  })
  return wilder(ranges, period)
}

export function naiveBollinger(closes: readonly number[], period: number, deviations: number) {
  const middle = naiveSma(closes, period)
  const sigma = Math.sqrt(total(closes.slice(-period).map((close) => (close - middle) ** 2)) / period)
  return { lower: middle - deviations * sigma, middle, upper: middle + deviations * sigma }
}

/** Over the bars before the last one. */
export function naiveDonchian(bars: readonly NaiveBar[], period: number) {
  const before = bars.slice(0, -1).slice(-period)
  if (before.length < period) return { upper: Number.NaN, lower: Number.NaN }
  return { upper: Math.max(...before.map((bar) => bar.high)), lower: Math.min(...before.map((bar) => bar.low)) }
}

/** The greatest relative distance allowed between a fold and its definition. */
const TOLERANCE = 1e-9

/** Says whether two figures agree within 1e-9, relative to the size of what they are figures of; NaN agrees with NaN. */
export function agree(one: number, other: number, scale: number): boolean {
  if (Number.isNaN(one) || Number.isNaN(other)) return Number.isNaN(one) && Number.isNaN(other)
  return Math.abs(one - other) <= TOLERANCE * scale
}
