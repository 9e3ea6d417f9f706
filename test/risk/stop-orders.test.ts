import { describe, expect, test } from 'bun:test'
import type { Proposal } from '#domain/order'
import { RiskGate } from '#risk/gate'
import { type ProtectionLevels, restingStopOf } from '#risk/protection'
import { DEFAULT_RISK_LIMITS, type GateView } from '#risk/types'
import { BTC, codeOf, d, OTHER_BOT, proposalOf, viewOf } from './fixtures'

const gateOf = () => new RiskGate(DEFAULT_RISK_LIMITS)
const holding: Partial<GateView> = { positionOfBot: d('0.01'), openInstruments: new Set([BTC.instrumentId]) }
const stopAt = (price: string, over: Partial<Proposal> = {}) =>
  proposalOf({
    type: 'stop',
    side: 'sell',
    effect: 'close',
    quantity: d('0.01'),
    limitPrice: d(price),
    referencePrice: d(price),
    reduceOnly: true,
    ...over,
  })

describe('gate: stops that rest at the venue', () => {
  test('EXE-14 a trigger may lie far below the market, and not at it or above', () => {
    for (const [price, code] of [
      ['49999', 'pass'],
      ['30000', 'pass'],
      ['50000', 'price_sanity'],
      ['51000', 'price_sanity'],
    ] as const)
      expect(codeOf(gateOf().judge(stopAt(price), viewOf(holding)))).toBe(code)
  })

  test('EXE-14 a trigger off the tick, a stop without one and a post-only stop are blocked', () => {
    const code = (over: Partial<Proposal>) => codeOf(gateOf().judge(stopAt('45000', over), viewOf(holding)))
    expect(code({ limitPrice: d('45000.05') })).toBe('instrument_rules')
    expect(code({ limitPrice: null })).toBe('instrument_rules')
    expect(code({ postOnly: true })).toBe('instrument_rules')
  })

  test('EXE-14 it reserves what it would sell: no second sale passes beside it, nor it beside one', () => {
    const gate = gateOf()
    const view = viewOf(holding)
    expect(codeOf(gate.judge(stopAt('45000'), view))).toBe('pass')
    const sale = proposalOf({ side: 'sell', effect: 'close', quantity: d('0.01'), limitPrice: d('50000') })
    expect(codeOf(gate.judge(sale, view))).toBe('shorting_disallowed')
    const other = gateOf()
    expect(codeOf(other.judge(sale, view))).toBe('pass')
    expect(codeOf(other.judge(stopAt('45000'), view))).toBe('shorting_disallowed')
  })

  test('EXE-14 it is in no book: an entry above its trigger is no wash trade, and it adds nothing to exposure', () => {
    const gate = gateOf()
    const view = viewOf(holding)
    expect(codeOf(gate.judge(stopAt('45000'), view))).toBe('pass')
    expect(gate.book.total()).toBe(d('0'))
    expect(codeOf(gate.judge(proposalOf({ limitPrice: d('49000'), referencePrice: d('49000'), botId: OTHER_BOT }), view))).toBe('pass')
  })
})

describe('the stop that should rest', () => {
  const levels = (over: Partial<ProtectionLevels>): ProtectionLevels => ({
    stopPrice: null,
    targetPrice: null,
    trailingRatio: null,
    ...over,
  })

  test('EXE-13 of stop and trailing stop the nearer; none for a target alone, a short or less than a lot', () => {
    const both = levels({ stopPrice: d('45000'), trailingRatio: d('0.02') })
    expect(restingStopOf(d('0.01'), both, d('50000'), BTC)).toMatchObject({ quantity: d('0.01'), triggerPrice: d('49000') })
    expect(restingStopOf(d('0.01'), both, d('45100'), BTC)).toMatchObject({ triggerPrice: d('45000') })
    expect(restingStopOf(d('0.01'), both, null, BTC)).toMatchObject({ triggerPrice: d('45000') })
    expect(restingStopOf(d('0.01'), levels({ targetPrice: d('60000') }), null, BTC)).toBeNull()
    expect(restingStopOf(d('-0.01'), both, d('50000'), BTC)).toBeNull()
    expect(restingStopOf(d('0.000000001'), both, d('50000'), BTC)).toBeNull()
  })

  test('EXE-13 a trailing one is moved by a twentieth of its distance, a fixed one by a tick', () => {
    const slackOf = (over: Partial<ProtectionLevels>) => Number(restingStopOf(d('0.01'), levels(over), d('50000'), BTC)?.slack)
    expect(slackOf({ stopPrice: d('45000') })).toBe(Number(BTC.tickSize))
    expect(Math.abs(slackOf({ trailingRatio: d('0.02') }) - 49)).toBeLessThanOrEqual(1.1)
  })
})
