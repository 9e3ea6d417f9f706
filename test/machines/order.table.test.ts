import { describe, expect, test } from 'bun:test'
import { isExpected } from '#machines/order-expectation'
import { ORDER_EVENT_TYPES, type OrderEvent } from '#machines/order-events'
import type { OrderState } from '#machines/order.machine'
import { lastFill, orderAfter, says, WAY } from './order-script'

/**
 * Every event that can arrive, one row a meaning: a fill may leave something open or not, a report has six answers.
 * Times differ from those of the way, so that an event that changes nothing shows.
 */
const EVENTS = {
  journaled: says.journaled(9),
  lapsed: says.lapsed(9),
  accepted: says.accepted(9),
  refused: says.refused(9),
  answerLost: says.answerLost('cut', 9),
  fillPart: says.filled('0.5', 9),
  fillLast: null,
  cancel: says.cancel(9),
  cancelRefused: says.cancelRefused(9),
  canceled: says.canceled(null, 9),
  expired: says.expired(null, 9),
  amend: says.amend('5', '98', 9),
  amended: says.amended(null, null, 9),
  amendRefused: says.amendRefused(9),
  reportedOpen: says.reported('open', { atMs: 9 }),
  reportedFilled: says.reported('filled', { atMs: 9 }),
  reportedCanceled: says.reported('canceled', { atMs: 9 }),
  reportedExpired: says.reported('expired', { atMs: 9 }),
  reportedAbsent: says.reported('absent', { atMs: 9 }),
  reportedUnanswered: says.reported('unanswered', { atMs: 9 }),
  retryLookup: says.retryLookup(9),
  retry: says.retry(9),
  exhausted: says.exhausted(9),
  restored: says.restored(9),
} as const satisfies Record<string, OrderEvent | null>

type Row = keyof typeof EVENTS
type Table = Readonly<Record<OrderState, Readonly<Partial<Record<Row, OrderState>>>>>

const endsByReport = { reportedFilled: 'filled', reportedCanceled: 'canceled', reportedExpired: 'expired' } as const
const endsByWord = { canceled: 'canceled', expired: 'expired', fillLast: 'filled', ...endsByReport } as const

