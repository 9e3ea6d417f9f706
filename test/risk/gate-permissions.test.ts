import { describe, expect, test } from 'bun:test'
import type { Proposal } from '#domain/order'
import { RiskGate } from '#risk/gate'
import { DEFAULT_RISK_LIMITS, type GateView, type RiskLimits } from '#risk/types'
import { BOT, BTC, codeOf, d, figureOf, instrumentOf, OTHER_BOT, proposalOf, viewOf } from './fixtures'

const sale: Partial<Proposal> = { side: 'sell', effect: 'reduce', limitPrice: d('50000') }
const holding = (quantity: string): Partial<GateView> => ({ positionOfBot: d(quantity), openInstruments: new Set([BTC.instrumentId]) })
const gateWith = (limits: Partial<RiskLimits> = {}) => new RiskGate({ ...DEFAULT_RISK_LIMITS, ...limits })
const judge = (proposal: Partial<Proposal>, view: Partial<GateView>, limits: Partial<RiskLimits> = {}) =>
  gateWith(limits).judge(proposalOf(proposal), viewOf(view))

describe('gate: shorts and margin', () => {
  test('RSK-05 REQ-R1 blocks a sell beyond what the bot holds, and a sell of nothing', () => {
    expect(codeOf(judge({ ...sale, quantity: d('0.002') }, holding('0.002')))).toBe('pass')
    const beyond = judge({ ...sale, quantity: d('0.002') }, holding('0.0015'))
    expect(codeOf(beyond)).toBe('shorting_disallowed')
    expect(figureOf(beyond, 'shorting_disallowed')).toMatchObject({ current: '0.0015', proposed: '-0.0005', limit: '0' })
    expect(codeOf(judge(sale, {}))).toBe('shorting_disallowed')
    expect(codeOf(judge(sale, holding('-1')))).toBe('shorting_disallowed')
  })

  test('RSK-05 counts what the bot sells already, so that a holding is sold once', () => {
    const gate = gateWith()
    const view = viewOf(holding('0.003'))
    expect(codeOf(gate.judge(proposalOf(sale), view))).toBe('pass')
    const second = gate.judge(proposalOf(sale), view)
    expect(codeOf(second)).toBe('shorting_disallowed')
    expect(figureOf(second, 'shorting_disallowed').current).toBe('0.001')
    const others = gate.judge(proposalOf({ ...sale, botId: OTHER_BOT }), view)
    expect(codeOf(others)).toBe('pass')
  })

  test('RSK-05 passes a short where venue, region and policy allow it, counted as exposure', () => {
    const gate = gateWith()
    expect(codeOf(gate.judge(proposalOf(sale), viewOf({ capabilities: { shorts: true, margin: true } })))).toBe('pass')
    expect(gate.book.total()).toBe(d('100.4'))
  })

  test('VEN-05 blocks a short that would borrow where the region bars margin', () => {
    const capabilities = { shorts: true, margin: false }
    const verdict = judge(sale, { capabilities })
    expect(codeOf(verdict)).toBe('margin_disallowed')
    expect(figureOf(verdict, 'margin_disallowed').proposed).toBe('0.002')
    expect(codeOf(judge(sale, { capabilities, instrument: { ...BTC, marginable: false } }))).toBe('pass')
    expect(codeOf(judge(sale, { capabilities, ...holding('1') }))).toBe('pass')
    expect(codeOf(judge({}, { capabilities, ...holding('-1') }))).toBe('pass')
  })

  test('RSK-05 treats a buy that covers a short as reducing', () => {
    const verdict = judge({ effect: 'reduce' }, { ...holding('-1'), equity: d('0') })
    expect(codeOf(verdict)).toBe('pass')
  })
})

