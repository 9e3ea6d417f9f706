import { beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requireOutputs, withJournal, writeReport } from '#cli/backtest-files'
import { BACKTEST_OPTIONS, readBacktestRequest } from '#cli/backtest-options'
import { backtestCommand } from '#cli/backtest'
import { readArguments } from '#cli/command'
import { STORE_FILE } from '#store/open-store'
import { cli } from '#test/cli/cli'
import { tempDir } from '#test/store/temp-dir'
import type { BarColumns } from '#sim/backtest/columns'
import { parseReport } from '#sim/backtest/report-schema'
import { seededBars } from './seeded-bars'

setDefaultTimeout(60_000)

const STRATEGY = ['--strategy', 'ema-cross', '--params', '{timeframe: 1m}', '--quantity', '0.01', '--policy', 'open']

function csvOf({ openAtMs, open, high, low, close, volume, count }: BarColumns): string {
  const rows = Array.from({ length: count }, (_, index) =>
    [openAtMs, open, high, low, close, volume].map((column) => String(column[index])).join(','),
  )
  return `open_time_ms,open,high,low,close,volume\n${rows.join('\n')}\n`
}

const request = (...words: readonly string[]) => readBacktestRequest(readArguments(backtestCommand, words))
const read = (...words: readonly string[]) => request('--data', 'bars.csv', ...STRATEGY, ...words)

describe('outputs of a backtest', () => {
  const folder = tempDir()
  const data = join(folder, 'bars.csv')
  const report = join(folder, 'report.json')
  const text = csvOf(seededBars('command', 400))
  const refusal =
    (...words: readonly string[]) =>
    () =>
      requireOutputs(request('--data', data, ...STRATEGY, ...words))

  beforeAll(() => {
    writeFileSync(data, text)
    writeFileSync(report, '{}')
  })

  test('SIM-04 a report that could not be written, or would replace what is read, is refused before the run', () => {
    expect(refusal('--report', '/nowhere/r.json')).toThrow('--report = "/nowhere/r.json": cannot be written')
    expect(refusal('--report', '')).toThrow('must name a file')
    expect(refusal('--report', folder)).toThrow('is a folder')
    expect(refusal('--report', join(folder, '..', folder.split('/').at(-1) ?? '', 'bars.csv'))).toThrow('is read by this run')
    expect(refusal('--report', report, '--compare', report)).toThrow('is the baseline of --compare')
    expect(refusal('--report', report)).not.toThrow()
    expect(refusal('--journal', '/nowhere/j.sqlite')).toThrow('--journal = "/nowhere/j.sqlite": cannot be written')
    expect(refusal('--journal', report)).toThrow('it exists already')
  })

  test('SIM-04 a report is written whole or not at all, and nothing stays beside it', () => {
    writeReport(report, 'new')
    expect(readFileSync(report, 'utf8')).toBe('new')
    const place = join(folder, 'taken')
    mkdirSync(place)
    expect(() => writeReport(join(place, 'none', 'r.json'), 'x')).toThrow('name a file in a folder')
    expect(readdirSync(place)).toEqual([])
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([])
  })

  test('DAT-02 a journal that a killed run left half made is taken away; a folder of another kind is not', () => {
    const path = join(folder, 'j.sqlite')
    mkdirSync(`${path}.partial`)
    writeFileSync(join(`${path}.partial`, STORE_FILE), 'half')
    withJournal(path, (dataDir) => writeFileSync(join(dataDir, STORE_FILE), 'whole'))
    expect(readFileSync(path, 'utf8')).toBe('whole')
    expect(existsSync(`${path}.partial`)).toBe(false)
    const own = join(folder, 'own.sqlite')
    mkdirSync(`${own}.partial`)
    writeFileSync(join(`${own}.partial`, 'letter.txt'), 'mine')
    expect(() => withJournal(own, () => undefined)).toThrow('is in the way')
    expect(readFileSync(join(`${own}.partial`, 'letter.txt'), 'utf8')).toBe('mine')
  })

  test('SIM-04 data untouched, exit 2 where a report may not go; the same run gives the same bytes', async () => {
    const onto = await cli(['backtest', '--data', data, ...STRATEGY, '--report', data])
    expect(onto).toMatchObject({ code: 2, err: expect.stringContaining('is read by this run') })
    expect(readFileSync(data, 'utf8')).toBe(text)
    const [one, two] = [join(folder, 'one.json'), join(folder, 'two.json')]
    for (const path of [one, two]) expect((await cli(['backtest', '--data', data, ...STRATEGY, '--report', path])).code).toBe(0)
    expect(readFileSync(one, 'utf8')).toBe(readFileSync(two, 'utf8'))
  })

  test('SIM-10 a strategy that was never asked is told of, and a look-ahead check that checked nothing is no pass', async () => {
    const short = join(folder, 'short.csv')
    writeFileSync(short, `${text.split('\n').slice(0, 8).join('\n')}\n`)
    const plain = await cli(['backtest', '--data', short, ...STRATEGY])
    expect(plain).toMatchObject({ code: 0, err: expect.stringMatching(/ema-cross was never asked: it needs \d+ bars of 1m and heard 7/) })
    const checked = await cli(['backtest', '--data', short, ...STRATEGY, '--check-lookahead'])
    expect(checked).toMatchObject({ code: 2, err: expect.stringContaining('takes no decision on this data') })
  })

  test('EXE-13 PAIN-12 what protective exits did is in the words and in the report', async () => {
    const path = join(folder, 'exits.json')
    const words = ['--protection', '{stopLossRatio: 0.0005, takeProfitRatio: 0.001}', '--report', path]
    const run = await cli(['backtest', '--data', data, ...STRATEGY, ...words])
    const { exits } = parseReport(path, readFileSync(path, 'utf8')).events
    expect(exits?.['stop']).toBeGreaterThan(0)
    expect(exits?.['target']).toBeGreaterThan(0)
    expect(run.code).toBe(0)
    expect(run.out).toContain(`protective exits: stop ${exits?.['stop']}, target ${exits?.['target']}`)
    expect(run.out).toContain('within a bar the worse extreme comes first')
  })

  test('SIM-04 --allow-gaps says what was done, in words and in the report, with the rows', async () => {
    const lines = text.trimEnd().split('\n')
    const holes = join(folder, 'holes.csv')
    writeFileSync(holes, `${[...lines.slice(0, 100), ...lines.slice(103)].join('\n')}\n`)
    expect(await cli(['backtest', '--data', holes, ...STRATEGY])).toMatchObject({
      code: 2,
      err: expect.stringContaining('3 before row 101'),
    })
    const path = join(folder, 'holes.json')
    const run = await cli(['backtest', '--data', holes, ...STRATEGY, '--allow-gaps', '--report', path])
    expect(run).toMatchObject({ code: 0, out: expect.stringContaining('3 missing bars (3 before row 101): nothing was put in') })
    const [hole] = parseReport(path, readFileSync(path, 'utf8')).metadata.data.holes
    expect(hole).toMatchObject({ row: 101, missing: 3 })
  })
})

