import { describe, expect, test } from 'bun:test'
import { InvariantError } from '#domain/errors'
import { strategyId, venueOrderId } from '#domain/ids'
import type { Proposal } from '#domain/order'
import { ExposureBook } from '#risk/exposure'
import { RiskGate } from '#risk/gate'
import { heldExposureOf } from '#risk/held'
import { DEFAULT_RISK_LIMITS, type GateView, type KnownOrder } from '#risk/types'
import { ACCOUNT, BOT, BTC, codeOf, d, ETH, figureOf, KRAKEN, proposalOf, STRATEGY, viewOf } from './fixtures'

const shorts = { capabilities: { shorts: true, margin: true } }

function reserved(proposal: Partial<Proposal> = {}, view: Partial<GateView> = {}, gate = new RiskGate(DEFAULT_RISK_LIMITS)) {
  const order = proposalOf(proposal)
  const verdict = gate.judge(order, viewOf(view))
  if (verdict.kind !== 'pass') throw new Error(verdict.code)
  return { gate, book: gate.book, order, key: order.clientOrderId }
}

describe('exposure book', () => {
  test('RSK-03 holds whose order it is, on what, and what it can still cost', () => {
    const { book, order, key } = reserved()
    expect(book.get(key)).toMatchObject({
      key,
      accountId: ACCOUNT,
      venueId: BTC.venueId,
      instrumentId: BTC.instrumentId,
      baseAsset: BTC.baseAsset,
      quoteAsset: BTC.quoteAsset,
      botId: BOT,
      strategyId: STRATEGY,
      side: 'buy',
      leavesQuantity: order.quantity,
      addingQuantity: order.quantity,
      notional: d('100.4'),
      cash: d('100.4'),
      limitPrice: d('50000'),
    })
    expect(book.cashOfAccount(ACCOUNT, BTC.quoteAsset)).toBe(d('100.4'))
    expect(book.cashOfBot(BOT, ACCOUNT, BTC.quoteAsset)).toBe(d('100.4'))
  })

  test('RSK-03 shrinks with each fill and ends with the order; what is unknown changes nothing', () => {
    const { book, key } = reserved()
    book.fill(key, d('0.0005'))
    expect(book.get(key)).toMatchObject({ leavesQuantity: d('0.0015'), notional: d('75.3'), cash: d('75.3') })
    expect(book.filledOf(key)).toBe(d('0.0005'))
    book.fill(key, d('0.0015'))
    expect(book.total()).toBe(d('0'))
    expect(book.get(key)?.leavesQuantity).toBe(d('0'))
    book.release(key)
    book.release(key)
    book.fill(key, d('1'))
    book.settle(key, 'accepted')
    expect(book.get(key)).toBeNull()
    expect(book.filledOf(key)).toBe(d('0'))
    expect(book.leavesOf(BOT, BTC.instrumentId, 'buy')).toBe(d('0'))
  })

  test('RSK-03 never goes below zero when a venue fills more than was asked', () => {
    const { book, key } = reserved()
    book.fill(key, d('0.003'))
    expect(book.get(key)).toMatchObject({ leavesQuantity: d('0'), notional: d('0'), cash: d('0') })
    expect(book.total()).toBe(d('0'))
  })

  test('RSK-03 reserves no exposure for what reduces, and counts its base as sold', () => {
    const { book, key } = reserved({ side: 'sell', effect: 'reduce' }, { positionOfBot: d('1') })
    expect(book.get(key)).toMatchObject({ addingQuantity: d('0'), notional: d('0'), cash: d('0') })
    expect(book.sellsOfAccount(ACCOUNT, BTC.baseAsset)).toBe(d('0.002'))
    expect(book.leavesOf(BOT, BTC.instrumentId, 'sell')).toBe(d('0.002'))
  })

  test('I6 turns what others counted on reducing into adding when a fill took the position first', () => {
    const view: Partial<GateView> = { ...shorts, positionOfBot: d('0.002') }
    const { gate, book, key: first } = reserved({ side: 'sell', effect: 'close' }, view)
    const { key: second } = reserved({ side: 'sell', effect: 'open' }, view, gate)
    expect(book.total()).toBe(d('100.4'))
    book.fill(second, d('0.002')) // the position is flat now; the first order would open a short
    expect(book.get(first)).toMatchObject({ addingQuantity: d('0.002'), notional: d('100.4') })
    expect(book.total()).toBe(d('100.4'))
  })
})

