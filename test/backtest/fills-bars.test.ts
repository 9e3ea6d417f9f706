import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { DEFAULT_FILL_RULES, type FillRules } from '#sim/fills/types'
import type { BacktestPlan } from '#sim/backtest/plan'
import { barsOf, d, MINUTE, runScript, ticksOf } from './scripted'

setDefaultTimeout(60_000)

/*
 * F0, rule by rule, with figures worked out by hand. A decision on the close of bar 0 works on bar 1, which opens at minute 1. Where
 * within a bar a resting order fills is not known: the middle of the bar is taken.
 */

const rules = (over: Partial<FillRules>): Partial<BacktestPlan> => ({ fills: { ...DEFAULT_FILL_RULES, ...over } })
const GTC = { routing: { style: 'limit', slippageBpsMax: d('2000'), timeInForce: 'gtc' } } as const
const IOC = { routing: { style: 'limit', slippageBpsMax: d('2000'), timeInForce: 'ioc' } } as const

/** Bar 1 opens at 101, falls to 95 and rises to 110; bar 2 opens at 104. */
const BARS = barsOf([
  [100, 100, 100, 100],
  [101, 110, 95, 105],
  [104, 106, 90, 92],
  [91, 93, 91, 92],
])

describe('market orders', () => {
  test('SIM-10 a decision on a close fills at the next open', () => {
    const { fills, events } = runScript(BARS, { 0: { quantity: '2' }, 1: { quantity: '0' } })
    expect(fills).toEqual([
      { side: 'buy', quantity: '2', price: '101', fee: '0', liquidity: 'taker', atMs: MINUTE, heardAtMs: MINUTE },
      { side: 'sell', quantity: '2', price: '104', fee: '0', liquidity: 'taker', atMs: 2 * MINUTE, heardAtMs: 2 * MINUTE },
    ])
    expect(events).toEqual(['order.submitting', 'order.accepted', 'order.filled', 'order.submitting', 'order.accepted', 'order.filled'])
  })

  test('SIM-04 a decision on the last close finds no bar: its order is canceled when the company stops', () => {
    const { fills, result } = runScript(BARS, { 3: { quantity: '1' } })
    expect(fills).toEqual([])
    expect(result.report.summary).toMatchObject({ orders: 1, fills: 0, openPosition: '0' })
  })

  test('SIM-04 slippage in basis points goes against the taker and onto the tick against him', () => {
    // 101 × 30 bp = 0.303: bought at 101.303, which is 102 on a tick of 1; sold at 104 − 0.312, which is 103.
    const { fills } = runScript(BARS, { 0: { quantity: '1' }, 1: { quantity: '0' } }, rules({ slippage: { kind: 'bps', bps: d('30') } }))
    expect(fills.map((fill) => fill.price)).toEqual(['102', '103'])
  })

  test('SIM-04 slippage as a share of the range takes it of the executing bar', () => {
    // Bar 1 spans 15, bar 2 spans 16: a fifth is 3 and 3.2.
    const { fills } = runScript(
      BARS,
      { 0: { quantity: '1' }, 1: { quantity: '0' } },
      rules({ slippage: { kind: 'range', share: d('0.2') } }),
    )
    expect(fills.map((fill) => fill.price)).toEqual(['104', '100'])
  })

  test('SIM-04 no slippage takes a price to zero: a sale keeps a tick, or its price where the tick is coarser', () => {
    const wide = barsOf([
      [2, 2, 2, 2],
      [2, 50, 1, 2],
      [2, 2, 2, 2],
    ])
    const plan = rules({ slippage: { kind: 'range', share: d('1') } })
    expect(runScript(wide, { 0: { quantity: '-1' } }, plan).fills).toMatchObject([{ side: 'sell', price: '1' }])
    const coarse = { ...plan, instrument: { tickSize: d('5') } }
    expect(runScript(wide, { 0: { quantity: '-1' } }, coarse).fills).toMatchObject([{ side: 'sell', price: '2' }])
  })

  test('SIM-04 a size below the least of the instrument, and a share of the range on ticks, are refused', () => {
    const instrument = { quantityMin: d('2') }
    expect(() => runScript(BARS, {}, { instrument })).toThrow('quantity = 1: is below 2, the least')
    const ticks = ticksOf([[0, 99, 101]], [])
    expect(() => runScript(ticks, {}, rules({ slippage: { kind: 'range', share: d('0.2') } }))).toThrow('ticks have no range (F1)')
  })

  test('SIM-04 a cap on the volume fills in part; what is left of a market order is canceled', () => {
    const { fills, events } = runScript(BARS, { 0: { quantity: '30' } }, rules({ volumeShareMax: 0.1 }))
    expect(fills.map((fill) => fill.quantity)).toEqual(['10'])
    expect(events.at(-1)).toBe('order.canceled: not fillable at once')
  })
})

