import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { parseConfig } from '#config/load'
import { at, ColumnsView, resampleColumns } from '#sim/backtest/columns'
import type { BacktestPlan } from '#sim/backtest/plan'
import { readStoreFacts } from '#store/store-facts'
import { MemoryJournalDisk } from '#store/memory-journal'
import { verifyJournal } from '#store/verify'
import type { StrategyContext } from '#strategies/types'
import { tempDir } from '#test/store/temp-dir'
import { backtest } from './harness'
import { barsOf, d, MINUTE, OPEN_CAPS, runScript, scripted, T0, type Wish } from './scripted'
import { seededBars } from './seeded-bars'

/* What makes a backtest the company and no shortcut: its breakers, its caps, its states, its journal. All in virtual time. */

setDefaultTimeout(60_000)

/** A market that loses for whoever buys a close and sells the next: each bar opens high and closes low. */
const LOSING = barsOf(Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? [99, 101, 98, 100] : [100, 100, 97, 98])))

/** Buys on each even close and sells on each odd one: bought at the odd open of 100, sold at the even open of 99. */
const IN_AND_OUT: Readonly<Record<number, Wish>> = Object.fromEntries(
  Array.from({ length: 39 }, (_, index) => [index, { quantity: index % 2 === 0 ? '1' : '0' }]),
)

function configured(over: object): Partial<BacktestPlan> {
  return { policy: 'config', config: parseConfig(over, 'test'), capital: d('1000') }
}

describe('breakers', () => {
  test('RSK-08 losses in a row pause the bot for its time, and it goes on by itself; paused it is not even asked', () => {
    const asked: number[] = []
    const breakers = { consecutiveLosses: 2, consecutiveLossPauseMs: 10 * MINUTE, dailyLossRatio: 1 }
    const { fills, result } = runScript(
      LOSING,
      scripted(IN_AND_OUT, (context) => asked.push((context.nowMs - T0) / MINUTE)),
      configured({ risk: OPEN_CAPS, breakers }),
    )
    // Losses at minutes 2 and 4 trip it; it rests until minute 14, decides on the close of then, loses at 16 and 18, …
    const minutes = fills.map((fill) => fill.atMs / MINUTE)
    expect(minutes.slice(0, 8)).toEqual([1, 2, 3, 4, 15, 16, 17, 18])
    expect(asked.filter((minute) => minute > 4 && minute < 13)).toEqual([])
    expect(result.report.events.breakers['consecutiveLosses:backtest']).toBeGreaterThanOrEqual(2)
  })

  test('RSK-08 the day’s loss halts the company: nothing trades until an operator comes, and none comes in a backtest', () => {
    const { fills, result } = runScript(
      LOSING,
      IN_AND_OUT,
      configured({ risk: OPEN_CAPS, breakers: { dailyLossRatio: 0.0025, consecutiveLosses: 99 } }),
    )
    // 0.25 % of 1,000 is lost with the third loss of 1.
    expect(fills.length).toBe(6)
    expect(result.report.summary).toMatchObject({ companyState: 'HALTED', botState: 'HALTED', trades: 3 })
    expect(result.report.events.alerts['BREAKER_DAILYLOSS']).toBe(1)
  })

  test('RSK-08 under the open policy none of them acts', () => {
    const { result } = runScript(LOSING, IN_AND_OUT, { policy: 'open', capital: d('1000') })
    expect(result.report.events.breakers).toEqual({})
    expect(result.report.summary).toMatchObject({ trades: 19, companyState: 'TRADING', botState: 'ACTIVE' })
  })
})

describe('the gate', () => {
  test('RSK-02 caps of the configuration cut or block orders of a backtest as they would live', () => {
    const rising = barsOf(Array.from({ length: 6 }, () => [100, 101, 99, 100]))
    const cut = runScript(rising, { 0: { quantity: '3' } }, configured({ risk: { ...OPEN_CAPS, positionRatioMax: 0.15 } }))
    // 15 % of 1,000 is 150, at worst 100.5 each: 1.4925…
    expect(cut.fills).toMatchObject([{ quantity: '1.49253731', price: '100' }])
    const blocked = runScript(
      rising,
      { 0: { quantity: '3' } },
      configured({ risk: { ...OPEN_CAPS, positionRatioMax: 0.15, onCapExceeded: 'block' } }),
    )
    expect(blocked.fills).toEqual([])
    expect(blocked.result.report.events.blocked).toEqual({ position_max: 1 })
  })

  test('RSK-05 a short needs an instrument that may be shorted', () => {
    const flat = barsOf(Array.from({ length: 4 }, () => [100, 100, 100, 100]))
    const barred = runScript(flat, { 0: { quantity: '-1' } }, configured({ risk: OPEN_CAPS }))
    expect(barred.result.report.events.blocked).toEqual({ shorting_disallowed: 1 })
    expect(runScript(flat, { 0: { quantity: '-1' } }, { ...configured({ risk: OPEN_CAPS }), shorts: true }).fills).toMatchObject([
      { side: 'sell' },
    ])
  })

  test('EXE-05 what the account cannot pay is refused under the open policy too', () => {
    const flat = barsOf(Array.from({ length: 4 }, () => [100, 100, 100, 100]))
    const { result } = runScript(flat, { 0: { quantity: '11' } }, { capital: d('1000') })
    expect(result.report.events.blocked).toEqual({ insufficient_balance: 1 })
  })
})

