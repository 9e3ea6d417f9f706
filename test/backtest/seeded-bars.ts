import { type BarColumns, createColumns } from '#sim/backtest/columns'
import { SeededRandom } from '#sim/random'

/** First bar of the seeded data: 1 January 2022, 00:00 UTC. */
export const FIRST_MS = Date.UTC(2022, 0, 1)
const MINUTE_MS = 60_000

/** Returns one-minute bars of a seeded random walk on a tick of 0.1: each opens where the one before closed. */
export function seededBars(seed: string, count: number, start = 46_000): BarColumns {
  const random = new SeededRandom(`backtest/${seed}`)
  const columns = createColumns(count, '1m')
  let price = start
  for (let index = 0; index < count; index++) {
    const open = price
    const close = tick(Math.max(100, open + random.normal() * 25))
    columns.openAtMs[index] = FIRST_MS + index * MINUTE_MS
    columns.closeAtMs[index] = FIRST_MS + (index + 1) * MINUTE_MS
    columns.open[index] = open
    columns.high[index] = tick(Math.max(open, close) + random.next() * 10)
    columns.low[index] = tick(Math.min(open, close) - random.next() * 10)
    columns.close[index] = close
    columns.volume[index] = Math.round(1 + random.next() * 1_000) / 100
    price = close
  }
  return columns
}

function tick(price: number): number {
  return Math.round(price * 10) / 10
}
