import type { Decimal } from '#domain/decimal'
import type { InstrumentId } from '#domain/ids'

/** The tier that an order's instrument is of, as its cap is judged (MKT-01). */
export interface TierFacts {
  readonly name: string
  /** Share of equity that all its instruments together may have. */
  readonly ratioMax: Decimal
  readonly members: ReadonlySet<InstrumentId>
}
