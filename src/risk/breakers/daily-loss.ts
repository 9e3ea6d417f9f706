import { type Decimal, divide, isLess, isNegative, isPositive, multiply, negate, sum, ZERO } from '#domain/decimal'
import { DAY_MS, utcDayOf } from '#domain/time'
import type { BreakerLimits } from './limits'
import type { BreakerPlan, BreakerTrip } from './types'

/** One realisation, as the ledger records it. */
export interface Realization {
  /** What belongs together: the fills of one closing order are one trade, won or lost as a whole. */
  readonly key: string
  /** Valuation asset, net of fees. */
  readonly realizedValue: Decimal
  /** Base, zero for a trade that only opened (and realised its fee). */
  readonly closedQuantity: Decimal
  readonly atMs: number
}

/** Returns what was realised on the UTC day of `nowMs`, net of fees, opening trades' fees included. */
export function realizedOnDay(realizations: readonly Realization[], nowMs: number): Decimal {
  const fromMs = utcDayOf(nowMs)
  return sum(realizations.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + DAY_MS).map(({ realizedValue }) => realizedValue))
}

/** Halts all, until an operator resets. */
export function dailyLossPlan({ dailyLossRatioMax }: BreakerLimits): BreakerPlan {
  return {
    kind: 'dailyLoss',
    threshold: dailyLossRatioMax,
    response: 'halt',
    rearm: 'operator',
    coolDownMs: 0,
    isMoment: false,
    tripsKillSwitch: false,
  }
}

/** What a day opened with and has realised since, account currency. */
export interface DayLoss {
  readonly openingEquity: Decimal
  readonly realizedToday: Decimal
}

/** Returns what of the day's opening equity was lost, from 0; 1 for any loss without opening equity. */
export function ratioOfDayLoss({ openingEquity, realizedToday }: DayLoss): Decimal {
  if (!isNegative(realizedToday)) return ZERO
  return isPositive(openingEquity) ? divide(negate(realizedToday), openingEquity, 6) : ('1' as Decimal)
}

/** Trips when the day's realised loss reaches its fraction of the equity that the day opened with; without such equity any loss does. */
export function evaluateDailyLoss(figures: DayLoss, { dailyLossRatioMax }: BreakerLimits): BreakerTrip | null {
  const { openingEquity, realizedToday } = figures
  if (!isNegative(realizedToday)) return null
  const loss = negate(realizedToday)
  const base = isPositive(openingEquity) ? openingEquity : ZERO
  if (isLess(loss, multiply(base, dailyLossRatioMax))) return null
  return {
    threshold: dailyLossRatioMax,
    value: ratioOfDayLoss(figures),
    reason: `Lost ${loss} today of ${openingEquity} at its start; the limit is a fraction of ${dailyLossRatioMax}`,
  }
}
