import { z } from 'zod'
import { toNumber } from '#domain/decimal'
import { strategyId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import { enter, heldDirection, indicativePrice, leave, NO_INTENTS } from './decision'
import { quantityParameter, timeframeParameter } from './parameters'
import { RuleTriggers, type TriggerReadings } from './rule-triggers'
import type { Strategy, StrategyContext } from './types'

const share = z.number().positive().max(1)

/** Parameters of `rules` with their defaults. Lookbacks are counts of bars, ratios are shares of a price. */
const parameters = z
  .strictObject({
    timeframe: timeframeParameter.default('15m'),
    /** Lookback of the momentum trigger, and the rise over it that scores 1. */
    momentumBars: z.int().min(1).max(1000).default(12),
    momentumFullRatio: share.default(0.03),
    /** Bars before the newest whose highest high a close must exceed, and the mean true ranges beyond it that score 1. */
    breakoutBars: z.int().min(1).max(1000).default(20),
    breakoutFullRanges: z.number().positive().max(100).default(1),
    /** Bars of the mean true range. */
    rangeBars: z.int().min(1).max(500).default(14),
    /** Bars before the newest that its volume is held against, and the multiple of their mean that scores 1. */
    volumeBars: z.int().min(1).max(1000).default(20),
    volumeFullRatio: z.number().min(1.01).max(1000).default(3),
    /** A trigger fires at this score or above, 0 to 1. */
    triggerScoreMin: z.number().positive().max(1).default(0.5),
    /** What each further trigger that fires adds to the conviction of the strongest one. */
    agreementBonus: z.number().min(0).max(1).default(0.1),
    /** Least conviction of a proposal, 0 to 1. */
    minConviction: z.number().min(0).max(1).default(0.6),
    /** Most entries that its triggers may propose in one cycle, over all instruments of the bot. */
    maxTriggersPerCycle: z.int().min(1).max(1000).default(5),
    /** Distance of stop and target from the price. */
    stopRatio: z.number().positive().max(0.5).default(0.02),
    targetRatio: z.number().positive().max(5).default(0.04),
    /** A position is left once the momentum is at or below this. */
    leaveRatio: z.number().min(-1).max(1).default(-0.01),
    quantity: quantityParameter,
  })
  .refine((values) => values.targetRatio >= values.stopRatio, { path: ['targetRatio'], message: 'must not be below stopRatio' })
  .refine((values) => values.leaveRatio < values.momentumFullRatio, { path: ['leaveRatio'], message: 'must be below momentumFullRatio' })

export type RulesParameters = z.output<typeof parameters>

/**
 * The rules engine (STR-06, STR-09): long where a momentum, a breakout or a volume spike fires, each scored over its lookback; flat at the
 * stop, at the target and once the momentum is gone. Never short. An entry states stop, target and conviction: the score of the strongest
 * trigger, and a bonus for each other that fires too. It is proposed on each bar on which something fires while the bot is flat.
 *
 * Stop and target are held against the entry price at each close too, so that a position is left at them where nothing watches the ticks.
 */
export const rules: Strategy<RulesParameters, TriggerReadings> = {
  strategyId: strategyId('rules'),
  title: 'Rules: momentum, breakout and volume triggers',
  parameters,
  decidesOn: (values) => values.timeframe,
  // One more than the longest lookback: none of them counts the newest bar.
  warmUpBars: (values) => ({ [values.timeframe]: 1 + longestOf(values) }),
  // And one more for the momentum of the bar before.
  settleBars: (values) => 2 + longestOf(values),
  entriesPerCycleMax: (values) => values.maxTriggersPerCycle,
  study: (values) => {
    const triggers = new RuleTriggers(values)
    return { readings: triggers.readings, push: (open, high, low, close, volume) => triggers.push(open, high, low, close, volume) }
  },
  decide,
}

function longestOf({ momentumBars, breakoutBars, rangeBars, volumeBars }: RulesParameters): number {
  return Math.max(momentumBars, breakoutBars, rangeBars, volumeBars)
}

function decide(context: StrategyContext<TriggerReadings>, values: RulesParameters): readonly Intent[] {
  const { close, momentum, previousMomentum } = context.readings
  const isHeld = heldDirection(context) === 'long'
  const exit = isHeld ? exitReason(context, values) : null
  if (exit !== null) return leave(context, rules.strategyId, { reason: exit, close, momentum })
  if (momentum <= values.leaveRatio && (isHeld || previousMomentum > values.leaveRatio))
    return leave(context, rules.strategyId, { reason: 'momentum is gone', close, momentum })
  return isHeld ? NO_INTENTS : proposal(context, values)
}

/** Why a position is left at its entry's stop or target; null where it is not. */
function exitReason({ position, readings }: StrategyContext<TriggerReadings>, values: RulesParameters): string | null {
  if (position.entryPrice === null) return null
  const entryPrice = toNumber(position.entryPrice)
  if (readings.close <= entryPrice * (1 - values.stopRatio)) return 'close at the stop'
  return readings.close >= entryPrice * (1 + values.targetRatio) ? 'close at the target' : null
}

/** The triggers by name, which decides between equal scores. */
const TRIGGERS = [
  ['breakout', 'breakoutScore'],
  ['momentum', 'momentumScore'],
  ['volume', 'volumeScore'],
] as const

function proposal(context: StrategyContext<TriggerReadings>, values: RulesParameters): readonly Intent[] {
  const { readings } = context
  let strongest: (typeof TRIGGERS)[number] | null = null
  let fired = 0
  for (const trigger of TRIGGERS) {
    const score = readings[trigger[1]]
    if (!(score >= values.triggerScoreMin)) continue
    fired++
    if (strongest === null || score > readings[strongest[1]]) strongest = trigger
  }
  if (strongest === null) return NO_INTENTS
  const [trigger, key] = strongest
  const score = readings[key]
  const conviction = Math.min(1, score + (fired - 1) * values.agreementBonus)
  if (conviction < values.minConviction) return NO_INTENTS
  const { close, momentumScore, breakoutScore, volumeScore } = readings
  const stopPrice = indicativePrice(close * (1 - values.stopRatio))
  const takeProfitPrice = indicativePrice(close * (1 + values.targetRatio))
  // A stop that cannot be stated would leave the entry without one.
  if (stopPrice === null || takeProfitPrice === null) return NO_INTENTS
  const metadata = { reason: `${trigger} fired`, trigger, score, fired, close, momentumScore, breakoutScore, volumeScore }
  return enter(context, rules.strategyId, 'long', values.quantity, metadata).map((intent) => ({
    ...intent,
    stopPrice,
    takeProfitPrice,
    conviction,
  }))
}
