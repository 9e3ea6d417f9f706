/** One figure of a bench process; several runs of it give a median. */
export interface Figure {
  readonly name: string
  readonly value: number
  /** Unit as printed: `us`, `/s`, `MB`. */
  readonly unit: string
}

/** Prints figures as the one JSON line that `bench/run.ts` reads. */
export function report(figures: readonly Figure[]): void {
  console.log(`FIGURES ${JSON.stringify(figures)}`)
}

/** Prints a sentence about the figures, which `bench/run.ts` shows below them. */
export function note(text: string): void {
  console.log(`NOTE ${text}`)
}

/** Returns the value below which `share` of the samples lie. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Microseconds of a monotonic clock, with a fraction. */
export function nowUs(): number {
  return Bun.nanoseconds() / 1_000
}

/** Calls `fn` until `ms` have passed and returns calls a second; the first tenth warms up and is not counted. */
export function ratePerSec(ms: number, fn: (index: number) => void): number {
  const warmEnd = nowUs() + ms * 100
  let index = 0
  while (nowUs() < warmEnd) for (let k = 0; k < 64; k++) fn(index++)
  const start = nowUs()
  const end = start + ms * 900
  let count = 0
  while (nowUs() < end) {
    for (let k = 0; k < 64; k++) fn(index++)
    count += 64
  }
  return count / ((nowUs() - start) / 1_000_000)
}