describe('gate: own orders', () => {
  const buyAt = (price: string) => proposalOf({ limitPrice: d(price), botId: OTHER_BOT })
  const sellAt = (price: string) => proposalOf({ ...sale, limitPrice: d(price), referencePrice: d(price) })

  test('RSK-01 blocks an order that would meet one of our own, on either side, whichever bot placed it', () => {
    const gate = gateWith()
    const view = viewOf(holding('1'))
    const resting = sellAt('50010')
    gate.judge(resting, view)
    const meets = gate.judge(buyAt('50010'), view)
    expect(codeOf(meets)).toBe('own_order_match')
    expect(figureOf(meets, 'own_order_match')).toMatchObject({ proposed: '50010', limit: '50010' })
    expect(codeOf(gate.judge(buyAt('50009.9'), view))).toBe('pass')
    expect(codeOf(gate.judge(sellAt('50009.9'), view))).toBe('own_order_match')
    expect(codeOf(gate.judge(sellAt('50011'), view))).toBe('pass')
    gate.book.release(resting.clientOrderId)
    expect(codeOf(gate.judge(buyAt('50010'), view))).toBe('pass')
  })

  test('RSK-01 reckons a market order to reach as far as its buffer, and to be met by everything while it works', () => {
    const gate = gateWith()
    const view = viewOf(holding('1'))
    gate.judge(sellAt('50200'), view)
    const market = { limitPrice: null, timeInForce: 'ioc' } as const
    expect(codeOf(gate.judge(proposalOf(market), view))).toBe('own_order_match') // 50,001 and 50 bps reach 50,251
    const far = gateWith()
    far.judge(sellAt('50300'), view)
    expect(codeOf(far.judge(proposalOf(market), view))).toBe('pass')
    expect(codeOf(far.judge(sellAt('60000'), view))).toBe('own_order_match')
    const sells = gateWith()
    sells.judge(proposalOf({ limitPrice: d('49800'), botId: OTHER_BOT }), view)
    expect(codeOf(sells.judge(proposalOf({ ...sale, ...market, referencePrice: d('49999') }), view))).toBe('own_order_match')
  })
})

describe('gate: what closes a position goes before our own orders', () => {
  const buyAt = (price: string) => proposalOf({ limitPrice: d(price), botId: OTHER_BOT })
  const exit = () => proposalOf({ ...sale, limitPrice: d('49900'), referencePrice: d('49900') })

  test('EXE-13 an order in doubt is passed over by whoever does not wait for it, and by nobody else', () => {
    const gate = gateWith()
    const resting = buyAt('49950')
    gate.judge(resting, viewOf())
    expect(codeOf(gate.judge(exit(), viewOf(holding('1'))))).toBe('own_order_match')
    const passedOver = new Set([resting.clientOrderId])
    const first = exit()
    expect(codeOf(gate.judge(first, viewOf({ ...holding('1'), passedOver })))).toBe('pass')
    gate.book.release(first.clientOrderId)
    gate.judge(buyAt('49960'), viewOf())
    expect(codeOf(gate.judge(exit(), viewOf({ ...holding('1'), passedOver })))).toBe('own_order_match')
  })

  test('EXE-13 nothing of ours goes where a closing order waits for its way', () => {
    const verdict = gateWith().judge(buyAt('49000'), viewOf({ wayOf: BOT }))
    expect(codeOf(verdict)).toBe('own_order_match')
    expect(figureOf(verdict, 'own_order_match').message).toContain(`${BOT} closes its position and waits`)
    expect(codeOf(gateWith().judge(buyAt('49000'), viewOf({ wayOf: null })))).toBe('pass')
  })
})

describe('gate: balance', () => {
  test('EXE-05 blocks a buy that its fee makes too dear, for the tighter of account and sub-account', () => {
    const balances = (quoteOfAccount: string, quoteOfBot: string) => ({
      balances: { quoteOfAccount: d(quoteOfAccount), quoteOfBot: d(quoteOfBot), baseOfAccount: d('0') },
    })
    expect(codeOf(judge({}, balances('100.4', '100.4')))).toBe('pass')
    const bot = judge({}, balances('1000', '100.39'))
    expect(codeOf(bot)).toBe('insufficient_balance')
    expect(figureOf(bot, 'insufficient_balance')).toMatchObject({ current: '0', proposed: '100.4', limit: '100.39' })
    expect(figureOf(bot, 'insufficient_balance').message).toContain('sub-account')
    expect(codeOf(judge({}, balances('100.39', '1000')))).toBe('insufficient_balance')
  })

  test('EXE-05 takes off what other working buys reserve', () => {
    const gate = gateWith()
    const view = viewOf({ balances: { quoteOfAccount: d('150'), quoteOfBot: d('1000'), baseOfAccount: d('0') } })
    expect(codeOf(gate.judge(proposalOf(), view))).toBe('pass')
    const second = gate.judge(proposalOf({ botId: OTHER_BOT }), view)
    expect(codeOf(second)).toBe('insufficient_balance')
    expect(figureOf(second, 'insufficient_balance')).toMatchObject({ current: '100.4', proposed: '200.8', limit: '150' })
  })

  test('EXE-05 blocks a sell of more base than the account has, other sells taken off', () => {
    const gate = gateWith()
    const view = viewOf({ ...holding('1'), balances: { quoteOfAccount: d('0'), quoteOfBot: d('0'), baseOfAccount: d('0.003') } })
    expect(codeOf(gate.judge(proposalOf(sale), view))).toBe('pass')
    const second = gate.judge(proposalOf({ ...sale, botId: OTHER_BOT }), view)
    expect(figureOf(second, 'insufficient_balance')).toMatchObject({
      outcome: 'block',
      current: '0.002',
      proposed: '0.004',
      limit: '0.003',
    })
  })
})

