import type { PriceJump } from '#risk/guard-facts'

/** Seconds that a sample counts, one sample a second at most. */
const WINDOW_MS = 60_000
const SAMPLES = 60
/** With fewer samples nothing is said of a jump. */
const SAMPLES_MIN = 10
const SECOND_MS = 1_000
const BPS = 10_000

/** The mids of the last minute, one a second: what a jump is told from. Statistics, so doubles. */
export class MidWindow {
  readonly #mids = new Float64Array(SAMPLES)
  readonly #atMs = new Float64Array(SAMPLES)
  #next = 0
  #second = Number.NEGATIVE_INFINITY

  /** Takes the first mid of each second; the others are passed over. */
  isDue(atMs: number): boolean {
    return Math.floor(atMs / SECOND_MS) > this.#second
  }

  note(mid: number, atMs: number): void {
    this.#second = Math.floor(atMs / SECOND_MS)
    this.#mids[this.#next % SAMPLES] = mid
    this.#atMs[this.#next % SAMPLES] = atMs
    this.#next++
  }

  /** Forgets everything: what came before a gap of the stream tells nothing of a jump. */
  clear(): void {
    this.#next = 0
    this.#second = Number.NEGATIVE_INFINITY
  }

  /** Returns how far `mid` is from the seconds before the present one; null while too few of them are known. */
  jumpOf(mid: number, nowMs: number): PriceJump | null {
    const second = Math.floor(nowMs / SECOND_MS)
    let count = 0
    let sum = 0
    let squares = 0
    for (let index = Math.max(0, this.#next - SAMPLES); index < this.#next; index++) {
      const atMs = this.#atMs[index % SAMPLES] ?? 0
      if (nowMs - atMs > WINDOW_MS || Math.floor(atMs / SECOND_MS) >= second) continue
      // Off the mid that is judged: the squares then stay small beside what they are to tell.
      const off = (this.#mids[index % SAMPLES] ?? mid) - mid
      count++
      sum += off
      squares += off * off
    }
    if (count < SAMPLES_MIN) return null
    const mean = sum / count
    const deviation = Math.sqrt(Math.max(0, squares / count - mean * mean))
    const distance = Math.abs(mean)
    const sigmas = distance === 0 ? 0 : deviation === 0 ? Number.POSITIVE_INFINITY : distance / deviation
    return { sigmas, bps: (distance / (mean + mid)) * BPS }
  }
}
