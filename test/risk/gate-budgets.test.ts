import { describe, expect, test } from 'bun:test'
import { strategyId } from '#domain/ids'
import type { StrategyBudget } from '#risk/aggregate'
import { RiskGate } from '#risk/gate'
import { type GuardFacts, NO_GUARD_FACTS } from '#risk/guard-facts'
import type { HeldPosition } from '#risk/held'
import { DEFAULT_RISK_LIMITS, type GateView, type RiskLimits } from '#risk/types'
import { BOT, BTC, codeOf, d, ETH, figureOf, KRAKEN, OTHER_BOT, proposalOf, STRATEGY, viewOf } from './fixtures'

/* An order of 0.002 BTC at 50,000 costs 100.4 at worst. Equity is 10,000. */

const block: Partial<RiskLimits> = { capAction: 'block' }

function judge(guards: Partial<GuardFacts>, view: Partial<GateView> = {}, limits: Partial<RiskLimits> = {}) {
  const asked = viewOf({ ...view, guards: { ...NO_GUARD_FACTS, ...guards } })
  return new RiskGate({ ...DEFAULT_RISK_LIMITS, ...limits }).judge(proposalOf(), asked)
}

const budget = (atRisk: string | null, allocation: string | null = null): StrategyBudget => ({
  atRiskRatioMax: atRisk === null ? null : d(atRisk),
  allocationRatio: allocation === null ? null : d(allocation),
})

const position = (notional: string, over: Partial<HeldPosition> = {}): HeldPosition => ({
  instrumentId: BTC.instrumentId,
  venueId: KRAKEN,
  baseAsset: BTC.baseAsset,
  windowId: null,
  botId: BOT,
  strategyId: STRATEGY,
  netQuantity: d('1'),
  notional: d(notional),
  ...over,
})

describe('gate: the budget of a strategy in its bot', () => {
  test('STR-04 blocks as strategy_cap what goes beyond its share of equity, whatever the other caps leave', () => {
    const positions = [position('100', { instrumentId: ETH.instrumentId })]
    expect(codeOf(judge({ budget: budget('0.02004') }, { positions }, block))).toBe('pass')
    const verdict = judge({ budget: budget('0.02') }, { positions }, block)
    expect(codeOf(verdict)).toBe('strategy_cap')
    expect(figureOf(verdict, 'strategy_cap')).toMatchObject({ capType: 'strategy', current: '100', proposed: '200.4', limit: '200' })
    for (const check of ['total_at_risk', 'position_max', 'strategy_max'])
      expect(figureOf(verdict, check).outcome, `${check} has room`).toBe('pass')
  })

  test('STR-04 is judged before every cap of the company', () => {
    const verdict = judge({ budget: budget('0.001') }, {}, { ...block, totalAtRiskRatioMax: d('0.001'), positionRatioMax: d('0.001') })
    expect(codeOf(verdict)).toBe('strategy_cap')
  })

  test('STR-04 cuts what fits in part, and the smaller of both shares counts', () => {
    const cut = judge({ budget: budget('0.006', '0.5'), capital: d('1000') })
    expect(figureOf(cut, 'strategy_cap')).toMatchObject({ outcome: 'downsize', limit: '60' })
    expect(cut.kind === 'pass' && Number(cut.approved.quantity) * 50_000 <= 60).toBe(true)
    expect(figureOf(judge({ budget: budget('0.5', '0.2'), capital: d('1000') }), 'strategy_cap').limit).toBe('200')
    expect(figureOf(judge({ budget: budget(null, '0.2'), capital: d('1000') }), 'strategy_cap').limit).toBe('200')
  })

  test('STR-04 counts what the strategy holds in this bot alone', () => {
    const positions = [position('5000', { botId: OTHER_BOT }), position('5000', { strategyId: strategyId('other') }), position('40')]
    expect(figureOf(judge({ budget: budget('0.02') }, { positions }), 'strategy_cap').current).toBe('40')
  })

  test('STR-04 RSK-03 counts its working orders at their worst', () => {
    const gate = new RiskGate({ ...DEFAULT_RISK_LIMITS, ...block })
    const view = viewOf({ guards: { ...NO_GUARD_FACTS, budget: budget('0.015') } })
    expect(codeOf(gate.judge(proposalOf(), view))).toBe('pass')
    const second = gate.judge(proposalOf({ limitPrice: d('50001') }), view)
    expect(codeOf(second)).toBe('strategy_cap')
    expect(figureOf(second, 'strategy_cap').current).toBe('100.4')
    expect(codeOf(gate.judge(proposalOf({ limitPrice: d('50002'), strategyId: strategyId('other') }), view))).toBe('pass')
  })

  test('MKT-06 a regime scales it, and a strategy without a budget has no figure', () => {
    expect(figureOf(judge({ budget: budget('0.02') }, {}, { capScale: d('0.6') }), 'strategy_cap').limit).toBe('120')
    expect(judge({}).figures.map(({ check }) => check)).not.toContain('strategy_cap')
    expect(codeOf(judge({ budget: budget('0') }, { positionOfBot: d('-1') }, block))).toBe('pass')
  })
})

describe('gate: tiers of the universe', () => {
  const tier = (ratioMax: string) => ({ name: 'core', ratioMax: d(ratioMax), members: new Set([BTC.instrumentId, ETH.instrumentId]) })

  test('MKT-01 blocks as tier_cap what goes beyond the share of all its instruments, whoever holds them', () => {
    const positions = [position('80', { instrumentId: ETH.instrumentId, botId: OTHER_BOT }), position('20')]
    expect(codeOf(judge({ tier: tier('0.02004') }, { positions }, block))).toBe('pass')
    const verdict = judge({ tier: tier('0.02') }, { positions }, block)
    expect(codeOf(verdict)).toBe('tier_cap')
    expect(figureOf(verdict, 'tier_cap')).toMatchObject({ capType: 'tier', current: '100', proposed: '200.4', limit: '200' })
    expect(figureOf(judge({ tier: tier('0.02') }, { positions }, { capScale: d('1.2') }), 'tier_cap').limit).toBe('240')
  })

  test('MKT-01 RSK-12 it is a budget: manual positions count unless they are ignored', () => {
    const positions = [position('150', { botId: null, strategyId: null })]
    expect(codeOf(judge({ tier: tier('0.02') }, { positions }, block))).toBe('tier_cap')
    expect(codeOf(judge({ tier: tier('0.02') }, { positions }, { ...block, manualPositions: 'ignore' }))).toBe('pass')
  })

  test('MKT-01 an instrument that the universe does not admit is not opened, and may be reduced', () => {
    const exclusion = { reason: 'spread_max' as const, text: 'BTC-USD@kraken has a spread of 30 bps, above 20', current: '30', limit: '20' }
    const verdict = judge({ admission: { exclusion } })
    expect(codeOf(verdict)).toBe('universe_excluded')
    expect(figureOf(verdict, 'universe_excluded')).toMatchObject({
      current: '30',
      limit: '20',
      message: 'spread_max: BTC-USD@kraken has a spread of 30 bps, above 20',
    })
    expect(codeOf(judge({ admission: { exclusion } }, { positionOfBot: d('-1') }))).toBe('pass')
    expect(figureOf(judge({ admission: { exclusion: null } }), 'universe_excluded').outcome).toBe('pass')
    expect(judge({}).figures.map(({ check }) => check)).not.toContain('universe_excluded')
  })
})
