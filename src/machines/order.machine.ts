import { assign, setup } from 'xstate'
import type { Decimal } from '#domain/decimal'
import type { OrderStatus } from '#domain/order'
import type { OrderAccepted, OrderAmended, OrderContext, OrderEvent, OrderFilled, OrderInput, OrderReported } from './order-events'
import {
  capOf,
  completes,
  ended,
  initialOrder,
  isFilledAt,
  isFilledWithoutAmend,
  isTouched,
  revived,
  settled,
  unamended,
  venueFilled,
  withAmend,
  withFill,
} from './order-figures'
import {
  at,
  noted,
  refused,
  given,
  end,
  unsent,
  touch,
  stand,
  book,
  fillsAll,
  fillShowsLife,
  know,
  opens,
  firstAcceptance,
  firstFill,
  reportEnds,
  reportedUnsent,
  reportedUnanswered,
  takeFigures,
  amendFills,
  amendSettles,
  dropAmend,
  doubtRefusal,
  lose,
  startOver,
  giveUp,
  remember,
  requestCancel,
  requestAmend,
  missing,
  over,
  presumed,
  inDoubt,
} from './order-fragments'

type Fill = Pick<OrderFilled, 'quantity' | 'venueOrderId' | 'atMs'>
type Figures = Pick<OrderAmended, 'quantity' | 'limitPrice' | 'atMs'>
type Report = Pick<OrderReported, 'venueOrderId' | 'filledQuantity' | 'atMs'>
type Status = OrderReported['status']

/**
 * One order at one venue, from its approval to a terminal status. Flat and free of effects: the order desk sends what the venue
 * answers, and silence, as events, and does what the state demands (send the submit, the cancel, the amend, the look-up).
 * Terminal states are not `final` to XState: a correction may still arrive.
 */
