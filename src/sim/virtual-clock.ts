import { drainMicrotasks } from 'bun:jsc'
import { InvariantError } from '#domain/errors'
import { type HeapTimer, TimerHeap } from '#domain/timer-heap'
import type { ClockPort } from '#ports/clock'

/** Real time as a paced run needs it; passed in, so that nothing else of the virtual world can reach it. */
export interface RealTime {
  /** Monotonic real µs. */
  monotonicUs(): number
  /** Yields to the real event loop and comes back after `ms` at the earliest; 0 yields once. */
  sleep(ms: number): Promise<void>
}

/** A turn that plans itself again at its own instant for ever would hang the run; this many at one instant is a bug. */
const EVENTS_AT_ONE_INSTANT_MAX = 1_000_000
/** How long a paced run keeps the real event loop waiting. */
const SLICE_US = 8_000
/** How long a paced run sleeps at most: what the outside asks for (an API call) starts within this time. */
const NAP_MS = 10

/**
 * Time that moves only when told: timers of one heap fire in order of their due time, then of their making (SIM-08).
 * The heap lives on the monotonic side; `stepWallClock` moves `now()` alone. Times that the run methods take are on the
 * clock's time line, which is wall time without those steps.
 */
export class VirtualClock implements ClockPort {
  readonly #startMs: number
  readonly #heap = new TimerHeap()
  #elapsedUs = 0
  #wallStepMs = 0
  #atInstant = 0
  #fired = 0

  /** @param startMs UTC ms of the first instant. */
  constructor(startMs: number) {
    this.#startMs = startMs
  }

  now(): number {
    return this.#startMs + this.#wallStepMs + Math.floor(this.#elapsedUs / 1_000)
  }

  monotonicUs(): number {
    return this.#elapsedUs
  }

  /** The present instant on the time line in ms, with its fraction: `now()` without the wall-clock steps. */
  get timeLineMs(): number {
    return this.#startMs + this.#elapsedUs / 1_000
  }

  /** Count of calls that were made. */
  get fired(): number {
    return this.#fired
  }

  /** Count of calls that are still to come. */
  get pending(): number {
    return this.#heap.size
  }

  /** When the next call is due, ms of the time line with its fraction; Infinity when none is to come. */
  get nextDueMs(): number {
    const nextUs = this.#heap.nextAtUs()
    return nextUs === null ? Number.POSITIVE_INFINITY : this.#startMs + nextUs / 1_000
  }

  setTimeout(fn: (...args: never[]) => void, delayMs: number): HeapTimer {
    const delayUs = delayMs > 0 ? Math.round(delayMs * 1_000) : 0
    return this.#heap.add(this.#elapsedUs + delayUs, fn)
  }

  clearTimeout(handle: unknown): void {
    if (handle !== null && handle !== undefined) this.#heap.cancel(handle as HeapTimer)
  }

  /** Plans `fn` at the present instant, after what is planned there already. */
  defer(fn: () => void): void {
    this.#heap.add(this.#elapsedUs, fn)
  }

  /** Sets the wall clock forward (or back, when negative); no timer notices. */
  stepWallClock(deltaMs: number): void {
    this.#wallStepMs += deltaMs
  }

  /**
   * Fires the next call, when one is due at or before `untilMs` of the time line, at its own instant. Microtasks are left to
   * the caller. Returns false, and leaves time alone, when there is none.
   * @throws whatever the call throws.
   */
  step(untilMs: number = Number.POSITIVE_INFINITY): boolean {
    const next = this.#heap.take(this.#usAt(untilMs))
    if (next === null) return false
    if (next.atUs > this.#elapsedUs) {
      this.#elapsedUs = next.atUs
      this.#atInstant = 0
    } else if (++this.#atInstant > EVENTS_AT_ONE_INSTANT_MAX) {
      throw new InvariantError(`more than ${EVENTS_AT_ONE_INSTANT_MAX} events at ${this.now()}: something plans itself without end`)
    }
    this.#fired++
    next.fn()
    return true
  }

  /** Fires everything up to and at `endMs` of the time line, microtasks drained after each call, and moves time there. */
  runUntil(endMs: number): void {
    drainMicrotasks()
    while (this.step(endMs)) drainMicrotasks()
    this.#moveTo(endMs)
  }

  /** Moves time to `ms` of the time line and calls nothing: what is due by then is called later, at the instant that is then present. */
  skipTo(ms: number): void {
    this.#moveTo(ms)
  }

  /** Runs `ms` on from the present instant. */
  advance(ms: number): void {
    this.runUntil(this.timeLineMs + ms)
  }

  /**
   * Runs to `endMs` of the time line at `speed` virtual ms a real ms (infinite: as fast as it goes), and yields to the real
   * event loop every few ms, so that a server in the same process still answers. A machine that cannot keep the speed up
   * falls behind and does not rush afterwards. Resolves early once `signal` is aborted.
   */
  async runPaced(endMs: number, speed: number, realTime: RealTime, signal: AbortSignal | null = null): Promise<void> {
    if (!(speed > 0)) throw new InvariantError(`runPaced(): ${speed} is no speed; give a number above 0`)
    const isPaced = Number.isFinite(speed)
    let realUs = realTime.monotonicUs()
    let goalMs = this.timeLineMs
    while (signal?.aborted !== true && this.timeLineMs < endMs) {
      const sliceStartUs = realTime.monotonicUs()
      goalMs = isPaced ? Math.min(endMs, goalMs + ((sliceStartUs - realUs) / 1_000) * speed) : endMs
      realUs = sliceStartUs
      const isThere = this.#runSlice(goalMs, sliceStartUs + SLICE_US, realTime)
      if (!isThere) goalMs = this.timeLineMs
      if (this.timeLineMs >= endMs) return
      await realTime.sleep(isThere ? this.#napMs(endMs, speed) : 0)
    }
  }

  /** Runs to `goalMs`, or until real time passes `untilUs`. Returns whether it got there. */
  #runSlice(goalMs: number, untilUs: number, realTime: RealTime): boolean {
    drainMicrotasks()
    let count = 0
    while (this.step(goalMs)) {
      drainMicrotasks()
      // Reading real time costs as much as a light event: look at every 16th.
      if ((++count & 15) === 0 && realTime.monotonicUs() > untilUs) return false
    }
    this.#moveTo(goalMs)
    return true
  }

  #napMs(endMs: number, speed: number): number {
    const nextUs = this.#heap.nextAtUs()
    const nextMs = Math.min(endMs, nextUs === null ? Number.POSITIVE_INFINITY : this.#startMs + nextUs / 1_000)
    return Math.min(NAP_MS, Math.max(1, (nextMs - this.timeLineMs) / speed))
  }

  #moveTo(timeLineMs: number): void {
    const us = this.#usAt(timeLineMs)
    if (!Number.isFinite(us) || us <= this.#elapsedUs) return
    this.#elapsedUs = us
    this.#atInstant = 0
  }

  /** Rounded, because a UTC time in ms with a fraction is no exact double. */
  #usAt(timeLineMs: number): number {
    return Math.round((timeLineMs - this.#startMs) * 1_000)
  }
}
