import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '#domain/errors'
import { compareReports } from '#sim/backtest/compare'
import { type BacktestReport, parseReport, reportSchema } from '#sim/backtest/report-schema'
import { backtest } from './harness'
import { barsOf, d, MINUTE, runScript, T0, ticksOf } from './scripted'
import { seededBars } from './seeded-bars'

setDefaultTimeout(60_000)

const GOLDEN = join(import.meta.dir, 'fixtures', 'report.json.golden')

/** Three trades, one of them lost, and a fourth that is still open. */
const BARS = barsOf([
  [100, 101, 99, 100],
  [100, 112, 100, 110],
  [110, 111, 104, 105],
  [105, 106, 101, 102],
  [103, 104, 102, 103],
  [103, 108, 103, 107],
  [108, 109, 107, 108],
])
const WISHES = {
  0: { quantity: '2' },
  1: { quantity: '0' },
  2: { quantity: '2' },
  3: { quantity: '-1' },
  4: { quantity: '0' },
  5: { quantity: '1' },
}

function small(): BacktestReport {
  const plan = { version: '0.0.0', capital: d('1000'), theme: 'layer-1', instrument: { makerFeeBps: d('2'), takerFeeBps: d('10') } }
  return runScript(BARS, WISHES, plan).result.report
}

describe('the report', () => {
  test('SIM-04 has the figures that were worked out by hand', () => {
    const report = small()
    // Long 2: 100 → 110, fees 0.2 + 0.22. Long 2: 105 → 103, fees 0.21 + 0.206. Short 1: 103 → 103, fees 0.103 + 0.103.
    expect(report.trades.map(({ side, size, entryPrice, exitPrice, fee, pnl }) => [side, size, entryPrice, exitPrice, fee, pnl])).toEqual([
      ['long', '2', '100', '110', '0.42', '19.58'],
      ['long', '2', '105', '103', '0.416', '-4.416'],
      ['short', '1', '103', '103', '0.206', '-0.206'],
    ])
    // The fourth: bought 1 at 108, fee 0.108, marked at 108. Equity peaks on bar 1 at 1000 − 0.2 + 2 × 10.
    expect(report.summary).toMatchObject({
      trades: 3,
      wins: 1,
      losses: 2,
      winRate: 0.333333,
      tradesPnl: '14.958',
      totalPnl: '14.85',
      totalPnlPct: 1.485,
      fees: '1.15',
      equity: '1014.85',
      expectancy: '4.986',
      bestTrade: '19.58',
      worstTrade: '-4.416',
      openPosition: '1',
      fills: 7,
    })
    expect(report.summary.profitFactor).toBeCloseTo(19.58 / 4.622, 5)
    // Bar 3 closes at 102 with 2 held at 105: 1019.58 − 0.21 − 6 = 1013.37; bar 4: 1019.58 − 4.416 − 0.103 (short of 103 at 103).
    expect(report.summary.maxDrawdownPct).toBeCloseTo(((1_019.8 - 1_013.37) / 1_019.8) * 100, 5)
    expect(report.regression_keys).toEqual({
      total_trades: 3,
      win_rate: 0.333333,
      total_pnl_pct: 1.485,
      max_drawdown_pct: report.summary.maxDrawdownPct,
      profit_factor: report.summary.profitFactor,
    })
    expect(report.summary.timeInMarket).toBeCloseTo(4 / 7, 5)
    expect(report.exposure.byTheme[0]?.name).toBe('layer-1')
    expect(report.exposure.byAsset[0]).toEqual({ name: 'BTC', average: expect.any(Number), maximum: expect.any(Number) })
  })

  test('SIM-04 REQ-BT2 is the same file, byte for byte, in the same order of keys', () => {
    const text = `${JSON.stringify(small(), null, 2)}\n`
    if (process.env['TROUPE_WRITE_GOLDEN'] === '1') writeFileSync(GOLDEN, text)
    expect(text).toBe(readFileSync(GOLDEN, 'utf8'))
    expect(parseReport('golden', text)).toEqual(small())
  })

  test('SIM-04 has null, never NaN, where there is nothing to divide by', () => {
    const { report } = runScript(BARS, {}).result
    expect(report.summary).toMatchObject({ trades: 0, winRate: null, profitFactor: null, expectancy: null, bestTrade: null })
    expect(JSON.stringify(report)).not.toContain('NaN')
    expect(() => reportSchema.parse(report)).not.toThrow()
  })

  test('SIM-04 what is executed at the last close itself is in the series and the drawdown too', () => {
    // Decided at the only close, taken at once from a quote 99 / 101: the spread is lost, marked at 100.
    const quotes = [0, MINUTE - 1_000, MINUTE].map((ms) => [ms, 99, 101, 50, 50])
    const { report } = runScript(ticksOf(quotes, []), { 0: { quantity: '5' } }, { capital: d('1000') }).result
    expect(report.summary).toMatchObject({ fills: 1, openPosition: '5', equity: '995' })
    expect(report.series.at(-1)).toMatchObject({ equity: '995', position: '5' })
    expect(report.summary.maxDrawdownPct).toBeCloseTo(0.5, 6)
  })

  test('SIM-04 says from when on no equity was left, and has exposures of the bars before', () => {
    const rise = barsOf([
      [100, 100, 100, 100],
      [100, 100, 100, 100],
      [100, 300, 100, 300],
      [300, 300, 300, 300],
    ])
    const { report } = runScript(rise, { 0: { quantity: '-1' } }, { capital: d('150') }).result
    expect(report.summary).toMatchObject({ insolventAt: new Date(T0 + 3 * MINUTE).toISOString(), equity: '-50' })
    // One of 150 short, at the close of the second bar; nothing held at that of the first.
    expect(report.exposure.byAsset[0]).toEqual({ name: 'BTC', average: 0.333333, maximum: 0.666667 })
    expect(parseReport('broke', JSON.stringify(report))).toEqual(report)
    expect(small().summary.insolventAt).toBeNull()
  })

  test('SIM-04 counts what the venue refused, by its code', () => {
    const routing = { style: 'postOnly', slippageBpsMax: d('50'), timeInForce: 'gtc' } as const
    // At the prices of bars 0, 2 and 3 the next open would take them; at that of bar 5 the buy rests below it. Flat is wanted twice.
    expect(runScript(BARS, WISHES, { routing }).result.report.events.refused).toEqual({ post_only_crosses: 3 })
  })

  test('SIM-05 a baseline of before these figures is read still', () => {
    const { holes: _, silentBars: __, ...data } = small().metadata.data
    const { insolventAt: ___, ...summary } = small().summary
    const old = { ...small(), metadata: { ...small().metadata, data }, summary }
    expect(parseReport('old', JSON.stringify(old))).toEqual(small())
  })

  test('SIM-04 keeps its series bounded however long the data is', () => {
    const { report } = backtest(seededBars('series', 5_000), 'ema-cross', { timeframe: '1m' })
    expect(report.series.length).toBeLessThanOrEqual(1_002)
    expect(report.series.at(-1)?.equity).toBe(report.summary.equity)
  })
})

