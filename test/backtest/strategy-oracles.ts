/*
 * The classic strategies once more, each from its definition over whole series of closes, highs and lows: no study, no engine, nothing
 * of `src/strategies/`. A rule says at each close which position it wants from the next open on: 1 long, −1 short, 0 flat, null no change.
 */

export interface Series {
  readonly open: readonly number[]
  readonly high: readonly number[]
  readonly low: readonly number[]
  readonly close: readonly number[]
}

export type Wish = 1 | 0 | -1 | null
export type Rule = (series: Series) => readonly Wish[]

const value = (values: readonly number[], index: number): number => values[index] ?? Number.NaN

/** Weighted by α = 2 / (n + 1) against 1 − α, the first close being the first average. */
function emaSeries(closes: readonly number[], period: number): readonly number[] {
  const alpha = 2 / (period + 1)
  const averages: number[] = []
  for (const [index, close] of closes.entries())
    averages.push(index === 0 ? close : alpha * close + (1 - alpha) * value(averages, index - 1))
  return averages
}

/** EMA 10/20: up on the cross above, down on the cross below, nothing before index 20. */
const emaCross =
  (down: Wish): Rule =>
  ({ close }) => {
    const [fast, slow] = [emaSeries(close, 10), emaSeries(close, 20)]
    return close.map((_, index) => {
      if (index < 20) return null
      const [was, is] = [value(fast, index - 1) - value(slow, index - 1), value(fast, index) - value(slow, index)]
      if (was <= 0 && is > 0) return 1
      return was >= 0 && is < 0 ? down : null
    })
  }

export const emaLongOnly: Rule = emaCross(0)
export const emaAlwaysIn: Rule = emaCross(-1)

/** Bollinger 20/2: long where the close comes below mean − 2σ, flat at or above the mean; σ with the divisor 20. */
export const bollinger: Rule = ({ close }) => {
  const bandAt = (index: number) => {
    const window = close.slice(index - 19, index + 1)
    const mean = window.reduce((sum, price) => sum + price, 0) / 20
    const variance = window.reduce((sum, price) => sum + (price - mean) ** 2, 0) / 20
    return { mean, lower: mean - 2 * Math.sqrt(variance) }
  }
  return close.map((price, index) => {
    if (index < 20) return null
    const { mean, lower } = bandAt(index)
    if (price < lower && value(close, index - 1) >= bandAt(index - 1).lower) return 1
    return price >= mean ? 0 : null
  })
}

/** RSI 14 after Wilder: long where it comes up through 30, flat above 70. */
export const rsi: Rule = ({ close }) => {
  const changes = close.map((price, index) => price - value(close, index - 1))
  const mean = (part: (change: number) => number) => changes.slice(1, 15).reduce((sum, change) => sum + part(change), 0) / 14
  let up = mean((change) => Math.max(0, change))
  let down = mean((change) => Math.max(0, -change))
  const index14: number[] = []
  for (let index = 14; index < close.length; index++) {
    if (index > 14) {
      up = (up * 13 + Math.max(0, value(changes, index))) / 14
      down = (down * 13 + Math.max(0, -value(changes, index))) / 14
    }
    index14[index] = down === 0 ? (up === 0 ? 50 : 100) : 100 - 100 / (1 + up / down)
  }
  return close.map((_, index) => {
    if (index < 15) return null
    if (value(index14, index - 1) <= 30 && value(index14, index) > 30) return 1
    return value(index14, index) > 70 ? 0 : null
  })
}

/** Donchian 20/10: long on a close above the 20 highs before, flat on one below the 10 lows before. */
export const donchian: Rule = ({ high, low, close }) =>
  close.map((price, index) => {
    if (index < 20) return null
    if (price > Math.max(...high.slice(index - 20, index))) return 1
    return price < Math.min(...low.slice(index - 10, index)) ? 0 : null
  })

/** What a rule's wishes come to: whole trades, from flat to flat. */
export interface OracleOutcome {
  readonly trades: number
  /** Quote, net of fees, in units of 10^−12: exact. */
  readonly pnlUnits: bigint
}

/**
 * Carries wishes out at the next open, 0.01 of the coin a position, one position at a time; what is still open at the end is no trade.
 * Prices count in millionths, so 0.01 of a difference in 10^−8 and a basis point of 0.01 of a price in 10^−12.
 */
export function carryOut({ open }: Series, wishes: readonly Wish[], feeBps: number): OracleOutcome {
  let [held, entry, trades, pnlUnits] = [0 as Wish, 0n, 0, 0n]
  for (const [index, wish] of wishes.entries()) {
    if (wish === null || wish === held || index + 1 >= open.length) continue
    const price = BigInt(Math.round(value(open, index + 1) * 1_000_000))
    if (held !== 0) {
      trades++
      pnlUnits += (held === 1 ? price - entry : entry - price) * 10_000n - (price + entry) * BigInt(feeBps)
    }
    held = wish
    entry = price
  }
  return { trades, pnlUnits }
}