describe('gate: instrument rules and least order', () => {
  const coarse = instrumentOf('BTC', { tickSize: '0.5', lotSize: '0.001', quantityMin: '0.002', notionalMin: '50' })
  const rule = (proposal: Partial<Proposal>, view: Partial<GateView> = {}) => {
    const verdict = judge(proposal, { instrument: coarse, ...view })
    return [codeOf(verdict), figureOf(verdict, 'instrument_rules').message]
  }

  test('PAIN-09 blocks what is off the lot or the tick or below the least quantity', () => {
    expect(rule({})).toEqual(['pass', null])
    expect(rule({ quantity: d('0.0025') })[1]).toContain('no multiple of the lot')
    expect(rule({ limitPrice: d('50000.3') })[1]).toContain('no multiple of the tick')
    expect(rule({ quantity: d('0.001') })[1]).toContain('below the least, 0.002')
    expect(rule({ quantity: d('0') })[1]).toContain('not positive')
    expect(rule({ quantity: d('-0.002') })[1]).toContain('not positive')
  })

  test('PAIN-09 blocks contradictory orders', () => {
    expect(rule({ type: 'limit', limitPrice: null })[1]).toContain('needs a positive limit price')
    expect(rule({ limitPrice: d('0') })[1]).toContain('needs a positive limit price')
    expect(rule({ type: 'market' })[1]).toContain('A market order has no limit price')
    expect(rule({ type: 'market', limitPrice: null, postOnly: true })[1]).toContain('cannot be post-only')
  })

  test('EXE-05 REQ-X3 asks of what opens the least notional after fees, of what closes only the venue rule', () => {
    const at = { limitPrice: d('25000'), referencePrice: d('25000'), quantity: d('0.002') }
    const [code, message] = rule(at)
    expect(code).toBe('instrument_rules')
    expect(message).toContain("49.8, below the venue's least notional of 50")
    const lower = { ...holding('1'), quote: { bidPrice: d('24999.5'), askPrice: d('25000.5'), receivedAtMs: viewOf().nowMs } }
    expect(rule({ ...at, side: 'sell', effect: 'close' }, lower)).toEqual(['pass', null])
  })

  test('EXE-01 blocks an order under 20 after fees unless it closes', () => {
    const least = judge({ quantity: d('0.0004') }, {})
    expect(codeOf(least)).toBe('order_notional_min')
    expect(figureOf(least, 'order_notional_min')).toMatchObject({ proposed: '19.92', limit: '20' })
    expect(codeOf(judge({ quantity: d('0.00041') }, {}))).toBe('pass')
    expect(codeOf(judge({ ...sale, quantity: d('0.0002') }, holding('1')))).toBe('order_notional_min')
    expect(codeOf(judge({ ...sale, quantity: d('0.0002'), effect: 'close' }, holding('0.0002')))).toBe('pass')
    expect(codeOf(judge({ quantity: d('0.0002'), effect: 'close' }, {}))).toBe('order_notional_min')
  })

  test('EXE-01 values a market order at the lower of its reference and the mid', () => {
    const verdict = judge({ limitPrice: null, timeInForce: 'ioc', quantity: d('0.0004') }, {})
    expect(figureOf(verdict, 'order_notional_min').proposed).toBe('19.92')
  })
})
