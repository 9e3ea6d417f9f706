import { type Decimal, divide, isPositive, multiply, subtract, toNumber, ZERO } from './decimal'
import type { AttributionSums } from './attribution'
import type { TripSums } from './trip-sums'

/** Days of trading in a year: these markets never close. */
const DAYS_A_YEAR = 365
/** Days of returns below which their spread says nothing. */
const DAYS_MIN = 2
const BPS = 10_000
/** Digits after the point of an average amount. */
const AVERAGE_SCALE = 8

/** What metrics are made of; all of one bot, or of the company. Money in the valuation asset. */
export interface MetricsInput {
  /** Realised and unrealised, net of fees. */
  readonly pnl: Decimal
  /** The most capital that was ever in at once. */
  readonly capital: Decimal
  readonly trips: TripSums
  readonly sums: AttributionSums
  /** Returns of UTC days, ascending; null for a day with nothing to earn on. */
  readonly dailyReturns: readonly (number | null)[]
  readonly drawdownRatio: number
  readonly drawdownRatioMax: number
}

/** Figures of a bot or the company (PFL-12). A ratio is null where it has no meaning yet: no trade, no capital, no two days. */
export interface Metrics {
  /** Return on investment, see `roiOf`. */
  readonly roi: number | null
  /** Round trips that ended, from flat to flat. */
  readonly trades: number
  readonly wins: number
  readonly losses: number
  /** Round trips won, of all that ended; one that ended even is neither won nor lost. */
  readonly winRate: number | null
  /** Average profit of a round trip, net of fees. */
  readonly expectancy: Decimal | null
  readonly sharpe: number | null
  readonly sortino: number | null
  readonly drawdownRatio: number
  readonly drawdownRatioMax: number
  /** Average time from a round trip's first execution to its last, ms. */
  readonly holdMs: number | null
  readonly fees: Decimal
  /** Fees as a share of what was earned before them; null unless that is a profit. */
  readonly feesOfGross: number | null
  readonly gas: Decimal
  /** Paid beyond the mid prices at which orders were planned; negative is better than planned. */
  readonly slippage: Decimal
  readonly slippageBps: number | null
}

/** Returns the figures. Each is defined where it is worked out. */
export function metricsOf(input: MetricsInput): Metrics {
  const { pnl, capital, trips, sums, drawdownRatio, drawdownRatioMax } = input
  const returns = input.dailyReturns.filter((value) => value !== null)
  const { closed, wins, losses } = trips
  return {
    roi: roiOf(pnl, capital),
    trades: closed,
    wins,
    losses,
    winRate: closed === 0 ? null : wins / closed,
    expectancy: closed === 0 ? null : divide(trips.pnl, String(closed) as Decimal, AVERAGE_SCALE),
    sharpe: sharpeOf(returns),
    sortino: sortinoOf(returns),
    drawdownRatio,
    drawdownRatioMax,
    holdMs: closed === 0 ? null : trips.holdMs / closed,
    fees: sums.fees,
    feesOfGross: isPositive(sums.gross) ? toNumber(divide(sums.fees, sums.gross)) : null,
    gas: sums.gas,
    slippage: sums.slippage,
    slippageBps: slippageBpsOf(sums),
  }
}

/**
 * Returns the return on investment: all profit so far, realised and unrealised, over the most capital that was ever in at once. Not
 * over what is in now: a withdrawal of the capital would make any profit look endless. Null while nothing was put in.
 */
export function roiOf(pnl: Decimal, capital: Decimal): number | null {
  return isPositive(capital) ? toNumber(pnl) / toNumber(capital) : null
}

/**
 * Returns the annualised Sharpe ratio of daily returns: their mean over their sample standard deviation, times √365, with a risk-free
 * rate of zero. Null for fewer than two days, or without any spread.
 * @see W. F. Sharpe, "The Sharpe Ratio", The Journal of Portfolio Management 21 (1994) 49–58, ex-post ratio.
 */
export function sharpeOf(returns: readonly number[]): number | null {
  if (returns.length < DAYS_MIN) return null
  const mean = meanOf(returns)
  const variance = returns.reduce((total, value) => total + (value - mean) ** 2, 0) / (returns.length - 1)
  return ratioOf(mean, Math.sqrt(variance))
}

/**
 * Returns the annualised Sortino ratio of daily returns: their mean over their downside deviation, times √365. The downside deviation
 * is the root of the mean of squared losses over all days, gains counting as zero, against a target of zero. Null for fewer than two
 * days, or without a losing one.
 * @see F. A. Sortino and L. N. Price, "Performance Measurement in a Downside Risk Framework", The Journal of Investing 3 (1994) 59–64.
 */
export function sortinoOf(returns: readonly number[]): number | null {
  if (returns.length < DAYS_MIN) return null
  const downside = returns.reduce((total, value) => total + Math.min(value, 0) ** 2, 0) / returns.length
  return ratioOf(meanOf(returns), Math.sqrt(downside))
}

/**
 * Returns what executions cost beyond the mid price at which their orders were planned, in basis points of their value at that price:
 * the implementation shortfall of what was executed. Positive is a cost. Null before the first.
 * @see A. F. Perold, "The Implementation Shortfall: Paper Versus Reality", The Journal of Portfolio Management 14 (1988) 4–9.
 */
export function slippageBpsOf({ slippage, arrival }: Pick<AttributionSums, 'slippage' | 'arrival'>): number | null {
  return isPositive(arrival) ? (toNumber(slippage) / toNumber(arrival)) * BPS : null
}

/** Returns the slippage of one execution and its value at the price that was planned on; both zero where there was none. */
export function shortfallOf(
  { side, price, quantity, arrivalMid }: { readonly side: 'buy' | 'sell'; price: Decimal; quantity: Decimal; arrivalMid: Decimal | null },
  rate: Decimal,
): Pick<AttributionSums, 'slippage' | 'arrival'> {
  if (arrivalMid === null) return { slippage: ZERO, arrival: ZERO }
  const value = multiply(quantity, rate)
  const arrival = multiply(arrivalMid, value)
  const paid = multiply(price, value)
  return { slippage: side === 'buy' ? subtract(paid, arrival) : subtract(arrival, paid), arrival }
}

/** A spread that is nothing but the last digit of a double is none. */
const SPREAD_MIN = 1e-15

function ratioOf(mean: number, deviation: number): number | null {
  return deviation > SPREAD_MIN ? (mean / deviation) * Math.sqrt(DAYS_A_YEAR) : null
}

function meanOf(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length
}
