import type { Decimal } from '#domain/decimal'

/** One step of a fee schedule, from a 30-day volume in quote on. Rates are percent of the cost; a negative one is a rebate. */
export interface FeeTier {
  readonly volumeMin: Decimal
  readonly makerPercent: Decimal
  readonly takerPercent: Decimal
}
