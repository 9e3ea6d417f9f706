import { describe, expect, test } from 'bun:test'
import { botId, strategyId } from '#domain/ids'
import type { Proposal } from '#domain/order'
import { RiskGate } from '#risk/gate'
import { DEFAULT_RISK_LIMITS, type GateView, type RiskLimits } from '#risk/types'
import { BTC, codeOf, d, ETH, figureOf, instrumentOf, proposalOf, quoteOf, viewOf } from './fixtures'

// At 50,000 with a fee of 40 bps one BTC costs 50,200 at worst: 0.002 costs 100.4, 0.0199203 costs 999.99906.
const rich: Partial<GateView> = { equity: d('1000000') }

function gateWith(limits: Partial<RiskLimits> = {}) {
  return new RiskGate({ ...DEFAULT_RISK_LIMITS, ...limits })
}
function judge(proposal: Partial<Proposal>, view: Partial<GateView>, limits: Partial<RiskLimits> = {}) {
  return gateWith(limits).judge(proposalOf(proposal), viewOf(view))
}
const held = (figures: Partial<GateView['held']>) => ({
  held: { total: d('0'), instrument: d('0'), asset: d('0'), strategy: d('0'), ...figures },
})
const block = { capAction: 'block' } as const

describe('gate: caps', () => {
  const cases: readonly [string, Partial<Proposal>, Partial<GateView>, Partial<RiskLimits>, string, string, string][] = [
    // check, proposal, view, limits, current, proposed, limit
    ['order_notional_max', { quantity: d('0.04') }, rich, {}, '0', '2008', '2000'],
    ['total_at_risk', {}, held({ total: d('1400') }), {}, '1400', '1500.4', '1500'],
    ['position_max', {}, held({ instrument: d('400') }), {}, '400', '500.4', '500'],
    ['asset_max', {}, held({ asset: d('400') }), {}, '400', '500.4', '500'],
    ['strategy_max', {}, held({ strategy: d('3900') }), {}, '3900', '4000.4', '4000'],
    ['market_concentration', {}, { ...rich, ...held({ instrument: d('2900') }) }, {}, '2900', '3000.4', '3000'],
    ['total_exposure_max', {}, { ...rich, ...held({ total: d('9900') }) }, {}, '9900', '10000.4', '10000'],
    ['daily_notional_max', {}, { tradedToday: d('4900') }, { dailyNotionalMax: d('5000') }, '4900', '5000.4', '5000'],
  ]
  for (const [check, proposal, view, limits, current, proposed, limit] of cases) {
    test(`RSK-02 ${check} blocks by configuration and records current, proposed and limit`, () => {
      const verdict = judge(proposal, view, { ...limits, ...block })
      expect(codeOf(verdict)).toBe(check)
      expect(figureOf(verdict, check)).toMatchObject({ outcome: 'block', current, proposed, limit })
    })

    test(`RSK-02 ${check} cuts the order down to the lot, and what is left is within`, () => {
      const verdict = judge(proposal, view, limits)
      if (verdict.kind !== 'pass') throw new Error(verdict.code)
      expect(figureOf(verdict, check).outcome).toBe('downsize')
      expect(verdict.downsizedFrom).toBe(proposal.quantity ?? d('0.002'))
      const again = judge({ ...proposal, quantity: verdict.approved.quantity }, view, { ...limits, ...block })
      expect(codeOf(again)).toBe('pass')
      const more = d((Number(verdict.approved.quantity) + 1e-8).toFixed(8))
      expect(codeOf(judge({ ...proposal, quantity: more }, view, { ...limits, ...block }))).toBe(check)
    })
  }

  test('RSK-02 passes exactly at a cap', () => {
    const verdict = judge({}, held({ instrument: d('399.6') }), block)
    expect(codeOf(verdict)).toBe('pass')
    expect(figureOf(verdict, 'position_max')).toMatchObject({ outcome: 'pass', proposed: '500', limit: '500' })
  })

  test('RSK-02 blocks when nothing fits, or what fits is below the least order, and says so', () => {
    const full = judge({}, held({ instrument: d('500') }))
    expect(codeOf(full)).toBe('position_max')
    expect(figureOf(full, 'position_max').message).toContain('nothing of the order fits')
    const small = judge({}, held({ instrument: d('481') }))
    expect(codeOf(small)).toBe('position_max')
    expect(figureOf(small, 'position_max').message).toContain('below the least order of 20')
  })

  test('RSK-02 tells a small account that its percent cap lies under the least order', () => {
    const verdict = judge({ quantity: d('0.0006') }, { equity: d('300') })
    expect(codeOf(verdict)).toBe('position_max')
    expect(figureOf(verdict, 'position_max').message).toMatch(
      /limit of 15; what fits, 0\.0002988\d*, is worth 14\.8.* after fees, below the least order of 20/,
    )
    const tiny = judge({}, { equity: d('40') }, { orderNotionalMin: d('1') })
    expect(figureOf(tiny, 'position_max').message).toContain("below the venue's least quantity")
  })

  test('RSK-02 names the venue minimum where that is what the rest falls under', () => {
    const coarse = instrumentOf('BTC', { tickSize: '0.1', lotSize: '0.00000001', quantityMin: '0.00005', notionalMin: '50' })
    const verdict = judge({}, { instrument: coarse, ...held({ instrument: d('460') }) }, { orderNotionalMin: d('1') })
    expect(figureOf(verdict, 'position_max').message).toContain("below the venue's least notional of 50")
  })

  test('RSK-02 gives a strategy without an own limit the default one, or none', () => {
    const other = { strategyId: strategyId('grid') }
    const view = held({ strategy: d('990') })
    const without = judge(other, view)
    expect(codeOf(without)).toBe('pass')
    expect(without.figures.some((figure) => figure.check === 'strategy_max')).toBe(false)
    expect(codeOf(judge(other, view, { strategyRatioMaxDefault: d('0.1'), ...block }))).toBe('strategy_max')
    const inherited = { strategyId: strategyId('constructor') }
    expect(codeOf(judge(inherited, view))).toBe('pass')
  })

  test('RSK-02 switches the daily cap off with null', () => {
    const verdict = judge({}, { tradedToday: d('99999999') }, { dailyNotionalMax: null })
    expect(codeOf(verdict)).toBe('pass')
    expect(verdict.figures.some((figure) => figure.check === 'daily_notional_max')).toBe(false)
  })

  test('RSK-02 reckons concentration against the limit of exposure, so that a first order passes, and against exposure beyond it', () => {
    expect(codeOf(judge({}, rich))).toBe('pass')
    const beyond = judge({}, { ...rich, ...held({ total: d('20000'), instrument: d('5000') }) }, { ...block, totalExposureMax: d('10000') })
    expect(figureOf(beyond, 'market_concentration')).toMatchObject({ outcome: 'pass', limit: '6000' })
  })

  test('RSK-02 counts instruments held or opening, and no more of one that is open', () => {
    const names = ['AAA', 'BBB', 'CCC'].map((base) =>
      instrumentOf(base, { tickSize: '0.1', lotSize: '0.001', quantityMin: '0.001', notionalMin: '0.5' }),
    )
    const ids = names.map((instrument) => instrument.instrumentId)
    const limits = { openPositionsMax: 3 }
    const gate = gateWith(limits)
    const open = new Set(ids.slice(0, 2))
    expect(codeOf(gate.judge(proposalOf(), viewOf({ openInstruments: open })))).toBe('pass')
    const third = proposalOf({ instrumentId: ETH.instrumentId, limitPrice: d('2000'), referencePrice: d('2000'), quantity: d('0.05') })
    const eth = { instrument: ETH, quote: quoteOf('1999', '2001'), openInstruments: open }
    const verdict = gate.judge(third, viewOf(eth))
    expect(codeOf(verdict)).toBe('open_positions_max')
    expect(figureOf(verdict, 'open_positions_max')).toMatchObject({ current: '3', proposed: '4', limit: '3' })
    expect(codeOf(gate.judge(proposalOf(), viewOf({ openInstruments: open })))).toBe('pass')
    expect(codeOf(gate.judge(third, viewOf({ ...eth, openInstruments: new Set(ids) })))).toBe('open_positions_max')
    expect(codeOf(gateWith(limits).judge(third, viewOf({ ...eth, openInstruments: new Set([...open, ETH.instrumentId]) })))).toBe('pass')
  })

  test('RSK-02 never blocks a reducing order by a cap', () => {
    const view: Partial<GateView> = {
      positionOfBot: d('10'),
      openInstruments: new Set([BTC.instrumentId]),
      equity: d('-5'),
      tradedToday: d('90000000'),
      ...held({ total: d('500000'), instrument: d('500000'), asset: d('500000'), strategy: d('500000') }),
    }
    const verdict = judge({ side: 'sell', quantity: d('10'), effect: 'close' }, view, { ...block, openPositionsMax: 1 })
    expect(codeOf(verdict)).toBe('pass')
  })

  test('RSK-02 lets nothing that adds risk pass without equity', () => {
    for (const equity of ['0', '-1']) expect(codeOf(judge({}, { equity: d(equity) }))).toBe('total_at_risk')
  })

  test('RSK-02 counts an order in another currency in that of the account', () => {
    const verdict = judge({}, { quoteRate: d('2') })
    expect(figureOf(verdict, 'total_at_risk').proposed).toBe('200.8')
    expect(figureOf(verdict, 'insufficient_balance').proposed).toBe('100.4')
    expect(figureOf(verdict, 'order_notional_min').proposed).toBe('199.2')
  })

  test('RSK-02 cuts only the adding part of an order that crosses zero where shorts are allowed', () => {
    const view: Partial<GateView> = {
      positionOfBot: d('0.01'),
      capabilities: { shorts: true, margin: true },
      openInstruments: new Set([BTC.instrumentId]),
    }
    const verdict = judge({ side: 'sell', quantity: d('0.05') }, { ...view, ...held({ instrument: d('500') }) })
    if (verdict.kind !== 'pass') throw new Error(verdict.code)
    expect(verdict.approved.quantity).toBe(d('0.01'))
    expect(verdict.downsizedFrom).toBe(d('0.05'))
  })

  test('RSK-02 takes new limits for every later judgement', () => {
    let limits = { ...DEFAULT_RISK_LIMITS, ...block }
    const gate = new RiskGate(() => limits)
    expect(codeOf(gate.judge(proposalOf(), viewOf()))).toBe('pass')
    limits = { ...limits, positionRatioMax: d('0.01') }
    expect(codeOf(gate.judge(proposalOf({ botId: botId('later') }), viewOf()))).toBe('position_max')
  })
})

