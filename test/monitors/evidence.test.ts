import { describe, expect, test } from 'bun:test'
import type { Decimal } from '#domain/decimal'
import type { JsonObject } from '#domain/json'
import { venueOrderId } from '#domain/ids'
import type { Proposal } from '#domain/order'
import type { OrderState } from '#machines/order.machine'
import { approved, fillOf, postingOf, proposal, Rig, shownAs } from './rig'

const ended = { reason: 'x', filledQuantity: null }

/** An order whose answer was lost: in doubt, the venue is being asked. */
function inDoubt(): { at: Rig; terms: Proposal } {
  const at = new Rig().attach()
  const terms = at.send(proposal('a'))
  at.commit()
  at.fact(terms, 'order.answerLost', { reason: 'timeout' }, 'reconciling', { deadlineAtMs: at.clock.now() + 5_000 })
  return { at, terms }
}

function reported(status: string): JsonObject {
  return { status, venueOrderId: null, filledQuantity: null, quantity: null, limitPrice: null, reason: null }
}

function fillPayload(at: Rig, terms: Proposal, name: string, part = '1'): JsonObject {
  const fill = fillOf(terms, name, part)
  at.company.booked.add(name)
  return { venueOrderId: fill.venueOrderId, quantity: part, fill: { ...fill }, posting: postingOf(fill, terms) }
}

/** Ways out of UNKNOWN: what the venue says, the fact that follows, and the state it leads to. */
const WAYS: readonly (readonly [string, (at: Rig, terms: Proposal) => void, string, JsonObject, OrderState])[] = [
  ['a report of acceptance', (at, terms) => at.report('accepted', terms), 'order.accepted', { venueOrderId: 'V-a' }, 'open'],
  ['a report of its cancel', (at, terms) => at.report('canceled', terms), 'order.canceled', ended, 'canceled'],
  ['a report of its expiry', (at, terms) => at.report('expired', terms), 'order.expired', ended, 'expired'],
  ['a report of refusal', (at, terms) => at.report('rejected', terms), 'order.refused', { code: 'venue', reason: 'x' }, 'rejected'],
  ['a report of completion', (at, terms) => at.report('completed', terms), 'order.reported', reported('filled'), 'filled'],
  ['a report of an amend', (at, terms) => at.report('amended', terms), 'order.amended', { quantity: null, limitPrice: null }, 'open'],
  [
    'a look-up',
    (at, terms) => at.lookUp(terms, { kind: 'found', order: shownAs(terms, 'expired'), fills: [] }),
    'order.reported',
    reported('expired'),
    'expired',
  ],
  [
    'the list of open orders',
    (at, terms) => {
      at.inner.answers.openOrders = () => Promise.resolve([shownAs(terms, 'open')])
      void at.venue.openOrders()
      at.commit()
    },
    'order.reported',
    reported('open'),
    'open',
  ],
]

