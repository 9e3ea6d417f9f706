import { describe, expect, test } from 'bun:test'
import { venueOrderId } from '#domain/ids'
import { fillOf, proposal, Rig, shownAs } from './rig'

const SECOND = venueOrderId('V-second')

describe('I3 (virtual clock, fake company): one venue order under a client order id', () => {
  test('I3 holds for repeats of what is known, and for orders of others', () => {
    const at = new Rig().attach()
    const terms = at.open('a')
    at.report('accepted', terms)
    at.report('amended', terms)
    at.heard.onFill(fillOf(terms, 'T1'))
    at.lookUp(terms, { kind: 'found', order: shownAs(terms, 'open'), fills: [] })
    at.inner.answers.openOrders = () =>
      Promise.resolve([shownAs(terms, 'open'), shownAs(terms, 'open', { clientOrderId: 'mine', venueOrderId: SECOND })])
    void at.venue.openOrders()
    at.commit()
    at.report('canceled', terms, { clientOrderId: null })
    expect(at.broken('I3')).toEqual([])
    expect(at.monitors.checks.I3).toBeGreaterThan(5)
  })

  const signs: Readonly<Record<string, (at: Rig, terms: ReturnType<Rig['open']>) => void>> = {
    'a report': (at, terms) => at.report('accepted', terms, { venueOrderId: SECOND }),
    'a fill': (at, terms) => at.heard.onFill(fillOf(terms, 'T1', '1', { venueOrderId: SECOND })),
    'a look-up': (at, terms) => at.lookUp(terms, { kind: 'found', order: shownAs(terms, 'open', { venueOrderId: SECOND }), fills: [] }),
    'the list of open orders': (at, terms) => {
      at.inner.answers.openOrders = () => Promise.resolve([shownAs(terms, 'open', { venueOrderId: SECOND })])
      void at.venue.openOrders()
      at.commit()
    },
  }
  for (const [name, show] of Object.entries(signs)) {
    test(`I3 breaks when ${name} shows a second order beside one that lives`, () => {
      const at = new Rig().attach()
      const terms = at.open('a')
      show(at, terms)
      expect(at.monitors.breaches).toMatchObject([{ invariant: 'I3' }])
      expect(at.texts()).toContain('V-second lives at the venue beside V-a')
    })
  }

  test('I3 breaks for a second order after the first, too: a decision is executed once', () => {
    const at = new Rig().attach()
    const terms = at.open('a')
    at.report('canceled', terms)
    at.fact(terms, 'order.canceled', { reason: 'x', filledQuantity: '0' }, 'canceled')
    at.report('accepted', terms, { venueOrderId: SECOND })
    expect(at.broken('I3')).toEqual(['I3'])
    expect(at.texts()).toContain('V-second came after V-a')
  })

  test('I3 breaks for a second order beside one of before the restart', () => {
    const at = new Rig()
    const terms = proposal('a')
    at.company.set(terms, { state: 'reconciling', venueOrderId: venueOrderId('V-a') })
    at.attach()
    at.report('accepted', terms, { venueOrderId: SECOND })
    expect(at.broken('I3')).toEqual(['I3'])
  })

  test('I3 breaks for an order whose last fact is its submission, and which a restart takes for never sent', () => {
    const at = new Rig()
    const terms = proposal('a')
    const lastSeq = at.submitting(terms, at.verdict(terms))
    at.commit()
    at.company.set(terms, { state: 'submitting', lastSeq })
    at.attach()
    expect(at.monitors.breaches).toEqual([])
    const again = new Rig()
    again.company.set(terms, { lastSeq: again.submitting(terms, again.verdict(terms)) })
    again.commit()
    again.attach()
    expect(again.broken()).toEqual(['I3'])
  })

  test('I3 breaks for a submission beyond the retries that are allowed', () => {
    const at = new Rig().attach()
    const terms = proposal('a')
    for (const retries of [0, 3]) at.submitting(terms, at.verdict(terms), { retries })
    expect(at.broken()).toEqual([])
    at.submitting(terms, at.verdict(terms), { retries: 4 })
    expect(at.broken()).toEqual(['I3'])
  })

  test("I3 judges the venue's own record: two that live, and two one after the other; foreign ids are left out", () => {
    const { clientOrderId } = proposal('a')
    const orders = (lives: readonly boolean[], id: string = clientOrderId) =>
      lives.map((isLive, index) => ({ clientOrderId: id, venueOrderId: `V${index}`, isLive }))
    const judge = (given: ReturnType<typeof orders>) => {
      const at = new Rig().attach()
      at.monitors.judgeVenueOrders(given)
      return at.texts()
    }
    expect(judge(orders([true]))).toBe('')
    expect(judge(orders([true, true], 'by hand'))).toBe('')
    expect(judge(orders([true, false, true]))).toContain('2 orders live at the venue under')
    expect(judge(orders([false, false]))).toContain('has had more than one order')
  })
})
