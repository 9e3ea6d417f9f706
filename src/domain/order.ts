import type { Decimal } from './decimal'
import type { AccountId, BotId, ClientOrderId, InstrumentId, IntentId, StrategyId, TradeId, VenueId, VenueOrderId } from './ids'

export type Side = 'buy' | 'sell'
/** `stop` rests unseen at the venue until the last price reaches its trigger, and is a market order from then on. */
export type OrderType = 'market' | 'limit' | 'stop'
/** `gtc` until canceled, `ioc` fill now and cancel the rest, `fok` all or nothing, `gtd` until `expiresAtMs`. */
export type TimeInForce = 'gtc' | 'ioc' | 'fok' | 'gtd'
/** What an order does to the position it was planned against; the gate's caps never block the last two. */
export type OrderEffect = 'open' | 'increase' | 'reduce' | 'close'

/** The exact order that a plan makes of an intent: planned, priced and rounded, before the gate. */
export interface Proposal {
  readonly clientOrderId: ClientOrderId
  readonly accountId: AccountId
  readonly venueId: VenueId
  readonly instrumentId: InstrumentId
  readonly botId: BotId
  readonly strategyId: StrategyId
  readonly intentId: IntentId
  readonly side: Side
  readonly type: OrderType
  /** Base, positive, a multiple of the lot. */
  readonly quantity: Decimal
  /** Worst acceptable price of a limit order; the trigger of a stop, which bounds no price; null for a market order. */
  readonly limitPrice: Decimal | null
  /** The price that a market order is judged at: the far side of the quote. Equal to `limitPrice` for the others. */
  readonly referencePrice: Decimal
  readonly timeInForce: TimeInForce
  readonly expiresAtMs: number | null
  readonly postOnly: boolean
  readonly reduceOnly: boolean
  readonly effect: OrderEffect
  /** Mid price when the plan was made; slippage is measured from it. */
  readonly arrivalMid: Decimal
  readonly proposedAtMs: number
}

declare const approvedBrand: unique symbol
/** A proposal that passed the gate. Minted by `risk/approved` alone; venue ports take nothing else. */
export type Approved = Proposal & { readonly [approvedBrand]: true }

/** States of the order chart as reports and the API show them (RUN-03). */
export type OrderStatus =
  | 'PENDING'
  | 'SUBMITTING'
  | 'OPEN'
  | 'PARTIALLY_FILLED'
  | 'CANCELING'
  | 'AMENDING'
  | 'UNKNOWN'
  | 'FILLED'
  | 'CANCELED'
  | 'REJECTED'
  | 'EXPIRED'
  | 'ERROR'

/** One execution of our order, as the venue reported it. */
export type Fill = {
  readonly tradeId: TradeId
  readonly venueId: VenueId
  readonly instrumentId: InstrumentId
  readonly venueOrderId: VenueOrderId
  /** Null when the order is not ours by id (a foreign order of the same account). */
  readonly clientOrderId: ClientOrderId | null
  readonly side: Side
  /** Base, positive. */
  readonly quantity: Decimal
  /** Quote per base. */
  readonly price: Decimal
  /** Quote, as the venue rounded price × quantity. */
  readonly cost: Decimal
  readonly feeAsset: string
  /** Positive is paid, negative is a rebate. */
  readonly feeQuantity: Decimal
  readonly liquidity: 'maker' | 'taker' | null
  readonly venueAtMs: number
  /** The number that its order bears at the venue, where there is such a thing; orders of ours bear none. */
  readonly userref?: number | null
}

/** An order as the venue shows it: the evidence that settles ours. */
export interface VenueOrder {
  readonly venueOrderId: VenueOrderId
  /** The client id as the venue echoes it, ours or foreign; null when it has none. */
  readonly clientOrderId: string | null
  readonly instrumentId: InstrumentId
  readonly side: Side
  readonly type: OrderType
  readonly status: 'open' | 'filled' | 'canceled' | 'expired'
  readonly quantity: Decimal
  readonly filledQuantity: Decimal
  readonly limitPrice: Decimal | null
  readonly reason: string | null
  readonly openedAtMs: number
  /** The number that it bears at the venue, where there is such a thing; orders of ours bear none. */
  readonly userref?: number | null
}
