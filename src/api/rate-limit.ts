import type { ClockPort } from '#ports/clock'

interface Bucket {
  tokens: number
  atUs: number
}

/** Clients remembered at most; the one that was quiet longest is forgotten, which only ever refills its bucket. */
const CLIENTS_MAX = 1_000

/** A token bucket a client: `perMinute` at once, refilled evenly over a minute of the clock's monotonic side. */
export class RateLimiter {
  readonly #buckets = new Map<string, Bucket>()
  readonly #clock: ClockPort
  readonly #perMinute: number

  constructor(clock: ClockPort, perMinute: number) {
    this.#clock = clock
    this.#perMinute = perMinute
  }

  /** Takes one request; returns 0 when it may pass, else the seconds (whole, at least 1) after which one will. */
  take(client: string): number {
    const bucket = this.#refilled(client)
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1
      return 0
    }
    return this.#waitSec(bucket)
  }

  /** Like `take` without taking. */
  peek(client: string): number {
    const bucket = this.#refilled(client)
    return bucket.tokens >= 1 ? 0 : this.#waitSec(bucket)
  }

  #waitSec(bucket: Bucket): number {
    return Math.max(1, Math.ceil(((1 - bucket.tokens) * 60) / this.#perMinute))
  }

  #refilled(client: string): Bucket {
    const nowUs = this.#clock.monotonicUs()
    const known = this.#buckets.get(client)
    const tokens =
      known === undefined
        ? this.#perMinute
        : Math.min(this.#perMinute, known.tokens + ((nowUs - known.atUs) * this.#perMinute) / 60_000_000)
    const bucket = { tokens, atUs: nowUs }
    this.#buckets.delete(client) // inserted anew, so that the Map's order is the order of last use
    this.#buckets.set(client, bucket)
    const oldest = this.#buckets.keys().next().value
    if (this.#buckets.size > CLIENTS_MAX && oldest !== undefined) this.#buckets.delete(oldest)
    return bucket
  }
}
