/** Verification tiers of the venue; they set all rate limits of an account (protocol sheet §5). */
export type Tier = 'starter' | 'intermediate' | 'pro'

export interface TierLimits {
  /** Maximum and decay per second of the REST counter of one key. */
  readonly restMax: number
  readonly restDecayPerSec: number
  /** Threshold and decay per second of the engine counter of one account and pair. */
  readonly engineMax: number
  readonly engineDecayPerSec: number
  /** Most open orders of one account and pair. */
  readonly openOrdersMax: number
}

export const TIER_LIMITS: Readonly<Record<Tier, TierLimits>> = {
  starter: { restMax: 15, restDecayPerSec: 0.33, engineMax: 60, engineDecayPerSec: 1, openOrdersMax: 60 },
  intermediate: { restMax: 20, restDecayPerSec: 0.5, engineMax: 125, engineDecayPerSec: 2.34, openOrdersMax: 80 },
  pro: { restMax: 20, restDecayPerSec: 1, engineMax: 180, engineDecayPerSec: 3.75, openOrdersMax: 225 },
}
