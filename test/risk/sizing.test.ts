import { describe, expect, test } from 'bun:test'
import { decimal, divide, isGreater, multiply } from '#domain/decimal'
import type { Intent, IntentGrounds } from '#domain/intent'
import { kellyStake } from '#risk/kelly'
import { planIntent } from '#risk/plan'
import { sizeRisk, type SizingRequest } from '#risk/sizing'
import type { SizingConfig, SizingMeans } from '#risk/sizing-config'
import { unitCostOf } from '#risk/worst-case'
import { BTC, d, intentOf, proposalOf, quoteOf, requestOf } from './fixtures'

const MEANS: SizingMeans = { equity: d('20000'), capital: d('5000'), scale: d('1') }
const GROUNDS: IntentGrounds = { edge: null, style: 'directional', sourceNotional: null, expectedProfit: null }
const ends = { orderNotionalMin: d('20'), scale: d('1') }

/** A buy (or sell) at 50,000 exactly; with its fee of 40 bps a unit costs 50,200. */
function request(intent: Partial<Intent> = {}, means: Partial<SizingMeans> = {}, side: 'buy' | 'sell' = 'buy'): SizingRequest {
  const order = { side, limitPrice: d('50000'), referencePrice: d('50000'), postOnly: false }
  const unit = unitCostOf(order, BTC, quoteOf('49999', '50001'), d('1'), d('50'))
  const { stopPrice = null, grounds, averageTrueRange } = intent
  return {
    intent: { stopPrice, ...(grounds === undefined ? {} : { grounds }), ...(averageTrueRange === undefined ? {} : { averageTrueRange }) },
    instrument: BTC,
    means: { ...MEANS, ...means },
    entry: () => ({ order, unit, bufferBps: d('50') }),
  }
}

function quantity(sizing: SizingConfig, from: SizingRequest = request()) {
  const sized = sizeRisk(sizing, from)
  return sized.kind === 'sized' ? sized.quantity : sized.reason
}

const edge = (winProbability: number, payoffRatio: number) => ({ grounds: { ...GROUNDS, edge: { winProbability, payoffRatio } } })
const atr: SizingConfig = { method: 'atr', riskRatio: d('0.01'), atrMultiple: d('2'), bars: 20, ...ends }

describe('sizes', () => {
  // 100 ÷ 50,200 is 0.00199203…
  const CASES: readonly [string, SizingConfig, SizingRequest, string][] = [
    ['EXE-05 fixed pays its fee out of the notional', { method: 'fixed', orderNotional: d('100'), ...ends }, request(), '0.00199203'],
    ['EXE-05 quantity is brought down to the lot', { method: 'quantity', quantity: d('0.0100000019'), ...ends }, request(), '0.01'],
    ['STR-10 a part of the capital', { method: 'proportional', ratio: d('0.02'), of: 'capital', ...ends }, request(), '0.00199203'],
    ['STR-10 a part of the equity', { method: 'proportional', ratio: d('0.005'), of: 'equity', ...ends }, request(), '0.00199203'],
    [
      'STR-10 a part of the copied trade',
      { method: 'proportional', ratio: d('0.1'), of: 'source', ...ends },
      request({ grounds: { ...GROUNDS, sourceNotional: d('1000') } }),
      '0.00199203',
    ],
    [
      'STR-10 a part of the copied trade, capped',
      { method: 'cappedProportional', ratio: d('0.5'), of: 'source', cap: d('100'), ...ends },
      request({ grounds: { ...GROUNDS, sourceNotional: d('1000') } }),
      '0.00199203',
    ],
    // f* = (1 × 0.55 − 0.45) / 1 = 0.1; a half of 5,000 × 0.1 is 250.
    ['RSK-07 half Kelly', { method: 'kelly', fraction: 'half', ...ends }, request(edge(0.55, 1)), '0.00498007'],
    ['RSK-07 a quarter', { method: 'kelly', fraction: 'quarter', ...ends }, request(edge(0.55, 1)), '0.00249003'],
    ['RSK-07 a fifth', { method: 'kelly', fraction: 'fifth', ...ends }, request(edge(0.55, 1)), '0.00199203'],
    // 1 % of 20,000 is 200. A stop at 49,000 loses 50,200 − 49,000 × 0.996 = 1,396 a unit.
    ['RSK-04 by the stop of the intent', atr, request({ stopPrice: d('49000') }), '0.14326647'],
    // Two ranges of 500 below 50,000 is the same stop.
    ['RSK-04 by two average true ranges', atr, request({ averageTrueRange: 500 }), '0.14326647'],
    // A stop at 51,000 costs 51,000 × 1.004 − 50,000 × 0.996 = 1,404 a unit.
    ['RSK-04 of a short', atr, request({ stopPrice: d('51000') }, {}, 'sell'), '0.14245014'],
    // All of 50,200 can be lost.
    ['RSK-04 by a range wider than the price', atr, request({ averageTrueRange: 40_000 }), '0.00398406'],
    ['MKT-06 bear regime takes 0.6 of it', { method: 'quantity', quantity: d('1'), ...ends }, request({}, { scale: d('0.6') }), '0.6'],
    ['MKT-06 crash regime takes nothing', { method: 'quantity', quantity: d('1'), ...ends }, request({}, { scale: d('0') }), '0'],
    [
      'RUN-10 a canary takes its share of what the regime leaves',
      { method: 'quantity', quantity: d('1'), orderNotionalMin: d('20'), scale: d('0.5') },
      request({}, { scale: d('0.6') }),
      '0.3',
    ],
    ['RSK-07 no edge, no trade', { method: 'kelly', fraction: 'half', ...ends }, request(edge(0.5, 1)), 'no_edge'],
    ['RSK-07 negative edge, no trade', { method: 'kelly', fraction: 'half', ...ends }, request(edge(0.4, 1)), 'no_edge'],
    ['RSK-07 unknown edge, no size', { method: 'kelly', fraction: 'half', ...ends }, request(), 'unsized'],
    ['STR-10 unknown source, no size', { method: 'proportional', ratio: d('0.1'), of: 'source', ...ends }, request(), 'unsized'],
    ['RSK-04 neither stop nor range, no size', atr, request(), 'unsized'],
    ['RSK-04 a stop on the wrong side, no size', atr, request({ stopPrice: d('50001') }), 'unsized'],
  ]
  test.each(CASES)('%s', (_, sizing, from, expected) => {
    expect(quantity(sizing, from) as string).toBe(expected)
  })

  test('RSK-07 the stake is (bp − q) / b and never negative', () => {
    expect(kellyStake({ winProbability: 0.6, payoffRatio: 2 })).toBeCloseTo(0.4, 12)
    expect(kellyStake({ winProbability: 1, payoffRatio: 0.1 })).toBe(1)
    expect(kellyStake({ winProbability: 0.1, payoffRatio: 2 })).toBe(0)
  })

  test('RSK-04 what a size by its stop can lose is the fraction of equity, fees of both ways included, and one lot more is beyond', () => {
    for (const stop of ['49999.9', '49950', '45000', '10000', '0.1']) {
      const sized = decimal(quantity(atr, request({ stopPrice: d(stop) })))
      const perUnit = d((50_200 - Number(stop) * 0.996).toFixed(9))
      expect(isGreater(multiply(sized, perUnit), d('200'))).toBe(false)
      expect(isGreater(multiply(decimal((Number(sized) + 1e-8).toFixed(8)), perUnit), d('200'))).toBe(true)
    }
  })
})

