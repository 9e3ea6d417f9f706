import { describe, expect, test } from 'bun:test'
import type { InstrumentStatus } from '#domain/instrument'
import { InvariantError } from '#domain/errors'
import type { Proposal } from '#domain/order'
import { RiskGate } from '#risk/gate'
import { DEFAULT_RISK_LIMITS, type GateView, type RiskLimits, type ScopeState } from '#risk/types'
import { BTC, codeOf, d, ETH, figureOf, NOW_MS, proposalOf, quoteOf, SCOPE, viewOf } from './fixtures'

const holding: Partial<GateView> = { positionOfBot: d('1'), openInstruments: new Set([BTC.instrumentId]) }
const sale: Partial<Proposal> = { side: 'sell', effect: 'reduce', limitPrice: d('49990'), referencePrice: d('49990') }

function judge(proposal: Partial<Proposal>, view: Partial<GateView>, limits: Partial<RiskLimits> = {}) {
  return new RiskGate({ ...DEFAULT_RISK_LIMITS, ...limits }).judge(proposalOf(proposal), viewOf(view))
}
const opens = (scope: Partial<ScopeState>) => codeOf(judge({}, { scope: { ...SCOPE, ...scope } }))
const reduces = (scope: Partial<ScopeState>, view: Partial<GateView> = {}, limits: Partial<RiskLimits> = {}) =>
  codeOf(judge(sale, { ...holding, ...view, scope: { ...SCOPE, ...scope } }, limits))

describe('gate: states', () => {
  test('RSK-01 passes an order while every scope is sound and records every check', () => {
    const verdict = judge({}, {})
    expect(codeOf(verdict)).toBe('pass')
    expect(verdict.figures.map((figure) => figure.check)).toEqual([
      'kill_switch',
      'company_state',
      'bot_state',
      'reducing_only',
      'message_throttle',
      'execution_throttle',
      'venue_state',
      'product_status',
      'market_data_unavailable',
      'data_stale',
      'drift',
      'spread_max',
      'price_sanity',
      'duplicate_intent',
      'shorting_disallowed',
      'margin_disallowed',
      'own_order_match',
      'order_notional_max',
      'total_at_risk',
      'portfolio_risk',
      'risk_per_trade',
      'position_max',
      'asset_max',
      'strategy_max',
      'market_concentration',
      'total_exposure_max',
      'daily_notional_max',
      'open_positions_max',
      'insufficient_balance',
      'instrument_rules',
      'order_notional_min',
    ])
    expect(verdict).toMatchObject({ epoch: 7, atMs: NOW_MS, downsizedFrom: null })
  })

  test('RSK-09 blocks what adds risk under the kill switch and lets reducing orders pass as configured', () => {
    expect(opens({ isKillSwitchActive: true })).toBe('kill_switch')
    expect(reduces({ isKillSwitchActive: true })).toBe('pass')
    expect(reduces({ isKillSwitchActive: true }, {}, { reducingAllowedUnderKillSwitch: false })).toBe('kill_switch')
    expect(reduces({ isKillSwitchActive: true }, { isOperatorFlatten: true }, { reducingAllowedUnderKillSwitch: false })).toBe('pass')
  })

  test('RSK-01 blocks what adds risk while company or bot is paused or halted; exits stay in a pause', () => {
    for (const state of ['paused', 'halted'] as const) {
      expect(opens({ company: state })).toBe('company_state')
      expect(opens({ bot: state })).toBe('bot_state')
    }
    const strict = { reducingAllowedUnderKillSwitch: false }
    expect(reduces({ company: 'paused', bot: 'paused' }, {}, strict)).toBe('pass')
    expect(reduces({ company: 'halted' }, {}, strict)).toBe('company_state')
    expect(reduces({ bot: 'halted' }, {}, strict)).toBe('bot_state')
    expect(reduces({ company: 'halted', bot: 'halted' }, { isOperatorFlatten: true }, strict)).toBe('pass')
  })

  test('RSK-08 a company that only reduces takes no new risk and lets reducing orders pass', () => {
    expect(opens({ reducing: 'the company is reducing' })).toBe('reducing_only')
    expect(reduces({ reducing: 'the company is reducing' })).toBe('pass')
    expect(reduces({ reducing: 'the company is reducing' }, {}, { reducingAllowedUnderKillSwitch: false })).toBe('pass')
  })

  test('RSK-01 does not let an operator flatten add risk', () => {
    const verdict = judge({}, { isOperatorFlatten: true, scope: { ...SCOPE, company: 'halted' } })
    expect(codeOf(verdict)).toBe('company_state')
  })

  test('VEN-16 asks for a venue that is online, or degraded with private stream and product sound, for reducing orders too', () => {
    expect(opens({ venue: 'degraded' })).toBe('pass')
    expect(opens({ venue: 'degraded', isPrivateStreamSound: false })).toBe('venue_state')
    expect(opens({ venue: 'degraded', isProductDataSound: false })).toBe('venue_state')
    expect(reduces({ venue: 'degraded', isProductDataSound: false })).toBe('venue_state')
    expect(opens({ venue: 'down' })).toBe('venue_state')
    expect(reduces({ venue: 'down' })).toBe('venue_state')
  })

  test('VEN-16 REQ-EX1 takes only what a restricted product takes', () => {
    const codes = (status: InstrumentStatus) => {
      const instrument = { ...BTC, status }
      const post = { postOnly: true, limitPrice: d('49999'), referencePrice: d('49999') }
      return [
        codeOf(judge({}, { instrument })),
        codeOf(judge(post, { instrument })),
        codeOf(judge({ limitPrice: null, timeInForce: 'ioc' }, { instrument })),
        codeOf(judge(sale, { ...holding, instrument })),
      ]
    }
    const no = 'product_status'
    expect(codes('online')).toEqual(['pass', 'pass', 'pass', 'pass'])
    expect(codes('postOnly')).toEqual([no, 'pass', no, no])
    expect(codes('limitOnly')).toEqual(['pass', 'pass', no, 'pass'])
    expect(codes('reduceOnly')).toEqual([no, no, no, 'pass'])
    expect(codes('cancelOnly')).toEqual([no, no, no, no])
    expect(codes('offline')).toEqual([no, no, no, no])
  })

  test('RSK-10 blocks what adds risk while the account drifts', () => {
    expect(opens({ hasDrift: true })).toBe('drift')
    expect(reduces({ hasDrift: true })).toBe('pass')
  })

  test('RSK-01 names the first check that blocked and still runs the others', () => {
    const verdict = judge({}, { scope: { ...SCOPE, isKillSwitchActive: true, hasDrift: true }, equity: d('0') })
    expect(codeOf(verdict)).toBe('kill_switch')
    expect(verdict.figures.filter((figure) => figure.outcome === 'block').map((figure) => figure.check)).toEqual([
      'kill_switch',
      'drift',
      'total_at_risk',
      'portfolio_risk',
      'risk_per_trade',
      'position_max',
      'asset_max',
      'strategy_max',
    ])
  })

  test('crashes on a view of another instrument', () => {
    expect(() => judge({}, { instrument: ETH })).toThrow(InvariantError)
  })
})

