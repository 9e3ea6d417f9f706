import { z } from 'zod'
import { strategyId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import { enter, heldDirection, leave, NO_INTENTS } from './decision'
import { BollingerBands } from './indicators/bollinger-bands'
import { quantityParameter, timeframeParameter } from './parameters'
import type { Strategy, StrategyContext, Study } from './types'

/** Parameters of `bollinger-reversion` with their defaults. */
const parameters = z.strictObject({
  timeframe: timeframeParameter.default('15m'),
  /** Closes of the average and of the deviation. */
  period: z.int().min(2).max(1000).default(20),
  /** Distance of the bands from the average in population standard deviations. */
  deviations: z.number().positive().max(10).default(2),
  quantity: quantityParameter,
})

export type BollingerReversionParameters = z.output<typeof parameters>

/** Close and bands of the newest bar and of the one before; NaN up to the bar number `period`. */
export interface BollingerReversionReadings {
  close: number
  lower: number
  middle: number
  previousClose: number
  previousLower: number
  previousMiddle: number
}

/**
 * Mean reversion on Bollinger bands (STR-08): it enters long on the bar whose close comes below the lower band (the close before was
 * not below its own), and leaves once a close is at or above the middle. Long or flat. The first decision falls on the bar number
 * `period + 1`.
 *
 * An entry that was refused, or filled in part, is not asked for again: it waits for the next cross; what of it still rests is
 * withdrawn when a close comes back to the middle. An exit is asked for at each close from there on until the position is gone.
 */
export const bollingerReversion: Strategy<BollingerReversionParameters, BollingerReversionReadings> = {
  strategyId: strategyId('bollinger-reversion'),
  title: 'Mean reversion on Bollinger bands',
  parameters,
  decidesOn: (values) => values.timeframe,
  warmUpBars: (values) => ({ [values.timeframe]: values.period + 1 }),
  study,
  decide,
}

function study(values: BollingerReversionParameters): Study<BollingerReversionReadings> {
  const bands = new BollingerBands(values.period, values.deviations)
  const unknown = Number.NaN
  const readings: BollingerReversionReadings = {
    close: unknown,
    lower: unknown,
    middle: unknown,
    previousClose: unknown,
    previousLower: unknown,
    previousMiddle: unknown,
  }
  let previousClose = unknown
  const push = (_open: number, _high: number, _low: number, close: number): void => {
    const previousLower = bands.lower
    const previousMiddle = bands.middle
    bands.push(close)
    if (!Number.isNaN(previousLower)) {
      readings.close = close
      readings.lower = bands.lower
      readings.middle = bands.middle
      readings.previousClose = previousClose
      readings.previousLower = previousLower
      readings.previousMiddle = previousMiddle
    }
    previousClose = close
  }
  return { readings, push }
}

function decide(context: StrategyContext<BollingerReversionReadings>, values: BollingerReversionParameters): readonly Intent[] {
  const { close, lower, middle, previousClose, previousLower, previousMiddle } = context.readings
  if (close < lower && previousClose >= previousLower) {
    return enter(context, bollingerReversion.strategyId, 'long', values.quantity, {
      reason: 'close below the lower band',
      close,
      lower,
      middle,
    })
  }
  if (close >= middle && (previousClose < previousMiddle || heldDirection(context) === 'long')) {
    return leave(context, bollingerReversion.strategyId, { reason: 'close back at the middle', close, lower, middle })
  }
  return NO_INTENTS
}