describe('I7 (virtual clock, fake company): UNKNOWN ends on what the venue said', () => {
  for (const [name, say, kind, payload, after] of WAYS) {
    test(`I7 holds for ${kind} after ${name}, and breaks without it`, () => {
      const good = inDoubt()
      say(good.at, good.terms)
      good.at.fact(good.terms, kind, payload, after)
      expect(good.at.broken('I7')).toEqual([])
      expect(good.at.monitors.checks.I7).toBeGreaterThan(1)
      const bad = inDoubt()
      bad.at.fact(bad.terms, kind, payload, after)
      expect(bad.at.broken('I7')).toEqual(['I7'])
      expect(bad.at.texts()).toContain('without a sign of it by the venue')
    })
  }

  test('I7 holds for a fill that was told, by stream, list or look-up, and breaks for one that was not', () => {
    const tell: readonly ((at: Rig, terms: Proposal) => void)[] = [
      (at, terms) => at.heard.onFill(fillOf(terms, 'T1')),
      (at, terms) => {
        at.inner.answers.fills = () => Promise.resolve([fillOf(terms, 'T1', '1', { clientOrderId: null })])
        void at.venue.fills(0)
        at.commit()
        at.company.set(terms, { venueOrderId: venueOrderId('V-a') })
      },
      (at, terms) => at.lookUp(terms, { kind: 'found', order: shownAs(terms, 'filled'), fills: [fillOf(terms, 'T1')] }),
    ]
    for (const say of [...tell, null]) {
      const { at, terms } = inDoubt()
      say?.(at, terms)
      at.fact(terms, 'order.filled', fillPayload(at, terms, 'T1'), 'filled')
      expect(at.broken('I7')).toEqual(say === null ? ['I7'] : [])
    }
  })

  test('I7 takes no absence for evidence that was asked for before the deadline, or of an order that was seen', () => {
    const absent = (waitMs: number, before: (at: Rig, terms: Proposal) => void = () => undefined) => {
      const { at, terms } = inDoubt()
      before(at, terms)
      at.run(waitMs)
      at.lookUp(terms, { kind: 'absent' })
      at.fact(terms, 'order.reported', reported('absent'), 'rejected')
      return at.broken('I7')
    }
    expect(absent(5_000)).toEqual([])
    expect(absent(4_000)).toEqual(['I7'])
    expect(absent(5_000, (at, terms) => at.report('accepted', terms))).toEqual(['I7'])
    expect(absent(5_000, (at, terms) => at.heard.onFill(fillOf(terms, 'T1')))).toEqual(['I7'])
  })

  test('I7 lets no unanswered look-up, no answer that was lost and no kind it does not know end the doubt', () => {
    for (const [kind, payload] of [
      ['order.reported', reported('unanswered')],
      ['order.answerLost', { reason: 'x' }],
      ['order.exhausted', { reason: 'x' }],
      ['order.lapsed', { reason: 'x' }],
      ['order.journaled', {}],
    ] as const) {
      const { at, terms } = inDoubt()
      at.report('amended', terms)
      at.report('accepted', terms, { venueOrderId: venueOrderId('V-a') })
      at.fact(terms, kind, payload, 'rejected')
      expect(at.broken('I7')).toEqual(['I7'])
    }
  })

  test('I7 forgets what was said of an attempt when the next one leaves', () => {
    const { at, terms } = inDoubt()
    at.report('rejected', terms)
    at.fact(terms, 'order.retry', { reason: 'busy' }, 'pending')
    at.submitting(terms, at.verdict(terms), { retries: 1 })
    at.commit()
    at.company.set(terms, { state: 'submitting' })
    void at.venue.submit(approved(terms), { deadlineAtMs: 0 })
    at.fact(terms, 'order.refused', { code: 'x', reason: 'x' }, 'rejected')
    expect(at.broken('I7')).toEqual(['I7'])
  })
})

describe('I7 (virtual clock, fake company): an order ends, or starts over, on evidence alone', () => {
  test('I7 breaks for a submission that is taken for refused, or tried again, though its answer was lost', () => {
    for (const [kind, after] of [
      ['order.refused', 'rejected'],
      ['order.retry', 'pending'],
      ['order.exhausted', 'error'],
    ] as const) {
      const at = new Rig().attach()
      const terms = at.send(proposal('a'))
      at.commit()
      at.fact(terms, kind, { code: 'timeout', reason: 'x' }, after)
      expect(at.broken('I7')).toEqual(['I7'])
      const refused = new Rig().attach()
      refused.inner.answers.submit = () => Promise.resolve({ kind: 'refused', refusal: { code: 'x', reason: 'x', retry: 'transient' } })
      refused.send(terms)
      refused.commit()
      refused.fact(terms, kind, { code: 'x', reason: 'x' }, after)
      expect(refused.broken('I7')).toEqual([])
    }
  })

  test('I7 lets an order that was never sent be canceled, and no other so', () => {
    for (const kind of ['order.lapsed', 'order.cancel']) {
      const at = new Rig().attach()
      const terms = proposal('a')
      at.submitting(terms, at.verdict(terms))
      at.fact(terms, kind, { reason: 'x' }, 'canceled')
      expect(at.broken('I7')).toEqual([])
      const sent = new Rig().attach()
      const open = sent.open('a')
      sent.fact(open, kind, { reason: 'x' }, 'canceled')
      expect(sent.broken('I7')).toEqual(['I7'])
    }
  })

  test('I7 breaks for a fill that completes an order too early, an amended one by what it was amended to', () => {
    const filled = (part: string, amendedTo: string | null) => {
      const at = new Rig().attach()
      const terms = at.open('a')
      if (amendedTo !== null)
        at.fact(terms, 'order.amend', { quantity: amendedTo, limitPrice: '100', verdictSeq: 0, deadlineAtMs: 0 }, 'amending')
      at.heard.onFill(fillOf(terms, 'T1', part))
      at.fact(terms, 'order.filled', fillPayload(at, terms, 'T1', part), 'filled')
      return at.broken('I7')
    }
    expect(filled('1', null)).toEqual([])
    expect(filled('0.9', null)).toEqual(['I7'])
    expect(filled('0.9', '0.9')).toEqual([])
    expect(filled('0.9', '2')).toEqual(['I7'])
  })

  test('I7 lets the refusal of an amend end an order whose fills complete it as it was', () => {
    const refused = (part: string, after: OrderState) => {
      const { at, terms } = inDoubt()
      at.heard.onFill(fillOf(terms, 'T1', part))
      at.fact(terms, 'order.filled', fillPayload(at, terms, 'T1', part), 'reconciling')
      at.fact(terms, 'order.amendRefused', { reason: 'x' }, after)
      return at.broken('I7')
    }
    expect(refused('1', 'filled')).toEqual([])
    expect(refused('0.5', 'filled')).toEqual(['I7'])
    expect(refused('0.5', 'partiallyFilled')).toEqual(['I7'])
  })

  test('I7 ends a foreign order on a list that lacks it', () => {
    const listed = (isListed: boolean) => {
      const at = new Rig().attach()
      const terms = proposal('hand')
      at.company.set(terms, { state: 'reconciling', isForeign: true, venueOrderId: venueOrderId('V-hand') })
      at.inner.answers.openOrders = () => Promise.resolve(isListed ? [shownAs(terms, 'open', { clientOrderId: null })] : [])
      void at.venue.openOrders()
      at.commit()
      at.fact(terms, 'order.canceled', ended, 'canceled')
      return at.broken('I7')
    }
    expect(listed(false)).toEqual([])
    expect(listed(true)).toEqual(['I7'])
  })
})

