import { describe, expect, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import { venueOrderId } from '#domain/ids'
import type { OrderContext, OrderEvent } from '#machines/order-events'
import { isCorrection, isTerminal } from '#machines/order-expectation'
import { missingQuantity } from '#machines/order-figures'
import { type OrderState, orderStatusOf } from '#machines/order.machine'
import { orderAfter, says, WAY } from './order-script'

function after(...events: readonly OrderEvent[]): OrderContext & { readonly state: OrderState } {
  const { value, context } = orderAfter(...events).getSnapshot()
  return { ...context, state: value }
}

describe('fills', () => {
  test('RUN-03 books a fill that comes before the acknowledgement', () => {
    const order = after(says.journaled(), says.filled('1'), says.accepted())
    expect(order).toMatchObject({ state: 'partiallyFilled', filledQuantity: '1', leavesQuantity: '2', venueOrderId: 'V-1' })
  })

  test('RUN-03 adds fills exactly, and is filled when nothing is open', () => {
    const order = after(...WAY.open, says.filled('0.1'), says.filled('0.2'), says.filled('2.7'))
    expect(order).toMatchObject({ state: 'filled', filledQuantity: '3', leavesQuantity: '0', isOverfilled: false })
  })

  test('RUN-03 caps an overfill and flags it', () => {
    const order = after(...WAY.open, says.filled('2'), says.filled('1.5'))
    expect(order).toMatchObject({ state: 'filled', filledQuantity: '3', leavesQuantity: '0', isOverfilled: true })
  })

  test('RUN-03 flags a surplus fill of a filled order', () => {
    expect(after(...WAY.filled)).toMatchObject({ isOverfilled: false })
    expect(after(...WAY.filled, says.filled('0.1'))).toMatchObject({ state: 'filled', filledQuantity: '3', isOverfilled: true })
  })

  test('RUN-03 fills while a cancel is under way', () => {
    const order = after(...WAY.canceling, says.filled('1'))
    expect(order).toMatchObject({ state: 'canceling', filledQuantity: '1', leavesQuantity: '2' })
    expect(after(...WAY.canceling, says.filled('1'), says.filled('2')).state).toBe('filled')
  })

  test('I7 books a fill after the cancel as a correction', () => {
    const order = after(...WAY.canceled, says.filled('1'))
    expect(order).toMatchObject({ state: 'canceled', filledQuantity: '1', leavesQuantity: '0' })
    expect(isCorrection('canceled', 'canceled', 'order.filled', false)).toBe(true)
    expect(isCorrection('canceled', 'filled', 'order.filled', false)).toBe(true)
    expect(isCorrection('canceled', 'canceled', 'order.filled', true)).toBe(false)
    expect(isCorrection('canceled', 'canceled', 'order.canceled', false)).toBe(false)
    expect(isCorrection('open', 'filled', 'order.filled', false)).toBe(false)
  })

  test('EXE-08 keeps what the venue executed and we lack as open to the position until it is booked', () => {
    const ended = after(...WAY.partiallyFilled, says.canceled('2.5'))
    expect(ended).toMatchObject({ state: 'canceled', filledQuantity: '1', venueFilledQuantity: '2.5', leavesQuantity: '1.5' })
    expect(missingQuantity(ended)).toBe(decimal('1.5'))
    const booked = after(...WAY.partiallyFilled, says.canceled('2.5'), says.filled('1.5'))
    expect(booked).toMatchObject({ state: 'canceled', filledQuantity: '2.5', leavesQuantity: '0', isOverfilled: false })
    expect(missingQuantity(booked)).toBe(decimal('0'))
  })

  test('EXE-08 takes the fills that come after a report of completion without calling them too much', () => {
    const order = after(...WAY.open, says.reported('filled', { filledQuantity: decimal('3') }), says.filled('1'), says.filled('2'))
    expect(order).toMatchObject({ state: 'filled', filledQuantity: '3', leavesQuantity: '0', isOverfilled: false })
  })
})

describe('cancels', () => {
  test('RUN-03 is canceled straight from submitting (IOC, FOK)', () => {
    expect(after(...WAY.submitting, says.canceled('0'))).toMatchObject({ state: 'canceled', reason: 'user', leavesQuantity: '0' })
  })

  test('RUN-03 expires while a cancel is under way', () => {
    expect(after(...WAY.canceling, says.expired()).state).toBe('expired')
  })

  for (const [state, evidence] of [
    ['submitting', says.accepted()],
    ['submitting', says.filled('1')],
    ['reconciling', says.accepted()],
    ['reconciling', says.filled('1')],
    ['reconciling', says.reported('open')],
    ['unresolved', says.reported('open')],
    ['amending', says.amended()],
    ['amending', says.amendRefused()],
  ] as const) {
    test(`RUN-03 remembers a cancel that comes in ${state} until ${evidence.type} shows the order alive`, () => {
      expect(after(...WAY[state], says.cancel())).toMatchObject({ state, isCancelRequested: true })
      expect(after(...WAY[state], says.cancel(), evidence).state).toBe('canceling')
    })
  }

  test('RUN-03 does not send an order whose cancel came first', () => {
    expect(after(says.cancel(), says.journaled())).toMatchObject({ state: 'canceled', reason: 'canceled before it was sent' })
  })

  test('RUN-03 does not try again an order whose cancel was remembered', () => {
    expect(after(...WAY.submitting, says.cancel(), says.retry()).state).toBe('canceled')
  })

  test('I8 keeps the wish to cancel after a refusal', () => {
    expect(after(...WAY.canceling, says.cancelRefused())).toMatchObject({ state: 'open', isCancelRequested: true, reason: 'rate limit' })
    expect(after(...WAY.canceling, says.filled('1'), says.cancelRefused()).state).toBe('partiallyFilled')
  })

  test('EXE-07 takes "unknown order" in answer to a cancel for no evidence', () => {
    expect(after(...WAY.canceling, says.answerLost('unknown order'))).toMatchObject({ state: 'reconciling', reason: 'unknown order' })
  })
})

describe('doubt', () => {
  test('EXE-07 leads a missing acknowledgement to reconciling, never to a second submit', () => {
    expect(after(...WAY.submitting, says.answerLost())).toMatchObject({
      state: 'reconciling',
      reason: 'no answer in time',
      leavesQuantity: '3',
    })
  })

  test('I7 leaves UNKNOWN only on evidence: an unanswered look-up settles nothing', () => {
    const order = after(...WAY.reconciling, says.reported('unanswered'), says.retryLookup(), says.reported('unanswered'))
    expect(order).toMatchObject({ state: 'unresolved', leavesQuantity: '3' })
  })

  test('I7 does not believe that an order is absent which the venue accepted before', () => {
    expect(after(...WAY.open, says.restored(), says.reported('absent')).state).toBe('unresolved')
    expect(after(...WAY.open, says.restored(), says.retry()).state).toBe('reconciling')
    expect(after(...WAY.open, says.restored(), says.exhausted()).state).toBe('reconciling')
  })

  test('EXE-07 rejects an order that the venue proved not to know', () => {
    expect(after(...WAY.reconciling, says.reported('absent'))).toMatchObject({ state: 'rejected', leavesQuantity: '0' })
  })

  test('EXE-06 returns to pending for a retry and counts it', () => {
    const order = after(...WAY.submitting, says.retry(), says.journaled(), says.retry())
    expect(order).toMatchObject({ state: 'pending', retries: 2, reason: 'service busy' })
    expect(after(...WAY.submitting, says.retry(), says.exhausted())).toMatchObject({ state: 'error', leavesQuantity: '0' })
  })

  test('I3 never sends a retry whose first attempt proves alive', () => {
    expect(after(...WAY.submitting, says.retry(), says.filled('1'), says.journaled()).state).toBe('partiallyFilled')
    expect(after(...WAY.submitting, says.retry(), says.accepted(), says.journaled()).state).toBe('open')
  })

  test('I7 asks again when an order that was presumed dead turns up alive', () => {
    expect(after(...WAY.reconciling, says.reported('absent'), says.accepted()).state).toBe('reconciling')
  })

  test('EXE-12 believes nothing after a restart that the venue has not confirmed', () => {
    for (const state of Object.keys(WAY) as OrderState[])
      expect(after(...WAY[state], says.restored()).state).toBe(isTerminal(state) ? state : 'reconciling')
  })

  test('EXE-12 resumes as partly filled when the venue counts fills that we lack', () => {
    const order = after(...WAY.open, says.restored(), says.reported('open', { filledQuantity: decimal('1') }))
    expect(order).toMatchObject({ state: 'partiallyFilled', filledQuantity: '0', venueFilledQuantity: '1', leavesQuantity: '3' })
  })

  test('EXE-12 learns the venue order id from the look-up', () => {
    expect(after(...WAY.reconciling, says.reported('open', { venueOrderId: venueOrderId('V-9') })).venueOrderId).toBe(venueOrderId('V-9'))
  })
})

describe('amends', () => {
  test('EXE-14 reserves the larger of old and new until the answer', () => {
    expect(after(...WAY.open, says.amend('5'))).toMatchObject({ state: 'amending', quantity: '3', leavesQuantity: '5', limitPrice: '100' })
    expect(after(...WAY.open, says.amend('2'))).toMatchObject({ state: 'amending', quantity: '3', leavesQuantity: '3' })
  })

  test('EXE-14 takes the figures asked for when the answer carries none', () => {
    expect(after(...WAY.open, says.amend('5', '98'), says.amended())).toMatchObject({
      state: 'open',
      quantity: '5',
      leavesQuantity: '5',
      limitPrice: '98',
      amend: null,
    })
  })

  test('EXE-14 takes the figures of the answer when it carries them', () => {
    expect(after(...WAY.open, says.amend('5', '98'), says.amended('4.5', '98.5'))).toMatchObject({ quantity: '4.5', limitPrice: '98.5' })
  })

  test('EXE-14 keeps the order as it was when the amend is refused', () => {
    expect(after(...WAY.partiallyFilled, says.amend('5'), says.amendRefused())).toMatchObject({
      state: 'partiallyFilled',
      quantity: '3',
      leavesQuantity: '2',
      amend: null,
    })
  })

  test('EXE-14 does not call an order filled whose amend upwards is unanswered', () => {
    const busy = [...WAY.open, says.amend('5'), says.filled('3')] as const
    expect(after(...busy)).toMatchObject({ state: 'amending', leavesQuantity: '2' })
    expect(after(...busy, says.amendRefused())).toMatchObject({ state: 'filled', leavesQuantity: '0' })
    expect(after(...busy, says.amended())).toMatchObject({ state: 'partiallyFilled', leavesQuantity: '2' })
    expect(after(...busy, says.filled('2')).state).toBe('filled')
  })

  test('EXE-14 is filled when it is amended down to what was filled', () => {
    expect(after(...WAY.partiallyFilled, says.amend('1'), says.amended())).toMatchObject({ state: 'filled', leavesQuantity: '0' })
  })

  test('EXE-14 stays in doubt over a lost amend until the venue states the figures', () => {
    const lost = [...WAY.open, says.amend('5', '98'), says.answerLost()] as const
    expect(after(...lost, says.accepted()).state).toBe('reconciling')
    expect(after(...lost, says.filled('1'))).toMatchObject({ state: 'reconciling', leavesQuantity: '4' })
    expect(after(...lost, says.reported('open', { quantity: decimal('5'), limitPrice: decimal('98') }))).toMatchObject({
      state: 'open',
      quantity: '5',
      limitPrice: '98',
      amend: null,
    })
    expect(after(...lost, says.reported('open', { quantity: decimal('3'), limitPrice: decimal('100') }))).toMatchObject({
      state: 'open',
      quantity: '3',
      limitPrice: '100',
    })
    expect(after(...lost, says.filled('3'), says.reported('open', { quantity: decimal('3') })).state).toBe('filled')
  })
})

describe('repeats', () => {
  for (const [state, event] of [
    ['open', says.accepted(2)],
    ['canceled', says.canceled(null, 2)],
    ['expired', says.expired(null, 2)],
    ['rejected', says.refused(2)],
    ['canceling', says.cancel(2)],
    ['filled', says.reported('filled')],
  ] as const) {
    test(`RUN-03 hears ${event.type} again in ${state} without any change`, () => {
      expect(after(...WAY[state], event)).toEqual(after(...WAY[state]))
    })
  }
})

test('RUN-03 shows both forms of doubt as UNKNOWN', () => {
  expect(orderStatusOf('reconciling')).toBe('UNKNOWN')
  expect(orderStatusOf('unresolved')).toBe('UNKNOWN')
  expect(orderStatusOf('partiallyFilled')).toBe('PARTIALLY_FILLED')
})