describe('gate: data and prices', () => {
  test('MKT-05 blocks without a quote, and skips what needs one', () => {
    const verdict = judge({}, { quote: null })
    expect(codeOf(verdict)).toBe('market_data_unavailable')
    expect(verdict.figures.some((figure) => figure.check === 'price_sanity' || figure.check === 'data_stale')).toBe(false)
    expect(codeOf(judge(sale, { ...holding, quote: null }))).toBe('market_data_unavailable')
  })

  test('MKT-05 trades on a quote of 5 s and a bar of 90 s, and on none that is older', () => {
    const at = (quoteAgeMs: number, barAtMs: number | null) =>
      judge({}, { quote: quoteOf('49999', '50001', NOW_MS - quoteAgeMs), barAtMs: barAtMs === null ? null : NOW_MS - barAtMs })
    expect(codeOf(at(5_000, 90_000))).toBe('pass')
    expect(codeOf(at(5_001, 0))).toBe('data_stale')
    expect(codeOf(at(0, 90_001))).toBe('data_stale')
    expect(codeOf(at(0, null))).toBe('pass')
    expect(figureOf(at(5_001, 0), 'data_stale')).toMatchObject({ current: '5001', limit: '5000', capType: 'data' })
    expect(figureOf(at(0, 90_001), 'data_stale')).toMatchObject({ current: '90001', limit: '90000' })
  })

  test('EXE-02 blocks a price further than 100 bps on the costly side of the mid', () => {
    const buy = (price: string) => codeOf(judge({ limitPrice: d(price), referencePrice: d(price) }, {}))
    expect(buy('50500')).toBe('pass')
    expect(buy('50500.1')).toBe('price_sanity')
    expect(buy('30000')).toBe('pass')
    const sell = (price: string) => codeOf(judge({ ...sale, limitPrice: d(price), referencePrice: d(price) }, holding))
    expect(sell('49500')).toBe('pass')
    expect(sell('49499.9')).toBe('price_sanity')
    expect(sell('60000')).toBe('pass')
  })

  test('EXE-02 blocks a market order whose reference lies beyond a wide spread', () => {
    const wide = quoteOf('49000', '51000')
    const buy = { limitPrice: null, timeInForce: 'ioc', referencePrice: d('51000') } as const
    const verdict = judge(buy, { quote: wide }, { spreadBpsMax: null })
    expect(codeOf(verdict)).toBe('price_sanity')
    expect(figureOf(verdict, 'price_sanity')).toMatchObject({ current: '50000', proposed: '51000', limit: '50500' })
  })

  test('EXE-02 RSK-09 an operator’s flatten leaves at the touch of a wide spread, and not far beyond it', () => {
    const out = { ...sale, limitPrice: null, timeInForce: 'ioc', referencePrice: d('49000') } as const
    const wide = { ...holding, quote: quoteOf('49000', '51000') }
    expect(codeOf(judge(out, wide, { spreadBpsMax: null }))).toBe('price_sanity')
    const byOperator = judge(out, { ...wide, isOperatorFlatten: true })
    expect(codeOf(byOperator)).toBe('pass')
    expect(figureOf(byOperator, 'price_sanity')).toMatchObject({ current: '49000', proposed: '49000', limit: '48510' })
    const deep = { ...sale, limitPrice: d('48509.9'), referencePrice: d('48509.9') }
    expect(codeOf(judge(deep, { ...wide, isOperatorFlatten: true }))).toBe('price_sanity')
    const buy = { limitPrice: null, timeInForce: 'ioc', referencePrice: d('51000') } as const
    const adding = judge(buy, { quote: wide.quote, isOperatorFlatten: true }, { spreadBpsMax: null })
    expect(codeOf(adding)).toBe('price_sanity') // it closes nothing
  })
})