describe('I7 (virtual clock, fake company): what ended changes by a recorded correction alone', () => {
  const over = (before: OrderState, kind: string, payload: JsonObject, after: OrderState) => {
    const at = new Rig().attach()
    const terms = proposal('a')
    at.company.set(terms, { state: before, venueOrderId: venueOrderId('V-a') })
    at.fact(terms, kind, payload, after)
    return at.broken('I7')
  }

  test('I7 lets a late fill complete what was canceled, and a sign of life reopen what was only presumed dead', () => {
    expect(over('canceled', 'order.filled', { quantity: '1' }, 'filled')).toEqual([])
    expect(over('expired', 'order.reported', reported('filled'), 'filled')).toEqual([])
    expect(over('rejected', 'order.accepted', { venueOrderId: 'V' }, 'reconciling')).toEqual([])
    expect(over('error', 'order.reported', reported('open'), 'reconciling')).toEqual([])
    expect(over('filled', 'order.canceled', ended, 'filled')).toEqual([])
  })

  test('I7 breaks for any other way back', () => {
    expect(over('canceled', 'order.accepted', { venueOrderId: 'V' }, 'open')).toEqual(['I7'])
    expect(over('canceled', 'order.reported', reported('open'), 'reconciling')).toEqual(['I7'])
    expect(over('filled', 'order.canceled', ended, 'canceled')).toEqual(['I7'])
    expect(over('rejected', 'order.accepted', { venueOrderId: 'V' }, 'open')).toEqual(['I7'])
  })

  test('I7 breaks when what had ended is found otherwise, with or without another entry', () => {
    const ended = () => {
      const at = new Rig().attach()
      const terms = at.open('a')
      at.report('canceled', terms)
      at.fact(terms, 'order.canceled', { reason: 'x', filledQuantity: null }, 'canceled')
      expect(at.broken('I7')).toEqual([])
      return { at, terms }
    }
    const silent = ended()
    silent.at.company.set(silent.terms, { state: 'filled' })
    expect(silent.at.broken('I7')).toEqual(['I7'])
    expect(silent.at.texts()).toContain('which had ended canceled, is filled by no entry')
    const late = ended()
    late.at.company.set(late.terms, { state: 'open' })
    late.at.fact(late.terms, 'order.cancel', {}, 'open')
    expect(late.at.broken('I7')).toContain('I7')
    const retired = ended()
    retired.at.company.orders.clear()
    expect(retired.at.broken('I7')).toEqual([])
  })

  test('I7 remembers an order that rests while thousands of newer ones pass', () => {
    const at = new Rig().attach()
    const terms = at.open('a', { quantity: '2' as Decimal })
    for (let count = 0; count < 10_000; count++) {
      const id = `passing-${count}`
      at.append('order.canceled', { reason: 'x', filledQuantity: null }, { correlationId: id })
      at.heard.onFill(fillOf(proposal('a'), `T${count}`, '1', { clientOrderId: null, venueOrderId: venueOrderId(id) }))
    }
    at.monitors.sweep()
    at.heard.onFill(fillOf(terms, 'last', '1'))
    at.fact(terms, 'order.filled', fillPayload(at, terms, 'last', '1'), 'filled')
    at.monitors.sweep()
    expect(at.texts()).toContain('with 1 of 2 executed')
  })

  test('I7 breaks when an order lives that had been taken for absent', () => {
    const { at, terms } = inDoubt()
    at.run(5_000)
    at.lookUp(terms, { kind: 'absent' })
    at.fact(terms, 'order.reported', reported('absent'), 'rejected')
    expect(at.broken('I7')).toEqual([])
    at.report('accepted', terms)
    at.fact(terms, 'order.accepted', { venueOrderId: 'V-a' }, 'reconciling')
    expect(at.broken('I7')).toEqual(['I7'])
    expect(at.texts()).toContain('was taken for absent, and order.accepted shows that it was not')
  })

  test('I7 breaks when the end that the venue told of is passed over', () => {
    for (const kind of ['canceled', 'expired'] as const) {
      const at = new Rig().attach()
      const terms = at.open('a')
      at.report(kind, terms, { clientOrderId: null })
      at.sweep()
      expect(at.broken('I7')).toEqual(['I7'])
    }
    const at = new Rig().attach()
    const terms = at.open('a')
    at.report('canceled', terms)
    at.fact(terms, 'order.canceled', ended, 'canceled')
    at.sweep()
    expect(at.broken('I7')).toEqual([])
  })
})

