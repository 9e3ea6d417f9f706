import { drainMicrotasks } from 'bun:jsc'
import { type HeapTimer, TimerHeap } from '#domain/timer-heap'
import type { ClockPort } from '#ports/clock'

/** The longest delay that the operating system's timer takes; a longer one would fire at once. */
const REAL_DELAY_MS_MAX = 2 ** 31 - 1

/** The machine's time. All timers stand in one heap on the monotonic side, driven by one real timer. */
export class RealClock implements ClockPort {
  readonly #heap = new TimerHeap()
  #timer: ReturnType<typeof setTimeout> | null = null
  #armedForUs = Number.POSITIVE_INFINITY
  #isFiring = false

  now(): number {
    return Date.now()
  }

  monotonicUs(): number {
    return Math.floor(Bun.nanoseconds() / 1_000)
  }

  /** Count of timers that are still to come; the calls of `defer` are not counted. */
  get pending(): number {
    return this.#heap.size
  }

  setTimeout(fn: (...args: never[]) => void, delayMs: number): HeapTimer {
    const delayUs = delayMs > 0 ? Math.round(delayMs * 1_000) : 0
    const timer = this.#heap.add(this.monotonicUs() + delayUs, fn)
    if (!this.#isFiring) this.#arm()
    return timer
  }

  clearTimeout(handle: unknown): void {
    if (handle === null || handle === undefined) return
    this.#heap.cancel(handle as HeapTimer)
    if (this.#heap.size === 0) this.#disarm()
  }

  defer(fn: () => void): void {
    setImmediate(fn)
  }

  #arm(): void {
    const nextUs = this.#heap.nextAtUs()
    if (nextUs === null) {
      this.#disarm()
      return
    }
    if (this.#timer !== null && this.#armedForUs <= nextUs) return
    this.#disarm()
    this.#armedForUs = nextUs
    const delayMs = Math.max(0, Math.ceil((nextUs - this.monotonicUs()) / 1_000))
    this.#timer = setTimeout(() => this.#fire(), Math.min(delayMs, REAL_DELAY_MS_MAX))
  }

  #disarm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#armedForUs = Number.POSITIVE_INFINITY
  }

  /** Fires what is due. A call that throws ends the round as an uncaught exception; the others follow in the next one. */
  #fire(): void {
    this.#disarm()
    this.#isFiring = true
    try {
      const untilUs = this.monotonicUs()
      for (let due = this.#heap.take(untilUs); due !== null; due = this.#heap.take(untilUs)) {
        due.fn()
        drainMicrotasks()
      }
    } finally {
      this.#isFiring = false
      this.#arm()
    }
  }
}
