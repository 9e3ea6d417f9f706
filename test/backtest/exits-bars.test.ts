import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { DEFAULT_FILL_RULES, type FillRules } from '#sim/fills/types'
import type { BacktestPlan } from '#sim/backtest/plan'
import { DEFAULT_PROTECTION, type ProtectionConfig } from '#risk/protection'
import { barsOf, d, MINUTE, runScript, type ScriptRun, scripted, T0, type Wish } from './scripted'

setDefaultTimeout(60_000)

/*
 * Protective exits on bars (F0), with figures worked out by hand. The script decides on the close of bar 0; the position is opened at the
 * open of bar 1, which is 100. Within a bar the extreme that is worse for the position comes first, then the better one, then the close.
 */

const FINE: Partial<BacktestPlan> = { instrument: { tickSize: d('0.01') } }
const rules = (over: Partial<FillRules>): Partial<BacktestPlan> => ({ ...FINE, fills: { ...DEFAULT_FILL_RULES, ...over } })
const guarded = (over: Partial<ProtectionConfig>): Partial<BacktestPlan> => ({ ...FINE, protection: { ...DEFAULT_PROTECTION, ...over } })
const GTC = { routing: { style: 'limit', slippageBpsMax: d('2000'), timeInForce: 'gtc' } } as const

const FLAT = [100, 100, 100, 100]
const ENTRY = [100, 103, 98, 102]

/** Runs one position over the bars behind the first two. */
function hold(wish: Partial<Wish>, rows: readonly (readonly number[])[], plan: Partial<BacktestPlan> = FINE): ScriptRun {
  return runScript(barsOf([FLAT, ENTRY, ...rows]), { 0: { quantity: '1', ...wish } }, plan)
}

const exitOf = ({ fills }: ScriptRun) => fills.slice(1).map(({ side, price, atMs }) => ({ side, price, minute: atMs / MINUTE }))
const exitsOf = ({ result }: ScriptRun) => result.report.events.exits

describe('stop and target', () => {
  test('PAIN-12 a bar that holds both is taken by the stop, at its trigger', () => {
    const run = hold({ stop: '96', target: '107' }, [[102, 108, 94, 105], FLAT])
    expect(exitOf(run)).toEqual([{ side: 'sell', price: '96', minute: 2.5 }])
    expect(exitsOf(run)).toEqual({ stop: 1 })
  })

  test('PAIN-12 a target fills at its level', () => {
    const run = hold({ target: '107' }, [[102, 108, 94, 105], FLAT])
    expect(exitOf(run)).toEqual([{ side: 'sell', price: '107', minute: 2.5 }])
    expect(exitsOf(run)).toEqual({ target: 1 })
  })

  test('PAIN-12 a bar that opens beyond a level is taken at its open', () => {
    expect(exitOf(hold({ stop: '96' }, [[95, 99, 94, 98], FLAT]))).toEqual([{ side: 'sell', price: '95', minute: 2 }])
    expect(exitOf(hold({ target: '107' }, [[109, 110, 94, 98], FLAT]))).toEqual([{ side: 'sell', price: '109', minute: 2 }])
  })

  test('PAIN-12 the bar of the entry counts, from its open on', () => {
    expect(exitOf(hold({ stop: '99', target: '103' }, [FLAT]))).toEqual([{ side: 'sell', price: '99', minute: 1.5 }])
    expect(exitOf(hold({ stop: '97', target: '103' }, [FLAT]))).toEqual([{ side: 'sell', price: '103', minute: 1.5 }])
    // It opened below the stop that was stated for it.
    expect(exitOf(hold({ stop: '101' }, [FLAT]))).toEqual([{ side: 'sell', price: '100', minute: 1 }])
  })

  test('PAIN-12 a touch sets off; a bar short of it by a tick does not', () => {
    expect(exitOf(hold({ stop: '96' }, [[102, 102, 96, 100], FLAT]))).toEqual([{ side: 'sell', price: '96', minute: 2.5 }])
    expect(exitOf(hold({ stop: '96', target: '107' }, [[102, 106.99, 96.01, 100], FLAT]))).toEqual([])
  })

  test('PAIN-12 a short position the other way round', () => {
    const short = { quantity: '-1', stop: '104', target: '95' }
    expect(exitOf(hold(short, [[102, 108, 94, 105], FLAT]))).toEqual([{ side: 'buy', price: '104', minute: 2.5 }])
    expect(exitOf(hold({ ...short, stop: '110' }, [[102, 108, 94, 105], FLAT]))).toEqual([{ side: 'buy', price: '95', minute: 2.5 }])
    expect(exitOf(hold(short, [[106, 108, 94, 105], FLAT]))).toEqual([{ side: 'buy', price: '106', minute: 2 }])
  })

  test('PAIN-12 a level between two ticks is reached at the tick beyond it', () => {
    const coarse = { instrument: { tickSize: d('1') } }
    expect(exitOf(hold({ stop: '96.4' }, [[102, 108, 94, 105], FLAT], coarse))).toEqual([{ side: 'sell', price: '96', minute: 2.5 }])
    expect(exitOf(hold({ target: '106.4' }, [[102, 108, 94, 105], FLAT], coarse))).toEqual([{ side: 'sell', price: '107', minute: 2.5 }])
  })

  test('PAIN-12 the ratios of a bot hold where the strategy states nothing, of the price that was paid', () => {
    const run = hold({}, [[102, 108, 94, 105], FLAT], guarded({ stopLossRatio: d('0.03'), takeProfitRatio: d('0.06') }))
    expect(exitOf(run)).toEqual([{ side: 'sell', price: '97', minute: 2.5 }])
    expect(exitOf(hold({}, [[102, 108, 99, 105], FLAT], guarded({ takeProfitRatio: d('0.06') })))).toMatchObject([{ price: '106' }])
  })
})

