import { type HeapTimer, TimerHeap } from '#domain/timer-heap'
import type { ClockPort } from '#ports/clock'

/** A fake: time stands still until a test advances it. */
export class FakeClock implements ClockPort {
  readonly #heap = new TimerHeap()
  #us: number

  constructor(startMs = Date.UTC(2026, 2, 4, 12, 0, 0)) {
    this.#us = startMs * 1_000
  }

  now(): number {
    return Math.floor(this.#us / 1_000)
  }

  monotonicUs(): number {
    return this.#us
  }

  setTimeout(fn: (...args: never[]) => void, delayMs: number): HeapTimer {
    return this.#heap.add(this.#us + delayMs * 1_000, fn)
  }

  clearTimeout(handle: unknown): void {
    if (handle !== null && handle !== undefined) this.#heap.cancel(handle as HeapTimer)
  }

  defer(fn: () => void): void {
    queueMicrotask(fn)
  }

  /** Moves time on and fires what falls due, in order. */
  advance(ms: number): void {
    const untilUs = this.#us + ms * 1_000
    for (let due = this.#heap.take(untilUs); due !== null; due = this.#heap.take(untilUs)) {
      this.#us = due.atUs
      due.fn()
    }
    this.#us = untilUs
  }

  get pending(): number {
    return this.#heap.size
  }
}
