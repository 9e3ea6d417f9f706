import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '#domain/errors'
import type { BacktestData } from '#sim/backtest/data'
import { readBacktestData } from '#sim/backtest/read-data'
import { tempDir } from '#test/store/temp-dir'

setDefaultTimeout(60_000)

const MINUTE = 60_000
const DAY = 86_400_000
/** 1 January 2022, 00:00 UTC. */
const T0 = 1_640_995_200_000
const BAR_HEADER = 'open_time_ms,open,high,low,close,volume'

function fileOf(name: string, lines: readonly string[]): string {
  const path = join(tempDir(), name)
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

function read(files: readonly string[], allowGaps = false): BacktestData {
  return readBacktestData({ files, timeframe: '1m', allowGaps, onProgress: () => undefined })
}

function faultOf(name: string, lines: readonly string[], allowGaps = false): Record<string, unknown> & { message: string } {
  try {
    read([fileOf(name, lines)], allowGaps)
  } catch (error) {
    if (error instanceof AppError && error.code === 'REPLAY_INVALID') return { ...error.details, message: error.message }
    throw error
  }
  throw new Error('the file was accepted')
}

const bar = (minute: number, prices = '100,101,99,100,5') => `${T0 + minute * MINUTE},${prices}`
const bars = (...minutes: readonly number[]) => [BAR_HEADER, ...minutes.map((minute) => bar(minute))]

describe('files of bars', () => {
  test('SIM-04 both header forms give the same bars, and the timeframe is that of the rows', () => {
    const byOpen = read([fileOf('a.csv', bars(0, 1, 2))])
    const rows = [1, 2, 3].map((minute) => `${T0 + minute * MINUTE},100,101,99,100,500`)
    const byClose = read([fileOf('b.csv', ['close_time_ms,open,high,low,close,quote_volume', ...rows])])
    expect(byOpen.bars.timeframe).toBe('1m')
    expect(byClose.bars.openAtMs).toEqual(byOpen.bars.openAtMs)
    expect([...byClose.bars.volume]).toEqual([5, 5, 5]) // 500 of quote at a mean price of 100
    expect(byClose.digest).toBe(byOpen.digest)
  })

  test('SIM-04 daily bars are read too, and their digest changes with any figure', () => {
    const rows = [0, 1, 2].map((day) => `${T0 + day * DAY},10.9,11.85,10.9,11.69,1.9265781400000002`)
    const { bars: columns, digest } = read([fileOf('d.csv', [BAR_HEADER, ...rows])])
    expect(columns).toMatchObject({ count: 3, timeframe: '1d' })
    expect(columns.volume[0]).toBe(1.9265781400000002)
    const other = read([fileOf('d.csv', [BAR_HEADER, ...rows.slice(0, 2), (rows[2] ?? '').replace('11.69', '11.7')])])
    expect(other.digest).not.toBe(digest)
  })

  test.each([
    ['a column that the header lacks', ['open_time_ms,open,high,low,volume', bar(0)], 1, 'header', 'it lacks close'],
    ['a row that is too short', [...bars(0, 1), `${T0 + 2 * MINUTE},100,101,99`], 4, 'close', 'must have 6 columns and has 4'],
    ['NaN', [...bars(0, 1), bar(2, '100,NaN,99,100,5')], 4, 'high', 'must be a number'],
    ['a negative price', [...bars(0, 1), bar(2, '-100,101,99,100,5')], 4, 'open', 'must be above zero'],
    ['a high below its low', [...bars(0, 1), bar(2, '100,98,99,100,5')], 4, 'high', 'must not be below low'],
    ['a repeated time', bars(0, 1, 1, 2), 4, 'open_time_ms', 'must not repeat'],
    ['times that go back', bars(0, 2, 1), 4, 'open_time_ms', 'rows ascend'],
    ['rows of no timeframe', bars(0, 2, 4), 3, 'rows', 'bars must be of 1m, 5m'],
    ['times beside the grid', [BAR_HEADER, `${T0 + 1},1,1,1,1,1`, `${T0 + MINUTE + 1},1,1,1,1,1`], 2, 'open_time_ms', 'multiple of 1m'],
    ['one row', bars(0), 2, 'rows', 'two bars at least'],
    ['another header', ['time,open', '1,2'], 1, 'header', 'must be "close_time_ms'],
    ['another separator', [BAR_HEADER.replaceAll(',', ';')], 1, 'header', 'a comma separates columns'],
    ['no header', [bar(0), bar(1)], 1, 'header', 'the file has no header'],
    ['names in capitals', [BAR_HEADER.toUpperCase(), bar(0)], 1, 'header', 'names are in lower case'],
    ['a price without end', [...bars(0, 1), bar(2, '100,1e999,99,100,5')], 4, 'high', 'no market has such a price'],
    ['a price beyond belief', [...bars(0, 1), bar(2, '100,1e300,99,100,5')], 4, 'high', 'must lie between 1e-10 and'],
    ['a price finer than any tick', [...bars(0, 1), bar(2, '100,101,1e-30,100,5')], 4, 'low', 'must lie between 1e-10 and'],
    ['a volume without end', [...bars(0, 1), bar(2, '100,101,99,100,1e999')], 4, 'volume', 'no market has such a size'],
    ['times in seconds', [BAR_HEADER, '1640995200,1,1,1,1,1', '1640995260,1,1,1,1,1'], 2, 'open_time_ms', 'multiplied by 1000'],
    ['times in microseconds', [BAR_HEADER, `${T0}000,1,1,1,1,1`, `${T0}060,1,1,1,1,1`], 2, 'open_time_ms', 'divided by 1000'],
    ['times before 1970', [BAR_HEADER, '-60000,1,1,1,1,1', '0,1,1,1,1,1'], 2, 'open_time_ms', 'years 1973 to 9999'],
  ])('SIM-04 %s is refused with row, field and rule', (_what, lines, row, field, rule) => {
    const fault = faultOf('bad.csv', lines)
    expect(fault).toMatchObject({ file: 'bad.csv', row, field, rule: expect.stringContaining(rule) })
    expect(fault.message).toContain(`bad.csv: row ${row}, field ${field}`)
  })

  test('SIM-04 holes are refused with their rows, or run over and counted', () => {
    const lines = bars(0, 1, 4, 5, 9)
    const fault = faultOf('holes.csv', lines)
    expect(fault).toMatchObject({ row: 4, field: 'open_time_ms' })
    expect(fault.message).toContain('5 bars of 1m are missing (2 before row 4, 3 before row 6)')
    const { bars: columns, gaps } = read([fileOf('holes.csv', lines)], true)
    expect(columns.count).toBe(5)
    expect(gaps.map(({ row, missing }) => ({ row, missing }))).toEqual([
      { row: 4, missing: 2 },
      { row: 6, missing: 3 },
    ])
    expect(gaps[0]).toMatchObject({ fromMs: T0 + 2 * MINUTE, toMs: T0 + 4 * MINUTE })
  })

  test('SIM-04 forty-five thousand rows are read figure by figure as they are written', () => {
    const rows = Array.from({ length: 45_031 }, (_, index) => {
      const price = (46_000 + ((index * 7_919) % 10_000) / 10).toFixed(1)
      return `${T0 + index * MINUTE},${price},${price},${price},${price},${(index % 97) / 8}`
    })
    const { bars: columns } = read([fileOf('long.csv', [BAR_HEADER, ...rows])])
    expect(columns.count).toBe(45_031)
    for (const index of [0, 1, 777, 45_030]) expect(columns.open[index]).toBe(Number(rows[index]?.split(',')[1]))
  })
})

describe('files of ticks', () => {
  const TRADES = 'time_ms,trade_id,side,price,size'
  const QUOTES = 'time_ms,bid,ask,bid_size,ask_size'

  test('SIM-04 bars are made of trades; a silence is a flat bar, what has not closed is none', () => {
    const rows = [
      `${T0 - 5_000},1,buy,90,1`,
      `${T0 + 1_000},2,buy,100,1`,
      `${T0 + 2_000},3,sell,98,2`,
      `${T0 + 59_999},4,buy,103,1`,
      `${T0 + 2 * MINUTE},5,buy,105,4`,
      `${T0 + 3 * MINUTE + 1},6,buy,106,1`,
    ]
    const { bars: columns, ticks } = read([fileOf('t.csv', [TRADES, ...rows])])
    const rowOf = (index: number) => [columns.open, columns.high, columns.low, columns.close, columns.volume].map((column) => column[index])
    expect(columns.count).toBe(3)
    expect(columns.openAtMs[0]).toBe(T0)
    expect([0, 1, 2].map(rowOf)).toEqual([
      [100, 103, 98, 103, 4],
      [103, 103, 103, 103, 0],
      [105, 105, 105, 105, 4],
    ])
    expect(ticks?.trades.side).toEqual(Float64Array.of(1, 1, -1, 1, 1, 1))
  })

  test('SIM-04 without trades bars are made of the quotes’ mids; sizes may be missing', () => {
    const rows = [`${T0},99,101`, `${T0 + 30_000},100,103`, `${T0 + MINUTE},100,102`]
    const { bars: columns, ticks } = read([fileOf('q.csv', ['time_ms,bid,ask', ...rows])])
    expect([columns.open[0], columns.high[0], columns.close[0], columns.count]).toEqual([100, 101.5, 101.5, 1])
    expect(ticks?.quotes.bidSize[0]).toBeNaN()
  })

  test.each([
    ['a crossed quote', QUOTES, [`${T0},101,100,1,1`], 2, 'bid', 'the quote is crossed'],
    ['a price of zero', QUOTES, [`${T0},99,101,1,1`, `${T0},0,101,1,1`], 3, 'bid', 'must be above zero'],
    ['a negative size', QUOTES, [`${T0},99,101,1,-1`], 2, 'ask_size', 'must not be negative'],
    ['a side that is none', TRADES, [`${T0},7,up,99,1`], 2, 'side', 'must be buy or sell'],
    ['no size', TRADES, [`${T0},7,buy,99,0`], 2, 'size', 'must be above zero'],
    ['times that go back', TRADES, [`${T0},7,buy,99,1`, `${T0 - 1},8,buy,99,1`], 3, 'time_ms', 'rows ascend'],
    ['no rows', TRADES, [], 2, 'rows', 'has no rows'],
    ['a size without end', QUOTES, [`${T0},99,101,1,1e999`], 2, 'ask_size', 'no market has such a size'],
    ['times in seconds', TRADES, ['1640995200,7,buy,99,1'], 2, 'time_ms', 'multiplied by 1000'],
    ['a silence of years', TRADES, [`${T0},7,buy,99,1`, `${T0 + 400 * DAY},8,buy,99,1`], 3, 'time_ms', 'cut the file there'],
  ])('SIM-04 %s is refused with row, field and rule', (_what, header, rows, row, field, rule) => {
    expect(faultOf('ticks.csv', [header, ...rows])).toMatchObject({ row, field, rule: expect.stringContaining(rule) })
  })

  test('SIM-04 bars in which no tick falls are counted, with the longest row of them', () => {
    const rows = [0, 1, 3, 7, 8].map((minute, id) => `${T0 + minute * MINUTE},${id},buy,100,1`)
    const { bars: columns, silence } = read([fileOf('t.csv', [TRADES, ...rows])])
    expect(columns.count).toBe(8)
    expect(silence).toEqual({ bars: 4, longest: 3, longestFromMs: T0 + 4 * MINUTE })
  })

  test('SIM-04 a last row without line end is told, an empty file and a folder are refused', () => {
    const cut = join(tempDir(), 'cut.csv')
    writeFileSync(cut, bars(0, 1).join('\n'))
    expect(read([cut]).notes).toEqual(['cut.csv: its last row has no line end; it may have been cut short'])
    expect(read([fileOf('whole.csv', bars(0, 1))]).notes).toEqual([])
    writeFileSync(cut, '')
    expect(() => read([cut])).toThrow('cut.csv: is empty')
    expect(() => read([tempDir()])).toThrow('must be a readable file (EISDIR')
    writeFileSync(cut, Buffer.from(`\ufeff${bars(0, 1).join('\n')}`, 'utf16le'))
    expect(() => read([cut])).toThrow('the file is no UTF-8 text')
  })

  test('SIM-04 a file of another kind than its option says is refused', () => {
    const path = fileOf('one.csv', bars(0, 1))
    const files = [{ path, kind: 'trades' }] as const
    expect(() => readBacktestData({ files, timeframe: '1m', allowGaps: false, onProgress: () => undefined })).toThrow(
      'one.csv: must hold trades and holds bars; --data takes it',
    )
  })

  test('SIM-04 two files of one kind, a file that is not there, and bars beyond the ticks are refused', () => {
    const one = fileOf('one.csv', bars(0, 1))
    const trades = fileOf('t.csv', [TRADES, `${T0 + 10 * MINUTE},1,buy,100,1`])
    expect(() => read([one, fileOf('two.csv', bars(0, 1))])).toThrow('second file of bars')
    expect(() => read(['/nowhere/bars.csv'])).toThrow('/nowhere/bars.csv: must be a readable file')
    expect(() => read([one, trades])).toThrow('cut the bars to the ticks')
  })
})
