import { z } from 'zod'
import { strategyId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import { enter, heldDirection, leave, NO_INTENTS } from './decision'
import { Ema, emaSettleBars } from './indicators/ema'
import { quantityParameter, timeframeParameter } from './parameters'
import type { Strategy, StrategyContext, Study } from './types'

/** Parameters of `ema-cross` with their defaults. Periods are counts of bars. */
const parameters = z
  .strictObject({
    timeframe: timeframeParameter.default('1h'),
    fastPeriod: z.int().min(1).max(500).default(10),
    slowPeriod: z.int().min(2).max(1000).default(20),
    /** `longOnly`: long or flat. `alwaysIn`: long or short from the first cross on; where the venue does not lend, flat for short. */
    mode: z.enum(['longOnly', 'alwaysIn']).default('longOnly'),
    quantity: quantityParameter,
  })
  .refine((values) => values.fastPeriod < values.slowPeriod, { path: ['fastPeriod'], message: 'must be below slowPeriod' })

export type EmaCrossParameters = z.output<typeof parameters>

/** The two averages after the newest bar and after the one before; NaN up to the bar number `slowPeriod`. */
export interface EmaCrossReadings {
  fast: number
  slow: number
  previousFast: number
  previousSlow: number
}

/**
 * The cross of two exponential averages of closes, each seeded by the first close heard. It states its target where the averages cross:
 * long on the bar where the fast one comes above the slow one (it was not above at the bar before), and where it comes below short in
 * the mode `alwaysIn`, else flat. Between crosses it only leaves a position that the averages stand against. The first decision falls
 * on the bar number `slowPeriod + 1`.
 *
 * An entry that was refused, or filled in part, is not asked for again: it waits for the next cross, which also withdraws what of it
 * still rests. An exit is, at each close until the position is gone; a turn that only closed the old side waits for the next cross.
 */
export const emaCross: Strategy<EmaCrossParameters, EmaCrossReadings> = {
  strategyId: strategyId('ema-cross'),
  title: 'Cross of two exponential averages',
  parameters,
  decidesOn: (values) => values.timeframe,
  warmUpBars: (values) => ({ [values.timeframe]: values.slowPeriod + 1 }),
  settleBars: (values) => 1 + emaSettleBars(values.slowPeriod),
  study,
  decide,
}

function study(values: EmaCrossParameters): Study<EmaCrossReadings> {
  const fast = new Ema(values.fastPeriod)
  const slow = new Ema(values.slowPeriod)
  const readings: EmaCrossReadings = { fast: Number.NaN, slow: Number.NaN, previousFast: Number.NaN, previousSlow: Number.NaN }
  let heard = 0
  const push = (_open: number, _high: number, _low: number, close: number): void => {
    const previousFast = fast.value
    const previousSlow = slow.value
    fast.push(close)
    slow.push(close)
    heard++
    if (heard <= values.slowPeriod) return
    readings.fast = fast.value
    readings.slow = slow.value
    readings.previousFast = previousFast
    readings.previousSlow = previousSlow
  }
  return { readings, push }
}

function decide(context: StrategyContext<EmaCrossReadings>, values: EmaCrossParameters): readonly Intent[] {
  const { fast, slow, previousFast, previousSlow } = context.readings
  if (fast > slow) {
    const isCross = previousFast <= previousSlow
    if (isCross) return enter(context, emaCross.strategyId, 'long', values.quantity, { reason: 'crossed above', fast, slow })
    return heldDirection(context) === 'short'
      ? leave(context, emaCross.strategyId, { reason: 'short no longer holds', fast, slow })
      : NO_INTENTS
  }
  if (fast < slow) {
    const isCross = previousFast >= previousSlow
    if (isCross && values.mode === 'alwaysIn' && context.capabilities.shorts) {
      return enter(context, emaCross.strategyId, 'short', values.quantity, { reason: 'crossed below', fast, slow })
    }
    if (isCross) return leave(context, emaCross.strategyId, { reason: 'crossed below', fast, slow })
    return heldDirection(context) === 'long'
      ? leave(context, emaCross.strategyId, { reason: 'long no longer holds', fast, slow })
      : NO_INTENTS
  }
  return NO_INTENTS
}
