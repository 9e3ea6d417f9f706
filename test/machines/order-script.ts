import { type Actor, createActor } from 'xstate'
import { add, type Decimal, decimal, isPositive, maximum, subtract } from '#domain/decimal'
import { clientOrderId, venueOrderId } from '#domain/ids'
import type { OrderEvent, OrderInput, OrderReported } from '#machines/order-events'
import { type OrderState, orderMachine } from '#machines/order.machine'

/** An order of 3 at a limit of 100. */
export const input: OrderInput = {
  clientOrderId: clientOrderId('0'.repeat(32)),
  quantity: decimal('3'),
  limitPrice: decimal('100'),
  atMs: 1,
}

const V = venueOrderId('V-1')

/** Builds each event once, with the figures that tests do not care about filled in. */
export const says = {
  journaled: (atMs = 2): OrderEvent => ({ type: 'order.journaled', atMs }),
  lapsed: (atMs = 2): OrderEvent => ({ type: 'order.lapsed', reason: 'a halt came first', atMs }),
  accepted: (atMs = 2): OrderEvent => ({ type: 'order.accepted', venueOrderId: V, atMs }),
  refused: (atMs = 2): OrderEvent => ({ type: 'order.refused', code: 'EOrder', reason: 'insufficient funds', atMs }),
  answerLost: (reason = 'no answer in time', atMs = 2): OrderEvent => ({ type: 'order.answerLost', reason, atMs }),
  filled: (quantity: string, atMs = 2): OrderEvent => ({ type: 'order.filled', venueOrderId: V, quantity: decimal(quantity), atMs }),
  cancel: (atMs = 2): OrderEvent => ({ type: 'order.cancel', atMs }),
  cancelRefused: (atMs = 2): OrderEvent => ({ type: 'order.cancelRefused', reason: 'rate limit', atMs }),
  canceled: (filledQuantity: string | null = null, atMs = 2): OrderEvent => ({
    type: 'order.canceled',
    reason: 'user',
    filledQuantity: orNull(filledQuantity),
    atMs,
  }),
  expired: (filledQuantity: string | null = null, atMs = 2): OrderEvent => ({
    type: 'order.expired',
    reason: 'deadline',
    filledQuantity: orNull(filledQuantity),
    atMs,
  }),
  amend: (quantity: string, limitPrice = '99', atMs = 2): OrderEvent => ({
    type: 'order.amend',
    quantity: decimal(quantity),
    limitPrice: decimal(limitPrice),
    atMs,
  }),
  amended: (quantity: string | null = null, limitPrice: string | null = null, atMs = 2): OrderEvent => ({
    type: 'order.amended',
    quantity: orNull(quantity),
    limitPrice: orNull(limitPrice),
    atMs,
  }),
  amendRefused: (atMs = 2): OrderEvent => ({ type: 'order.amendRefused', reason: 'too late', atMs }),
  reported: (status: OrderReported['status'], figures: Partial<OrderReported> = {}): OrderEvent => ({
    type: 'order.reported',
    status,
    venueOrderId: null,
    filledQuantity: null,
    quantity: null,
    limitPrice: null,
    reason: null,
    atMs: 2,
    ...figures,
  }),
  retryLookup: (atMs = 2): OrderEvent => ({ type: 'order.retryLookup', atMs }),
  retry: (atMs = 2): OrderEvent => ({ type: 'order.retry', reason: 'service busy', atMs }),
  exhausted: (atMs = 2): OrderEvent => ({ type: 'order.exhausted', reason: 'three retries failed', atMs }),
  restored: (atMs = 2): OrderEvent => ({ type: 'order.restored', atMs }),
}

function orNull(value: string | null): Decimal | null {
  return value === null ? null : decimal(value)
}

/** The shortest plain way to each state. */
export const WAY: Readonly<Record<OrderState, readonly OrderEvent[]>> = {
  pending: [],
  submitting: [says.journaled()],
  open: [says.journaled(), says.accepted()],
  partiallyFilled: [says.journaled(), says.accepted(), says.filled('1')],
  canceling: [says.journaled(), says.accepted(), says.cancel()],
  amending: [says.journaled(), says.accepted(), says.amend('4')],
  reconciling: [says.journaled(), says.answerLost()],
  unresolved: [says.journaled(), says.answerLost(), says.reported('unanswered')],
  filled: [says.journaled(), says.accepted(), says.filled('3')],
  canceled: [says.journaled(), says.accepted(), says.canceled()],
  rejected: [says.journaled(), says.refused()],
  expired: [says.journaled(), says.accepted(), says.expired()],
  error: [says.journaled(), says.exhausted()],
}

/** Starts an order and tells it these events. */
export function orderAfter(...events: readonly OrderEvent[]): Actor<typeof orderMachine> {
  const order = createActor(orderMachine, { input })
  order.start()
  for (const event of events) order.send(event)
  return order
}

/** Returns the fill that leaves nothing open, or a surplus of 1 where nothing is open. */
export function lastFill(order: Actor<typeof orderMachine>): OrderEvent {
  const { quantity, filledQuantity, amend } = order.getSnapshot().context
  const rest = subtract(maximum(quantity, amend?.quantity ?? quantity), filledQuantity)
  return says.filled(isPositive(rest) ? rest : add(rest, decimal(1)))
}