describe('trailing stops', () => {
  test('PAIN-12 a bar’s fall meets the trail of the highs before it, not of its own', () => {
    // The best is 103, the high of bar 1: 5 % below it lies 97.85. By the high of bar 2 it would have been 102.60.
    const run = hold({ trailing: '0.05' }, [[102, 108, 94, 105], FLAT])
    expect(exitOf(run)).toEqual([{ side: 'sell', price: '97.85', minute: 2.5 }])
    expect(exitsOf(run)).toEqual({ trailing: 1 })
  })

  test('PAIN-12 the way from the high to the close meets the trail of that high', () => {
    expect(exitOf(hold({ trailing: '0.05' }, [[102, 108, 99, 102], FLAT]))).toEqual([{ side: 'sell', price: '102.6', minute: 2.5 }])
  })

  test('PAIN-12 a low that may have come before the high does not; the next bar opens at what is known then', () => {
    const rows = [[102, 108, 101, 104], [102, 103, 90, 95], FLAT]
    expect(exitOf(hold({ trailing: '0.05' }, rows))).toEqual([{ side: 'sell', price: '102', minute: 3 }])
    // An open that is a new best counts for the fall behind it: 5 % below 110 lies 104.50.
    const gap = [[102, 108, 103, 104], [110, 112, 100, 105], FLAT]
    expect(exitOf(hold({ trailing: '0.05' }, gap))).toEqual([{ side: 'sell', price: '104.5', minute: 3.5 }])
  })

  test('PAIN-12 of a short position it follows the lows', () => {
    // The best is 98: 5 % above it lies 102.90.
    const run = hold({ quantity: '-1', trailing: '0.05' }, [[102, 108, 94, 105], FLAT])
    expect(exitOf(run)).toEqual([{ side: 'buy', price: '102.9', minute: 2.5 }])
  })

  test('PAIN-12 of stop and trailing stop the nearer acts', () => {
    expect(exitsOf(hold({ trailing: '0.05', stop: '97' }, [[102, 108, 94, 105], FLAT]))).toEqual({ trailing: 1 })
    const stop = hold({ trailing: '0.05', stop: '98' }, [[102, 108, 94, 105], FLAT])
    expect(exitsOf(stop)).toEqual({ stop: 1 })
    expect(exitOf(stop)).toEqual([{ side: 'sell', price: '98', minute: 1.5 }])
  })
})

describe('beside other orders', () => {
  /** Bar 1 opens at 101, falls to 95 and rises to 110. */
  const WITHIN = barsOf([FLAT, [101, 110, 95, 105], [104, 106, 104, 104]])
  const enter = (wish: Partial<Wish>) => runScript(WITHIN, { 0: { quantity: '1', limit: '97', ...wish } }, { ...FINE, ...GTC })

  test('PAIN-12 what a resting order opens within a bar meets the bar’s worse extreme', () => {
    const run = enter({ stop: '96', target: '105' })
    expect(run.fills.map(({ price, atMs }) => [price, atMs / MINUTE])).toEqual([
      ['97', 1.5],
      ['96', 1.5],
    ])
  })

  test('PAIN-12 and of the better one only what the close shows, for it may have come before', () => {
    expect(exitOf(enter({ target: '109' }))).toEqual([])
    expect(exitOf(enter({ target: '104.5' }))).toEqual([{ side: 'sell', price: '104.5', minute: 1.5 }])
  })

  test('PAIN-12 the strategy’s own exit of the last close comes before the open that would set off the stop', () => {
    const bars = barsOf([FLAT, ENTRY, [95, 99, 94, 98], FLAT])
    const run = runScript(bars, { 0: { quantity: '1', stop: '96' }, 1: { quantity: '0' } }, FINE)
    expect(exitOf(run)).toEqual([{ side: 'sell', price: '95', minute: 2 }])
    expect(exitsOf(run)).toBeUndefined()
  })

  test('PAIN-12 a resting exit of the strategy and the stop come in the order of the path', () => {
    const bars = barsOf([FLAT, ENTRY, [102, 108, 94, 105], FLAT])
    const wishes = { 0: { quantity: '2', stop: '96' }, 1: { quantity: '1', limit: '106' } }
    // The stop comes first and takes all: the limit order is canceled with it.
    expect(exitOf(runScript(bars, wishes, { ...FINE, ...GTC }))).toEqual([{ side: 'sell', price: '96', minute: 2.5 + 0.25 / 60 }])
    const kept = runScript(bars, { ...wishes, 0: { quantity: '2', stop: '93' } }, { ...FINE, ...GTC })
    expect(exitOf(kept)).toEqual([{ side: 'sell', price: '106', minute: 2.5 }])
  })

  test('PAIN-12 a strategy finds itself flat at the close of the bar that took the position, and may enter anew', () => {
    const held: string[] = []
    const wishes = { 0: { quantity: '1', stop: '96' }, 2: { quantity: '1', stop: '90' } }
    const strategy = scripted(wishes, ({ position }) => held.push(position.netQuantity))
    const run = runScript(barsOf([FLAT, ENTRY, [102, 108, 94, 105], FLAT, FLAT]), strategy, FINE)
    expect(held).toEqual(['0', '1', '0', '1', '1'])
    expect(run.fills.map(({ side, price }) => `${side} ${price}`)).toEqual(['buy 100', 'sell 96', 'buy 100'])
  })
})

