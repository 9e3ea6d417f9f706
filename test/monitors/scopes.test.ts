import { describe, expect, test } from 'bun:test'
import type { Decimal } from '#domain/decimal'
import type { BookView } from '#domain/market'
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

  test('I4 breaks for an order that leaves on data which its venue took back, or on none since the stream is there, whatever the company says', () => {
    const objection = (happen: (at: Rig) => void) => {
      const at = new Rig().attach()
      const terms = proposal('a')
      at.submitting(terms, at.verdict(terms))
      at.commit()
      happen(at)
      void at.venue.submit(approved(terms), { deadlineAtMs: 0 })
      return at.texts().replace(terms.clientOrderId, 'it')
    }
    const book = { bids: [], asks: [] } as unknown as BookView
    const lost = { stream: 'public', state: 'down', reason: 'cut' } as const
    expect(objection(() => undefined)).toBe('')
    expect(objection((at) => at.heard.onBook(BTC, null))).toBe(`I4 it adds risk and left although the book of ${BTC} is withdrawn`)
    expect(
      objection((at) => {
        at.heard.onBook(BTC, null)
        at.heard.onBook(BTC, book)
      }),
    ).toBe('')
    expect(objection((at) => at.heard.onStream(lost))).toBe(
      `I4 it adds risk and left although no quote of ${BTC} has come since its stream is there`,
    )
    expect(
      objection((at) => {
        at.heard.onStream(lost)
        at.quote()
      }),
    ).toBe('')
    expect(objection((at) => at.heard.onStream({ ...lost, stream: 'private' }))).toBe('')
  })

  test('I4 breaks for an order that leaves when nothing has come from its venue for longer than a quote and a verdict may last', () => {
    for (const [silentMs, heard, broken] of [
      [5_999, null, []],
      [6_001, null, ['I4']],
      [6_001, 'public', []],
      [6_001, 'private', ['I4']],
    ] as const) {
      const at = new Rig().attach()
      const terms = proposal('a')
      at.quote()
      at.run(silentMs)
      if (heard !== null) at.heard.onAlive(heard)
      const verdictSeq = at.verdict(terms)
      at.company.set(terms, { state: 'pending' })
      at.append(
        'order.submitting',
        { proposal: { ...terms }, deadlineAtMs: 0, retries: 0 },
        { correlationId: terms.clientOrderId, causationSeq: verdictSeq },
      )
      at.commit()
      void at.venue.submit(approved(terms), { deadlineAtMs: 0 })
      expect(at.broken('I4')).toEqual([...broken])
    }
  })

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
