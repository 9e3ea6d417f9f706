import type { BarColumns } from '#sim/backtest/columns'

/** What a rule of its own says the same bars give. */
export interface OracleTrades {
  /** Closed trades; one that is open at the end is none. */
  readonly count: number
  /** Quote, in units of 10^−`scale`: exact. */
  readonly pnlUnits: bigint
  readonly scale: number
}

/** Prices of the data are whole hundredths; quantities whole hundredths of a coin. */
const PRICE_UNITS = 100
const QUANTITY_UNITS = 100

/** Returns the averages of the closes, each seeded by the first. */
function emaOf(closes: Float64Array, period: number): Float64Array {
  const averages = new Float64Array(closes.length)
  const alpha = 2 / (period + 1)
  let average = closes[0] ?? 0
  for (let index = 0; index < closes.length; index++) {
    if (index > 0) average += alpha * ((closes[index] ?? 0) - average)
    averages[index] = average
  }
  return averages
}

/**
 * The EMA 10/20 cross without the engine: long on the bar where the fast average comes above the slow one, flat where it comes below,
 * each at the next bar's open, 0.01 of the coin, no fee, no signal before index 20. Counts in whole units, so that sums are exact.
 */
export function emaCrossOracle({ open, close, count }: BarColumns): OracleTrades {
  const fast = emaOf(close, 10)
  const slow = emaOf(close, 20)
  let [trades, pnlUnits, entryUnits] = [0, 0n, null as bigint | null]
  for (let index = 20; index < count - 1; index++) {
    const isAbove = (fast[index] ?? 0) > (slow[index] ?? 0)
    const isBelow = (fast[index] ?? 0) < (slow[index] ?? 0)
    const wasAbove = (fast[index - 1] ?? 0) > (slow[index - 1] ?? 0)
    const wasBelow = (fast[index - 1] ?? 0) < (slow[index - 1] ?? 0)
    const next = BigInt(Math.round((open[index + 1] ?? 0) * PRICE_UNITS))
    if (entryUnits === null && isAbove && !wasAbove) entryUnits = next
    else if (entryUnits !== null && isBelow && !wasBelow) {
      pnlUnits += next - entryUnits // × 0.01 of the coin: one hundredth
      trades++
      entryUnits = null
    }
  }
  return { count: trades, pnlUnits, scale: Math.log10(PRICE_UNITS * QUANTITY_UNITS) }
}