export const orderMachine = setup({
  types: {
    input: {} as OrderInput,
    context: {} as OrderContext,
    events: {} as OrderEvent,
    tags: {} as 'inFlight' | 'working' | 'unknown' | 'terminal',
  },
  actions: {
    noteTime: assign((_, params: { atMs: number }) => ({ lastEventAtMs: params.atMs })),
    noteReason: assign((_, params: { reason: string; atMs: number }) => ({ reason: params.reason, lastEventAtMs: params.atMs })),
    noteVenueId: assign((_, params: Pick<OrderAccepted, 'venueOrderId' | 'atMs'>) => ({
      venueOrderId: params.venueOrderId,
      lastEventAtMs: params.atMs,
    })),
    noteAcceptance: assign((_, params: Pick<OrderAccepted, 'venueOrderId' | 'atMs'>) => ({
      venueOrderId: params.venueOrderId,
      reason: null,
      lastEventAtMs: params.atMs,
    })),
    noteReport: assign(({ context }, params: Report) => ({
      venueOrderId: context.venueOrderId ?? params.venueOrderId,
      venueFilledQuantity: venueFilled(context, params.filledQuantity),
      lastEventAtMs: params.atMs,
    })),
    noteMissing: assign(({ context }, params: Report) => ended(context, { ...params, reason: context.reason })),
    takeReport: assign(({ context }, params: Report & Figures) => ({
      ...settled(context, {
        quantity: params.quantity ?? capOf(context),
        limitPrice: params.limitPrice ?? context.limitPrice,
        atMs: params.atMs,
      }),
      venueOrderId: context.venueOrderId ?? params.venueOrderId,
      venueFilledQuantity: venueFilled(context, params.filledQuantity),
    })),
    revive: assign(({ context }, params: Report) => revived(context, params)),
    bookFill: assign(({ context }, params: Fill) => withFill(context, params, false)),
    bookCorrection: assign(({ context }, params: Fill) => withFill(context, params, true)),
    end: assign(({ context }, params: { reason: string | null; filledQuantity: Decimal | null; atMs: number }) => ended(context, params)),
    rememberCancel: assign((_, params: { atMs: number }) => ({ isCancelRequested: true, lastEventAtMs: params.atMs })),
    keepAmend: assign(({ context }, params: Figures & { quantity: Decimal }) => withAmend(context, params)),
    settleAmend: assign(({ context }, params: Figures) => settled(context, params)),
    dropAmend: assign(({ context }, params: { atMs: number }) => unamended(context, params.atMs)),
    countRetry: assign(({ context }, params: { reason: string; atMs: number }) => ({
      retries: context.retries + 1,
      reason: params.reason,
      lastEventAtMs: params.atMs,
    })),
  },
  guards: {
    completes: ({ context }, params: { quantity: Decimal }) => completes(context, params.quantity),
    isCancelRequested: ({ context }) => context.isCancelRequested,
    isAmendUnsettled: ({ context }) => context.amend !== null,
    hasFills: ({ context }) => isTouched(context, null),
    isKnownAtVenue: ({ context }) => context.venueOrderId !== null || isTouched(context, null),
    showsFills: ({ context }, params: { filledQuantity: Decimal | null }) => isTouched(context, params.filledQuantity),
    isFilledAt: ({ context }, params: Figures) => isFilledAt(context, params),
    leavesNothing: ({ context }, params: Figures) => params.quantity !== null && isFilledAt(context, params),
    isFilledWithoutAmend: ({ context }) => isFilledWithoutAmend(context),
    saysFilled: (_, params: { status: Status }) => params.status === 'filled',
    saysCanceled: (_, params: { status: Status }) => params.status === 'canceled',
    saysExpired: (_, params: { status: Status }) => params.status === 'expired',
    saysOpen: (_, params: { status: Status }) => params.status === 'open',
    saysAbsent: (_, params: { status: Status }) => params.status === 'absent',
    saysUnanswered: (_, params: { status: Status }) => params.status === 'unanswered',
    saysNothing: (_, params: { status: Status }) => params.status === 'absent' || params.status === 'unanswered',
    contradictsAbsence: ({ context }, params: { status: Status }) =>
      params.status === 'absent' && (context.venueOrderId !== null || isTouched(context, null)),
  },
}).createMachine({
  id: 'order',
  description: 'One order at one venue, from its approval to a terminal status',
  context: ({ input }) => initialOrder(input),
  initial: 'pending',
  on: {
    'order.filled': [{ ...fillsAll, target: '.filled' }, { actions: book }],
    'order.canceled': { target: '.canceled', actions: { type: 'end', params: end } },
    'order.expired': { target: '.expired', actions: { type: 'end', params: end } },
    'order.restored': { target: '.reconciling', actions: { type: 'noteTime', params: at } },
  },
  states: {
    pending: {
      description: 'Approved, not sent; also between a retry and its new verdict',
      on: {
        'order.journaled': { target: 'submitting', actions: { type: 'noteTime', params: at } },
        'order.lapsed': { target: 'canceled', actions: { type: 'end', params: given } },
        'order.cancel': { target: 'canceled', actions: { type: 'end', params: unsent } },
        'order.exhausted': giveUp,
        // After a retry the first attempt may prove alive after all; then nothing is sent again.
        'order.accepted': opens,
        'order.filled': firstFill,
        'order.reported': reportedUnsent,
        'order.refused': touch,
      },
    },
    submitting: {
      description: 'Sent; the venue has not answered',
      tags: 'inFlight',
      on: {
        'order.accepted': firstAcceptance,
        'order.refused': { target: 'rejected', actions: { type: 'end', params: refused } },
        'order.answerLost': lose,
        'order.filled': fillShowsLife,
        'order.cancel': remember,
        'order.reported': reportedUnanswered,
        'order.retry': startOver,
        'order.exhausted': giveUp,
      },
    },
    open: {
      description: 'Resting at the venue, nothing executed',
      tags: 'working',
      on: {
        'order.accepted': { actions: know },
        'order.refused': doubtRefusal,
        'order.answerLost': touch,
        'order.filled': fillShowsLife,
        'order.cancel': requestCancel,
        'order.cancelRefused': touch,
        'order.amend': requestAmend,
        'order.amended': { actions: takeFigures },
        'order.amendRefused': touch,
        'order.reported': [...reportEnds, stand],
      },
    },
    partiallyFilled: {
      description: 'Resting at the venue, partly executed',
      tags: 'working',
      on: {
        'order.accepted': { actions: know },
        'order.refused': doubtRefusal,
        'order.answerLost': touch,
        'order.cancel': requestCancel,
        'order.cancelRefused': touch,
        'order.amend': requestAmend,
        'order.amended': [amendFills, { actions: takeFigures }],
        'order.amendRefused': touch,
        'order.reported': [...reportEnds, stand],
      },
    },
    canceling: {
      description: 'Cancel sent or to be sent; may still fill',
      tags: ['inFlight', 'working'],
      on: {
        'order.accepted': { actions: know },
        'order.refused': doubtRefusal,
        'order.answerLost': lose,
        'order.cancel': touch,
        'order.cancelRefused': [
          { guard: 'hasFills', target: 'partiallyFilled', actions: { type: 'noteReason', params: noted } },
          { target: 'open', actions: { type: 'noteReason', params: noted } },
        ],
        'order.amended': [amendFills, { actions: takeFigures }],
        'order.amendRefused': { actions: dropAmend },
        'order.reported': [...reportEnds, stand],
      },
    },
    amending: {
      description: 'Amend sent; the larger of old and new is reserved until it is answered',
      tags: ['inFlight', 'working'],
      on: {
        'order.accepted': { actions: know },
        'order.refused': doubtRefusal,
        'order.answerLost': lose,
        'order.cancel': remember,
        'order.amended': amendSettles,
        'order.amendRefused': [
          { guard: 'isFilledWithoutAmend', target: 'filled', actions: dropAmend },
          { guard: 'isCancelRequested', target: 'canceling', actions: dropAmend },
          { guard: 'hasFills', target: 'partiallyFilled', actions: dropAmend },
          { target: 'open', actions: dropAmend },
        ],
        'order.reported': [...reportEnds, stand],
      },
    },
    reconciling: {
      description: 'UNKNOWN: the venue is being asked',
      tags: ['inFlight', 'unknown'],
      on: inDoubt,
    },
    unresolved: {
      description: 'UNKNOWN: the venue could not say; counts as exposure until it can',
      tags: ['inFlight', 'unknown'],
      on: { ...inDoubt, 'order.retryLookup': { target: 'reconciling', actions: { type: 'noteTime', params: at } } },
    },
    filled: { tags: 'terminal', on: { ...over, 'order.reported': missing } },
    canceled: {
      tags: 'terminal',
      // A cancel may come while the journal writes: its answer then finds the order ended.
      on: { ...over, 'order.journaled': touch, 'order.lapsed': touch },
    },
    rejected: { tags: 'terminal', on: presumed },
    expired: { tags: 'terminal', on: over },
    error: { description: 'Retries exhausted; nothing is at the venue', tags: 'terminal', on: presumed },
  },
})

/** A state of the order chart. */
export type OrderState = keyof typeof STATUS

const STATUS = {
  pending: 'PENDING',
  submitting: 'SUBMITTING',
  open: 'OPEN',
  partiallyFilled: 'PARTIALLY_FILLED',
  canceling: 'CANCELING',
  amending: 'AMENDING',
  reconciling: 'UNKNOWN',
  unresolved: 'UNKNOWN',
  filled: 'FILLED',
  canceled: 'CANCELED',
  rejected: 'REJECTED',
  expired: 'EXPIRED',
  error: 'ERROR',
} as const satisfies Record<string, OrderStatus>

/** Returns the status that reports and the API show for a state of the chart. */
export function orderStatusOf(state: OrderState): OrderStatus {
  return STATUS[state]
}
