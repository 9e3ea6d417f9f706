import type { Decimal } from '#domain/decimal'
import type { VenueOrderId } from '#domain/ids'
import type { Proposal } from '#domain/order'
import type { SlippageModel } from './slippage'

/** What a venue knows of an order beyond quantity and price, which an amend changes. */
export type OrderTerms = Pick<
  Proposal,
  'clientOrderId' | 'venueId' | 'instrumentId' | 'side' | 'type' | 'timeInForce' | 'expiresAtMs' | 'postOnly'
>

/** One order at a simulated venue, from its arrival to its end. */
export interface SimulatedOrder {
  readonly venueOrderId: VenueOrderId
  readonly terms: OrderTerms
  /** When it reached the venue, UTC ms. */
  readonly arrivedAtMs: number
  /** Base in all; an amend changes it. */
  quantity: Decimal
  limitPrice: Decimal | null
  /** `limitPrice` as a double, to compare with prices of the market; NaN for a market order. */
  limit: number
  leaves: Decimal
  /** Of a stop. */
  triggerPrice: Decimal | null
  /** It as a double, while the stop waits for the last trade to reach it; NaN once it has gone off, and for any other order. */
  trigger: number
  /** True once the market moved on with the order in the book: it makes from then on. */
  hasRested: boolean
}

/** The rules that every fill model knows. */
export interface FillRules {
  readonly slippage: SlippageModel
  /** Whether a price that only touches a resting limit fills it, or the market must trade through it. */
  readonly touch: 'touch' | 'through'
  /** Largest share of a bar's (or a trade's) volume that our orders get, 0 to 1; null for no cap. */
  readonly volumeShareMax: number | null
}

/** Touching fills, no slippage, no cap. */
export const DEFAULT_FILL_RULES: FillRules = Object.freeze<FillRules>({ slippage: { kind: 'none' }, touch: 'touch', volumeShareMax: null })

/** What a fill model does with the orders of the venue that it belongs to. */
export interface OrderBookKeeper {
  /** Orders that can still fill, in order of arrival. */
  readonly working: readonly SimulatedOrder[]
  /** Executes part of an order. */
  execute(order: SimulatedOrder, price: Decimal, quantity: Decimal, liquidity: 'maker' | 'taker'): void
  /** Ends what is left of an order that may not rest. */
  expire(order: SimulatedOrder, reason: string): void
}
