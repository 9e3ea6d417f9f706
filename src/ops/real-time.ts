/** Real time for a paced run of the virtual clock: a monotonic count and a sleep that yields to the event loop. */
export const realTime = {
  /** Monotonic real µs. */
  monotonicUs(): number {
    return Math.floor(Bun.nanoseconds() / 1_000)
  },

  /** Resolves after `ms` at the earliest; 0 lets the event loop turn once. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (ms <= 0) setImmediate(resolve)
      else setTimeout(resolve, ms)
    })
  },
} as const
