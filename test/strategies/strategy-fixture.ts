import { decimal } from '#domain/decimal'
import { botId, instrumentId } from '#domain/ids'
import type { Bar } from '#domain/market'
import { TIMEFRAME_MS, type Timeframe } from '#domain/time'
import { BarSeries } from '#strategies/bar-series'
import type { BarsView, StrategyContext } from '#strategies/types'

export const START_MS = Date.UTC(2026, 0, 5)

/** Consecutive bars that close at the given prices; high and low one `spread` beyond open and close. */
export function barsOf(closes: readonly number[], timeframe: Timeframe = '1m', spread = 1, startMs = START_MS): readonly Bar[] {
  const length = TIMEFRAME_MS[timeframe]
  return closes.map((close, index) => {
    const open = closes[index - 1] ?? close
    const openAtMs = startMs + index * length
    return {
      openAtMs,
      closeAtMs: openAtMs + length,
      open,
      high: Math.max(open, close) + spread,
      low: Math.min(open, close) - spread,
      close,
      volume: 1,
    }
  })
}

export function viewOf(bars: readonly Bar[], capacity = Math.max(1, bars.length)): BarsView {
  const series = new BarSeries(capacity)
  for (const bar of bars) series.push(bar)
  return series.view
}

/** A repeatable walk: steps of a linear congruential generator (Numerical Recipes' constants), so that no port is needed. */
export function walk(length: number, seed: number, start = 100, size = 0.2): readonly number[] {
  let state = seed >>> 0
  const closes: number[] = []
  let price = start
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    price += (state / 2 ** 32 - 0.5) * 2 * size
    closes.push(price)
  }
  return closes
}

export interface Scene {
  readonly bars: Readonly<Partial<Record<Timeframe, BarsView>>>
  readonly timeframe?: Timeframe
  readonly nowMs?: number
  readonly netQuantity?: string
  readonly entryPrice?: string
  readonly openPositions?: number
  readonly shorts?: boolean
  readonly readings?: object
}

/** A frozen context; decides on the newest bar of its timeframe unless told when. */
export function contextOf(scene: Scene): StrategyContext {
  const timeframe = scene.timeframe ?? '1m'
  const own = scene.bars[timeframe]
  const netQuantity = decimal(scene.netQuantity ?? '0')
  return Object.freeze({
    botId: botId('alpha'),
    instrumentId: instrumentId('BTC-USD@kraken'),
    timeframe,
    nowMs: scene.nowMs ?? (own === undefined || own.count === 0 ? START_MS : own.closeAtMs(own.count - 1)),
    bars: Object.freeze({ ...scene.bars }),
    position: Object.freeze({ netQuantity, entryPrice: scene.entryPrice === undefined ? null : decimal(scene.entryPrice) }),
    openPositions: scene.openPositions ?? (scene.netQuantity === undefined ? 0 : 1),
    capabilities: Object.freeze({ shorts: scene.shorts ?? false }),
    readings: scene.readings ?? {},
  })
}
