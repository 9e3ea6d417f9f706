import { messageOf } from '#domain/errors'
import type { InstrumentId } from '#domain/ids'
import type { Bar, BarEvent } from '#domain/market'
import { barOpenAt, TIMEFRAME_MS, type Timeframe } from '#domain/time'
import type { ClockPort } from '#ports/clock'
import { flatBar } from '#venues/shared/bars'
import type { VenueClock } from '#venues/shared/venue-clock'

/** What the poller asks and whom it tells. */
export interface BarPollerDeps {
  readonly clock: ClockPort
  readonly venueClock: VenueClock
  readonly graceMs: number
  history(instrumentId: InstrumentId, timeframe: Timeframe, sinceMs: number): Promise<readonly Bar[]>
  onBar(event: BarEvent): void
  onFault(code: string, text: string): void
}

interface Series {
  readonly instrumentId: InstrumentId
  readonly timeframe: Timeframe
  doneAtMs: number | null
  lastClose: number | null
  isAsking: boolean
}

const MINUTE_MS = 60_000
/** Bars read before the first one, to know the close that silent ones repeat. */
const LOOKBACK = 299
const FLAT_BARS_MAX = 720

/**
 * Closed bars of the lengths that the stream does not have: when one has ended, the history is asked for it and for what an outage hid. An interval
 * without trades gives a flat bar. The first one that is told closes after the series was wanted.
 */
export class BarPoller {
  readonly #deps: BarPollerDeps
  readonly #series = new Map<string, Series>()
  #timer: unknown = null
  #epoch = 0

  constructor(deps: BarPollerDeps) {
    this.#deps = deps
  }

  /** Keeps exactly these series; one that stays goes on where it was. */
  setWanted(wanted: readonly { readonly instrumentId: InstrumentId; readonly timeframe: Timeframe }[]): void {
    const keys = new Set(wanted.map(({ instrumentId, timeframe }) => `${instrumentId} ${timeframe}`))
    for (const key of [...this.#series.keys()]) if (!keys.has(key)) this.#series.delete(key)
    for (const { instrumentId, timeframe } of wanted) {
      const key = `${instrumentId} ${timeframe}`
      if (this.#series.has(key)) continue
      this.#series.set(key, { instrumentId, timeframe, doneAtMs: null, lastClose: null, isAsking: false })
    }
  }

  start(): void {
    this.stop()
    const { clock, venueClock, graceMs } = this.#deps
    const plan = (): void => {
      for (const series of this.#series.values()) {
        series.doneAtMs ??= this.#boundary(series) - TIMEFRAME_MS[series.timeframe]
        void this.#ask(series)
      }
      const nowMs = venueClock.now()
      const dueMs = barOpenAt(nowMs - graceMs, '1m') + MINUTE_MS + graceMs
      this.#timer = clock.setTimeout(plan, Math.max(1, dueMs - nowMs))
    }
    plan()
  }

  stop(): void {
    this.#epoch++
    if (this.#timer !== null) this.#deps.clock.clearTimeout(this.#timer)
    this.#timer = null
  }

  /** Returns the open time of the bar that runs, the grace for late trades taken off. */
  #boundary({ timeframe }: Series): number {
    return barOpenAt(this.#deps.venueClock.now() - this.#deps.graceMs, timeframe)
  }

  async #ask(series: Series): Promise<void> {
    const lengthMs = TIMEFRAME_MS[series.timeframe]
    const endMs = this.#boundary(series)
    if (series.isAsking || series.doneAtMs === null || endMs - lengthMs <= series.doneAtMs) return
    const epoch = this.#epoch
    const sinceMs = series.lastClose === null ? series.doneAtMs - LOOKBACK * lengthMs : series.doneAtMs + lengthMs
    series.isAsking = true
    try {
      const bars = await this.#deps.history(series.instrumentId, series.timeframe, sinceMs)
      if (epoch === this.#epoch) this.#take(series, bars, endMs)
    } catch (error) {
      const { instrumentId, timeframe } = series
      if (epoch === this.#epoch)
        this.#deps.onFault('BAR_GAP', `bars of ${instrumentId} ${timeframe} are not known yet: ${messageOf(error)}`)
    } finally {
      series.isAsking = false
    }
  }

  #take(series: Series, bars: readonly Bar[], endMs: number): void {
    for (const bar of bars) {
      if (bar.openAtMs >= endMs) continue
      this.#closeSilent(series, bar.openAtMs)
      this.#tell(series, bar)
    }
    this.#closeSilent(series, endMs)
  }

  #closeSilent(series: Series, untilMs: number): void {
    const { doneAtMs, lastClose, timeframe } = series
    const lengthMs = TIMEFRAME_MS[timeframe]
    if (doneAtMs === null || lastClose === null || untilMs - doneAtMs > (FLAT_BARS_MAX + 1) * lengthMs) return
    for (let atMs = doneAtMs + lengthMs; atMs < untilMs; atMs += lengthMs) this.#tell(series, flatBar(atMs, lengthMs, lastClose))
  }

  #tell(series: Series, bar: Bar): void {
    series.lastClose = bar.close
    if (series.doneAtMs !== null && bar.openAtMs <= series.doneAtMs) return
    series.doneAtMs = bar.openAtMs
    this.#deps.onBar({ instrumentId: series.instrumentId, timeframe: series.timeframe, bar })
  }
}
