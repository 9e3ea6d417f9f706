import { describe, expect, test } from 'bun:test'
import type { Decimal } from '#domain/decimal'
import { subAccountOf } from '#domain/sub-account'
import { approved, BOT, BTC, figuresOf, proposal, Rig } from './rig'

const SCOPES = ['company', 'bot', 'venue', 'data'] as const

describe('I4 (virtual clock, fake company): nothing that adds risk leaves a scope that is held', () => {
  test('I4 holds while every scope is free', () => {
    const at = new Rig().attach()
    at.send(proposal('a'))
    expect(at.broken('I4')).toEqual([])
    expect(at.monitors.checks.I4).toBeGreaterThan(0)
  })

  for (const scope of SCOPES) {
    test(`I4 breaks in the step in which an order leaves while its ${scope} is held after its verdict`, () => {
      const at = new Rig().attach()
      const terms = proposal('a')
      at.submitting(terms, at.verdict(terms))
      at.commit()
      at.company.blocks[scope] = `the ${scope} is held`
      void at.venue.submit(approved(terms), { deadlineAtMs: 0 })
      expect(at.monitors.breaches).toEqual([
        { invariant: 'I4', text: `${terms.clientOrderId} adds risk and left although the ${scope} is held`, atMs: at.clock.now(), seq: 2 },
      ])
    })
  }

  test('I4 lets an order leave a held scope that only lowers the position of its bot, and no more of it than is held', () => {
    const at = new Rig()
    at.company.gate = [{ subAccount: subAccountOf(BOT), botId: BOT, strategyId: null, instrumentId: BTC, netQuantity: '2' as Decimal }]
    at.attach()
    at.company.blocks.company = 'the company is HALTED'
    const reducing = (quantity: string) => ({ side: 'sell', effect: 'reduce', quantity: quantity as Decimal }) as const
    at.send(proposal('a', reducing('1.5')))
    expect(at.monitors.breaches).toEqual([])
    // What the first leaves of the position is half a coin; the plan's word that it reduces is not taken for it.
    const second = proposal('b', reducing('1'))
    at.send(second, figuresOf(second, 200))
    expect(at.broken('I4')).toEqual(['I4'])
  })

  test('I4 breaks for a verdict that is acted on too late, or after the clock went back', () => {
    for (const stepMs of [1_001, -1]) {
      const at = new Rig().attach()
      const terms = proposal('a')
      at.submitting(terms, at.verdict(terms))
      at.commit()
      const now = at.clock.now()
      at.company.now = () => now + stepMs
      void at.venue.submit(approved(terms), { deadlineAtMs: 0 })
      expect(at.broken()).toEqual(['I4'])
    }
  })

  test('I4 breaks for an amend whose verdict is acted on too late, unless it lowers what the order can add', () => {
    const late = (quantity: string) => {
      const at = new Rig().attach()
      const terms = at.open('a')
      const amended = { ...terms, quantity: quantity as Decimal }
      const verdictSeq = at.verdict(amended, {}, figuresOf(amended, 0))
      at.fact(terms, 'order.amend', { quantity, limitPrice: '100', verdictSeq, deadlineAtMs: 0 }, 'amending')
      at.commit()
      at.run(1_001)
      const { clientOrderId, instrumentId } = terms
      void at.venue.amend({ clientOrderId, venueOrderId: null, instrumentId, deadlineAtMs: 0, approved: approved(amended) })
      return at.broken('I4')
    }
    expect(late('2')).toEqual(['I4'])
    expect(late('0.5')).toEqual([])
  })

  test('I4 holds an amend to the same, unless it lowers what the order can add', () => {
    const at = new Rig().attach()
    const terms = at.open('a')
    const amend = (quantity: string) => {
      const amended = { ...terms, quantity: quantity as Decimal }
      const verdictSeq = at.verdict(amended)
      at.fact(terms, 'order.amend', { quantity, limitPrice: '100', verdictSeq, deadlineAtMs: 0 }, 'amending')
      at.commit()
      const { clientOrderId, instrumentId } = terms
      void at.venue.amend({ clientOrderId, venueOrderId: null, instrumentId, deadlineAtMs: 0, approved: approved(amended) })
    }
    at.company.blocks.bot = 'alpha is PAUSED'
    amend('0.5')
    expect(at.monitors.breaches).toEqual([])
    at.fact(terms, 'order.amended', { quantity: null, limitPrice: null }, 'open')
    amend('0.8')
    expect(at.monitors.breaches.map(({ invariant }) => invariant)).toEqual(['I4'])
  })
})
