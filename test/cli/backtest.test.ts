import { beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BarColumns } from '#sim/backtest/columns'
import { parseReport } from '#sim/backtest/report-schema'
import { seededBars } from '#test/backtest/seeded-bars'
import { tempDir } from '#test/store/temp-dir'
import { type CliResult, cli } from './cli'

setDefaultTimeout(60_000)

const BASE = ['--strategy', 'ema-cross', '--params', '{timeframe: 1m}', '--quantity', '0.01', '--policy', 'open']

function csvOf({ openAtMs, open, high, low, close, volume, count }: BarColumns): string {
  const rows = Array.from({ length: count }, (_, index) =>
    [openAtMs, open, high, low, close, volume].map((column) => String(column[index])).join(','),
  )
  return `open_time_ms,open,high,low,close,volume\n${rows.join('\n')}\n`
}

describe('troupe backtest', () => {
  const folder = tempDir()
  const data = join(folder, 'bars.csv')
  const baseline = join(folder, 'baseline.json')
  const journal = join(folder, 'run.sqlite')
  let first: CliResult

  const backtest = (...words: string[]) => cli(['backtest', '--data', data, ...BASE, ...words])

  beforeAll(async () => {
    writeFileSync(data, csvOf(seededBars('cli', 3_000)))
    first = await backtest('--report', baseline, '--journal', journal, '--check-lookahead')
  })

  test('SIM-04 prints what it did and with how much fidelity, and writes the report', () => {
    expect(first.err).toBe('')
    expect(first.code).toBe(0)
    expect(first.out).toContain('fidelity F0: bars: next open')
    expect(first.out).toMatch(/trades +\d+ \(\d+ won, \d+ lost\)/)
    expect(first.out).toContain('look-ahead and warm-up: no decision needs later bars')
    expect(parseReport('report', readFileSync(baseline, 'utf8')).summary.trades).toBeGreaterThan(20)
  })

  test('DAT-03 keeps the chained journal where it was asked for, and leaves nothing else behind', async () => {
    const verified = await cli(['journal', 'verify', journal])
    expect(verified.code).toBe(0)
    expect([...new Bun.Glob('.backtest-*').scanSync({ cwd: folder, dot: true, onlyFiles: false })]).toEqual([])
    const again = await backtest('--journal', journal)
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining('it exists already') })
  })

  test('SIM-05 compares with a baseline: 0 within 2 %, 1 beyond with every figure, 2 where it cannot be told', async () => {
    const same = await backtest('--compare', baseline)
    expect(same).toMatchObject({ code: 0, out: expect.stringContaining('regression gate: pass') })
    const other = await backtest('--compare', baseline, '--fee-bps-taker', '20')
    expect(other.code).toBe(1)
    for (const key of ['total_trades', 'win_rate', 'total_pnl_pct', 'max_drawdown_pct', 'profit_factor']) expect(other.out).toContain(key)
    expect(other.out).toContain('regression gate: FAIL')
    writeFileSync(join(folder, 'no.json'), '{}')
    expect(await backtest('--compare', join(folder, 'no.json'))).toMatchObject({ code: 2, err: expect.stringContaining('REPORT_INVALID') })
    expect(await backtest('--compare', join(folder, 'none.json'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('cannot be read'),
    })
  })

  test('SIM-04 --json prints the report alone', async () => {
    const { out, code } = await backtest('--json')
    expect(code).toBe(0)
    expect(parseReport('out', out).regression_keys).toEqual(parseReport('report', readFileSync(baseline, 'utf8')).regression_keys)
  })

  test('SIM-04 refuses bad data and bad words with what is wrong, and exit 2', async () => {
    writeFileSync(join(folder, 'bad.csv'), readFileSync(data, 'utf8').replace('\n1640995260000,', '\n1640995260000,x'))
    const refusals = await Promise.all([
      cli(['backtest', '--data', join(folder, 'bad.csv'), ...BASE]),
      cli(['backtest', '--data', data, '--strategy', 'none']),
      cli(['backtest', '--data', data, ...BASE, '--slippage', 'much']),
      cli(['backtest', '--data', data, ...BASE, '--notional', '5']),
      cli(['backtest', '--strategy', 'ema-cross']),
    ])
    expect(refusals.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2])
    expect(refusals.map(({ err }) => err).join('\n')).toMatch(
      /bad\.csv: row 3, field open[\s\S]*"none" is not known[\s\S]*--slippage = "much"[\s\S]*exclude each other[\s\S]*--data: name a CSV file/,
    )
    expect(existsSync(join(folder, 'undefined'))).toBe(false)
  })
})
