import { DEFAULT_BREAKER_LIMITS, type BreakerLimits } from '#risk/breakers/limits'

/** The catalogue's defaults with what a test changes. */
export function limitsWith(change: Partial<BreakerLimits> = {}): BreakerLimits {
  return { ...DEFAULT_BREAKER_LIMITS, ...change }
}