describe('restored and foreign orders', () => {
  const known: KnownOrder = {
    key: proposalOf().clientOrderId,
    accountId: ACCOUNT,
    botId: BOT,
    strategyId: STRATEGY,
    side: 'buy',
    quantity: d('0.002'),
    filledQuantity: d('0.0005'),
    limitPrice: d('50000'),
    amend: null,
    referencePrice: d('50000'),
    postOnly: false,
    stopPrice: null,
  }

  test('I6 RSK-03 holds the larger of both terms of a restored order whose amend has no answer, until it is settled', () => {
    const amend = { quantity: d('0.003'), limitPrice: d('49000') }
    for (const [outcome, leaves, limitPrice] of [
      ['accepted', d('0.0025'), d('49000')],
      ['refused', d('0.0015'), d('50000')],
    ] as const) {
      const book = new ExposureBook()
      book.restore({ ...known, amend }, BTC, d('1'), d('0'))
      expect(book.get(known.key)).toMatchObject({ leavesQuantity: d('0.0025'), limitPrice: d('50000') })
      expect(book.total()).toBe(d('122.99')) // 0.0025 at 49,000 with its fee; the old terms cost less
      book.settle(known.key, outcome)
      expect(book.get(known.key)).toMatchObject({ leavesQuantity: leaves, limitPrice })
    }
  })

  test('I6 turns what a strange order counted on reducing into adding when a fill without reservation took the position first', () => {
    const book = new ExposureBook()
    const foreign = { ...known, botId: null, strategyId: null, filledQuantity: d('0') }
    book.restore(foreign, BTC, d('1'), d('-0.003')) // 0.002 of a short of 0.003
    expect(book.total()).toBe(d('0'))
    book.fillUnreserved(BOT, BTC.instrumentId, 'buy', d('0.002')) // another's position
    book.fillUnreserved(null, BTC.instrumentId, 'sell', d('0.002')) // the other way: the short grew
    expect(book.total()).toBe(d('0'))
    book.fillUnreserved(null, BTC.instrumentId, 'buy', d('0.0015'))
    expect(book.get(known.key)).toMatchObject({ leavesQuantity: d('0.002'), addingQuantity: d('0.0015'), notional: d('75.3') })
    book.fillUnreserved(null, BTC.instrumentId, 'buy', d('0.0015'))
    expect(book.get(known.key)).toMatchObject({ leavesQuantity: d('0.002'), addingQuantity: d('0.002'), notional: d('100.4') })
  })

  test('RSK-03 counts a restored order by what is left of it, once', () => {
    const book = new ExposureBook()
    book.restore(known, BTC, d('1'), d('0'))
    book.restore(known, BTC, d('1'), d('0'))
    expect(book.all()).toHaveLength(1)
    expect(book.total()).toBe(d('75.3'))
    expect(book.filledOf(known.key)).toBe(d('0.0005'))
  })

  test('RSK-03 keeps no row for an order that is filled', () => {
    const book = new ExposureBook()
    book.restore({ ...known, filledQuantity: d('0.002') }, BTC, d('1'), d('0'))
    expect(book.all()).toEqual([])
  })

  test('RSK-03 splits a restored sell by the position, in the order of restoring', () => {
    const book = new ExposureBook()
    const sell = { ...known, side: 'sell', filledQuantity: d('0') } as const
    const other = proposalOf().clientOrderId
    book.restore(sell, BTC, d('1'), d('0.003'))
    book.restore({ ...sell, key: other }, BTC, d('1'), d('0.003'))
    expect(book.get(known.key)?.addingQuantity).toBe(d('0'))
    expect(book.get(other)?.addingQuantity).toBe(d('0.001'))
  })

  test('RSK-03 counts a foreign order in exposure and cash of the account, under its venue id', () => {
    const gate = new RiskGate(DEFAULT_RISK_LIMITS)
    const key = venueOrderId('OABCDE-12345-FGHIJK')
    gate.book.restore({ ...known, key, botId: null, strategyId: null, filledQuantity: d('0'), quantity: d('0.009') }, BTC, d('1'), d('0'))
    expect(gate.book.total()).toBe(d('451.8'))
    const verdict = gate.judge(
      proposalOf(),
      viewOf({ balances: { quoteOfAccount: d('460'), quoteOfBot: d('500'), baseOfAccount: d('0') } }),
    )
    expect(codeOf(verdict)).toBe('insufficient_balance')
    expect(figureOf(verdict, 'position_max').current).toBe('451.8')
    expect(figureOf(verdict, 'strategy_max').current).toBe('0')
    gate.book.release(key)
    expect(gate.book.total()).toBe(d('0'))
  })
})

