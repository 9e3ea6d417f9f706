import type { Decimal } from '#domain/decimal'
import type { EngineOrder } from '#sim/engine/types'
import type { OrderTerms } from './order-terms'
import { userrefOf } from './order-view'

/** What an edit gives anew; null keeps the figure of the order that it replaces. */
export interface OrderEdit {
  readonly quantity: Decimal | null
  readonly limitPrice: Decimal | null
  readonly triggerPrice: Decimal | null
  readonly postOnly: boolean | null
  readonly userref: number | null
}

/** Returns the terms of the order that replaces `order`: its own with what the edit changes. */
export function editedTerms(order: EngineOrder, edit: OrderEdit): OrderTerms {
  return {
    side: order.side,
    type: order.type,
    quantity: edit.quantity ?? order.quantity,
    quantityIn: 'base',
    limitPrice: edit.limitPrice ?? order.limitPrice,
    triggerPrice: edit.triggerPrice ?? order.triggerPrice,
    trailing: order.trailing,
    triggerBy: 'last',
    timeInForce: order.timeInForce,
    expiresAtMs: order.expiresAtMs,
    postOnly: edit.postOnly ?? order.postOnly,
    feeIn: order.feeIn,
    selfTrade: order.selfTrade,
    userref: edit.userref ?? userrefOf(order),
    clientId: order.clientId,
  }
}
