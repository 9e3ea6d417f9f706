import { TIMEFRAME_MS, type Timeframe } from '#domain/time'
import { type BarColumns, createColumns, sliceColumns } from './columns'
import type { Ticks } from './ticks'

interface Prints {
  readonly count: number
  readonly atMs: Float64Array
  readonly price: Float64Array
  readonly size: Float64Array
}

/**
 * Returns the bars that ticks make: of the trades where there are any, else of the quotes' mids. They begin with the first interval that
 * the ticks cover from its start and end with the last whose end they reach. An interval without a tick is a flat bar at the price
 * before it, without volume, as a venue's candles are closed.
 */
export function barsOfTicks({ trades, quotes }: Ticks, timeframe: Timeframe): BarColumns {
  if (trades.count > 0) return barsOfPrints(trades, timeframe)
  const price = new Float64Array(quotes.count)
  for (let index = 0; index < quotes.count; index++) price[index] = ((quotes.bid[index] as number) + (quotes.ask[index] as number)) / 2
  return barsOfPrints({ count: quotes.count, atMs: quotes.atMs, price, size: new Float64Array(quotes.count) }, timeframe)
}

function barsOfPrints({ count, atMs, price, size }: Prints, timeframe: Timeframe): BarColumns {
  const lengthMs = TIMEFRAME_MS[timeframe]
  if (count === 0) return createColumns(0, timeframe)
  const firstMs = Math.ceil((atMs[0] as number) / lengthMs) * lengthMs
  const endMs = Math.floor((atMs[count - 1] as number) / lengthMs) * lengthMs
  const bars = createColumns(Math.max(0, (endMs - firstMs) / lengthMs), timeframe)
  let made = 0
  let last = price[0] as number
  let index = 0
  for (; index < count && (atMs[index] as number) < firstMs; index++) last = price[index] as number
  for (let openAtMs = firstMs; openAtMs < endMs; openAtMs += lengthMs) {
    const from = index
    let [high, low, volume] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 0]
    for (; index < count && (atMs[index] as number) < openAtMs + lengthMs; index++) {
      high = Math.max(high, price[index] as number)
      low = Math.min(low, price[index] as number)
      volume += size[index] as number
    }
    const isFlat = index === from
    bars.openAtMs[made] = openAtMs
    bars.closeAtMs[made] = openAtMs + lengthMs
    bars.open[made] = isFlat ? last : (price[from] as number)
    last = isFlat ? last : (price[index - 1] as number)
    bars.high[made] = isFlat ? last : high
    bars.low[made] = isFlat ? last : low
    bars.close[made] = last
    bars.volume[made] = volume
    made++
  }
  return sliceColumns(bars, 0, made)
}
