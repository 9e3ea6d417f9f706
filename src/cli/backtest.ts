import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { AppError, messageOf } from '#domain/errors'
import { realTime } from '#ops/real-time'
import { compareReports } from '#sim/backtest/compare'
import type { BacktestData } from '#sim/backtest/data'
import { checkLookahead, checkWarmUp } from '#sim/backtest/lookahead'
import type { BacktestJournal } from '#sim/backtest/options'
import { planBacktest } from '#sim/backtest/plan'
import { readBacktestData } from '#sim/backtest/read-data'
import { type BacktestReport, parseReport } from '#sim/backtest/report-schema'
import { runBacktest } from '#sim/backtest/run'
import { STORE_FILE } from '#store/open-store'
import { BACKTEST_OPTIONS, type BacktestRequest, readBacktestRequest } from './backtest-options'
import { comparisonLines, findingLines, reportLines } from './backtest-output'
import { type Command, UsageError } from './command'

/** Bars between two collections of garbage. */
const COLLECT_EVERY = 1 << 20

/** `troupe backtest`: exit 0; 1 where a comparison or a check fails; 2 where nothing could be told. */
export const backtestCommand: Command = {
  name: 'backtest',
  summary: 'run a strategy over recorded data: the whole company in virtual time',
  usage: '',
  options: BACKTEST_OPTIONS,
  run: async (args) => {
    try {
      return backtest(readBacktestRequest(args))
    } catch (error) {
      if (error instanceof UsageError || !(error instanceof AppError)) throw error
      console.error(`troupe backtest: ${messageOf(error).replaceAll(/\s*\n\s*/g, ' ')} [${error.code}, ${error.docs}]`)
      return 2
    }
  },
}

function backtest(request: BacktestRequest): number {
  const baseline = request.baselinePath === null ? null : readBaseline(request.baselinePath)
  const progress = new Progress()
  const data = readBacktestData({
    files: request.files,
    timeframe: request.timeframe,
    allowGaps: request.allowGaps,
    onProgress: (file, share) => progress.show(`reading ${file}`, share),
  })
  const startUs = realTime.monotonicUs()
  const report = run(request, data, progress)
  const seconds = (realTime.monotonicUs() - startUs) / 1e6
  progress.end()
  if (request.reportPath !== null) writeFileSync(request.reportPath, `${JSON.stringify(report, null, 2)}\n`)
  const say = request.isJson ? (line: string) => console.error(line) : (line: string) => console.log(line)
  if (request.isJson) console.log(JSON.stringify(report))
  else for (const line of reportLines(report)) say(line)
  say(`${data.bars.count.toLocaleString('en')} bars in ${seconds.toFixed(2)} s`)
  const isSound = !request.checksLookahead || check(request, data, say)
  const isWithin = baseline === null || compare(baseline, report, say)
  return isSound && isWithin ? 0 : 1
}

function run(request: BacktestRequest, data: BacktestData, progress: Progress): BacktestReport {
  const onProgress = (done: number, total: number) => {
    progress.show('running', done / total)
    // What a run drops piles up faster than the engine looks for it: a look every million bars keeps the process small.
    if (done > 0 && (done & (COLLECT_EVERY - 1)) === 0) Bun.gc(true)
  }
  if (request.journalPath === null) return finish(request, data, { kind: 'none' }, onProgress)
  const path = resolve(request.journalPath)
  if (existsSync(path)) throw new UsageError(`--journal = "${request.journalPath}": it exists already; name a new file`)
  // The store makes its file under a name of its own: in a folder beside, then it is moved.
  const dataDir = mkdtempSync(join(dirname(path), '.backtest-'))
  try {
    const report = finish(request, data, { kind: 'file', dataDir }, onProgress)
    renameSync(join(dataDir, STORE_FILE), path)
    return report
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

function finish(
  { plan }: BacktestRequest,
  data: BacktestData,
  journal: BacktestJournal,
  onProgress: (done: number, total: number) => void,
): BacktestReport {
  const { report, log } = runBacktest(planBacktest({ ...plan, data, journal, onProgress }))
  for (const line of log) console.error(line)
  return report
}

function check({ plan }: BacktestRequest, data: BacktestData, say: (line: string) => void): boolean {
  const findings = [checkLookahead(plan.strategy, data.bars), checkWarmUp(plan.strategy, data.bars)].filter((finding) => finding !== null)
  for (const finding of findings) for (const line of findingLines(finding)) say(line)
  if (findings.length === 0) say('look-ahead and warm-up: no decision needs later bars or an earlier start than declared')
  return findings.length === 0
}

function compare(baseline: BacktestReport, report: BacktestReport, say: (line: string) => void): boolean {
  const comparisons = compareReports(baseline, report)
  for (const line of comparisonLines(comparisons)) say(line)
  const isWithin = comparisons.every((comparison) => comparison.isWithin)
  say(isWithin ? 'regression gate: pass' : 'regression gate: FAIL')
  return isWithin
}

function readBaseline(path: string): BacktestReport {
  try {
    return parseReport(path, readFileSync(path, 'utf8'))
  } catch (error) {
    if (error instanceof AppError) throw error
    throw new AppError(`--compare: ${path} cannot be read: ${messageOf(error)}`, { code: 'REPORT_INVALID', severity: 'LOW', cause: error })
  }
}

/** One line on a terminal that says how far something is. */
class Progress {
  #lastUs = 0
  #isShown = false

  show(what: string, share: number): void {
    const nowUs = realTime.monotonicUs()
    if (!process.stderr.isTTY || nowUs - this.#lastUs < 100_000) return
    this.#lastUs = nowUs
    this.#isShown = true
    process.stderr.write(`\r\u001b[K${what} ${(share * 100).toFixed(0)} %`)
  }

  end(): void {
    if (this.#isShown) process.stderr.write('\r\u001b[K')
  }
}
