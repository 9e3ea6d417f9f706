import { add, type Decimal, ZERO } from './decimal'

/** Running sums of a sub-account in the valuation asset. */
export interface SubTotals {
  /** Deposits, withdrawals, rewards, adjustments and allocations, at their rates. Not PnL. */
  readonly flows: Decimal
  /** Trades, net of fees, less gas. */
  readonly realized: Decimal
  /** Change of value realised on holdings outside positions: a deposited coin that was paid away or withdrawn. */
  readonly holdingRealized: Decimal
  readonly fees: Decimal
  /** Paid for transactions; like fees already taken off `realized`. */
  readonly gas: Decimal
}

export const NO_TOTALS: SubTotals = { flows: ZERO, realized: ZERO, holdingRealized: ZERO, fees: ZERO, gas: ZERO }

/** Returns both sums together. */
export function plus(a: SubTotals, b: SubTotals): SubTotals {
  return {
    flows: add(a.flows, b.flows),
    realized: add(a.realized, b.realized),
    holdingRealized: add(a.holdingRealized, b.holdingRealized),
    fees: add(a.fees, b.fees),
    gas: b.gas === ZERO ? a.gas : add(a.gas, b.gas),
  }
}
