import type {
  OrderAccepted,
  OrderAmend,
  OrderAmended,
  OrderEnded,
  OrderEvent,
  OrderFilled,
  OrderNoted,
  OrderRefused,
  OrderReported,
} from './order-events'

/** Params: the time. */
export const at = ({ event }: { event: OrderEvent }) => ({ atMs: event.atMs })
/** Params: a reason and the time. */
export const noted = ({ event }: { event: OrderNoted | OrderRefused }) => ({ reason: event.reason, atMs: event.atMs })
const accepted = ({ event }: { event: OrderAccepted }) => ({ venueOrderId: event.venueOrderId, atMs: event.atMs })
/** Params of `end`: a refusal, code first. */
export const refused = ({ event }: { event: OrderRefused }) => ({
  reason: `${event.code}: ${event.reason}`,
  filledQuantity: null,
  atMs: event.atMs,
})
/** Params of `end`: the reason that the desk gives. */
export const given = ({ event }: { event: OrderNoted }) => ({ reason: event.reason, filledQuantity: null, atMs: event.atMs })
/** Params of `end`: the venue's report. */
export const end = ({ event }: { event: OrderEnded }) => ({ reason: event.reason, filledQuantity: event.filledQuantity, atMs: event.atMs })
/** Params of `end`: a cancel came before the send. */
export const unsent = ({ event }: { event: OrderEvent }) => ({
  reason: 'canceled before it was sent',
  filledQuantity: null,
  atMs: event.atMs,
})
const fill = ({ event }: { event: OrderFilled }) => ({
  quantity: event.quantity,
  venueOrderId: event.venueOrderId,
  atMs: event.atMs,
})
const wanted = ({ event }: { event: OrderAmend }) => ({ quantity: event.quantity, limitPrice: event.limitPrice, atMs: event.atMs })
const figures = ({ event }: { event: OrderAmended }) => ({ quantity: event.quantity, limitPrice: event.limitPrice, atMs: event.atMs })
/** Params of the guards that read a look-up. */
export const said = ({ event }: { event: OrderReported }) => ({ status: event.status })
const report = ({ event }: { event: OrderReported }) => ({
  venueOrderId: event.venueOrderId,
  filledQuantity: event.filledQuantity,
  atMs: event.atMs,
})
const turnedUp = ({ event }: { event: OrderAccepted }) => ({ venueOrderId: event.venueOrderId, filledQuantity: null, atMs: event.atMs })
const reportedEnd = ({ event }: { event: OrderReported }) => ({
  reason: event.reason,
  filledQuantity: event.filledQuantity,
  atMs: event.atMs,
})
const reportedOpen = ({ event }: { event: OrderReported }) => ({
  ...report({ event }),
  quantity: event.quantity,
  limitPrice: event.limitPrice,
})
const absent = ({ event }: { event: OrderReported }) => ({
  reason: event.reason ?? 'the venue does not know it',
  filledQuantity: null,
  atMs: event.atMs,
})
const doubt = ({ event }: { event: OrderReported }) => ({ reason: event.reason ?? `look-up: ${event.status}`, atMs: event.atMs })