describe('gate: exposure of working orders', () => {
  test('RSK-03 REQ-E2 counts working orders at worst-case notional and frees it when they end', () => {
    const gate = gateWith(block)
    const orders = Array.from({ length: 5 }, () => proposalOf())
    const verdicts = orders.map((order) => gate.judge(order, viewOf()))
    expect(verdicts.map(codeOf)).toEqual(['pass', 'pass', 'pass', 'pass', 'position_max'])
    expect(figureOf(verdicts[4] as (typeof verdicts)[number], 'position_max').current).toBe('401.6')
    expect(gate.book.total()).toBe(d('401.6'))
    gate.book.release((orders[0] as Proposal).clientOrderId)
    expect(codeOf(gate.judge(orders[4] as Proposal, viewOf()))).toBe('pass')
  })

  test('RSK-03 reserves nothing for a block', () => {
    const gate = gateWith(block)
    gate.judge(proposalOf({ quantity: d('1') }), viewOf())
    expect(gate.book.all()).toEqual([])
    expect(gate.book.total()).toBe(d('0'))
  })

  test('RSK-03 counts an order judged anew once, and never for less than it holds', () => {
    const gate = gateWith()
    const order = proposalOf()
    gate.judge(order, viewOf())
    expect(codeOf(gate.judge(order, viewOf()))).toBe('pass')
    expect(gate.book.total()).toBe(d('100.4'))
    expect(codeOf(gate.judge({ ...order, quantity: d('0.001') }, viewOf()))).toBe('pass')
    expect(gate.book.total()).toBe(d('100.4'))
  })

  test('RSK-03 counts a market order with its buffer, and a short at the bid where that is higher', () => {
    const gate = gateWith()
    gate.judge(proposalOf({ limitPrice: null, timeInForce: 'ioc' }), viewOf())
    expect(gate.book.total()).toBe(d('100.90401804')) // 0.002 × 50,001 × 1.005 × 1.004
    const short = gateWith()
    const view = viewOf({ capabilities: { shorts: true, margin: true } })
    short.judge(proposalOf({ side: 'sell', limitPrice: d('49900'), referencePrice: d('49900') }), view)
    expect(short.book.total()).toBe(d('100.397992')) // 0.002 × 49,999 × 1.004
  })

  test('EXE-05 charges a post-only order the maker fee, and no rebate', () => {
    const gate = gateWith()
    gate.judge(proposalOf({ postOnly: true }), viewOf())
    expect(gate.book.total()).toBe(d('100.25'))
    const rebate = gateWith()
    rebate.judge(proposalOf({ postOnly: true }), viewOf({ instrument: { ...BTC, makerFeeBps: d('-1') } }))
    expect(rebate.book.total()).toBe(d('100'))
  })
})
