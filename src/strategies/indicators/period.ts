import { InvariantError } from '#domain/errors'

/** What may still be left of the first value heard where it is said no longer to matter. */
const SEED_WEIGHT_MAX = 1e-9

/** Returns the period of an indicator. @throws {InvariantError} when it is not a positive integer. */
export function requirePeriod(period: number, what: string): number {
  if (!Number.isSafeInteger(period) || period < 1) throw new InvariantError(`${what}: a period of ${period} bars is not one`)
  return period
}

/**
 * Returns the count of steps after which a smoothing that keeps `keptRatio` of its value a step has less than a billionth of its seed
 * left: two that began at different bars then agree in all that a decision can see.
 * @param keptRatio 0 to below 1.
 */
export function settleSteps(keptRatio: number): number {
  return keptRatio === 0 ? 1 : Math.ceil(Math.log(SEED_WEIGHT_MAX) / Math.log(keptRatio))
}
