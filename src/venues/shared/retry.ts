import type { ClockPort } from '#ports/clock'
import type { RandomPort } from '#ports/random'

/** What to do after a call: take its result, call again at once, or call again after a pause. */
export type RetryVerdict = 'done' | 'now' | 'later'

/** How calls are repeated. */
export interface RetryPolicy<T> {
  /** Calls in all, the first one included. */
  readonly attemptsMax: number
  /** @param repeats calls that were repeated at once so far. */
  judge(result: T, repeats: number): RetryVerdict
  /** Returns the pause in ms behind a call; `attempt` counts from 1. */
  pauseMs(attempt: number): number
}

/** Calls until the result is to be taken or no attempt is left, and gives the last result back (VEN-15). Only for what may be repeated. */
export async function retried<T>(clock: ClockPort, call: () => Promise<T>, policy: RetryPolicy<T>): Promise<T> {
  let repeats = 0
  for (let attempt = 1; ; attempt++) {
    const result = await call()
    const verdict = policy.judge(result, repeats)
    if (verdict === 'done' || attempt >= policy.attemptsMax) return result
    if (verdict === 'now') repeats++
    else await pause(clock, policy.pauseMs(attempt))
  }
}

/** Resolves after `ms`. */
export function pause(clock: ClockPort, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimeout(resolve, ms)
  })
}

/** Returns a pause between half of a limit and the whole of it; the limit doubles with each attempt from `baseMs`, up to `maxMs`. */
export function halfJitterMs(random: RandomPort, attempt: number, baseMs: number, maxMs: number): number {
  const limitMs = Math.min(maxMs, baseMs * 2 ** (attempt - 1))
  return limitMs / 2 + (random.next() * limitMs) / 2
}

/** Returns a pause between nothing and a limit that doubles with each attempt from `baseMs`, up to `maxMs` (VEN-07). */
export function fullJitterMs(random: RandomPort, attempt: number, baseMs: number, maxMs: number): number {
  return random.next() * Math.min(maxMs, baseMs * 2 ** (attempt - 1))
}
