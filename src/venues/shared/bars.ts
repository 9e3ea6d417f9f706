import type { InstrumentId } from '#domain/ids'
import type { Bar } from '#domain/market'
import { barOpenAt, TIMEFRAME_MS, type Timeframe } from '#domain/time'

/** More silent bars in a row than this are not made up: the series goes on after them, and a gap in a history stays. */
const FLAT_BARS_MAX = 720
const HELD_MAX = 2_000

/** Bars that are final now, and the gap (first open time missing, first open time held again) that history must fill first. */
export interface BarNews {
  readonly bars: readonly Bar[]
  readonly gap: { readonly fromMs: number; readonly toMs: number } | null
}

const NOTHING: BarNews = { bars: [], gap: null }

/**
 * Closed bars of one instrument and timeframe (MKT-03). The venue never says that a candle is final: it is when a later one
 * begins, or when its end and a grace for late trades have passed. An interval without trades gives a flat bar, so that every
 * interval has exactly one. Bars come in order and once; the first connection emits none that closed before it.
 * Times are the venue's.
 */
export class BarSeries {
  readonly instrumentId: InstrumentId
  readonly timeframe: Timeframe
  readonly #lengthMs: number
  readonly #graceMs: number
  /** Open time of the newest bar that is done with. */
  #doneAtMs: number | null = null
  #lastClose: number | null = null
  #running: Bar | null = null
  /** True from a (re)subscription to its first row, while silence proves nothing. */
  #isSuspended = true
  /** Rows that wait for a gap to be filled; null when there is none. */
  #held: Bar[] | null = null

  constructor(instrumentId: InstrumentId, timeframe: Timeframe, graceMs: number) {
    this.instrumentId = instrumentId
    this.timeframe = timeframe
    this.#lengthMs = TIMEFRAME_MS[timeframe]
    this.#graceMs = graceMs
  }

  /** The stream is gone: until it is back, nothing is known of the running bar and of silence. */
  suspend(): void {
    this.#isSuspended = true
    this.#running = null
    this.#held = null
  }

  /** Takes rows (ascending): a snapshot, or an update. The newest may be the running candle. */
  onRows(rows: readonly Bar[], nowMs: number): BarNews {
    const first = rows[0]
    const last = rows.at(-1)
    if (first === undefined || last === undefined) return NOTHING
    if (this.#held !== null) {
      this.#held.push(...rows)
      if (this.#held.length > HELD_MAX) this.#held.splice(0, this.#held.length - HELD_MAX)
      return NOTHING
    }
    if (this.#isSuspended) {
      this.#isSuspended = false
      if (this.#doneAtMs === null) return this.#begin(last, nowMs)
      const nextMs = this.#doneAtMs + this.#lengthMs
      if (first.openAtMs > nextMs) {
        this.#held = [...rows]
        return { bars: [], gap: { fromMs: nextMs, toMs: first.openAtMs } }
      }
    }
    return { bars: [...this.#take(rows), ...this.#closeDue(nowMs)], gap: null }
  }

  /** Takes what history had for a gap; bars it lacks stay missing. */
  onGapFilled(bars: readonly Bar[], nowMs: number): readonly Bar[] {
    const held = this.#held ?? []
    this.#held = null
    const first = held[0]
    if (first === undefined) return []
    const out: Bar[] = []
    for (const bar of bars) {
      if (bar.openAtMs >= first.openAtMs || (this.#doneAtMs !== null && bar.openAtMs <= this.#doneAtMs)) continue
      out.push(bar)
      this.#finish(bar)
    }
    this.#doneAtMs = first.openAtMs - this.#lengthMs
    out.push(...this.#take(held), ...this.#closeDue(nowMs))
    return out
  }

  /** Closes what the clock has ended. */
  onClock(nowMs: number): readonly Bar[] {
    return this.#isSuspended || this.#held !== null ? [] : this.#closeDue(nowMs)
  }

  #begin(last: Bar, nowMs: number): BarNews {
    const boundaryMs = barOpenAt(nowMs - this.#graceMs, this.timeframe)
    this.#lastClose = last.close
    if (last.openAtMs >= boundaryMs) {
      this.#running = last
      this.#doneAtMs = last.openAtMs - this.#lengthMs
    } else this.#doneAtMs = boundaryMs - this.#lengthMs
    return NOTHING
  }

  #take(rows: readonly Bar[]): readonly Bar[] {
    const out: Bar[] = []
    for (const row of rows) {
      // A trade that was late beyond the grace: the bar is out and stays as it was.
      if (this.#doneAtMs !== null && row.openAtMs <= this.#doneAtMs) continue
      if (this.#running === null || row.openAtMs > this.#running.openAtMs) out.push(...this.#closeUpTo(row.openAtMs))
      if (this.#running === null || row.openAtMs >= this.#running.openAtMs) this.#running = row
    }
    return out
  }

  #closeDue(nowMs: number): readonly Bar[] {
    return this.#closeUpTo(barOpenAt(nowMs - this.#graceMs, this.timeframe))
  }

  /** Finishes the running bar and the silent ones after it, up to the bar that opens at `openAtMs`. */
  #closeUpTo(openAtMs: number): readonly Bar[] {
    const out: Bar[] = []
    if (this.#running !== null && this.#running.openAtMs < openAtMs) {
      out.push(this.#running)
      this.#finish(this.#running)
      this.#running = null
    }
    if (this.#running !== null || this.#lastClose === null || this.#doneAtMs === null) return out
    if (openAtMs - this.#doneAtMs > (FLAT_BARS_MAX + 1) * this.#lengthMs) {
      this.#doneAtMs = openAtMs - this.#lengthMs
      return out
    }
    for (let at = this.#doneAtMs + this.#lengthMs; at < openAtMs; at += this.#lengthMs) {
      const bar = flatBar(at, this.#lengthMs, this.#lastClose)
      out.push(bar)
      this.#finish(bar)
    }
    return out
  }

  #finish(bar: Bar): void {
    this.#doneAtMs = bar.openAtMs
    this.#lastClose = bar.close
  }
}

/** Returns ascending bars with the silent intervals between them filled by flat ones at the last close; a gap of more than 720 stays. */
export function withoutGaps(bars: readonly Bar[], lengthMs: number): readonly Bar[] {
  const filled: Bar[] = []
  for (const bar of bars) {
    const previous = filled.at(-1)
    if (previous !== undefined && bar.openAtMs - previous.closeAtMs <= FLAT_BARS_MAX * lengthMs) {
      for (let openAtMs = previous.closeAtMs; openAtMs < bar.openAtMs; openAtMs += lengthMs) {
        filled.push(flatBar(openAtMs, lengthMs, previous.close))
      }
    }
    filled.push(bar)
  }
  return filled
}

/** Returns the bar of an interval without trades. */
export function flatBar(openAtMs: number, lengthMs: number, close: number): Bar {
  return { openAtMs, closeAtMs: openAtMs + lengthMs, open: close, high: close, low: close, close, volume: 0 }
}
