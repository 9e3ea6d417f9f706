import type { Decimal } from '#domain/decimal'
import type { EngineOrder, Trailing } from '#sim/engine/types'
import { type OrderTerms, triggerGivenOf } from './order-terms'
import { userrefOf } from './order-view'

/** What an edit gives anew; null keeps the figure of the order that it replaces. */
export interface OrderEdit {
  readonly quantity: Decimal | null
  readonly limitPrice: Decimal | null
  readonly triggerPrice: Decimal | null
  readonly trailing: Trailing | null
  readonly postOnly: boolean | null
  readonly userref: number | null
}

/** Returns the terms of the order that replaces `order`: its own with what the edit changes. */
export function editedTerms(order: EngineOrder, edit: OrderEdit): OrderTerms {
  const trailing = edit.trailing ?? order.trailing
  return {
    side: order.side,
    type: order.type,
    quantity: edit.quantity ?? order.quantity,
    quantityIn: 'base',
    // What follows the last price is worked out anew from the distances.
    limitPrice: trailing !== null && trailing.limitOffset !== null ? null : (edit.limitPrice ?? order.limitPrice),
    triggerPrice: trailing === null ? (edit.triggerPrice ?? order.triggerPrice) : null,
    trailing,
    triggerBy: 'last',
    triggerGiven: edit.triggerPrice === null ? triggerGivenOf(order) : null,
    timeInForce: order.timeInForce,
    expiresAtMs: order.expiresAtMs,
    postOnly: edit.postOnly ?? order.postOnly,
    feeIn: order.feeIn,
    selfTrade: order.selfTrade,
    userref: edit.userref ?? userrefOf(order),
    clientId: order.clientId,
  }
}
