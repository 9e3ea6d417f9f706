/** What one limit of the gate stands at (RSK-01, RSK-02). Figures are text: a sum, a count, a time in ms, or a word such as `active`. An alias: it is `Json`. */
export type LimitFigures = {
  readonly requirements: readonly string[]
  /** Whom it is counted over: `company`, `bot:a`, `bot:a BTC-USD@kraken`, `asset:BTC`, `day`…; `order` for what every order is held to on its own. */
  readonly scope: string
  /** For a person: `The exposure to BTC`. */
  readonly what: string
  /** As the limit is set; null where it is off. */
  readonly configured: string | null
  /** What `configured` is counted in: `of equity`, `ms`; empty for words and sums of money. */
  readonly basis: string
  /** Whether figures must stay below the limit or above it; null where there is nothing to compare. */
  readonly bound: 'most' | 'least' | null
  /** The limit in the unit of the figures, as the gate compares with it now; null where it is off or each order has its own. */
  readonly limit: string | null
  /** Null where nothing is counted, as the next three. */
  readonly filled: string | null
  /** In working orders at worst. */
  readonly working: string | null
  /** Both. */
  readonly used: string | null
  /** What still passes; never below zero. */
  readonly headroom: string | null
  /** Of the figures: the account's currency (`money` inside the gate), an asset, `ms`, `orders`… */
  readonly unit: string
  /** Why an order that adds risk would be blocked by it now, whatever its size; null when it would not. */
  readonly holds: string | null
}
