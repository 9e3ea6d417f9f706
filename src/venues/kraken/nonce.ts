import { InvariantError } from '#domain/errors'
import type { MarkPort } from '#ports/store'

const NS_PER_MS = 1_000_000n

/**
 * The one source of nonces of an API key: nanosecond scale, strictly increasing over concurrent callers, restarts and clocks
 * that step back (VEN-02, PAIN-07). A mark ahead of use is on disk before any nonce under it is given out, so that a restart
 * begins above everything that was ever used; the disk is touched once a block, and where it cannot be written at each nonce.
 */
export class NonceSource {
  readonly #marks: MarkPort
  readonly #markKey: string
  readonly #block: bigint
  readonly #onUnmarked: (error: unknown) => void
  #isUnmarked = false
  #last: bigint
  #reserved: bigint

  /**
   * @param markKey names the API key in the store of marks, without showing it.
   * @param blockMs how far ahead a mark reaches.
   * @param onUnmarked called with the error when a mark cannot be written; once until one can again.
   */
  constructor(marks: MarkPort, markKey: string, blockMs: number, onUnmarked: (error: unknown) => void) {
    this.#onUnmarked = onUnmarked
    this.#marks = marks
    this.#markKey = markKey
    this.#block = BigInt(Math.max(1, Math.round(blockMs))) * NS_PER_MS
    this.#reserved = this.#stored()
    this.#last = this.#reserved
  }

  /** Returns the next nonce: `max(last + 1, now)` in ns. */
  next(nowMs: number): string {
    const now = BigInt(Math.floor(nowMs)) * NS_PER_MS
    let next = now > this.#last ? now : this.#last + 1n
    if (next > this.#reserved) {
      // Read again: a second source over the same marks may have reserved meanwhile, and blocks must not overlap.
      const stored = this.#stored()
      if (next <= stored) next = stored + 1n
      this.#reserve(next + this.#block)
    }
    this.#last = next
    return String(next)
  }

  /**
   * Marks a block. A disk that takes no mark must not keep the company from canceling: without one each nonce still rises in this life, and only
   * a clock that was stepped back by the next start could make the first ones there too low. The next call tries again.
   */
  #reserve(untilNonce: bigint): void {
    try {
      this.#marks.put(this.#markKey, String(untilNonce))
      this.#reserved = untilNonce
      this.#isUnmarked = false
    } catch (error) {
      if (!this.#isUnmarked) this.#onUnmarked(error)
      this.#isUnmarked = true
    }
  }

  /** Leaves the present block, after the venue said that a nonce was too low: the next one lies above every mark. */
  leap(): void {
    const stored = this.#stored()
    if (stored > this.#last) this.#last = stored
    this.#reserved = this.#last
  }

  #stored(): bigint {
    const text = this.#marks.get(this.#markKey)
    if (text === null) return 0n
    if (!/^\d{1,20}$/.test(text)) {
      throw new InvariantError(`The nonce mark ${this.#markKey} is "${text.slice(0, 30)}", not a number; make a new API key`)
    }
    return BigInt(text)
  }
}
