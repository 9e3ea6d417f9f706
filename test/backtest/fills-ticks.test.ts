import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { DEFAULT_FILL_RULES } from '#sim/fills/types'
import type { BacktestPlan } from '#sim/backtest/plan'
import { d, MINUTE, runScript, ticksOf } from './scripted'

setDefaultTimeout(60_000)

/*
 * F1, rule by rule, with figures worked out by hand. Bars are made of the trades: bar 0 covers minute 0, so a decision on it falls at
 * minute 1; every test has prints at the start and the end that only make the bars.
 */

const GTC = { routing: { style: 'limit', slippageBpsMax: d('2000'), timeInForce: 'gtc' } } as const
const IOC = { routing: { style: 'limit', slippageBpsMax: d('2000'), timeInForce: 'ioc' } } as const
const EDGES = [
  [0, 1, 100, 1],
  [3 * MINUTE, 1, 100, 1],
]

/** Runs one wish at minute 1 on quotes and trades of the minutes after it. */
function run(wish: Parameters<typeof runScript>[1], quotes: number[][], trades: number[][] = [], plan: Partial<BacktestPlan> = {}) {
  const all = [...EDGES, ...trades].sort(([a = 0], [b = 0]) => a - b)
  return runScript(ticksOf([[0, 99, 101, 50, 50], ...quotes], all), wish, plan)
}

describe('what takes', () => {
  test('SIM-10 a market order takes the opposite quote of its arrival', () => {
    const quotes = [
      [MINUTE - 10, 98, 102, 50, 50],
      [MINUTE + 10, 90, 110, 50, 50],
    ]
    expect(run({ 0: { quantity: '2' } }, quotes).fills).toMatchObject([{ price: '102', quantity: '2', liquidity: 'taker', atMs: MINUTE }])
    expect(run({ 0: { quantity: '-2' } }, quotes).fills).toMatchObject([{ price: '98', liquidity: 'taker' }])
  })

  test('SIM-10 latency: the decision sees an older quote than the one it takes', () => {
    const quotes = [[MINUTE + 100, 98, 102, 50, 50]]
    const { fills } = run({ 0: { quantity: '2' } }, quotes, [], { latencyMs: 150 })
    expect(fills).toMatchObject([{ price: '102', atMs: MINUTE + 150, heardAtMs: MINUTE + 300 }])
  })

  test('SIM-10 a quote has what it shows: the rest of a market order is canceled, of a limit it rests', () => {
    const quotes = [
      [MINUTE - 10, 99, 101, 50, 3],
      [MINUTE + 20, 98, 100, 50, 9],
    ]
    const market = run({ 0: { quantity: '5' } }, quotes)
    expect(market.fills).toMatchObject([{ quantity: '3', price: '101' }])
    expect(market.events.at(-1)).toBe('order.canceled: not fillable at once')
    expect(run({ 0: { quantity: '5', limit: '101' } }, quotes, [], GTC).fills).toMatchObject([
      { quantity: '3', price: '101', liquidity: 'taker', atMs: MINUTE },
      { quantity: '2', price: '101', liquidity: 'maker', atMs: MINUTE + 20 },
    ])
  })

  test('SIM-10 without sizes a quote has enough', () => {
    const { fills } = run({ 0: { quantity: '500' } }, [[MINUTE - 10, 99, 101]], [], { capital: d('100000') })
    expect(fills).toMatchObject([{ quantity: '500', price: '101' }])
  })

  test('SIM-10 a limit that may not rest is canceled where the quote is worse', () => {
    const { fills, events } = run({ 0: { quantity: '1', limit: '100' } }, [], [], IOC)
    expect(fills).toEqual([])
    expect(events.at(-1)).toBe('order.canceled: not fillable at once')
  })

  test('SIM-04 slippage counts on quotes too', () => {
    const fills = { ...DEFAULT_FILL_RULES, slippage: { kind: 'bps', bps: d('50') } } as const
    expect(run({ 0: { quantity: '1' } }, [], [], { fills }).fills).toMatchObject([{ price: '102' }]) // 101.505 on a tick of 1
  })

  test('SIM-10 without quotes it takes the price of the next print, however large', () => {
    const prints = [...EDGES, [MINUTE + 5_000, -1, 104, 0.5], [MINUTE + 9_000, 1, 105, 9]].sort(([a = 0], [b = 0]) => a - b)
    const { fills, result } = runScript(ticksOf([], prints), { 0: { quantity: '2' } })
    expect(fills).toMatchObject([{ price: '104', quantity: '2', liquidity: 'taker', atMs: MINUTE + 5_000 }])
    expect(result.report.metadata).toMatchObject({ level: 'F1', models: { fills: expect.stringContaining('trades: the next trade') } })
  })
})

