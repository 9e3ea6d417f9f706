import { describe, expect, test } from 'bun:test'
import { clientOrderIdOf } from '#domain/digest'
import { intentId } from '#domain/ids'
import type { Proposal } from '#domain/order'
import { RiskGate } from '#risk/gate'
import { type GuardFacts, NO_GUARD_FACTS } from '#risk/guard-facts'
import { DEFAULT_RISK_LIMITS, type GateView, type RiskLimits } from '#risk/types'
import { ACCOUNT, BOT, BTC, codeOf, d, NOW_MS, proposalOf, viewOf } from './fixtures'

const holding: Partial<GateView> = { positionOfBot: d('1'), openInstruments: new Set([BTC.instrumentId]) }
const guards = (facts: Partial<GuardFacts>): Partial<GateView> => ({ guards: { ...NO_GUARD_FACTS, ...facts } })
const judge = (view: Partial<GateView>) => new RiskGate(DEFAULT_RISK_LIMITS).judge(proposalOf(), viewOf(view))

describe('gate: duplicates', () => {
  const id = (index: number) =>
    clientOrderIdOf({ tag: 'abcdef', accountId: ACCOUNT, botId: BOT, instrumentId: BTC.instrumentId, intentId: intentId('x'), index })
  const last = (over: Partial<NonNullable<GuardFacts['lastSent']>> = {}) =>
    guards({
      lastSent: {
        clientOrderId: id(1),
        intentId: intentId('earlier'),
        quantity: d('0.002'),
        limitPrice: d('50000'),
        atMs: NOW_MS - 249,
        ...over,
      },
    })
  /** Judges a buy of 0.002 at 50,000 while an earlier one works. */
  function beside(view: Partial<GateView>, proposal: Partial<Proposal> = {}) {
    const gate = new RiskGate(DEFAULT_RISK_LIMITS)
    gate.judge(proposalOf({ clientOrderId: id(1), intentId: intentId('earlier') }), viewOf())
    return codeOf(gate.judge(proposalOf(proposal), viewOf(view)))
  }

  test('RSK-01 blocks a second order that equals one which works, sent a moment ago by another decision', () => {
    expect(beside(last())).toBe('duplicate_intent')
    expect(beside(last({ atMs: NOW_MS - 250 }))).toBe('pass')
    expect(beside(last({ quantity: d('0.003') }))).toBe('pass')
    expect(beside(last({ limitPrice: d('49999') }))).toBe('pass')
    expect(beside(last({ limitPrice: null }))).toBe('pass')
  })

  test('RSK-01 lets both orders of one plan pass, and a retry of the same one', () => {
    expect(beside(last(), { intentId: intentId('earlier') })).toBe('pass')
    expect(beside(last(), { clientOrderId: id(1), intentId: intentId('earlier') })).toBe('pass')
  })

  test('RSK-01 lets an equal order pass once the earlier one has ended', () => {
    expect(codeOf(judge(last()))).toBe('pass')
  })

  test('RSK-01 never holds what reduces as a duplicate of another reduction', () => {
    const gate = new RiskGate(DEFAULT_RISK_LIMITS)
    const half = { side: 'sell', quantity: d('0.5'), effect: 'reduce' } as const
    gate.judge(proposalOf({ ...half, clientOrderId: id(1), intentId: intentId('earlier') }), viewOf(holding))
    expect(codeOf(gate.judge(proposalOf(half), viewOf({ ...holding, ...last({ quantity: d('0.5') }) })))).toBe('pass')
  })
})

describe('gate: what it minted', () => {
  test('RSK-01 knows its own approvals: no copy, no cast, none of another gate', () => {
    const [gate, other] = [new RiskGate(DEFAULT_RISK_LIMITS), new RiskGate(DEFAULT_RISK_LIMITS)]
    const verdict = gate.judge(proposalOf(), viewOf())
    if (verdict.kind !== 'pass') throw new Error(verdict.code)
    expect(gate.hasMinted(verdict.approved)).toBe(true)
    expect(other.hasMinted(verdict.approved)).toBe(false)
    expect(gate.hasMinted({ ...verdict.approved })).toBe(false)
    expect(gate.hasMinted(proposalOf())).toBe(false)
    const amended = gate.reserveAmend({ ...verdict.approved, quantity: d('0.001') }, viewOf())
    if (amended.kind !== 'pass') throw new Error(amended.code)
    expect(gate.hasMinted(amended.approved)).toBe(true)
  })
})

test('RSK-01 checks that are off leave no figure and cost nothing: they are not asked', () => {
  const off: Partial<RiskLimits> = {
    outlierSigmaMax: null,
    spreadBpsMax: null,
    volume24hMin: null,
    duplicateWindowMs: null,
    nearExpiryMs: null,
    kellyRatioMax: null,
    riskPerTradeRatioMax: null,
    portfolioRiskRatioMax: null,
    windowNotionalMax: null,
    gasCostRatioMax: null,
    dailyNotionalMax: null,
  }
  const facts: Partial<GuardFacts> = {
    get risk(): never {
      throw new Error('nobody may ask for it')
    },
  }
  const view = viewOf({ guards: Object.defineProperties({ ...NO_GUARD_FACTS }, Object.getOwnPropertyDescriptors(facts)) })
  const verdict = new RiskGate({ ...DEFAULT_RISK_LIMITS, ...off }).judge(proposalOf(), view)
  expect(codeOf(verdict)).toBe('pass')
  expect(verdict.figures.map(({ check }) => check)).not.toContain('risk_per_trade')
})
