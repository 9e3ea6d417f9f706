import { add, compare, type Decimal, isGreater, isPositive, maximum, subtract, ZERO } from '#domain/decimal'
import type { VenueOrderId } from '#domain/ids'
import type { OrderContext, OrderInput, PendingAmend } from './order-events'

/** Returns the context of an order that nothing has happened to. */
export function initialOrder(input: OrderInput): OrderContext {
  return {
    clientOrderId: input.clientOrderId,
    venueOrderId: null,
    quantity: input.quantity,
    filledQuantity: ZERO,
    venueFilledQuantity: ZERO,
    leavesQuantity: input.quantity,
    limitPrice: input.limitPrice,
    isCancelRequested: false,
    reason: null,
    retries: 0,
    isOverfilled: false,
    lastEventAtMs: input.atMs,
    amend: null,
  }
}

/** Returns the most that may be filled: the larger of old and new total while an amend is unanswered. */
export function capOf(order: OrderContext): Decimal {
  return order.amend === null ? order.quantity : maximum(order.quantity, order.amend.quantity)
}

/** Returns what the venue executed and we have not booked yet; zero when nothing is missing. */
export function missingQuantity(order: OrderContext): Decimal {
  return isGreater(order.venueFilledQuantity, order.filledQuantity) ? subtract(order.venueFilledQuantity, order.filledQuantity) : ZERO
}

/** True when this fill leaves nothing open. */
export function completes(order: OrderContext, quantity: Decimal): boolean {
  return compare(add(order.filledQuantity, quantity), capOf(order)) >= 0
}

/** True when the venue or the booked fills say that something was executed. */
export function isTouched(order: OrderContext, reported: Decimal | null): boolean {
  return isPositive(order.filledQuantity) || isPositive(order.venueFilledQuantity) || (reported !== null && isPositive(reported))
}

function openPart(quantity: Decimal, filled: Decimal): Decimal {
  return isGreater(quantity, filled) ? subtract(quantity, filled) : ZERO
}

/** What may still be filled of a total; once it is complete, only what the venue counts and we lack is left to come. */
function leavesOf(order: OrderContext, total: Decimal, filled: Decimal): Decimal {
  return compare(filled, total) >= 0 ? openPart(order.venueFilledQuantity, filled) : subtract(total, filled)
}

/** Books one fill. `isOver` says that the order had ended before: then only missing fills are left to come. */
export function withFill(
  order: OrderContext,
  fill: { readonly quantity: Decimal; readonly venueOrderId: VenueOrderId; readonly atMs: number },
  isOver: boolean,
): Partial<OrderContext> {
  const cap = capOf(order)
  const total = add(order.filledQuantity, fill.quantity)
  const surplus = compare(total, cap)
  const filledQuantity = surplus > 0 ? cap : total
  return {
    filledQuantity,
    leavesQuantity: isOver ? openPart(order.venueFilledQuantity, filledQuantity) : leavesOf(order, cap, filledQuantity),
    isOverfilled: order.isOverfilled || surplus > 0,
    venueOrderId: order.venueOrderId ?? fill.venueOrderId,
    reason: isOver ? order.reason : null,
    lastEventAtMs: fill.atMs,
  }
}

/** Returns the venue's highest count of what was executed; a report without one changes nothing. */
export function venueFilled(order: OrderContext, reported: Decimal | null): Decimal {
  return maximum(order.venueFilledQuantity, reported ?? ZERO)
}

/** Ends the order; what the venue executed and we lack stays in `leavesQuantity` until it is booked. */
export function ended(
  order: OrderContext,
  end: { readonly reason: string | null; readonly filledQuantity: Decimal | null; readonly atMs: number },
): Partial<OrderContext> {
  const venueFilledQuantity = venueFilled(order, end.filledQuantity)
  return {
    venueFilledQuantity,
    leavesQuantity: openPart(venueFilledQuantity, order.filledQuantity),
    reason: end.reason,
    amend: null,
    lastEventAtMs: end.atMs,
  }
}

/** Keeps an amend until it is answered, and the larger of old and new as what may still fill. */
export function withAmend(order: OrderContext, wanted: PendingAmend & { readonly atMs: number }): Partial<OrderContext> {
  const amend = { quantity: wanted.quantity, limitPrice: wanted.limitPrice }
  return { amend, leavesQuantity: openPart(capOf({ ...order, amend }), order.filledQuantity), lastEventAtMs: wanted.atMs }
}

/** Takes over figures that settle an unanswered amend; null keeps what was asked for, or the order's own without an amend. */
export function settled(
  order: OrderContext,
  figures: { readonly quantity: Decimal | null; readonly limitPrice: Decimal | null; readonly atMs: number },
): Partial<OrderContext> {
  const quantity = figures.quantity ?? order.amend?.quantity ?? order.quantity
  return {
    quantity,
    limitPrice: figures.limitPrice ?? (order.amend === null ? order.limitPrice : order.amend.limitPrice),
    leavesQuantity: leavesOf(order, quantity, order.filledQuantity),
    amend: null,
    reason: null,
    lastEventAtMs: figures.atMs,
  }
}

/** Counts an order that was presumed dead as open again, until the look-up tells. */
export function revived(
  order: OrderContext,
  sign: { readonly venueOrderId: VenueOrderId | null; readonly filledQuantity: Decimal | null; readonly atMs: number },
): Partial<OrderContext> {
  return {
    venueOrderId: sign.venueOrderId ?? order.venueOrderId,
    venueFilledQuantity: venueFilled(order, sign.filledQuantity),
    leavesQuantity: openPart(order.quantity, order.filledQuantity),
    lastEventAtMs: sign.atMs,
  }
}

/** Gives up an amend that the venue refused. */
export function unamended(order: OrderContext, atMs: number): Partial<OrderContext> {
  return { amend: null, leavesQuantity: leavesOf(order, order.quantity, order.filledQuantity), lastEventAtMs: atMs }
}

/** True when nothing is left open once the amend is settled by these figures. */
export function isFilledAt(order: OrderContext, figures: { readonly quantity: Decimal | null }): boolean {
  return compare(order.filledQuantity, figures.quantity ?? order.amend?.quantity ?? order.quantity) >= 0
}

/** True when the booked fills complete the order as it was before the amend. */
export function isFilledWithoutAmend(order: OrderContext): boolean {
  return compare(order.filledQuantity, order.quantity) >= 0
}