describe('I7 (virtual clock, fake company): doubt is worked off', () => {
  test('I7 breaks for an order in doubt that nobody asks the venue about, and holds while somebody does', () => {
    const { at, terms } = inDoubt()
    at.sweep()
    for (let minute = 0; minute < 8; minute++) {
      at.run(60_000)
      void at.venue.orderByClientId(terms.clientOrderId, 0)
      expect(at.broken('I7')).toEqual([])
    }
    at.run(301_000)
    expect(at.broken('I7')).toEqual(['I7'])
    expect(at.texts()).toContain('is in doubt, and nobody asks the venue')
  })

  test('I7 counts the list of open orders for a foreign order', () => {
    const at = new Rig().attach()
    const terms = proposal('hand')
    at.company.set(terms, { state: 'unresolved', isForeign: true })
    at.sweep().run(299_000)
    void at.venue.openOrders()
    at.run(299_000)
    expect(at.broken('I7')).toEqual([])
    at.run(10_000)
    expect(at.broken('I7')).toEqual(['I7'])
  })

  test('I7 breaks for an order that is believed after a connect, and holds once it is in doubt or over', () => {
    const connected = (then: (at: Rig, terms: Proposal) => void) => {
      const at = new Rig().attach()
      const terms = at.open('a')
      at.company.blocks.venue = 'kraken is CONNECTING'
      void at.venue.connect(new AbortController().signal)
      at.sweep()
      then(at, terms)
      at.company.blocks.venue = null
      return at.broken('I7')
    }
    expect(connected(() => undefined)).toEqual(['I7'])
    expect(connected((at, terms) => at.fact(terms, 'order.restored', {}, 'reconciling'))).toEqual([])
    expect(connected((at, terms) => at.company.set(terms, { state: 'filled' }))).toEqual([])
    expect(connected((at) => at.company.orders.clear())).toEqual([])
  })

  test('I7 begins with the deadlines and fills of before the restart', () => {
    const at = new Rig()
    const terms = proposal('a')
    at.company.set(terms, {
      state: 'reconciling',
      deadlineAtMs: at.clock.now() + 60_000,
      filledQuantity: '0.6' as Decimal,
      venueOrderId: venueOrderId('V-a'),
    })
    at.attach()
    at.heard.onFill(fillOf(terms, 'T2', '0.4'))
    at.fact(terms, 'order.filled', fillPayload(at, terms, 'T2', '0.4'), 'filled')
    expect(at.broken('I7')).toEqual([])
  })
})
