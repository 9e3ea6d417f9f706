import { add, type Decimal, isNegative, isPositive, ZERO } from '#domain/decimal'
import type { BotId } from '#domain/ids'
import { formatDuration } from '#domain/time'
import type { Realization } from './daily-loss'
import type { BreakerLimits } from './limits'
import type { BreakerPlan, BreakerTrip } from './types'

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

/** Pauses the bot, and resumes it by itself after the pause. */
export function consecutiveLossesPlan({ consecutiveLossesMax, consecutiveLossPauseMs }: BreakerLimits): BreakerPlan {
  return {
    kind: 'consecutiveLosses',
    threshold: String(consecutiveLossesMax),
    response: 'pause',
    rearm: 'auto',
    coolDownMs: consecutiveLossPauseMs,
    isMoment: true,
    tripsKillSwitch: false,
  }
}

/** Trips when a bot has lost so many trades in a row. */
export function evaluateConsecutiveLosses(botId: BotId, streak: LossStreak, limits: BreakerLimits): BreakerTrip | null {
  const { consecutiveLossesMax, consecutiveLossPauseMs } = limits
  if (streak.losses < consecutiveLossesMax) return null
  return {
    threshold: String(consecutiveLossesMax),
    value: String(streak.losses),
    reason: `${botId} lost ${streak.losses} trades in a row; it pauses for ${formatDuration(consecutiveLossPauseMs)}`,
  }
}