describe('sizes in a plan', () => {
  const planned = (over: Parameters<typeof requestOf>[0]) => planIntent(requestOf(over))

  test('RSK-07 an entry without an edge is no trade, and what works of an earlier one is canceled', () => {
    const working = [
      { clientOrderId: proposalOf().clientOrderId, side: 'buy' as const, leavesQuantity: d('0.01'), isCanceling: false },
      { clientOrderId: proposalOf().clientOrderId, side: 'sell' as const, leavesQuantity: d('0.01'), isCanceling: false },
    ]
    const plan = planned({ sizing: { method: 'kelly', fraction: 'half', ...ends }, intent: intentOf(edge(0.4, 1)), working })
    expect(plan).toMatchObject({ action: 'none', reason: 'no_edge', proposals: [], cancels: [working[0]?.clientOrderId] })
    expect(plan.text).toContain('a chance of 0.4 at 1 to 1 has no edge')
    expect(planned({ sizing: { method: 'kelly', fraction: 'half', ...ends } })).toMatchObject({ reason: 'unsized', cancels: [] })
  })

  test('RSK-04 an exit and a target of stated size need no sizing', () => {
    const sizing: SizingConfig = { method: 'kelly', fraction: 'half', ...ends }
    const exit = planned({ sizing, intent: intentOf({ kind: 'exit', target: { kind: 'flat' } }), position: d('1') })
    expect(exit.proposals).toMatchObject([{ side: 'sell', quantity: '1' }])
    const stated = planned({ sizing, intent: intentOf({ target: { kind: 'quantity', quantity: d('0.5') } }) })
    expect(stated.proposals).toMatchObject([{ side: 'buy', quantity: '0.5' }])
  })

  test('MKT-06 a scale below 1 makes a stated entry smaller, and sells nothing of what is held', () => {
    const means = { equity: d('1'), capital: d('1'), scale: d('0.5') }
    const intent = intentOf({ target: { kind: 'quantity', quantity: d('1') } })
    const at = (position: string) => planned({ means, intent, position: d(position) }).target as string
    expect(at('0')).toBe('0.5')
    expect(at('0.2')).toBe('0.5')
    expect(at('0.7')).toBe('0.7')
    expect(at('1.5')).toBe('1') // what the intent itself gives up
    const short = intentOf({ target: { kind: 'quantity', quantity: d('-1') } })
    expect(planned({ means, intent: short, position: d('-0.7') }).target as string).toBe('-0.7')
    expect(planned({ means, intent: short, position: d('0.7') }).target as string).toBe('-0.5')
  })

  test('MKT-06 in a crash nothing is entered, and what reduces is planned as before', () => {
    const means = { equity: d('1'), capital: d('1'), scale: d('0') }
    expect(planned({ means }).proposals).toEqual([])
    const reduce = intentOf({ kind: 'reduce', target: { kind: 'quantity', quantity: d('0.4') } })
    expect(planned({ means, intent: reduce, position: d('1') }).proposals).toMatchObject([{ side: 'sell', quantity: '0.6' }])
  })

  test('RSK-04 a size by its stop is planned from the equity in quote currency', () => {
    const plan = planned({ sizing: atr, means: MEANS, intent: intentOf({ stopPrice: d('45000') }) })
    // A limit buy at 50,250 with its fee costs 50,451; at the stop 44,820 is left: 5,631 a unit.
    expect(plan.proposals[0]?.quantity as string).toBe(divide(d('200'), d('5631'), 8, 'down'))
  })
})
