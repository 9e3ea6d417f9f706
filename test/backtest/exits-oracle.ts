import { at, type BarColumns } from '#sim/backtest/columns'

/** How one position is protected, in doubles; null for no level of that kind. */
export interface OracleLevels {
  readonly stopRatio: number | null
  readonly targetRatio: number | null
  readonly trailingRatio: number | null
}

export interface OracleExit {
  /** Index of the bar, and where in it: at its open or in its middle. */
  readonly bar: number
  readonly isAtOpen: boolean
  readonly price: number
  readonly kind: 'stop' | 'trailing' | 'target'
}

/**
 * Exits on bars by the stated rule, bar by bar and without the company: the position is opened at the open of bar `entry`. The second
 * reckoning that a backtest is held against.
 * @param tick levels are brought to it toward what the position gains by.
 */
export function exitByRule(columns: BarColumns, entry: number, isLong: boolean, levels: OracleLevels, tick: number): OracleExit | null {
  // A short position is a long one in a market upside down.
  const sign = isLong ? 1 : -1
  const onTick = (value: number) => Math.ceil((sign * value) / tick - 1e-7) * tick
  const { stopRatio, targetRatio, trailingRatio } = levels
  const paid = at(columns.open, entry)
  const stop = stopRatio === null ? Number.NEGATIVE_INFINITY : onTick(paid * (1 - sign * stopRatio))
  const target = targetRatio === null ? Number.POSITIVE_INFINITY : onTick(paid * (1 + sign * targetRatio))
  let best = sign * paid
  const trail = () => (trailingRatio === null ? Number.NEGATIVE_INFINITY : onTick(sign * best * (1 - sign * trailingRatio)))
  const lost = (): number => Math.max(stop, trail())
  for (let bar = entry; bar < columns.count; bar++) {
    const [open, close] = [sign * at(columns.open, bar), sign * at(columns.close, bar)]
    const [low, high] = isLong ? [at(columns.low, bar), at(columns.high, bar)] : [-at(columns.high, bar), -at(columns.low, bar)]
    const exit = (price: number, isAtOpen: boolean, isWon: boolean): OracleExit => {
      const kind = isWon ? 'target' : stop >= trail() || price <= stop ? 'stop' : 'trailing'
      return { bar, isAtOpen, price: sign * price, kind }
    }
    best = Math.max(best, open)
    if (open <= lost() + 1e-9) return exit(open, true, false)
    if (open >= target - 1e-9) return exit(open, true, true)
    if (low <= lost() + 1e-9) return exit(lost(), false, false)
    if (high >= target - 1e-9) return exit(target, false, true)
    best = Math.max(best, high)
    if (close <= lost() + 1e-9) return exit(lost(), false, false)
  }
  return null
}
