import { messageOf } from '#domain/errors'
import type { InstrumentId } from '#domain/ids'
import type { Bar, BarEvent } from '#domain/market'
import { barOpenAt, TIMEFRAME_MS, type Timeframe } from '#domain/time'
import type { ClockPort } from '#ports/clock'
import { type BarNews, BarSeries } from './bars'
import type { KrakenConfig } from './config'
import type { Candle } from './schema-stream'
import type { Pair } from './symbols'
import type { VenueClock } from './venue-clock'

/** What the feed of bars needs and whom it tells. */
export interface BarFeedDeps {
  readonly clock: ClockPort
  readonly venueClock: VenueClock
  readonly config: KrakenConfig
  onBar(event: BarEvent): void
  onFault(code: string, text: string): void
  /** Asks the history for closed bars from `sinceMs`. */
  history(instrumentId: InstrumentId, timeframe: Timeframe, sinceMs: number): Promise<readonly Bar[]>
}

const MS_PER_MIN = 60_000

/** Returns the candle interval of a timeframe in minutes. */
export function intervalOf(timeframe: Timeframe): number {
  return TIMEFRAME_MS[timeframe] / MS_PER_MIN
}

/** The closed bars of all subscribed series, over connections: what a reconnect missed comes from the history before newer ones. */
export class BarFeed {
  readonly #deps: BarFeedDeps
  readonly #series = new Map<string, BarSeries>()
  #timer: unknown = null

  constructor(deps: BarFeedDeps) {
    this.#deps = deps
  }

  /** Keeps exactly these series; one that stays goes on where it was. */
  setWanted(wanted: readonly { readonly pair: Pair; readonly timeframe: Timeframe }[]): void {
    const keys = new Set<string>()
    for (const { pair, timeframe } of wanted) {
      const key = `${pair.stream} ${intervalOf(timeframe)}`
      keys.add(key)
      if (!this.#series.has(key)) this.#series.set(key, new BarSeries(pair.instrumentId, timeframe, this.#deps.config.barGraceMs))
    }
    for (const key of [...this.#series.keys()]) if (!keys.has(key)) this.#series.delete(key)
  }

  onConnected(): void {
    this.#schedule()
  }

  onDisconnected(): void {
    if (this.#timer !== null) this.#deps.clock.clearTimeout(this.#timer)
    this.#timer = null
    for (const series of this.#series.values()) series.suspend()
  }

  /** Takes the candles of one frame. */
  onCandles(candles: readonly Candle[]): void {
    const rows = new Map<string, Bar[]>()
    for (const candle of candles) {
      const key = `${candle.symbol} ${candle.interval}`
      const bars = rows.get(key) ?? []
      rows.set(key, bars)
      const openAtMs = candle.interval_begin
      const { open, high, low, close, volume } = candle
      bars.push({ openAtMs, closeAtMs: openAtMs + candle.interval * MS_PER_MIN, open, high, low, close, volume })
    }
    for (const [key, bars] of rows) {
      const series = this.#series.get(key)
      if (series === undefined) continue
      bars.sort((a, b) => a.openAtMs - b.openAtMs)
      this.#take(series, series.onRows(bars, this.#deps.venueClock.now()))
    }
  }

  #take(series: BarSeries, news: BarNews): void {
    this.#emit(series, news.bars)
    if (news.gap === null) return
    void this.#fill(series, news.gap.fromMs)
  }

  async #fill(series: BarSeries, fromMs: number): Promise<void> {
    let bars: readonly Bar[] = []
    try {
      bars = await this.#deps.history(series.instrumentId, series.timeframe, fromMs)
    } catch (error) {
      this.#deps.onFault('BAR_GAP', `bars of ${series.instrumentId} ${series.timeframe} from ${fromMs} are missing: ${messageOf(error)}`)
    }
    this.#emit(series, series.onGapFilled(bars, this.#deps.venueClock.now()))
  }

  #emit(series: BarSeries, bars: readonly Bar[]): void {
    for (const bar of bars) this.#deps.onBar({ instrumentId: series.instrumentId, timeframe: series.timeframe, bar })
  }

  /** Every timeframe is a multiple of a minute: one timer a minute, after the grace, closes them all. */
  #schedule(): void {
    const { clock, venueClock, config } = this.#deps
    const nowMs = venueClock.now()
    const dueMs = barOpenAt(nowMs - config.barGraceMs, '1m') + MS_PER_MIN + config.barGraceMs
    this.#timer = clock.setTimeout(
      () => {
        this.#schedule()
        const atMs = venueClock.now()
        for (const series of this.#series.values()) this.#emit(series, series.onClock(atMs))
      },
      Math.max(1, dueMs - nowMs),
    )
  }
}
