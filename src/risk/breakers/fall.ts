import { type Decimal, divide, isLess, isPositive, multiply, subtract, ZERO } from '#domain/decimal'

/** An equity below the highest of its time, account currency. */
export interface Fall {
  readonly peak: Decimal
  readonly equity: Decimal
}

/** Digits of a ratio that is shown. */
const RATIO_SCALE = 6

/** Returns `(peak − equity) / peak`, from 0; above 1 when equity is negative; 0 without a positive peak, of which nothing can be lost. */
export function ratioOfFall({ peak, equity }: Fall): Decimal {
  return isPositive(peak) && isLess(equity, peak) ? divide(subtract(peak, equity), peak, RATIO_SCALE) : ZERO
}

/** True when at least that fraction of the peak is lost; exact. A limit of 0 is reached by any loss. */
export function hasFallen({ peak, equity }: Fall, ratioMax: Decimal): boolean {
  if (!isPositive(peak) || !isLess(equity, peak)) return false
  return !isLess(subtract(peak, equity), multiply(peak, ratioMax))
}
