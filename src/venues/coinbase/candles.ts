import { AppError } from '#domain/errors'
import type { Bar } from '#domain/market'
import { barOpenAt, TIMEFRAME_MS, type Timeframe } from '#domain/time'
import { withoutGaps } from '#venues/shared/bars'
import type { CandleRow, CoinbasePublicRest } from './rest-public'

const GRANULARITIES: Readonly<Record<Timeframe, string>> = {
  '1m': 'ONE_MINUTE',
  '5m': 'FIVE_MINUTE',
  '15m': 'FIFTEEN_MINUTE',
  '1h': 'ONE_HOUR',
  '4h': 'FOUR_HOUR',
  '1d': 'ONE_DAY',
}

/** The venue takes less than 350 with both ends counted; fewer leave room for what it may count besides. */
const WINDOW = 300

/** Returns the bar of a candle. */
export function barOf(row: Omit<CandleRow, 'start'> & { readonly start: number }, timeframe: Timeframe): Bar {
  const { start: openAtMs, open, high, low, close, volume } = row
  return { openAtMs, closeAtMs: openAtMs + TIMEFRAME_MS[timeframe], open, high, low, close, volume }
}

/**
 * Returns closed bars with `openAtMs >= sinceMs`, ascending, silent intervals between them filled, from windows that the venue takes. A time that
 * is longer than the windows reach is cut at its older end.
 * @param nowMs the venue's time.
 */
export async function closedBars(
  rest: CoinbasePublicRest,
  productId: string,
  timeframe: Timeframe,
  sinceMs: number,
  nowMs: number,
  windowsMax: number,
): Promise<readonly Bar[]> {
  const lengthMs = TIMEFRAME_MS[timeframe]
  const lastMs = barOpenAt(nowMs, timeframe) - lengthMs
  const firstMs = Math.max(Math.ceil(sinceMs / lengthMs) * lengthMs, lastMs - (windowsMax * WINDOW - 1) * lengthMs, 0)
  const byOpen = new Map<number, Bar>()
  for (let fromMs = firstMs; fromMs <= lastMs; fromMs += WINDOW * lengthMs) {
    const toMs = Math.min(lastMs, fromMs + (WINDOW - 1) * lengthMs)
    for (const row of await rest.candles(productId, GRANULARITIES[timeframe], fromMs, toMs, WINDOW)) {
      if (row.start >= fromMs && row.start <= toMs) byOpen.set(row.start, barOf(row, timeframe))
    }
  }
  return withoutGaps(
    [...byOpen.values()].sort((a, b) => a.openAtMs - b.openAtMs),
    lengthMs,
  )
}

/** @throws {AppError} `UNKNOWN_INSTRUMENT`, always. */
export function unknownInstrument(instrumentId: string): never {
  throw new AppError(`Coinbase lists no ${instrumentId}; check the spelling, such as BTC-USD@coinbase`, { code: 'UNKNOWN_INSTRUMENT' })
}
