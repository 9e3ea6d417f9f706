import { type Decimal, isLess } from './decimal'

/** Length of a bucket, ms: within one only the highest figure is kept. */
const BUCKET_MS = 60_000

/** The highest figure of a bucket. Plain JSON. */
export type PeakPoint = {
  /** Start of the bucket, UTC ms. */
  readonly startMs: number
  readonly value: Decimal
}

/**
 * The highest of a figure within a rolling window. Keeps only what can still be the highest: values fall from the oldest to the newest,
 * one a minute at most, so a window of two weeks holds 20,160 of them at worst. A point leaves once its whole minute is older than the window.
 */
export class RollingPeak {
  readonly #windowMs: number
  #points: PeakPoint[] = []

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  /** Takes a figure. One of a time before the newest counts to the newest: a clock that was set back loses nothing. */
  add(atMs: number, value: Decimal): void {
    const newest = this.#points.at(-1)
    const startMs = Math.max(Math.floor(atMs / BUCKET_MS) * BUCKET_MS, newest?.startMs ?? 0)
    if (newest !== undefined && newest.startMs === startMs && !isLess(newest.value, value)) return
    while (this.#points.length > 0 && !isLess(value, this.#points.at(-1)?.value ?? value)) this.#points.pop()
    this.#points.push({ startMs, value })
    let stale = 0
    while ((this.#points[stale]?.startMs ?? startMs) + BUCKET_MS <= startMs - this.#windowMs) stale++
    if (stale > 0) this.#points.splice(0, stale)
  }

  /** The highest figure of the window that ends at `nowMs`; null when there is none. */
  highest(nowMs: number): Decimal | null {
    const first = this.#points.find(({ startMs }) => startMs + BUCKET_MS > nowMs - this.#windowMs)
    return first?.value ?? null
  }

  clear(): void {
    this.#points = []
  }

  /** What is kept, oldest first. */
  points(): readonly PeakPoint[] {
    return this.#points
  }

  restore(points: readonly PeakPoint[]): void {
    this.#points = [...points]
  }
}
