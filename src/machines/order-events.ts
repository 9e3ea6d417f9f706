import type { Decimal } from '#domain/decimal'
import type { ClientOrderId, VenueOrderId } from '#domain/ids'

/** What an order is created from: the approved proposal's figures. Plain JSON. */
export interface OrderInput {
  readonly clientOrderId: ClientOrderId
  /** Base, positive. */
  readonly quantity: Decimal
  /** Null for a market order. */
  readonly limitPrice: Decimal | null
  readonly atMs: number
}

/** New figures of an amend that the venue has not answered yet. */
export interface PendingAmend {
  /** New total quantity, base. */
  readonly quantity: Decimal
  readonly limitPrice: Decimal | null
}

/** What an order knows of itself. Plain JSON. */
export interface OrderContext {
  readonly clientOrderId: ClientOrderId
  readonly venueOrderId: VenueOrderId | null
  readonly quantity: Decimal
  /** Sum of the fills that were booked, capped at the quantity. */
  readonly filledQuantity: Decimal
  /** Executed by the venue's own count, as last reported; above `filledQuantity` while fills are missing. */
  readonly venueFilledQuantity: Decimal
  /** What may still be added to the position: the open part while the order lives, the fills still missing once it is over. */
  readonly leavesQuantity: Decimal
  readonly limitPrice: Decimal | null
  /** A cancel was asked for; remembered where it cannot be sent yet, kept until the order is over. */
  readonly isCancelRequested: boolean
  /** Why the order ended or is in doubt; null when nothing is to be said. */
  readonly reason: string | null
  readonly retries: number
  /** The venue executed more than was ordered; the surplus is not counted here, the desk alerts. */
  readonly isOverfilled: boolean
  readonly lastEventAtMs: number
  readonly amend: PendingAmend | null
}

interface At {
  /** UTC ms, stamped by the desk. */
  readonly atMs: number
}

export interface OrderAccepted extends At {
  readonly type: 'order.accepted'
  readonly venueOrderId: VenueOrderId
}

/** The venue's definitive no. Where a transient refusal is tried again, the desk sends `order.retry` or `order.exhausted` instead. */
export interface OrderRefused extends At {
  readonly type: 'order.refused'
  readonly code: string
  readonly reason: string
}

/** One new execution (the desk lets each `tradeId` through once). */
export interface OrderFilled extends At {
  readonly type: 'order.filled'
  readonly venueOrderId: VenueOrderId
  /** Of this fill alone, base, positive. */
  readonly quantity: Decimal
}

/** The order left the book. `filledQuantity` is the venue's count so far, null when the report does not carry it. */
export interface OrderEnded extends At {
  readonly type: 'order.canceled' | 'order.expired'
  readonly reason: string
  readonly filledQuantity: Decimal | null
}

export interface OrderAmend extends At {
  readonly type: 'order.amend'
  readonly quantity: Decimal
  readonly limitPrice: Decimal | null
}

/** The venue took the amend. Figures are null when its answer does not carry them: then those asked for hold. */
export interface OrderAmended extends At {
  readonly type: 'order.amended'
  readonly quantity: Decimal | null
  readonly limitPrice: Decimal | null
}

/**
 * What a look-up of the venue found, or a report of the order as a whole. `absent` is sent only when it is evidence (deadline
 * passed; open orders, closed orders and fills all lack the id); anything weaker is `unanswered`. Send the fills that were found first.
 */
export interface OrderReported extends At {
  readonly type: 'order.reported'
  readonly status: 'open' | 'filled' | 'canceled' | 'expired' | 'absent' | 'unanswered'
  readonly venueOrderId: VenueOrderId | null
  readonly filledQuantity: Decimal | null
  readonly quantity: Decimal | null
  readonly limitPrice: Decimal | null
  readonly reason: string | null
}

/** An event that carries a reason and nothing else. */
export interface OrderNoted extends At {
  readonly type: 'order.lapsed' | 'order.answerLost' | 'order.cancelRefused' | 'order.amendRefused' | 'order.retry' | 'order.exhausted'
  readonly reason: string
}

/** An event that carries its time alone. */
export interface OrderTimed extends At {
  readonly type: 'order.journaled' | 'order.cancel' | 'order.retryLookup' | 'order.restored'
}

/**
 * Everything an order can hear.
 *
 * | event | meaning |
 * | --- | --- |
 * | `order.journaled` | the submission is durable; the bytes leave in this same step |
 * | `order.lapsed` | its verdict lapsed before the send; nothing left |
 * | `order.answerLost` | a command's answer settles nothing: timeout, cut line, "unknown order" to a cancel |
 * | `order.cancelRefused` | definitive: the order stands, the wish to cancel too |
 * | `order.retry` | the submission was refused for now: nothing is at the venue, and it will be tried again under a new verdict |
 * | `order.exhausted` | as `order.retry`, but no retry is left |
 * | `order.retryLookup` | ask the venue once more |
 * | `order.restored` | after a restart or reconnect: believe nothing that the venue has not confirmed |
 */
export type OrderEvent =
  | OrderAccepted
  | OrderRefused
  | OrderFilled
  | OrderEnded
  | OrderAmend
  | OrderAmended
  | OrderReported
  | OrderNoted
  | OrderTimed

/** Every event type of an order, for tables and checks. */
export const ORDER_EVENT_TYPES = [
  'order.journaled',
  'order.lapsed',
  'order.accepted',
  'order.refused',
  'order.answerLost',
  'order.filled',
  'order.cancel',
  'order.cancelRefused',
  'order.canceled',
  'order.expired',
  'order.amend',
  'order.amended',
  'order.amendRefused',
  'order.reported',
  'order.retryLookup',
  'order.retry',
  'order.exhausted',
  'order.restored',
] as const satisfies readonly OrderEvent['type'][]
