import { AppError, mustExist } from '#domain/errors'
import type { InstrumentId } from '#domain/ids'
import type { Bar } from '#domain/market'
import { TIMEFRAME_MS, type Timeframe } from '#domain/time'
import type { ClockPort } from '#ports/clock'
import type { BarStorePort } from '#ports/store'
import { BarSeries } from '#strategies/bar-series'
import type { BarsView, ConfiguredStrategy, Study } from '#strategies/types'
import type { MarketCache } from '../market-cache'
import type { BarHistory } from './bar-history'

/** Bars kept beyond what the strategy needs, so that a late reader still finds its window whole. */
const SPARE_BARS = 16
/** Attempts to get history from the venue, and the pause between them. */
const HISTORY_ATTEMPTS_MAX = 5
const HISTORY_PAUSE_MS = 1_000

export interface BarFeedDeps {
  readonly clock: ClockPort
  readonly market: MarketCache
  readonly bars: BarStorePort
  readonly history: BarHistory
}

interface Line {
  readonly instrumentId: InstrumentId
  readonly timeframe: Timeframe
  /** Bars without which nothing is decided. */
  readonly needed: number
  /** Bars asked of history; more than `needed` where a study must forget where it began. */
  readonly wanted: number
  readonly series: BarSeries
  /** Hears the bars of the deciding timeframe; null on the others. */
  readonly study: Study<unknown> | null
  /** Bars that closed live while history was still being fetched; null once it is there. */
  early: Bar[] | null
}

/**
 * The bars of one bot: warms up from the bar store, else from the venue's own history, then follows the live closes. It goes on while
 * the bot is paused, so that a resumed bot decides on fresh bars.
 */
export class BarFeed {
  readonly #deps: BarFeedDeps
  readonly #lines: Line[] = []
  readonly #unsubscribes: (() => void)[] = []
  readonly #onClose: (instrumentId: InstrumentId, timeframe: Timeframe, bar: Bar) => void
  #waiters: (() => void)[] = []

  constructor(
    deps: BarFeedDeps,
    instruments: readonly InstrumentId[],
    strategy: Pick<ConfiguredStrategy, 'decidesOn' | 'warmUpBars' | 'settleBars' | 'study'>,
    onClose: (instrumentId: InstrumentId, timeframe: Timeframe, bar: Bar) => void,
  ) {
    this.#deps = deps
    this.#onClose = onClose
    for (const instrumentId of instruments) {
      for (const [timeframe, needed] of Object.entries(strategy.warmUpBars) as [Timeframe, number][]) {
        const isDecider = timeframe === strategy.decidesOn
        const wanted = isDecider ? Math.max(needed, strategy.settleBars) : needed
        const study = isDecider ? strategy.study() : null
        this.#lines.push({ instrumentId, timeframe, needed, wanted, series: new BarSeries(needed + SPARE_BARS), study, early: [] })
      }
    }
  }