describe('amends', () => {
  test('RSK-03 holds the larger of old and new until answered, and then what was answered', () => {
    for (const [outcome, total] of [
      ['accepted', '150.6'],
      ['refused', '100.4'],
    ] as const) {
      const { gate, book, order, key } = reserved()
      const verdict = gate.reserveAmend({ ...order, quantity: d('0.003') }, viewOf())
      expect(codeOf(verdict)).toBe('pass')
      expect(book.total()).toBe(d('150.6'))
      gate.settleAmend(key, outcome)
      expect(book.total()).toBe(d(total))
      gate.settleAmend(key, outcome)
      expect(book.total()).toBe(d(total))
    }
  })

  test('RSK-03 keeps the old reservation while an amend that shrinks the order is unanswered', () => {
    const { gate, book, order, key } = reserved()
    gate.reserveAmend({ ...order, quantity: d('0.001'), limitPrice: d('49000'), referencePrice: d('49000') }, viewOf())
    expect(book.get(key)).toMatchObject({ leavesQuantity: d('0.002'), notional: d('100.4'), limitPrice: d('50000') })
    gate.settleAmend(key, 'accepted')
    expect(book.get(key)).toMatchObject({ leavesQuantity: d('0.001'), notional: d('49.196'), limitPrice: d('49000') })
  })

  test('RSK-03 takes what is filled off both terms', () => {
    const { gate, book, order, key } = reserved()
    book.fill(key, d('0.0005'))
    gate.reserveAmend({ ...order, quantity: d('0.003') }, viewOf())
    expect(book.get(key)?.leavesQuantity).toBe(d('0.0025'))
    book.fill(key, d('0.001'))
    expect(book.get(key)?.leavesQuantity).toBe(d('0.0015'))
    gate.settleAmend(key, 'refused')
    expect(book.get(key)?.leavesQuantity).toBe(d('0.0005'))
  })

  test('RSK-01 judges an amend with its own share left out, and blocks one that does not fit whole', () => {
    const { gate, book, order } = reserved({ quantity: d('0.008') })
    const fits = gate.reserveAmend({ ...order, quantity: d('0.0099') }, viewOf())
    expect(codeOf(fits)).toBe('pass')
    expect(figureOf(fits, 'position_max')).toMatchObject({ current: '0', proposed: '496.98' })
    gate.settleAmend(order.clientOrderId, 'refused')
    const tooLarge = gate.reserveAmend({ ...order, quantity: d('0.0105') }, viewOf())
    expect(codeOf(tooLarge)).toBe('position_max')
    expect(book.total()).toBe(d('401.6'))
  })

  test('RSK-02 passes an amend that lowers what the order can cost, whatever the caps and pauses say', () => {
    const { gate, order } = reserved({ quantity: d('0.008') })
    const view = viewOf({ equity: d('100'), scope: { ...viewOf().scope, company: 'paused' } })
    expect(codeOf(gate.reserveAmend({ ...order, quantity: d('0.006') }, view))).toBe('pass')
    gate.settleAmend(order.clientOrderId, 'refused')
    expect(codeOf(gate.reserveAmend({ ...order, quantity: d('0.009') }, view))).toBe('company_state')
  })

  test('RSK-02 counts what is filled toward the largest order', () => {
    const { gate, book, order, key } = reserved({ quantity: d('0.03') }, { equity: d('1000000') })
    book.fill(key, d('0.02'))
    const verdict = gate.reserveAmend({ ...order, quantity: d('0.045') }, viewOf({ equity: d('1000000') }))
    expect(codeOf(verdict)).toBe('order_notional_max')
    expect(figureOf(verdict, 'order_notional_max')).toMatchObject({ current: '1004', proposed: '2259' })
  })

  test('PAIN-09 blocks an amend to what is filled already', () => {
    const { gate, book, order, key } = reserved()
    book.fill(key, d('0.001'))
    expect(codeOf(gate.reserveAmend({ ...order, quantity: d('0.001') }, viewOf()))).toBe('instrument_rules')
  })

  test('RSK-01 crashes on an amend of an order it does not know, or of one whose last amend is unanswered', () => {
    const { gate, order } = reserved()
    expect(() => gate.reserveAmend(proposalOf(), viewOf())).toThrow(InvariantError)
    gate.reserveAmend({ ...order, quantity: d('0.003') }, viewOf())
    expect(() => gate.reserveAmend({ ...order, quantity: d('0.004') }, viewOf())).toThrow(InvariantError)
    expect(() => gate.book.hold(proposalOf().clientOrderId, {} as never)).toThrow(InvariantError)
  })

  test('RSK-01 lets the price that is easier to meet count while an amend is unanswered', () => {
    const sale = { side: 'sell', effect: 'reduce', limitPrice: d('50100') } as const
    const view = viewOf({ positionOfBot: d('1') })
    const { gate, order } = reserved(sale, { positionOfBot: d('1') })
    gate.reserveAmend({ ...order, limitPrice: d('50050'), referencePrice: d('50050') }, view)
    expect(codeOf(gate.judge(proposalOf({ limitPrice: d('50060') }), view))).toBe('own_order_match')
    gate.settleAmend(order.clientOrderId, 'refused')
    expect(codeOf(gate.judge(proposalOf({ limitPrice: d('50060') }), view))).toBe('pass')
    const market = reserved({ limitPrice: null, timeInForce: 'ioc' })
    market.gate.reserveAmend({ ...market.order, quantity: d('0.003') }, viewOf())
    expect(market.book.get(market.key)?.limitPrice).toBeNull()
  })
})

describe('held exposure', () => {
  test('RSK-02 sums positions by scope', () => {
    const rest = { venueId: KRAKEN, windowId: null, botId: BOT, netQuantity: d('1') }
    const positions = [
      { instrumentId: BTC.instrumentId, baseAsset: BTC.baseAsset, strategyId: STRATEGY, notional: d('100'), ...rest },
      { instrumentId: BTC.instrumentId, baseAsset: BTC.baseAsset, strategyId: null, notional: d('20'), ...rest },
      { instrumentId: ETH.instrumentId, baseAsset: ETH.baseAsset, strategyId: STRATEGY, notional: d('3'), ...rest },
      { instrumentId: ETH.instrumentId, baseAsset: BTC.baseAsset, strategyId: strategyId('grid'), notional: d('0.4'), ...rest },
    ]
    expect(heldExposureOf(positions, BTC, STRATEGY)).toEqual({
      total: d('123.4'),
      instrument: d('120'),
      asset: d('120.4'),
      strategy: d('103'),
    })
  })
})
