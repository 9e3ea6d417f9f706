import { z } from 'zod'
import { strategyId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import { enter, heldDirection, leave, NO_INTENTS } from './decision'
import { DonchianChannel } from './indicators/donchian-channel'
import { quantityParameter, timeframeParameter } from './parameters'
import type { Strategy, StrategyContext, Study } from './types'

/** Parameters of `donchian-breakout` with their defaults. Periods are counts of bars. */
const parameters = z.strictObject({
  timeframe: timeframeParameter.default('1h'),
  /** Bars before the newest whose highest high a close must exceed to enter. */
  entryPeriod: z.int().min(1).max(1000).default(20),
  /** Bars before the newest whose lowest low a close must fall below to leave. */
  exitPeriod: z.int().min(1).max(1000).default(10),
  quantity: quantityParameter,
})

export type DonchianBreakoutParameters = z.output<typeof parameters>

/** The newest close and the channel of the bars before it, NaN up to the bar number of the longer period; and those one bar earlier. */
export interface DonchianBreakoutReadings {
  close: number
  upper: number
  lower: number
  previousClose: number
  previousUpper: number
  previousLower: number
}

/**
 * Breakout of a Donchian channel: long on a close above the highest high of the `entryPeriod` bars before, flat on a close below the
 * lowest low of the `exitPeriod` bars before. It states its target on the first of several such closes in a row, and again on each
 * further one while the position is another. The first decision falls on the first bar with both channels whole before it.
 *
 * An entry that was refused waits for the next close above the channel, and an exit for the next one below; an entry that was filled in
 * part stays as it is until the first close of another breakout. What of an entry still rests is withdrawn on a close below.
 */
export const donchianBreakout: Strategy<DonchianBreakoutParameters, DonchianBreakoutReadings> = {
  strategyId: strategyId('donchian-breakout'),
  title: 'Breakout of a Donchian channel',
  parameters,
  decidesOn: (values) => values.timeframe,
  warmUpBars: (values) => ({ [values.timeframe]: Math.max(values.entryPeriod, values.exitPeriod) + 1 }),
  // One more, so that the channels one bar earlier are known too.
  settleBars: (values) => Math.max(values.entryPeriod, values.exitPeriod) + 2,
  study,
  decide,
}

function study(values: DonchianBreakoutParameters): Study<DonchianBreakoutReadings> {
  const channel = new DonchianChannel(values.entryPeriod, values.exitPeriod)
  const unknown = Number.NaN
  const readings: DonchianBreakoutReadings = {
    close: unknown,
    upper: unknown,
    lower: unknown,
    previousClose: unknown,
    previousUpper: unknown,
    previousLower: unknown,
  }
  const push = (_open: number, high: number, low: number, close: number): void => {
    channel.push(high, low)
    if (Number.isNaN(channel.upper) || Number.isNaN(channel.lower)) return
    readings.previousClose = readings.close
    readings.previousUpper = readings.upper
    readings.previousLower = readings.lower
    readings.close = close
    readings.upper = channel.upper
    readings.lower = channel.lower
  }
  return { readings, push }
}

function decide(context: StrategyContext<DonchianBreakoutReadings>, values: DonchianBreakoutParameters): readonly Intent[] {
  const { close, upper, lower, previousClose, previousUpper, previousLower } = context.readings
  if (close > upper && (!(previousClose > previousUpper) || heldDirection(context) !== 'long')) {
    return enter(context, donchianBreakout.strategyId, 'long', values.quantity, { reason: 'close above the channel', close, upper, lower })
  }
  if (close < lower && (!(previousClose < previousLower) || heldDirection(context) === 'long')) {
    return leave(context, donchianBreakout.strategyId, { reason: 'close below the channel', close, upper, lower })
  }
  return NO_INTENTS
}