describe('costs and delays', () => {
  test('PAIN-12 slippage and fees of a taker come on top; the slip ends at the exit’s collar', () => {
    const slipped = (bps: string) => hold({ stop: '96' }, [[102, 108, 94, 105], FLAT], rules({ slippage: { kind: 'bps', bps: d(bps) } }))
    // 10 bp of 96 are 0.096; 25 bp, the collar, are 0.24.
    expect(exitOf(slipped('10'))).toMatchObject([{ price: '95.9' }])
    expect(exitOf(slipped('50'))).toMatchObject([{ price: '95.76' }])
    const paid = hold({ stop: '96' }, [[102, 108, 94, 105], FLAT], { instrument: { tickSize: d('0.01'), takerFeeBps: d('10') } })
    expect(paid.fills[1]).toMatchObject({ fee: '0.096', liquidity: 'taker' })
  })

  test('PAIN-12 the bar stands still while an exit is on its way', () => {
    const run = hold({ stop: '96' }, [[102, 108, 94, 105], FLAT], { ...FINE, latencyMs: 250 })
    expect(run.fills[1]).toMatchObject({ price: '96', atMs: 2.5 * MINUTE + 250, heardAtMs: 2.5 * MINUTE + 500 })
    const entry = runScript(
      barsOf([FLAT, [101, 110, 95, 105], FLAT]),
      { 0: { quantity: '1', limit: '97', stop: '96' } },
      { ...FINE, ...GTC, latencyMs: 250 },
    )
    // Filled at the bar's middle, told 250 ms later, sold 250 ms after that.
    expect(entry.fills[1]).toMatchObject({ price: '96', atMs: 1.5 * MINUTE + 500 })
  })

  test('PAIN-12 a cap on the volume leaves the rest of an exit to the bars behind it', () => {
    const bars = barsOf([FLAT, [...ENTRY, 1000], [102, 108, 94, 105, 100], [93, 94, 92, 93, 100], FLAT])
    const run = runScript(bars, { 0: { quantity: '15', stop: '96' } }, rules({ volumeShareMax: 0.1 }))
    expect(run.fills.slice(1).map(({ quantity, price }) => `${quantity} at ${price}`)).toEqual(['10 at 96', '5 at 93'])
  })

  test('PAIN-12 an exit does not try all day in a bar that has nothing left, nor where there is no bar', () => {
    const rows = [FLAT, [...ENTRY, 1000], [102, 108, 94, 105, 100], [93, 94, 92, 93, 10], [93, 94, 92, 93, 0], [93, 94, 92, 93, 100], FLAT]
    const bars = barsOf(rows)
    const DAY = 24 * 60 * MINUTE
    rows.forEach((_, index) => {
      // Days in place of minutes, and a hole of a week behind the third.
      const openAtMs = T0 + (index + (index > 2 ? 7 : 0)) * DAY
      bars.openAtMs[index] = openAtMs
      bars.closeAtMs[index] = openAtMs + DAY
    })
    const run = runScript(bars, { 0: { quantity: '15', stop: '96' } }, rules({ volumeShareMax: 0.1 }))
    expect(run.fills.slice(1).map(({ quantity, price }) => `${quantity} at ${price}`)).toEqual(['10 at 96', '1 at 93', '4 at 93'])
    expect(run.result.report.summary.orders).toBeLessThan(15)
  })
})

describe('runs without levels', () => {
  test('PAIN-12 nothing is started, and the report is what it was', () => {
    const { result } = hold({}, [[102, 108, 94, 105], FLAT])
    expect(result.runtime.company.protections.isOpen).toBe(false)
    expect(result.report.metadata.protection).toBeUndefined()
    expect(exitsOf({ result, fills: [], events: [] })).toBeUndefined()
  })

  test('PAIN-12 with them the report says by which rule and by which levels', () => {
    const { report } = hold({}, [FLAT], guarded({ stopLossRatio: d('0.5') })).result
    expect(report.metadata.protection).toMatchObject({ stopLossRatio: '0.5', collarBps: '25' })
    expect(report.metadata.protection?.rule).toContain('the worse extreme comes first')
  })
})