/** Written by hand from the design (machines, "order"); a pair that is missing changes nothing and is an alert. */
const TABLE: Table = {
  pending: {
    journaled: 'submitting',
    lapsed: 'canceled',
    cancel: 'canceled',
    exhausted: 'error',
    restored: 'reconciling',
    // Only a retried order can hear these: its first attempt turns out to be alive, or is refused a second time.
    accepted: 'open',
    fillPart: 'partiallyFilled',
    reportedOpen: 'open',
    refused: 'pending',
    reportedAbsent: 'pending',
    reportedUnanswered: 'pending',
    ...endsByWord,
  },
  submitting: {
    accepted: 'open',
    refused: 'rejected',
    answerLost: 'reconciling',
    fillPart: 'partiallyFilled',
    cancel: 'submitting',
    reportedOpen: 'open',
    reportedAbsent: 'submitting',
    reportedUnanswered: 'submitting',
    retry: 'pending',
    exhausted: 'error',
    restored: 'reconciling',
    ...endsByWord,
  },
  open: {
    accepted: 'open',
    refused: 'reconciling',
    answerLost: 'open',
    fillPart: 'partiallyFilled',
    cancel: 'canceling',
    cancelRefused: 'open',
    amend: 'amending',
    amended: 'open',
    amendRefused: 'open',
    reportedOpen: 'open',
    reportedAbsent: 'open',
    reportedUnanswered: 'open',
    restored: 'reconciling',
    ...endsByWord,
  },
  partiallyFilled: {
    accepted: 'partiallyFilled',
    refused: 'reconciling',
    answerLost: 'partiallyFilled',
    fillPart: 'partiallyFilled',
    cancel: 'canceling',
    cancelRefused: 'partiallyFilled',
    amend: 'amending',
    amended: 'partiallyFilled',
    amendRefused: 'partiallyFilled',
    reportedOpen: 'partiallyFilled',
    reportedAbsent: 'partiallyFilled',
    reportedUnanswered: 'partiallyFilled',
    restored: 'reconciling',
    ...endsByWord,
  },
  canceling: {
    accepted: 'canceling',
    refused: 'reconciling',
    answerLost: 'reconciling',
    fillPart: 'canceling',
    cancel: 'canceling',
    cancelRefused: 'open',
    amended: 'canceling',
    amendRefused: 'canceling',
    reportedOpen: 'canceling',
    reportedAbsent: 'canceling',
    reportedUnanswered: 'canceling',
    restored: 'reconciling',
    ...endsByWord,
  },
  amending: {
    accepted: 'amending',
    refused: 'reconciling',
    answerLost: 'reconciling',
    fillPart: 'amending',
    cancel: 'amending',
    amended: 'open',
    amendRefused: 'open',
    reportedOpen: 'amending',
    reportedAbsent: 'amending',
    reportedUnanswered: 'amending',
    restored: 'reconciling',
    ...endsByWord,
  },
  reconciling: {
    accepted: 'open',
    refused: 'rejected',
    answerLost: 'reconciling',
    fillPart: 'partiallyFilled',
    cancel: 'reconciling',
    cancelRefused: 'reconciling',
    amended: 'open',
    amendRefused: 'reconciling',
    reportedOpen: 'open',
    reportedAbsent: 'rejected',
    reportedUnanswered: 'unresolved',
    restored: 'reconciling',
    ...endsByWord,
  },
  unresolved: {
    accepted: 'open',
    refused: 'rejected',
    answerLost: 'unresolved',
    fillPart: 'partiallyFilled',
    cancel: 'unresolved',
    cancelRefused: 'unresolved',
    amended: 'open',
    amendRefused: 'unresolved',
    reportedOpen: 'open',
    reportedAbsent: 'rejected',
    reportedUnanswered: 'unresolved',
    retryLookup: 'reconciling',
    restored: 'reconciling',
    ...endsByWord,
  },
  filled: {
    accepted: 'filled',
    answerLost: 'filled',
    fillPart: 'filled',
    fillLast: 'filled',
    cancel: 'filled',
    cancelRefused: 'filled',
    canceled: 'filled',
    expired: 'filled',
    amended: 'filled',
    amendRefused: 'filled',
    reportedOpen: 'filled',
    reportedFilled: 'filled',
    reportedCanceled: 'filled',
    reportedExpired: 'filled',
    reportedAbsent: 'filled',
    reportedUnanswered: 'filled',
  },
  canceled: {
    journaled: 'canceled',
    lapsed: 'canceled',
    accepted: 'canceled',
    answerLost: 'canceled',
    fillPart: 'canceled',
    fillLast: 'filled',
    cancel: 'canceled',
    cancelRefused: 'canceled',
    canceled: 'canceled',
    expired: 'canceled',
    amended: 'canceled',
    amendRefused: 'canceled',
    reportedOpen: 'canceled',
    reportedFilled: 'filled',
    reportedCanceled: 'canceled',
    reportedExpired: 'canceled',
    reportedAbsent: 'canceled',
    reportedUnanswered: 'canceled',
  },
  rejected: {
    accepted: 'reconciling',
    refused: 'rejected',
    answerLost: 'rejected',
    fillPart: 'rejected',
    fillLast: 'filled',
    cancel: 'rejected',
    cancelRefused: 'rejected',
    canceled: 'rejected',
    expired: 'rejected',
    amended: 'rejected',
    amendRefused: 'rejected',
    reportedOpen: 'reconciling',
    reportedFilled: 'filled',
    reportedCanceled: 'rejected',
    reportedExpired: 'rejected',
    reportedAbsent: 'rejected',
    reportedUnanswered: 'rejected',
  },
  expired: {
    accepted: 'expired',
    answerLost: 'expired',
    fillPart: 'expired',
    fillLast: 'filled',
    cancel: 'expired',
    cancelRefused: 'expired',
    canceled: 'expired',
    expired: 'expired',
    amended: 'expired',
    amendRefused: 'expired',
    reportedOpen: 'expired',
    reportedFilled: 'filled',
    reportedCanceled: 'expired',
    reportedExpired: 'expired',
    reportedAbsent: 'expired',
    reportedUnanswered: 'expired',
  },
  error: {
    accepted: 'reconciling',
    refused: 'error',
    answerLost: 'error',
    fillPart: 'error',
    fillLast: 'filled',
    cancel: 'error',
    cancelRefused: 'error',
    canceled: 'error',
    expired: 'error',
    amended: 'error',
    amendRefused: 'error',
    reportedOpen: 'reconciling',
    reportedFilled: 'filled',
    reportedCanceled: 'error',
    reportedExpired: 'error',
    reportedAbsent: 'error',
    reportedUnanswered: 'error',
  },
}

const states = Object.keys(TABLE) as OrderState[]
const rows = Object.keys(EVENTS) as Row[]

describe('every state with every event', () => {
  test('RUN-03 has a way to each state and a row for each event', () => {
    for (const state of states) expect(orderAfter(...WAY[state]).getSnapshot().value).toBe(state)
    const types = rows.map((row) => EVENTS[row]?.type ?? 'order.filled')
    expect(new Set(types)).toEqual(new Set(ORDER_EVENT_TYPES))
  })

  for (const state of states) {
    for (const row of rows) {
      const expected = TABLE[state][row]
      const title = expected === undefined ? 'changes nothing, and is an alert' : `leads to ${expected}`
      test(`RUN-03 ${row} in ${state} ${title}`, () => {
        const order = orderAfter(...WAY[state])
        const before = order.getSnapshot()
        const event = EVENTS[row] ?? lastFill(order)
        order.send(event)
        const after = order.getSnapshot()
        expect(isExpected(state, event.type)).toBe(expected !== undefined)
        expect(after.value).toBe(expected ?? state)
        if (expected === undefined) expect(after.context).toEqual(before.context)
        expect(JSON.parse(JSON.stringify(after.context))).toEqual(after.context)
      })
    }
  }
})
