import type { ClockPort } from '#ports/clock'
import type { VenueClock } from './venue-clock'

/** A run of fewer old frames may be the rest of a jam; this many in a row are a replay. */
const OLD_FRAMES_MIN = 3

/** Tells live data from old data sent again (PAIN-04): by the venue's stamp against the venue's clock, whatever ours says. */
export class LagWatch {
  readonly #clock: ClockPort
  readonly #venueClock: VenueClock
  readonly #lagMsMax: number
  readonly #runMs: number
  #count = 0
  #sinceUs = 0

  constructor(clock: ClockPort, venueClock: VenueClock, lagMsMax: number, runMs: number) {
    this.#clock = clock
    this.#venueClock = venueClock
    this.#lagMsMax = lagMsMax
    this.#runMs = runMs
  }

  /** True when a live frame with this stamp is old data. */
  isOld(venueAtMs: number): boolean {
    if (this.#venueClock.now() - venueAtMs <= this.#lagMsMax) {
      this.#count = 0
      return false
    }
    if (this.#count++ === 0) this.#sinceUs = this.#clock.monotonicUs()
    return true
  }

  /** True when nothing but old data has come for longer than the limit. */
  get isFrozen(): boolean {
    return this.#count >= OLD_FRAMES_MIN && this.#clock.monotonicUs() - this.#sinceUs >= this.#runMs * 1_000
  }

  reset(): void {
    this.#count = 0
  }
}