  /** Begins to listen to live closes. */
  open(): void {
    for (const line of this.#lines) {
      this.#unsubscribes.push(this.#deps.market.onBarClose(line.instrumentId, line.timeframe, ({ bar }) => this.#onLive(line, bar)))
    }
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribes.splice(0)) unsubscribe()
  }

  /** Returns the bars of an instrument by timeframe. */
  viewsOf(instrumentId: InstrumentId): Partial<Record<Timeframe, BarsView>> {
    return Object.fromEntries(
      this.#lines.filter((line) => line.instrumentId === instrumentId).map((line) => [line.timeframe, line.series.view]),
    )
  }

  /** Returns the figures of the strategy's study of an instrument. @throws {InvariantError} for an instrument that is not the bot's. */
  readingsOf(instrumentId: InstrumentId): Readonly<unknown> {
    const line = this.#lines.find((candidate) => candidate.instrumentId === instrumentId && candidate.study !== null)
    return mustExist(line?.study, `the feed has no study of ${instrumentId}`).readings
  }

  /** Returns the close time of the newest bar of an instrument and timeframe; null without one. */
  newestCloseAtMs(instrumentId: InstrumentId, timeframe: Timeframe): number | null {
    return this.#lines.find((line) => line.instrumentId === instrumentId && line.timeframe === timeframe)?.series.newestCloseAtMs ?? null
  }

  /**
   * Loads history until every line holds what its strategy needs; where history is short it waits for live bars.
   * @param report called with `120 of 200 bars` while it waits.
   * @throws {AppError} when the venue's history cannot be had, or `signal` was aborted.
   */
  async warmUp(report: (note: string) => void, signal: AbortSignal): Promise<void> {
    for (const line of this.#lines) {
      if (line.early === null) continue
      const history = await this.#history(line, signal)
      const early = line.early
      line.early = null
      for (const bar of history) push(line, bar)
      for (const bar of early) push(line, bar)
    }
    for (;;) {
      const short = this.#lines.find((line) => line.series.view.count < line.needed)
      if (short === undefined || signal.aborted) return
      report(`${short.series.view.count} of ${short.needed} bars (${short.instrumentId} ${short.timeframe})`)
      await new Promise<void>((resolve) => {
        this.#waiters.push(resolve)
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }

  async #history(line: Line, signal: AbortSignal): Promise<readonly Bar[]> {
    const lengthMs = TIMEFRAME_MS[line.timeframe]
    const lastCloseMs = Math.floor(this.#deps.clock.now() / lengthMs) * lengthMs
    const sinceMs = lastCloseMs - line.wanted * lengthMs
    const stored = this.#stored(line, sinceMs)
    if (isWhole(stored, line.wanted, lastCloseMs, lengthMs)) return stored
    for (let attempt = 1; ; attempt++) {
      try {
        const fetched = await this.#deps.history.fetch(line.instrumentId, line.timeframe, sinceMs)
        // The venue's history is kept in the store, where it may join older bars that the venue no longer gives.
        const joined = wholeTail(this.#stored(line, sinceMs), lengthMs)
        return joined.length > fetched.length ? joined : fetched
      } catch (error) {
        if (signal.aborted || attempt >= HISTORY_ATTEMPTS_MAX) throw notReady(line, error)
        await new Promise<void>((resolve) => this.#deps.clock.setTimeout(resolve, HISTORY_PAUSE_MS * attempt))
      }
    }
  }

  #stored(line: Line, sinceMs: number): readonly Bar[] {
    return this.#deps.bars.read(line.instrumentId, line.timeframe, sinceMs, line.wanted + SPARE_BARS)
  }

  #onLive(line: Line, bar: Bar): void {
    if (line.early !== null) {
      line.early.push(bar)
      return
    }
    if (!push(line, bar)) return
    for (const wake of this.#waiters.splice(0)) wake()
    this.#onClose(line.instrumentId, line.timeframe, bar)
  }
}

/** Takes a closed bar into series and study; a repeat changes nothing. */
function push(line: Line, bar: Bar): boolean {
  if (!line.series.push(bar)) return false
  line.study?.push(bar.open, bar.high, bar.low, bar.close, bar.volume)
  return true
}

function notReady(line: Line, cause: unknown): AppError {
  return new AppError(`the ${line.timeframe} history of ${line.instrumentId} could not be had`, {
    code: 'DATA_NOT_READY',
    severity: 'HIGH',
    disposition: 'retry',
    cause,
  })
}

/** True when stored bars reach to the last close without a hole. */
function isWhole(bars: readonly Bar[], needed: number, lastCloseMs: number, lengthMs: number): boolean {
  return bars.length >= needed && bars.at(-1)?.closeAtMs === lastCloseMs && wholeTail(bars, lengthMs).length === bars.length
}

/** Returns the newest bars as far back as there is no hole. */
function wholeTail(bars: readonly Bar[], lengthMs: number): readonly Bar[] {
  let start = bars.length - 1
  while (start > 0 && bars[start - 1]?.openAtMs === mustExist(bars[start], 'wholeTail(): no bar').openAtMs - lengthMs) start--
  return start <= 0 ? bars : bars.slice(start)
}
