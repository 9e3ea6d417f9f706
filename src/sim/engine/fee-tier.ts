import type { Decimal } from '#domain/decimal'

/** One step of a fee schedule, from a 30-day volume in quote on. Rates are percent of the cost; a negative one is a rebate. */
export interface FeeTier {
  readonly volumeMin: Decimal
  readonly makerPercent: Decimal
  readonly takerPercent: Decimal
}

/** What an account pays on an instrument now. */
export interface FeeRates {
  readonly makerPercent: Decimal
  readonly takerPercent: Decimal
  /** The account's 30-day volume in quote. */
  readonly volume: Decimal
  readonly tier: FeeTier
  /** Null on the top tier. */
  readonly nextTier: FeeTier | null
}
