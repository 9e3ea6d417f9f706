import { add, type Decimal, divide, isLess, isNegative, isPositive, multiply, negate, sum, ZERO } from '#domain/decimal'
import type { BotId, InstrumentId } from '#domain/ids'
import { DAY_MS, formatDuration, utcDayOf } from '#domain/time'

/** Thresholds of the breakers (RSK-08, RSK-10). */
export interface BreakerLimits {
  /** Fraction of the day's opening equity that may be lost within a UTC day. */
  readonly dailyLossRatioMax: Decimal
  /** Losing trades of a bot in a row that pause it. */
  readonly consecutiveLossesMax: number
  readonly consecutiveLossPauseMs: number
  readonly quoteAgeMsMax: number
  readonly barAgeMsMax: number
  /** How long data must be fresh again before a staleness breaker arms. */
  readonly stalenessCoolDownMs: number
}

/** 5 % a day; 3 losses in a row pause for 24 h; quotes older than 5 s or one-minute bars older than 90 s are stale. */
export const DEFAULT_BREAKER_LIMITS: BreakerLimits = Object.freeze({
  dailyLossRatioMax: '0.05' as Decimal,
  consecutiveLossesMax: 3,
  consecutiveLossPauseMs: DAY_MS,
  quoteAgeMsMax: 5_000,
  barAgeMsMax: 90_000,
  stalenessCoolDownMs: 5_000,
})

export type BreakerScope =
  | { readonly kind: 'portfolio' }
  | { readonly kind: 'bot'; readonly botId: BotId }
  | { readonly kind: 'instrument'; readonly instrumentId: InstrumentId }

/** What a breaker demands. The scope's parent acts on it; the rule itself cancels and pauses nothing. */
export interface BreakerTrip {
  readonly kind: 'dailyLoss' | 'consecutiveLosses' | 'staleness'
  readonly scope: BreakerScope
  readonly response: 'halt' | 'pause'
  /** Null when only a named operator re-arms it. For staleness it counts from the return of fresh data. */
  readonly rearmAfterMs: number | null
  readonly threshold: string
  readonly value: string
  /** One sentence for a person. */
  readonly reason: string
}

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

/**
 * Trips when the day's realised loss reaches its fraction of the equity that the day opened with: halts all, until an operator resets.
 * With an opening equity that is not positive any loss trips.
 */
export function evaluateDailyLoss(
  figures: { readonly openingEquity: Decimal; readonly realizedToday: Decimal },
  { dailyLossRatioMax }: BreakerLimits,
): BreakerTrip | null {
  const { openingEquity, realizedToday } = figures
  if (!isNegative(realizedToday)) return null
  const loss = negate(realizedToday)
  const base = isPositive(openingEquity) ? openingEquity : ZERO
  if (isLess(loss, multiply(base, dailyLossRatioMax))) return null
  const value = isPositive(base) ? divide(loss, base, 6) : '1'
  return {
    kind: 'dailyLoss',
    scope: { kind: 'portfolio' },
    response: 'halt',
    rearmAfterMs: null,
    threshold: dailyLossRatioMax,
    value,
    reason: `Lost ${loss} today of ${openingEquity} at its start; the limit is a fraction of ${dailyLossRatioMax}`,
  }
}

/** A bot's losses in a row: a fold over its realisations, small enough to keep in a breaker's context. */
export interface LossStreak {
  /** Losing trades in a row, the last trade included. */
  readonly losses: number
  /** The same before the last trade, which may still be filling. */
  readonly before: number
  readonly key: string | null
  /** What the last trade has realised so far. */
  readonly value: Decimal
}

/** Where a streak begins, and begins anew when its breaker arms again. */
export const NO_STREAK: LossStreak = Object.freeze({ losses: 0, before: 0, key: null, value: ZERO })

/** Returns the streak after one more realisation; those that closed nothing do not count. Zero is no loss. */
export function extendStreak(streak: LossStreak, { key, realizedValue, closedQuantity }: Realization): LossStreak {
  if (!isPositive(closedQuantity)) return streak
  const isSame = key === streak.key
  const before = isSame ? streak.before : streak.losses
  const value = isSame ? add(streak.value, realizedValue) : realizedValue
  return { losses: isNegative(value) ? before + 1 : 0, before, key, value }
}

/** Trips when a bot has lost so many trades in a row: pauses it, and resumes it by itself after the pause. */
export function evaluateConsecutiveLosses(botId: BotId, streak: LossStreak, limits: BreakerLimits): BreakerTrip | null {
  const { consecutiveLossesMax, consecutiveLossPauseMs } = limits
  if (streak.losses < consecutiveLossesMax) return null
  return {
    kind: 'consecutiveLosses',
    scope: { kind: 'bot', botId },
    response: 'pause',
    rearmAfterMs: consecutiveLossPauseMs,
    threshold: String(consecutiveLossesMax),
    value: String(streak.losses),
    reason: `${botId} lost ${streak.losses} trades in a row; it pauses for ${formatDuration(consecutiveLossPauseMs)}`,
  }
}

/** When an instrument's data last changed, UTC ms; null for what has not come yet or is not wanted, which is not stale. */
export interface DataTimes {
  readonly instrumentId: InstrumentId
  readonly quoteAtMs: number | null
  readonly barAtMs: number | null
}

/** Trips when quotes or one-minute bars are older than allowed: pauses the instrument until they are fresh again (MKT-05, RSK-10). */
export function evaluateStaleness(times: DataTimes, nowMs: number, limits: BreakerLimits): BreakerTrip | null {
  const quoteAgeMs = times.quoteAtMs === null ? 0 : nowMs - times.quoteAtMs
  if (quoteAgeMs > limits.quoteAgeMsMax) return staleness(times, 'quote', quoteAgeMs, limits.quoteAgeMsMax, limits)
  const barAgeMs = times.barAtMs === null ? 0 : nowMs - times.barAtMs
  return barAgeMs > limits.barAgeMsMax ? staleness(times, 'one-minute bar', barAgeMs, limits.barAgeMsMax, limits) : null
}

function staleness({ instrumentId }: DataTimes, what: string, ageMs: number, limitMs: number, limits: BreakerLimits): BreakerTrip {
  return {
    kind: 'staleness',
    scope: { kind: 'instrument', instrumentId },
    response: 'pause',
    rearmAfterMs: limits.stalenessCoolDownMs,
    threshold: String(limitMs),
    value: String(ageMs),
    reason: `The ${what} of ${instrumentId} is ${ageMs} ms old; ${limitMs} ms is the most to trade on`,
  }
}