describe('words of a backtest', () => {
  test.each([
    [['--from', '2022-02-31'], '--from = "2022-02-31"'],
    [['--slippage', '20000bps'], 'must be at most 1000bps'],
    [['--instrument', '{makerFeeBps: 99999}'], 'must be basis points from -1000 to 1000'],
    [['--instrument', '{tickSize: "0"}'], 'must be a positive number'],
    [['--params', ' '], '--params = ""'],
    [['--protection', '{stopLossRatio: 2}'], '--protection: ✖ must not be over 0.99'],
    [['--protection', '{stopLoss: 0.02}'], '--protection: ✖ Unrecognized key'],
  ])('SIM-04 %p is refused', (words, rule) => {
    expect(() => read(...words)).toThrow(rule)
  })

  test('SIM-04 steps of an instrument may be numbers', () => {
    expect(read('--instrument', '{tickSize: 0.01, takerFeeBps: -2}').plan.instrument).toMatchObject({ tickSize: '0.01', takerFeeBps: '-2' })
  })

  test('EXE-13 stops of positions are those of the configuration of a bot', () => {
    expect(read('--protection', '{stopLossRatio: 0.02}').plan.protection).toMatchObject({
      stopLossRatio: '0.02',
      collarBps: '25',
      native: true,
    })
    expect(read().plan.protection).toMatchObject({ stopLossRatio: null, takeProfitRatio: null, trailingRatio: null })
  })

  test('every option has a word of help', () => {
    for (const { text } of BACKTEST_OPTIONS) expect(text.length).toBeGreaterThan(10)
  })
})