describe('limit orders', () => {
  test('SIM-10 one that the open is as good as takes at the open', () => {
    const { fills } = runScript(BARS, { 0: { quantity: '1', limit: '103' } }, GTC)
    expect(fills).toMatchObject([{ price: '101', liquidity: 'taker', atMs: MINUTE }])
  })

  test('SIM-04 slippage never goes beyond the limit', () => {
    const { fills } = runScript(
      BARS,
      { 0: { quantity: '1', limit: '103' } },
      { ...GTC, ...rules({ slippage: { kind: 'bps', bps: d('500') } }) },
    )
    expect(fills[0]?.price).toBe('103')
  })

  test('SIM-10 one below the open rests and makes at its own price where the low reaches it', () => {
    const { fills } = runScript(BARS, { 0: { quantity: '1', limit: '97' } }, GTC)
    expect(fills).toMatchObject([{ price: '97', liquidity: 'maker', atMs: 1.5 * MINUTE, heardAtMs: 1.5 * MINUTE }])
  })

  test('SIM-10 a touch fills, or does not where the market must trade through', () => {
    expect(runScript(BARS, { 0: { quantity: '1', limit: '95' } }, GTC).fills).toMatchObject([{ price: '95', atMs: 1.5 * MINUTE }])
    const through = runScript(BARS, { 0: { quantity: '1', limit: '95' } }, { ...GTC, ...rules({ touch: 'through' }) })
    expect(through.fills).toMatchObject([{ price: '95', atMs: 2.5 * MINUTE }]) // bar 2 falls to 90
  })

  test('SIM-10 a sell makes where the high reaches it', () => {
    const { fills } = runScript(BARS, { 0: { quantity: '-1', limit: '109' } }, GTC)
    expect(fills).toMatchObject([{ side: 'sell', price: '109', liquidity: 'maker', atMs: 1.5 * MINUTE }])
  })

  test('SIM-10 one that rests takes the open of a bar that opens beyond it', () => {
    const gap = barsOf([
      [100, 100, 100, 100],
      [100, 100, 99, 99],
      [94, 96, 94, 95],
    ])
    const { fills } = runScript(gap, { 0: { quantity: '1', limit: '97' } }, GTC)
    expect(fills).toMatchObject([{ price: '94', liquidity: 'maker', atMs: 2 * MINUTE }])
  })

  test('SIM-10 one that may not rest is canceled where the open is worse', () => {
    const { fills, events } = runScript(BARS, { 0: { quantity: '1', limit: '97' } }, IOC)
    expect(fills).toEqual([])
    expect(events.slice(-2)).toEqual(['order.accepted', 'order.canceled: not fillable at once'])
  })

  test('SIM-04 a cap on the volume leaves the rest of a resting order in the book', () => {
    const { fills } = runScript(BARS, { 0: { quantity: '15', limit: '97' } }, { ...GTC, ...rules({ volumeShareMax: 0.1 }) })
    expect(fills).toMatchObject([
      { quantity: '10', price: '97', atMs: 1.5 * MINUTE },
      { quantity: '5', price: '97', atMs: 2.5 * MINUTE },
    ])
  })

  test('SIM-10 post-only: refused where the next open is beyond it, else it makes', () => {
    const down = barsOf([
      [100, 100, 100, 100],
      [96, 99, 95, 98],
    ])
    const refused = runScript(down, { 0: { quantity: '1', limit: '97', postOnly: true } }, GTC)
    expect(refused.fills).toEqual([])
    expect(refused.events).toEqual(['order.submitting', 'order.refused: it would take liquidity'])
    expect(runScript(BARS, { 0: { quantity: '1', limit: '97', postOnly: true } }, GTC).fills).toMatchObject([
      { price: '97', liquidity: 'maker' },
    ])
  })

  test('SIM-10 a newer wish amends or replaces what rests', () => {
    const { fills, events } = runScript(BARS, { 0: { quantity: '1', limit: '94' }, 1: { quantity: '1', limit: '91' } }, GTC)
    expect(fills).toMatchObject([{ quantity: '1' }])
    expect(events).toContain('order.amended')
  })
})

describe('costs and delays', () => {
  const fees = { instrument: { makerFeeBps: d('-1'), takerFeeBps: d('7.5') }, capital: d('1000') }

  test('EXE-05 fees are the instrument’s, to the last digit, and the account pays them', () => {
    const { fills, result } = runScript(BARS, { 0: { quantity: '2' }, 1: { quantity: '0', limit: '106' } }, { ...fees, ...GTC })
    // 2 × 101 × 7.5 bp = 0.1515 to take, 2 × 106 × −1 bp = −0.0212 to make: 10 won, less 0.1303.
    expect(fills).toMatchObject([
      { price: '101', fee: '0.1515', liquidity: 'taker' },
      { price: '106', fee: '-0.0212', liquidity: 'maker' },
    ])
    expect(result.report.summary).toMatchObject({ totalPnl: '9.8697', fees: '0.1303', equity: '1009.8697' })
    expect(result.report.trades).toMatchObject([{ pnl: '9.8697', fee: '0.1303', entryPrice: '101', exitPrice: '106', size: '2' }])
  })

  test('SIM-04 latency delays the order and each report; within the next bar it still has that bar’s open', () => {
    const { fills } = runScript(BARS, { 0: { quantity: '1' } }, { latencyMs: 250 })
    expect(fills).toMatchObject([{ price: '101', atMs: MINUTE + 250, heardAtMs: MINUTE + 500 }])
  })

  test('SIM-04 an order that arrives at the close of the next bar or later works from the bar after', () => {
    const justBefore = runScript(BARS, { 0: { quantity: '1' } }, { latencyMs: MINUTE - 1 })
    const atClose = runScript(BARS, { 0: { quantity: '1' } }, { latencyMs: MINUTE })
    expect(justBefore.fills).toMatchObject([{ price: '101', atMs: 2 * MINUTE - 1 }])
    expect(atClose.fills).toMatchObject([{ price: '104', atMs: 2 * MINUTE }])
  })
})
