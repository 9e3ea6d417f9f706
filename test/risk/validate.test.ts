import { describe, expect, test } from 'bun:test'
import { AppError } from '#domain/errors'
import type { Intent, IntentTarget } from '#domain/intent'
import { DEFAULT_INTENT_POLICY, requireValidIntent, validateIntent } from '#risk/validate'
import { d, intentOf } from './fixtures'

const fields = (overrides: Partial<Intent>) => validateIntent(intentOf(overrides)).map(({ field }) => field)
const quantity = (text: string): IntentTarget => ({ kind: 'quantity', quantity: d(text) })
const notional = (text: string): IntentTarget => ({ kind: 'notional', notional: d(text) })
const flat: IntentTarget = { kind: 'flat' }
const unchanged: IntentTarget = { kind: 'unchanged' }
const risk: IntentTarget = { kind: 'risk', direction: 'long' }

describe('validateIntent', () => {
  test('STR-02 accepts each kind with the targets that fit it', () => {
    for (const target of [risk, quantity('1'), quantity('-1'), notional('50')]) {
      expect(fields({ kind: 'enter', target })).toEqual([])
      expect(fields({ kind: 'increase', target })).toEqual([])
    }
    expect(fields({ kind: 'exit', target: flat })).toEqual([])
    expect(fields({ kind: 'hold', target: unchanged })).toEqual([])
    for (const target of [quantity('0'), quantity('1'), notional('50')]) expect(fields({ kind: 'reduce', target })).toEqual([])
  })

  test('STR-02 rejects a target that contradicts the kind', () => {
    const contradictions: readonly [Intent['kind'], readonly IntentTarget[]][] = [
      ['enter', [flat, unchanged, quantity('0'), notional('0')]],
      ['increase', [flat, unchanged, quantity('0'), notional('0')]],
      ['reduce', [flat, unchanged, risk]],
      ['exit', [quantity('0'), notional('1'), risk, unchanged]],
      ['hold', [flat, quantity('1'), risk]],
    ]
    for (const [kind, targets] of contradictions) for (const target of targets) expect(fields({ kind, target })).toEqual(['target'])
  })

  test('STR-02 rejects prices that are not positive, or on the wrong sides of each other', () => {
    expect(fields({ stopPrice: d('0') })).toEqual(['stopPrice'])
    expect(fields({ takeProfitPrice: d('-1') })).toEqual(['takeProfitPrice'])
    expect(fields({ routing: { kind: 'limit', limitPrice: d('0'), postOnly: false } })).toEqual(['routing'])
    expect(fields({ routing: { kind: 'limit', limitPrice: d('1'), postOnly: true } })).toEqual([])
    const both = (stop: string, target: IntentTarget) => fields({ stopPrice: d(stop), takeProfitPrice: d('100'), target })
    expect(both('90', risk)).toEqual([])
    expect(both('110', risk)).toEqual(['stopPrice'])
    expect(both('100', quantity('1'))).toEqual(['stopPrice'])
    expect(both('110', quantity('-1'))).toEqual([])
    expect(both('90', notional('-5'))).toEqual(['stopPrice'])
    expect(both('90', notional('5'))).toEqual([])
    expect(fields({ kind: 'exit', target: flat, stopPrice: d('110'), takeProfitPrice: d('100') })).toEqual([])
    expect(fields({ kind: 'hold', target: unchanged, stopPrice: d('110'), takeProfitPrice: d('100') })).toEqual([])
    expect(fields({ kind: 'reduce', target: quantity('0'), stopPrice: d('110'), takeProfitPrice: d('100') })).toEqual([])
  })

  test('STR-02 bounds conviction, and asks for the least of it where risk is added', () => {
    for (const conviction of [-0.01, 1.01, Number.NaN]) expect(fields({ conviction })).toEqual(['conviction'])
    for (const conviction of [0, 1]) expect(fields({ conviction })).toEqual([])
    const policy = { ...DEFAULT_INTENT_POLICY, convictionMin: 0.6 }
    expect(validateIntent(intentOf({ conviction: 0.59 }), policy).map(({ message }) => message)).toEqual([
      '0.59 is below the least conviction to propose, 0.6',
    ])
    expect(validateIntent(intentOf({ conviction: 0.1, kind: 'exit', target: flat }), policy)).toEqual([])
  })

  test('STR-02 bounds a target notional by policy, on both sides', () => {
    const policy = { ...DEFAULT_INTENT_POLICY, targetNotionalMax: d('500') }
    const problems = (target: IntentTarget) => validateIntent(intentOf({ target }), policy).length
    expect([notional('500'), notional('-500'), quantity('9999')].map(problems)).toEqual([0, 0, 0])
    expect([notional('500.01'), notional('-500.01')].map(problems)).toEqual([1, 1])
  })

  test('STR-02 rejects a time, a timeframe and figures that are none', () => {
    expect(fields({ decidedOnMs: 1.5 })).toEqual(['decidedOnMs'])
    expect(fields({ decidedOnMs: -1 })).toEqual(['decidedOnMs'])
    expect(fields({ timeframe: '7m' as Intent['timeframe'] })).toEqual(['timeframe'])
    expect(fields({ metadata: { slope: Number.NaN } })).toEqual(['metadata'])
    expect(fields({ metadata: Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`k${index}`, index])) })).toEqual(['metadata'])
    expect(fields({ metadata: { slope: 1.5, note: 'up', isStrong: true } })).toEqual([])
  })

  test('STR-02 rejects grounds that no bet can have', () => {
    const grounds = { edge: null, style: 'directional' as const, sourceNotional: null, expectedProfit: null }
    const edge = (winProbability: number, payoffRatio: number) => fields({ grounds: { ...grounds, edge: { winProbability, payoffRatio } } })
    expect([edge(0, 1), edge(1, 0.01), fields({ grounds }), fields({ grounds: { ...grounds, sourceNotional: d('1') } })].flat()).toEqual([])
    for (const problems of [edge(-0.1, 1), edge(1.1, 1), edge(Number.NaN, 1), edge(0.5, 0), edge(0.5, -1), edge(0.5, Number.NaN)])
      expect(problems).toEqual(['grounds'])
    expect(fields({ grounds: { ...grounds, sourceNotional: d('0') } })).toEqual(['grounds'])
  })

  test('STR-02 REQ-R2 names every problem in one typed error', () => {
    requireValidIntent(intentOf())
    try {
      requireValidIntent(intentOf({ conviction: 2, target: flat }))
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(AppError)
      expect(error).toMatchObject({ code: 'INTENT_INVALID' })
      expect(String(error)).toContain('target: enter needs')
      expect(String(error)).toContain('conviction: 2 is not between 0 and 1')
    }
  })
})
