import { describe, expect, test } from 'bun:test'
import type { Decimal } from '#domain/decimal'
import { venueOrderId } from '#domain/ids'
import { fillOf, proposal, Rig, shownAs } from './rig'

describe('I5 (virtual clock, fake company): what the venue shows as executed is in the books', () => {
  test('I5 breaks for an execution that was told and is not booked within a minute', () => {
    const at = new Rig().attach()
    at.heard.onFill(fillOf(proposal('a'), 'T1'))
    at.run(60_000)
    expect(at.broken('I5')).toEqual([])
    at.run(1_000)
    expect(at.broken('I5')).toEqual(['I5'])
    expect(at.texts()).toContain('execution T1 of V-a was told and is not in the books')
  })

  test('I5 holds once it is booked, from a list or a look-up too', () => {
    const at = new Rig().attach()
    const terms = proposal('a')
    at.inner.answers.fills = () => Promise.resolve([fillOf(terms, 'T1')])
    void at.venue.fills(0)
    at.commit()
    at.lookUp(terms, { kind: 'found', order: shownAs(terms, 'filled'), fills: [fillOf(terms, 'T2')] })
    at.company.booked.add('T1').add('T2')
    at.run(120_000)
    expect(at.broken('I5')).toEqual([])
  })

  test('I5 breaks for one execution that is told in two ways, fees and costs apart', () => {
    const at = new Rig().attach()
    at.company.booked.add('T1')
    const fill = fillOf(proposal('a'), 'T1')
    at.heard.onFill(fill)
    at.heard.onFill({ ...fill, cost: '100.00001' as Decimal, feeQuantity: '0.1001' as Decimal })
    expect(at.broken('I5')).toEqual([])
    at.heard.onFill({ ...fill, quantity: '2' as Decimal })
    expect(at.broken('I5')).toEqual(['I5'])
  })
})

describe('I6 (virtual clock, fake company): an open order of the account counts, whoever placed it', () => {
  const listed = () => {
    const at = new Rig().attach()
    const terms = proposal('hand')
    at.inner.answers.openOrders = () => Promise.resolve([shownAs(terms, 'open', { clientOrderId: null })])
    void at.venue.openOrders()
    at.commit()
    return { at, terms }
  }

  test('I6 breaks for one that the venue lists and the company does not know', () => {
    const { at } = listed()
    at.company.blocks.venue = 'kraken is SYNCING'
    at.run(121_000)
    expect(at.broken('I6')).toEqual([])
    at.company.blocks.venue = null
    expect(at.broken('I6')).toEqual(['I6'])
    expect(at.texts()).toContain('V-hand is open at kraken, and nothing counts what it may still do')
  })

  test('I6 holds when it is adopted, ends, or is gone from the next list', () => {
    for (const settle of [
      ({ at, terms }: ReturnType<typeof listed>) =>
        at.company.set(terms, { state: 'filled', isForeign: true, venueOrderId: venueOrderId('V-hand') }),
      ({ at, terms }: ReturnType<typeof listed>) => at.report('canceled', terms, { clientOrderId: null }),
      ({ at }: ReturnType<typeof listed>) => {
        at.inner.answers.openOrders = () => Promise.resolve([])
        void at.venue.openOrders()
        at.commit()
      },
    ]) {
      const world = listed()
      settle(world)
      world.at.run(121_000)
      expect(world.at.broken('I6')).toEqual([])
    }
  })

  test('I6 knows our own by its client id', () => {
    const at = new Rig().attach()
    const terms = proposal('a')
    at.company.set(terms, { state: 'submitting' })
    at.inner.answers.openOrders = () => Promise.resolve([shownAs(terms, 'open')])
    void at.venue.openOrders()
    at.commit()
    at.company.set(terms, { state: 'filled' })
    at.run(121_000)
    expect(at.broken('I6')).toEqual([])
  })
})
