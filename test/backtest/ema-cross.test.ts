import { expect, setDefaultTimeout, test } from 'bun:test'
import { decimal, multiply, stepOfScale } from '#domain/decimal'
import { MemoryJournalDisk } from '#store/memory-journal'
import { backtest } from './harness'
import { emaCrossOracle } from './oracle'
import { seededBars } from './seeded-bars'

setDefaultTimeout(120_000)

const ROWS = 45_031
const MINUTE = { timeframe: '1m' }

function oraclePnl(columns: ReturnType<typeof seededBars>) {
  const { count, pnlUnits, scale } = emaCrossOracle(columns)
  return { count, pnl: multiply(decimal(String(pnlUnits)), stepOfScale(scale)) }
}

test('SIM-04 the EMA 10/20 cross trades as an oracle of fifty lines says, run after run, whatever the journal', () => {
  const columns = seededBars('ema', ROWS)
  const { count, pnl } = oraclePnl(columns)
  expect(count).toBeGreaterThan(500)
  const first = backtest(columns, 'ema-cross', MINUTE)
  expect(first.log).toEqual([])
  expect(first.report.summary.trades).toBe(count)
  expect(first.report.summary.tradesPnl).toBe(pnl)
  const disk = new MemoryJournalDisk(false)
  const again = backtest(columns, 'ema-cross', MINUTE, { journal: { kind: 'memory', disk } })
  expect(JSON.stringify(again.report)).toBe(JSON.stringify(first.report))
  expect(disk.headSeq).toBeGreaterThan(5 * count)
})
