import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decimal, multiply, stepOfScale } from '#domain/decimal'
import { type BarColumns, createColumns } from '#sim/backtest/columns'
import { backtest } from './harness'
import {
  bollinger,
  carryOut,
  donchian,
  emaAlwaysIn,
  emaLongOnly,
  type OracleOutcome,
  type Rule,
  rsi,
  type Series,
} from './strategy-oracles'

/*
 * Each classic strategy through the whole company in virtual time, against a rule of its own that shares nothing with it: the same
 * count of trades, and the same sum of their results to the last digit. Signal on a close, filled at the next open, 0.01 of the coin.
 */

setDefaultTimeout(120_000)

const ROWS = 45_031
const MINUTE_MS = 60_000

interface Variant {
  readonly title: string
  readonly strategy: string
  readonly parameters: object
  readonly rule: Rule
  readonly feeBps: number
}

const VARIANTS: readonly Variant[] = [
  { title: 'EMA 10/20', strategy: 'ema-cross', parameters: {}, rule: emaLongOnly, feeBps: 0 },
  { title: 'EMA 10/20 at 10 bp a side', strategy: 'ema-cross', parameters: {}, rule: emaLongOnly, feeBps: 10 },
  { title: 'EMA 10/20 always in', strategy: 'ema-cross', parameters: { mode: 'alwaysIn' }, rule: emaAlwaysIn, feeBps: 0 },
  { title: 'Bollinger 20/2', strategy: 'bollinger-reversion', parameters: {}, rule: bollinger, feeBps: 0 },
  { title: 'RSI 14, 30/70', strategy: 'rsi-reversion', parameters: {}, rule: rsi, feeBps: 0 },
  { title: 'Donchian 20/10', strategy: 'donchian-breakout', parameters: {}, rule: donchian, feeBps: 0 },
]

/** A seeded walk in ticks of 1 that is drawn back to 40,000; opens are now and then a tick or two off the close before. */
function seededColumns(count: number): BarColumns {
  let state = 20_220_101
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0 // Numerical Recipes' constants
    return Math.floor((state / 2 ** 32) * limit)
  }
  const columns = createColumns(count, '1m')
  let before = 40_000
  for (let index = 0; index < count; index++) {
    const open = before + (below(8) === 0 ? below(5) - 2 : 0)
    const close = open + below(41) - 20 + Math.round((40_000 - before) / 500)
    columns.openAtMs[index] = Date.UTC(2022, 0, 1) + index * MINUTE_MS
    columns.closeAtMs[index] = Date.UTC(2022, 0, 1) + (index + 1) * MINUTE_MS
    columns.open[index] = open
    columns.high[index] = Math.max(open, close) + below(12)
    columns.low[index] = Math.min(open, close) - below(12)
    columns.close[index] = close
    columns.volume[index] = 1 + below(100)
    before = close
  }
  return columns
}

/** Rows `close_time_ms,open,high,low,close,quote_volume`, close times at the end of the minute. */
function recordedColumns(text: string): BarColumns {
  const rows = text.trim().split('\n').slice(1)
  const columns = createColumns(rows.length, '1m')
  for (const [index, row] of rows.entries()) {
    const [closeAtMs = 0, open = 0, high = 0, low = 0, close = 0, quoteVolume = 0] = row.split(',').map(Number)
    columns.openAtMs[index] = closeAtMs - MINUTE_MS
    columns.closeAtMs[index] = closeAtMs
    columns.open[index] = open
    columns.high[index] = high
    columns.low[index] = low
    columns.close[index] = close
    columns.volume[index] = quoteVolume / close
  }
  return columns
}

const seriesOf = ({ open, high, low, close }: BarColumns): Series => ({
  open: [...open],
  high: [...high],
  low: [...low],
  close: [...close],
})

function played(columns: BarColumns, { strategy, parameters, feeBps }: Variant) {
  const fee = decimal(String(feeBps))
  const quantity = '0.01'
  const plan = { instrument: { makerFeeBps: fee, takerFeeBps: fee } }
  const { report, log } = backtest(columns, strategy, { timeframe: '1m', quantity, ...parameters }, plan)
  expect(log).toEqual([])
  return { trades: report.summary.trades, pnl: report.summary.tradesPnl }
}

const expected = ({ trades, pnlUnits }: OracleOutcome) => ({ trades, pnl: multiply(decimal(String(pnlUnits)), stepOfScale(12)) })

describe('on a seeded walk', () => {
  const columns = seededColumns(ROWS)
  const series = seriesOf(columns)

  test('SIM-04 the walk stays around 40,000 in ticks of 1, and not every bar opens where the one before closed', () => {
    expect(Math.min(...series.low)).toBeGreaterThan(38_000)
    expect(Math.max(...series.high)).toBeLessThan(42_000)
    expect(Object.values(series).every((prices: readonly number[]) => prices.every(Number.isSafeInteger))).toBe(true)
    expect(series.open.filter((open, index) => index > 0 && open !== series.close[index - 1]).length).toBeGreaterThan(1_000)
  })

  for (const variant of VARIANTS) {
    test(`SIM-04 ${variant.title}: trades and their sum are those of an independent rule`, () => {
      const outcome = expected(carryOut(series, variant.rule(series), variant.feeBps))
      expect(outcome.trades).toBeGreaterThan(100)
      expect(played(columns, variant)).toEqual(outcome)
    })
  }

  test('SIM-04 a rule that is one bar late, or a fee that is one basis point off, is told apart', () => {
    const [first] = VARIANTS
    if (first === undefined) throw new Error('there is no variant')
    const wishes = first.rule(series)
    const right = carryOut(series, wishes, 0)
    expect(carryOut(series, [null, ...wishes.slice(0, -1)], 0).pnlUnits).not.toBe(right.pnlUnits)
    expect(carryOut(series, wishes, 1).pnlUnits).not.toBe(right.pnlUnits)
  })
})

describe('on the recorded minutes of January 2022', () => {
  const folder = process.env['TROUPE_SHARED_DATA'] ?? ''
  const path = join(folder, 'btc-perp-1m-2022-01.csv')
  if (folder === '' || !existsSync(path)) {
    console.log('skipped: the recorded minutes; set TROUPE_SHARED_DATA to the folder that has btc-perp-1m-2022-01.csv')
    return
  }
  const columns = recordedColumns(readFileSync(path, 'utf8'))
  const series = seriesOf(columns)

  for (const variant of VARIANTS) {
    test(`SIM-04 ${variant.title}: trades and their sum are those of an independent rule`, () => {
      expect(columns.count).toBe(ROWS)
      const outcome = expected(carryOut(series, variant.rule(series), variant.feeBps))
      console.log(`${variant.title}: ${outcome.trades} trades, ${outcome.pnl}`)
      expect(played(columns, variant)).toEqual(outcome)
    })
  }
})
