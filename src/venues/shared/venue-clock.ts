import type { ClockPort } from '#ports/clock'

const SAMPLES_MAX = 16

/**
 * The venue's clock as seen from here: its own stamps on acknowledgements and pongs, carried on by our monotonic clock. A step
 * of our wall clock moves it not at all, so bars close, old data shows and deadlines hold while ours is wrong.
 */
export class VenueClock {
  readonly #clock: ClockPort
  readonly #offsets: number[] = []

  constructor(clock: ClockPort) {
    this.#clock = clock
  }

  /** Takes a stamp that the venue put on a reply as it sent it. */
  observe(venueAtMs: number): void {
    if (!Number.isFinite(venueAtMs)) return
    this.#offsets.push(venueAtMs - this.#clock.monotonicUs() / 1_000)
    if (this.#offsets.length > SAMPLES_MAX) this.#offsets.shift()
  }

  /** Returns the venue's UTC time in ms; our own until it sent a stamp. */
  now(): number {
    if (this.#offsets.length === 0) return this.#clock.now()
    // A stamp is late by its way to us, never early: the largest offset is the nearest.
    return Math.floor(this.#clock.monotonicUs() / 1_000 + Math.max(...this.#offsets))
  }

  /** Returns the venue's time minus ours in ms; within a quarter of a second it counts as none, being mostly the way. */
  skewMs(): number {
    const skew = this.now() - this.#clock.now()
    return Math.abs(skew) <= 250 ? 0 : skew
  }

  /** Forgets the stamps: a new connection brings new ones. */
  reset(): void {
    this.#offsets.length = 0
  }
}

/** Returns UTC ms of an RFC 3339 text of any precision; NaN when it is none. */
export function parseTime(text: string): number {
  return Math.floor(Date.parse(text))
}

/** Returns UTC ms as RFC 3339 text with ms. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString()
}