describe('what rests', () => {
  const BUY = { 0: { quantity: '4', limit: '97' } }

  test('SIM-10 makes where a quote crosses it, as far as the quote goes', () => {
    const quotes = [
      [MINUTE + 1_000, 96, 98, 9, 9],
      [MINUTE + 2_000, 95, 97, 9, 3],
      [MINUTE + 3_000, 95, 96, 9, 9],
    ]
    expect(run(BUY, quotes, [], GTC).fills).toMatchObject([
      { quantity: '3', price: '97', liquidity: 'maker', atMs: MINUTE + 2_000 },
      { quantity: '1', price: '97', liquidity: 'maker', atMs: MINUTE + 3_000 },
    ])
  })

  test('SIM-10 two orders that one quote crosses share what it shows, the first served first', () => {
    const quotes = [
      [MINUTE - 10, 96, 98, 9, 9],
      [2 * MINUTE + 1_000, 100, 101, 3, 9],
      [2 * MINUTE + 2_000, 100, 101, 9, 9],
    ]
    // Long 2, then short 2 with a limit: one order closes, the other opens.
    const wishes = { 0: { quantity: '2', limit: '98' }, 1: { quantity: '-2', limit: '99' } }
    const { fills, result } = run(wishes, quotes, [], GTC)
    expect(fills.slice(1).map(({ quantity, atMs }) => [quantity, atMs - 2 * MINUTE])).toEqual([
      ['2', 1_000],
      ['1', 1_000],
      ['1', 2_000],
    ])
    expect(result.report.trades.map(({ side, size }) => [side, size])).toEqual([['long', '2']])
  })

  test('SIM-10 makes where a print goes through it, and at its price where the taker sold', () => {
    const through = [[MINUTE + 1_000, 1, 96, 3]]
    expect(run(BUY, [], through, GTC).fills).toMatchObject([{ quantity: '3', price: '97', atMs: MINUTE + 1_000 }])
    const sold = [[MINUTE + 1_000, -1, 97, 3]]
    const bought = [[MINUTE + 1_000, 1, 97, 3]]
    expect(run(BUY, [], sold, GTC).fills).toMatchObject([{ quantity: '3', price: '97' }])
    expect(run(BUY, [], bought, GTC).fills).toEqual([])
  })

  test('SIM-10 does not fill on a touch where the market must go through', () => {
    const fills = { ...DEFAULT_FILL_RULES, touch: 'through' } as const
    expect(run(BUY, [], [[MINUTE + 1_000, -1, 97, 3]], { ...GTC, fills }).fills).toEqual([])
    expect(run(BUY, [], [[MINUTE + 1_000, -1, 96, 3]], { ...GTC, fills }).fills).toMatchObject([{ quantity: '3' }])
  })

  test('SIM-04 a cap leaves the rest of a print to others', () => {
    const fills = { ...DEFAULT_FILL_RULES, volumeShareMax: 0.25 } as const
    expect(run(BUY, [], [[MINUTE + 1_000, -1, 96, 8]], { ...GTC, fills }).fills).toMatchObject([{ quantity: '2' }])
  })

  test('SIM-10 a print of an instant comes before the quote of it', () => {
    const { fills } = run(BUY, [[MINUTE + 1_000, 95, 96, 9, 9]], [[MINUTE + 1_000, -1, 97, 1]], GTC)
    expect(fills).toMatchObject([{ quantity: '1' }, { quantity: '3' }])
  })

  test('SIM-10 post-only that would take at its arrival is refused', () => {
    const quotes = [[MINUTE + 50, 95, 96, 9, 9]]
    const { events } = run({ 0: { quantity: '1', limit: '97', postOnly: true } }, quotes, [], { ...GTC, latencyMs: 100 })
    expect(events).toEqual(['order.submitting', 'order.refused: it would take liquidity'])
  })

  test('SIM-10 a sell rests and fills the other way round', () => {
    const { fills } = run({ 0: { quantity: '-1', limit: '103' } }, [], [[MINUTE + 1_000, 1, 103, 5]], GTC)
    expect(fills).toMatchObject([{ side: 'sell', price: '103', liquidity: 'maker' }])
  })
})
