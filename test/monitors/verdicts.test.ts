import { describe, expect, test } from 'bun:test'
import type { Decimal } from '#domain/decimal'
import { type ClientOrderId, instrumentId, venueOrderId } from '#domain/ids'
import type { Proposal } from '#domain/order'
import type { AmendRequest } from '#ports/venue'
import { approved, proposal, Rig } from './rig'

const rig = () => new Rig().attach()
const options = { deadlineAtMs: 0 }

describe('I1 (virtual clock, fake company): an order leaves on one passing verdict of its own', () => {
  test('I1 holds for a verdict, its submission and its bytes, and for a retry under a verdict of its own', () => {
    const at = rig()
    const terms = at.send(proposal('a'))
    at.fact(terms, 'order.retry', { reason: 'busy' }, 'pending')
    at.inner.answers.submit = () => Promise.resolve({ kind: 'refused', refusal: { code: 'x', reason: 'x', retry: 'never' } })
    at.submitting(terms, at.verdict(terms), { retries: 1 })
    at.commit()
    void at.venue.submit(approved(terms), options)
    expect([...at.broken('I1'), ...at.broken('I2')]).toEqual([])
    expect(at.monitors.checks).toMatchObject({ I1: 4, I2: 2 })
  })

  test('I1 breaks for a submission without a verdict, with that of another order, or with one that was used', () => {
    const at = rig()
    at.submitting(proposal('a'), null)
    at.submitting(proposal('b'), at.verdict(proposal('c')))
    const seq = at.verdict(proposal('d'))
    at.submitting(proposal('d'), seq)
    at.submitting(proposal('d'), seq)
    expect(at.broken('I1')).toEqual(['I1', 'I1', 'I1'])
    expect(at.texts()).toContain('follows from the verdict on')
  })

  test('I1 breaks for a submission of other figures than the verdict passed', () => {
    for (const over of [
      { quantity: '2' },
      { limitPrice: '101' },
      { side: 'sell' },
      { botId: 'beta' },
      { instrumentId: 'ETH-USD@kraken' },
    ]) {
      const at = rig()
      at.submitting(proposal('a'), at.verdict(proposal('a'), over))
      expect(at.broken()).toEqual(['I1'])
    }
  })

  test('I1 breaks for a second order of one decision: its id does not follow from it', () => {
    const at = rig()
    const terms = proposal('a', { clientOrderId: 'abc12300000000000000000000000000' as ClientOrderId })
    at.submitting(terms, at.verdict(terms))
    expect(at.broken()).toEqual(['I1'])
    expect(at.texts()).toContain('does not follow from its decision')
  })

  test('I1 breaks in the step in which an order is sent twice, or with other figures than were recorded', () => {
    const at = rig()
    const terms = at.send(proposal('a'))
    expect(at.monitors.breaches).toEqual([])
    void at.venue.submit(approved(terms), options)
    expect(at.monitors.breaches.map(({ invariant }) => invariant)).toEqual(['I1', 'I2'])
    const other = proposal('b')
    at.submitting(other, at.verdict(other))
    at.commit()
    void at.venue.submit(approved({ ...other, quantity: '9' as Decimal }), options)
    expect(at.monitors.breaches.at(-1)).toMatchObject({ invariant: 'I1', seq: at.journal.headSeq })
  })

  test('I1 breaks for bytes of other terms than were recorded, whichever', () => {
    for (const over of [
      { side: 'sell' },
      { instrumentId: 'ETH-USD@kraken' },
      { type: 'market' },
      { postOnly: true },
      { timeInForce: 'ioc' },
      { expiresAtMs: 1 },
      { reduceOnly: true },
      { limitPrice: '100.4' },
    ] as Partial<Proposal>[]) {
      const at = rig()
      const terms = proposal('a')
      at.submitting(terms, at.verdict(terms))
      at.commit()
      void at.venue.submit(approved({ ...terms, ...over }), options)
      expect(at.broken('I1')).toEqual(['I1'])
      expect(at.texts()).toContain(`left with another ${Object.keys(over)[0]} than entry 2 has`)
    }
  })

  test('I1 breaks for an amend of other terms than its order has, or that names another order', () => {
    const amend = (over: Partial<Proposal>, request: Partial<AmendRequest>) => {
      const at = rig()
      const terms = at.open('a')
      const amended = { ...terms, quantity: '0.5' as Decimal }
      const verdictSeq = at.verdict(amended)
      at.fact(terms, 'order.amend', { quantity: '0.5', limitPrice: '100', verdictSeq, deadlineAtMs: START_LATE }, 'amending')
      at.commit()
      const { clientOrderId, instrumentId } = terms
      const asked = { clientOrderId, venueOrderId: null, instrumentId, deadlineAtMs: 0, ...request }
      void at.venue.amend({ ...asked, approved: approved({ ...amended, ...over }) })
      return at.broken('I1')
    }
    expect(amend({}, {})).toEqual([])
    expect(amend({ side: 'sell' }, {})).toEqual(['I1'])
    expect(amend({ postOnly: true }, {})).toEqual(['I1'])
    expect(amend({}, { venueOrderId: venueOrderId('V-b') })).toEqual(['I1'])
    expect(amend({}, { instrumentId: instrumentId('ETH-USD@kraken') })).toEqual(['I1'])
  })

  test('I1 breaks for bytes of an order that had ended before', () => {
    const at = rig()
    const terms = proposal('a')
    at.submitting(terms, at.verdict(terms))
    at.fact(terms, 'order.lapsed', { reason: 'canceled before it was sent' }, 'canceled')
    at.commit()
    void at.venue.submit(approved(terms), options)
    expect(at.monitors.breaches.map(({ invariant }) => invariant)).toEqual(['I1', 'I2', 'I7'])
  })

  test('I1 holds an amend to a verdict of its own and to its figures', () => {
    const at = rig()
    const terms = at.open('a')
    const amended = { ...terms, quantity: '2' as Decimal }
    const amend = (quantity: string, verdictSeq: number) =>
      at.fact(terms, 'order.amend', { quantity, limitPrice: '100', verdictSeq, deadlineAtMs: START_LATE }, 'amending')
    amend('2', at.verdict(amended))
    at.commit()
    const request = { clientOrderId: terms.clientOrderId, venueOrderId: null, instrumentId: terms.instrumentId, deadlineAtMs: 0 }
    void at.venue.amend({ ...request, approved: approved(amended) })
    expect(at.monitors.breaches).toEqual([])
    void at.venue.amend({ ...request, approved: approved(amended) })
    amend('3', at.verdict(amended))
    amend('2', 1)
    at.commit()
    expect(at.broken('I1')).toHaveLength(3)
  })
})

const START_LATE = Date.UTC(2027, 0, 1)

describe('I2 (virtual clock, fake company): what leaves is durable', () => {
  test('I2 breaks for bytes that leave before the group with their entry is written', () => {
    const at = rig()
    const terms = proposal('a')
    at.submitting(terms, at.verdict(terms))
    void at.venue.submit(approved(terms), options)
    expect(at.broken()).toEqual(['I2'])
    expect(at.texts()).toContain('before entry 2 was durable')
  })

  test('I2 breaks for bytes that leave on a group that could not be written', () => {
    const at = rig()
    const terms = proposal('a')
    at.submitting(terms, at.verdict(terms))
    at.monitors.sweep()
    at.disk.failWith(new Error('disk full'))
    at.commit()
    void at.venue.submit(approved(terms), options)
    expect(at.broken()).toEqual(['I2'])
  })
})