describe('strategies and bots', () => {
  test('RUN-04 a strategy that throws is its bot’s failure: the supervisor restarts it, the run goes on', () => {
    let questions = 0
    const throwing = scripted({ 20: { quantity: '1' } }, () => {
      questions++
      if (questions === 3) throw new Error('a bug of the strategy')
    })
    const { fills, result } = runScript(LOSING, throwing)
    expect(fills).toMatchObject([{ atMs: 21 * MINUTE }])
    expect(result.log.join()).toContain('a bug of the strategy')
    expect(result.report.summary.botState).toBe('ACTIVE')
  })

  test('SIM-10 bars of longer timeframes are there once they have closed, and none that closes later', () => {
    const columns = seededBars('frames', 1_000)
    let questions = 0
    const { result } = runScript(columns, {
      ...scripted({}),
      decide: (context: StrategyContext) => {
        questions++
        for (const frame of ['5m', '15m'] as const) {
          const bars = context.bars[frame]
          const count = bars?.count ?? 0
          expect(count).toBeGreaterThanOrEqual(4)
          expect(bars?.closeAtMs(count - 1)).toBeLessThanOrEqual(context.nowMs)
          expect(context.nowMs - (bars?.closeAtMs(count - 1) ?? 0)).toBeLessThan(15 * MINUTE)
          expect(() => bars?.close(count)).toThrow('does not exist')
        }
        return []
      },
      decidesOn: '5m',
      warmUpBars: { '5m': 10, '15m': 4 },
      settleBars: 10,
    })
    expect(questions).toBe(200 - 11) // four bars of a quarter of an hour are there with the twelfth of five minutes
    expect(result.report.summary.botState).toBe('ACTIVE')
  })

  test('SIM-10 a resampled bar is made of what lies in it, and left out while it is cut', () => {
    const columns = seededBars('resample', 67)
    const fives = resampleColumns(columns, '5m')
    expect(fives.count).toBe(13)
    const inside = (column: Float64Array) => [...column.slice(5, 10)]
    expect([at(fives.open, 1), at(fives.close, 1)]).toEqual([at(columns.open, 5), at(columns.close, 9)])
    expect([at(fives.high, 1), at(fives.low, 1)]).toEqual([Math.max(...inside(columns.high)), Math.min(...inside(columns.low))])
    expect(at(fives.volume, 1)).toBeCloseTo(
      inside(columns.volume).reduce((a, b) => a + b),
      9,
    )
    expect(() => new ColumnsView(columns).view.close(0)).toThrow('does not exist')
  })

  test('STR-01 a strategy that wants shorter bars than the data has is refused by name', () => {
    const hours = resampleColumns(seededBars('hours', 600), '1h')
    expect(() => backtest(hours, 'ema-cross', { timeframe: '5m' })).toThrow('wants bars of 5m, the data has bars of 1h')
  })
})

describe('determinism', () => {
  const columns = seededBars('twice', 4_000)
  const run = (disk: MemoryJournalDisk, plan: Partial<BacktestPlan> = {}) =>
    backtest(columns, 'ema-cross', { timeframe: '1m' }, { journal: { kind: 'memory', disk }, latencyMs: 40, ...plan })

  test('SIM-04 the same inputs give the same journal and the same report', () => {
    const disks = [new MemoryJournalDisk(true), new MemoryJournalDisk(true)] as const
    const reports = disks.map((disk) => JSON.stringify(run(disk).report))
    expect(reports[0]).toBe(reports[1] ?? '')
    expect(disks[0].headSeq).toBeGreaterThan(500)
    expect(disks[0].headHash).toBe(disks[1].headHash)
    const other = new MemoryJournalDisk(true)
    run(other, { latencyMs: 41 })
    expect(other.headHash).not.toBe(disks[0].headHash)
  })

  test('DAT-03 --journal keeps a chained file that verifies, with the same entries as memory', () => {
    const dataDir = tempDir()
    const disk = new MemoryJournalDisk(true)
    run(disk)
    backtest(columns, 'ema-cross', { timeframe: '1m' }, { journal: { kind: 'file', dataDir }, latencyMs: 40 })
    const path = readStoreFacts(dataDir)?.path ?? ''
    expect(verifyJournal(path)).toMatchObject({ kind: 'intact', headSeq: disk.headSeq, headHash: disk.headHash })
  })

  test('I5 books and venue agree to the last digit when the data has ended', () => {
    const { runtime } = backtest(columns, 'ema-cross', { timeframe: '1m' }, { instrument: { takerFeeBps: d('7.77') } })
    const { portfolio, synchroniser } = runtime.company
    expect(synchroniser.hasDrift).toBe(false)
    expect(portfolio.ledger.trialBalance().every(({ quantity }) => quantity === '0')).toBe(true)
  })
})
