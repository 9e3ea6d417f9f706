import { InvariantError } from '#domain/errors'
import type { InstrumentId } from '#domain/ids'
import type { Bar } from '#domain/market'
import { TIMEFRAME_MS, type Timeframe } from '#domain/time'
import type { BarStorePort } from '#ports/store'

/** Closed bars in memory, for worlds in virtual time, with the promises of the files: ascending, and the first bar of an instant stays. */
export class MemoryBars implements BarStorePort {
  readonly #series = new Map<string, Bar[]>()

  append(instrumentId: InstrumentId, timeframe: Timeframe, bars: readonly Bar[]): void {
    const lengthMs = TIMEFRAME_MS[timeframe]
    const key = `${instrumentId} ${timeframe}`
    const kept = this.#series.get(key) ?? []
    this.#series.set(key, kept)
    for (const bar of bars) {
      if (bar.openAtMs <= 0 || bar.openAtMs % lengthMs !== 0 || bar.closeAtMs !== bar.openAtMs + lengthMs)
        throw new InvariantError(`not a ${timeframe} bar: ${JSON.stringify(bar)}`)
      const place = placeOf(kept, bar.openAtMs)
      if (kept[place]?.openAtMs === bar.openAtMs) continue
      if (place === kept.length) kept.push(bar)
      else kept.splice(place, 0, bar)
    }
  }

  read(instrumentId: InstrumentId, timeframe: Timeframe, sinceMs: number, limit: number): readonly Bar[] {
    const kept = this.#series.get(`${instrumentId} ${timeframe}`) ?? []
    const from = Math.max(placeOf(kept, sinceMs), kept.length - Math.max(0, limit))
    return kept.slice(from)
  }
}

/** Index of the first bar that opens at `openAtMs` or later. Looked for from the end: what comes is nearly always the newest. */
function placeOf(bars: readonly Bar[], openAtMs: number): number {
  let place = bars.length
  while (place > 0 && (bars[place - 1]?.openAtMs ?? 0) >= openAtMs) place--
  return place
}
