import { messageOf } from '#domain/errors'
import type { InstrumentId } from '#domain/ids'
import type { Bar, BarEvent } from '#domain/market'
import { barOpenAt, TIMEFRAME_MS, type Timeframe } from '#domain/time'
import type { ClockPort } from '#ports/clock'
import { type BarNews, BarSeries } from './bars'
import type { VenueClock } from './venue-clock'

/** What the feed of bars needs and whom it tells. */
export interface BarFeedDeps {
  readonly clock: ClockPort
  readonly venueClock: VenueClock
  /** How long after its end a bar waits for late trades, ms. */
  readonly graceMs: number
  onBar(event: BarEvent): void
  onFault(code: string, text: string): void
  /** Asks the history for closed bars from `sinceMs`. */
  history(instrumentId: InstrumentId, timeframe: Timeframe, sinceMs: number): Promise<readonly Bar[]>
}

const MS_PER_MIN = 60_000

/** A bar of the stream, the running one too. */
export interface StreamedBar {
  readonly instrumentId: InstrumentId
  readonly bar: Bar
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
  setWanted(wanted: readonly { readonly instrumentId: InstrumentId; readonly timeframe: Timeframe }[]): void {
    const keys = new Set<string>()
    for (const { instrumentId, timeframe } of wanted) {
      const key = `${instrumentId} ${TIMEFRAME_MS[timeframe]}`
      keys.add(key)
      if (!this.#series.has(key)) this.#series.set(key, new BarSeries(instrumentId, timeframe, this.#deps.graceMs))
    }
    for (const key of [...this.#series.keys()]) if (!keys.has(key)) this.#series.delete(key)
  }

  onConnected(): void {
    this.#schedule()
  }

  onDisconnected(): void {
    if (this.#timer !== null) this.#deps.clock.clearTimeout(this.#timer)
    this.#timer = null
    this.suspend()
  }

  /** Rows may have been lost: nothing is known of the running bars and of silence until the next row, and the history fills what it leaves open. */
  suspend(): void {
    for (const series of this.#series.values()) series.suspend()
  }

  /** Takes the bars of one frame, in any order; those of series that nobody wants are passed over. */
  onBars(streamed: readonly StreamedBar[]): void {
    const rows = new Map<string, Bar[]>()
    for (const { instrumentId, bar } of streamed) {
      const key = `${instrumentId} ${bar.closeAtMs - bar.openAtMs}`
      const bars = rows.get(key) ?? []
      rows.set(key, bars)
      bars.push(bar)
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
    const { clock, venueClock, graceMs } = this.#deps
    const nowMs = venueClock.now()
    const dueMs = barOpenAt(nowMs - graceMs, '1m') + MS_PER_MIN + graceMs
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