/** Foreseen, and says nothing new: only the time is noted. */
export const touch = { actions: { type: 'noteTime', params: at } } as const
/** Takes the venue's count; the state stands. */
export const stand = { actions: { type: 'noteReport', params: report } } as const
/** Books a fill. */
export const book = { type: 'bookFill', params: fill } as const
/** The fill that leaves nothing open. */
export const fillsAll = { guard: { type: 'completes', params: fill }, target: 'filled', actions: book } as const
/** A fill where no cancel can be remembered. */
export const firstFill = [fillsAll, { target: 'partiallyFilled', actions: book }] as const
/** A fill that shows the order alive. */
export const fillShowsLife = [
  fillsAll,
  { guard: 'isCancelRequested', target: 'canceling', actions: book },
  { target: 'partiallyFilled', actions: book },
] as const
/** A fill of an order in doubt. While an amend is unsettled its total is in doubt too, so doubt stays. */
const fillInDoubt = [
  fillsAll,
  { guard: 'isAmendUnsettled', actions: book },
  { guard: 'isCancelRequested', target: 'canceling', actions: book },
  { target: 'partiallyFilled', actions: book },
] as const
/** Notes the venue's id. */
export const know = { type: 'noteVenueId', params: accepted } as const
const alive = { type: 'noteAcceptance', params: accepted } as const
/** An acceptance before anything else is known. */
export const opens = { target: 'open', actions: alive } as const
/** The answer to a submission. */
export const firstAcceptance = [{ guard: 'isCancelRequested', target: 'canceling', actions: alive }, opens] as const
/** An acceptance that shows an order in doubt alive. */
const acceptanceShowsLife = [
  { guard: 'isAmendUnsettled', actions: alive },
  { guard: 'isCancelRequested', target: 'canceling', actions: alive },
  { guard: 'hasFills', target: 'partiallyFilled', actions: alive },
  opens,
] as const
/** Reports that end an order. */
export const reportEnds = [
  { guard: { type: 'saysFilled', params: said }, target: 'filled', actions: { type: 'end', params: reportedEnd } },
  { guard: { type: 'saysCanceled', params: said }, target: 'canceled', actions: { type: 'end', params: reportedEnd } },
  { guard: { type: 'saysExpired', params: said }, target: 'expired', actions: { type: 'end', params: reportedEnd } },
] as const
const takeReport = { type: 'takeReport', params: reportedOpen } as const
const showsOpen = [
  { guard: { type: 'showsFills', params: report }, target: 'partiallyFilled', actions: takeReport },
  { target: 'open', actions: takeReport },
] as const
const showsLife = [{ guard: 'isCancelRequested', target: 'canceling', actions: takeReport }, ...showsOpen] as const
// A look-up that found nothing tells nothing: what it may carry beside is not taken, so nothing is known of an order that is tried again.
const foundNothing = { ...touch, guard: { type: 'saysNothing', params: said } } as const
/** Reports before the send, of an earlier attempt. */
export const reportedUnsent = [...reportEnds, foundNothing, ...showsOpen] as const
/** Reports before the answer to the submission. */
export const reportedUnanswered = [...reportEnds, foundNothing, ...showsLife] as const
const lookUpEnds = [
  ...reportEnds,
  { guard: { type: 'saysUnanswered', params: said }, target: 'unresolved', actions: { type: 'noteReason', params: doubt } },
  { guard: { type: 'contradictsAbsence', params: said }, target: 'unresolved', actions: { type: 'noteReason', params: doubt } },
  { guard: { type: 'saysAbsent', params: said }, target: 'rejected', actions: { type: 'end', params: absent } },
  { guard: { type: 'leavesNothing', params: reportedOpen }, target: 'filled', actions: takeReport },
  ...showsLife,
] as const
/** Settles an amend. */
export const takeFigures = { type: 'settleAmend', params: figures } as const
/** An amend below what is filled completes the order. */
export const amendFills = { guard: { type: 'isFilledAt', params: figures }, target: 'filled', actions: takeFigures } as const
/** An amend answered while it was awaited or in doubt. */
export const amendSettles = [
  amendFills,
  { guard: 'isCancelRequested', target: 'canceling', actions: takeFigures },
  { guard: 'hasFills', target: 'partiallyFilled', actions: takeFigures },
  { target: 'open', actions: takeFigures },
] as const
/** Gives up an amend. */
export const dropAmend = { type: 'dropAmend', params: at } as const
/** A refusal of an order known to live contradicts itself: ask. */
export const doubtRefusal = { target: 'reconciling', actions: { type: 'noteReason', params: noted } } as const
/** An answer that settles nothing: ask. */
export const lose = { target: 'reconciling', actions: { type: 'noteReason', params: noted } } as const
/** Nothing is at the venue: back for a retry, unless a cancel is remembered. */
export const startOver = [
  { guard: 'isCancelRequested', target: 'canceled', actions: { type: 'end', params: given } },
  { target: 'pending', actions: { type: 'countRetry', params: noted } },
] as const
/** Nothing is at the venue and no retry is left. */
export const giveUp = { target: 'error', actions: { type: 'end', params: given } } as const
/** Remembers a cancel that cannot be sent yet. */
export const remember = { actions: { type: 'rememberCancel', params: at } } as const
/** Asks the desk to cancel. */
export const requestCancel = { target: 'canceling', actions: { type: 'rememberCancel', params: at } } as const
/** Asks the desk to amend. */
export const requestAmend = { target: 'amending', actions: { type: 'keepAmend', params: wanted } } as const

/** Answers that may still be under way when an order ends; they say nothing new. `{}` forbids what the root allows. */
const late = {
  'order.answerLost': touch,
  'order.cancel': touch,
  'order.cancelRefused': touch,
  'order.canceled': touch,
  'order.expired': touch,
  'order.amended': touch,
  'order.amendRefused': touch,
  'order.restored': {},
} as const
const correct = { type: 'bookCorrection', params: fill } as const
const correction = [{ guard: { type: 'completes', params: fill }, target: 'filled', actions: correct }, { actions: correct }] as const
/** Notes a count that shows fills still to come. */
export const missing = { actions: { type: 'noteMissing', params: report } } as const
const reportedFilled = {
  guard: { type: 'saysFilled', params: said },
  target: 'filled',
  actions: { type: 'end', params: reportedEnd },
} as const
/** Ended on the venue's word: only a fill that it reports later can change that. */
export const over = {
  ...late,
  'order.accepted': { actions: know },
  'order.filled': correction,
  'order.reported': [reportedFilled, missing],
} as const
/** Ended because the venue said no or knew nothing: should it turn up alive, it is looked up again. */
export const presumed = {
  ...late,
  'order.accepted': { target: 'reconciling', actions: { type: 'revive', params: turnedUp } },
  'order.refused': touch,
  'order.filled': correction,
  'order.reported': [
    reportedFilled,
    { guard: { type: 'saysOpen', params: said }, target: 'reconciling', actions: { type: 'revive', params: report } },
    missing,
  ],
} as const

/** What reconciling and unresolved have in common. */
export const inDoubt = {
  'order.accepted': acceptanceShowsLife,
  'order.filled': fillInDoubt,
  'order.reported': lookUpEnds,
  'order.answerLost': touch,
  'order.cancel': remember,
  'order.cancelRefused': touch,
  'order.amended': amendSettles,
  'order.amendRefused': [{ guard: 'isFilledWithoutAmend', target: 'filled', actions: dropAmend }, { actions: dropAmend }],
  'order.refused': [
    { guard: 'isKnownAtVenue', actions: { type: 'noteTime', params: at } },
    { target: 'rejected', actions: { type: 'end', params: refused } },
  ],
} as const
