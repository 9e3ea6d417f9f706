import { type Decimal, minimum } from '#domain/decimal'
import type { BotId } from '#domain/ids'
import { type Fall, hasFallen, ratioOfFall } from './fall'
import type { BreakerLimits } from './limits'
import type { BreakerPlan, BreakerTrip } from './types'

/** Returns what a bot may lose of its highest equity: the general limit, or its own where that is lower. */
export function botDrawdownLimit(botId: BotId, { botDrawdownRatioMax, botDrawdownRatioMaxOf }: BreakerLimits): Decimal {
  const own = Object.hasOwn(botDrawdownRatioMaxOf, botId) ? botDrawdownRatioMaxOf[botId] : undefined
  return own === undefined ? botDrawdownRatioMax : minimum(own, botDrawdownRatioMax)
}

/** Halts the bot, until an operator resets it. */
export function botDrawdownPlan(botId: BotId, limits: BreakerLimits): BreakerPlan {
  return {
    kind: 'botDrawdown',
    threshold: botDrawdownLimit(botId, limits),
    response: 'halt',
    rearm: 'operator',
    coolDownMs: 0,
    isMoment: false,
    tripsKillSwitch: false,
  }
}

/** Trips when a bot's sub-account has lost its fraction of the highest equity that it had. */
export function evaluateBotDrawdown(botId: BotId, fall: Fall, limits: BreakerLimits): BreakerTrip | null {
  const threshold = botDrawdownLimit(botId, limits)
  if (!hasFallen(fall, threshold)) return null
  return {
    threshold,
    value: ratioOfFall(fall),
    reason: `${botId} fell from ${fall.peak} to ${fall.equity}; the limit is a fraction of ${threshold}`,
  }
}