describe('the regression gate', () => {
  const base = small()
  const withKeys = (keys: Partial<BacktestReport['regression_keys']>): BacktestReport => ({
    ...base,
    regression_keys: { ...base.regression_keys, total_trades: 100, total_pnl_pct: -4, ...keys },
  })
  const failing = (now: BacktestReport, baseline = withKeys({})) =>
    compareReports(baseline, now)
      .filter((comparison) => !comparison.isWithin)
      .map(({ key }) => key)

  test('SIM-05 REQ-BT3 takes 2 % to either side and nothing more, of each of the five', () => {
    expect(failing(withKeys({}))).toEqual([])
    expect(failing(withKeys({ total_trades: 102, total_pnl_pct: -4.08 }))).toEqual([])
    expect(failing(withKeys({ total_trades: 98 }))).toEqual([])
    expect(failing(withKeys({ total_trades: 103 }))).toEqual(['total_trades'])
    expect(failing(withKeys({ total_pnl_pct: -3.9 }))).toEqual(['total_pnl_pct'])
    expect(failing(withKeys({ win_rate: 0.4, max_drawdown_pct: 9, profit_factor: 1 }))).toEqual([
      'win_rate',
      'max_drawdown_pct',
      'profit_factor',
    ])
  })

  test('SIM-05 a baseline of zero, or without a figure, is met exactly', () => {
    const zero = withKeys({ max_drawdown_pct: 0, profit_factor: null })
    expect(failing(zero, zero)).toEqual([])
    expect(failing(withKeys({ max_drawdown_pct: 0.0001, profit_factor: null }), zero)).toEqual(['max_drawdown_pct'])
    expect(failing(withKeys({ max_drawdown_pct: 0, profit_factor: 2 }), zero)).toEqual(['profit_factor'])
  })

  test('SIM-05 refuses to compare runs of another strategy, other data or another level, and files that are no reports', () => {
    const { metadata } = base
    const other = (change: Partial<BacktestReport['metadata']>) => ({ ...base, metadata: { ...metadata, ...change } })
    const codes = [
      other({ strategy: { name: 'another', parameters: {} } }),
      other({ data: { ...metadata.data, digest: '0' } }),
      other({ level: 'F1' }),
    ].map((baseline) => codeOf(() => compareReports(baseline, base)))
    expect(codes).toEqual(['BASELINE_MISMATCH', 'BASELINE_MISMATCH', 'BASELINE_MISMATCH'])
    expect(codeOf(() => parseReport('x', '{}'))).toBe('REPORT_INVALID')
    expect(codeOf(() => parseReport('x', 'no JSON'))).toBe('REPORT_INVALID')
  })
})

function codeOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    return error instanceof AppError ? error.code : String(error)
  }
  return 'nothing was thrown'
}
