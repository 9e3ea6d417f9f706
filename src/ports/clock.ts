/**
 * Time, in every world. Timers run on the monotonic side: a stepped wall clock neither fires nor holds one.
 * XState accepts it as its `clock`.
 */
export interface ClockPort {
  /** UTC now, integer ms. May step when the operating system's clock is set. */
  now(): number
  /** Count of timers that are still to come; left out by a clock that does not count them. */
  readonly pending?: number
  /** Monotonic count, integer µs from an arbitrary start; for latencies and deadlines. */
  monotonicUs(): number
  /** Calls `fn` once, `delayMs` from now at the earliest; returns a handle for `clearTimeout`. */
  setTimeout(fn: (...args: never[]) => void, delayMs: number): unknown
  clearTimeout(handle: unknown): void
  /** Calls `fn` once after the present turn and its microtasks, before any timer that is not yet due. */
  defer(fn: () => void): void
}
