import { z } from 'zod'
import { strategyId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import { enter, heldDirection, leave, NO_INTENTS } from './decision'
import { Rsi, rsiSettleBars } from './indicators/rsi'
import { quantityParameter, timeframeParameter } from './parameters'
import type { Strategy, StrategyContext, Study } from './types'

/** Parameters of `rsi-reversion` with their defaults. */
const parameters = z
  .strictObject({
    timeframe: timeframeParameter.default('15m'),
    /** Changes of the close in the first averages. */
    period: z.int().min(2).max(200).default(14),
    /** The index enters when it comes up through this, 0 to 100. */
    oversold: z.number().min(0).max(100).default(30),
    /** A position is left once the index is above this, 0 to 100: 70 rides the recovery until it is overbought, 50 takes the middle. */
    leaveAbove: z.number().min(0).max(100).default(70),
    quantity: quantityParameter,
  })
  .refine((values) => values.oversold < values.leaveAbove, { path: ['oversold'], message: 'must be below leaveAbove' })

export type RsiReversionParameters = z.output<typeof parameters>

/** The index after the newest bar and after the one before; NaN up to the bar number `period + 1`. */
export interface RsiReversionReadings {
  index: number
  previousIndex: number
}

/**
 * Mean reversion on Wilder's relative strength index (STR-08): it enters long on the bar where the index comes up through `oversold`
 * (at or below it at the bar before, above it now), and leaves once it is above `leaveAbove`. Long or flat. The first decision falls
 * on the bar number `period + 2`.
 *
 * An entry that was refused, or filled in part, is not asked for again: it waits for the next cross; what of it still rests is
 * withdrawn when the index comes up through `leaveAbove`. An exit is asked for at each close above it until the position is gone.
 */
export const rsiReversion: Strategy<RsiReversionParameters, RsiReversionReadings> = {
  strategyId: strategyId('rsi-reversion'),
  title: 'Mean reversion on the relative strength index',
  parameters,
  decidesOn: (values) => values.timeframe,
  warmUpBars: (values) => ({ [values.timeframe]: values.period + 2 }),
  settleBars: (values) => 1 + rsiSettleBars(values.period),
  study,
  decide,
}

function study(values: RsiReversionParameters): Study<RsiReversionReadings> {
  const rsi = new Rsi(values.period)
  const readings: RsiReversionReadings = { index: Number.NaN, previousIndex: Number.NaN }
  const push = (_open: number, _high: number, _low: number, close: number): void => {
    const previousIndex = rsi.value
    rsi.push(close)
    if (Number.isNaN(previousIndex)) return
    readings.index = rsi.value
    readings.previousIndex = previousIndex
  }
  return { readings, push }
}

function decide(context: StrategyContext<RsiReversionReadings>, values: RsiReversionParameters): readonly Intent[] {
  const { index, previousIndex } = context.readings
  const { oversold, leaveAbove } = values
  if (previousIndex <= oversold && index > oversold) {
    return enter(context, rsiReversion.strategyId, 'long', values.quantity, {
      reason: 'index came up through oversold',
      index,
      previousIndex,
      oversold,
    })
  }
  if (index > leaveAbove && (previousIndex <= leaveAbove || heldDirection(context) === 'long')) {
    return leave(context, rsiReversion.strategyId, { reason: 'index above the level to leave at', index, leaveAbove })
  }
  return NO_INTENTS
}
