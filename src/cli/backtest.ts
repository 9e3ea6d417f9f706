import { readFileSync } from 'node:fs'
import { AppError, ConfigError, messageOf } from '#domain/errors'
import { realTime } from '#ops/real-time'
import { compareReports } from '#sim/backtest/compare'
import type { BacktestData } from '#sim/backtest/data'
import { checkLookahead, checkWarmUp, driveLine } from '#sim/backtest/lookahead'
import type { BacktestJournal } from '#sim/backtest/options'
import { planBacktest } from '#sim/backtest/plan'
import { readBacktestData } from '#sim/backtest/read-data'
import { type BacktestReport, parseReport } from '#sim/backtest/report-schema'
import { type BacktestResult, runBacktest } from '#sim/backtest/run'
import { requireOutputs, withJournal, writeReport } from './backtest-files'
import { BACKTEST_OPTIONS, type BacktestRequest, readBacktestRequest } from './backtest-options'
import { comparisonLines, findingLines, reportLines } from './backtest-output'
import { type Command, UsageError } from './command'

/** Bars between two collections of garbage. */
const COLLECT_EVERY = 1 << 22

/** `troupe backtest`: exit 0; 1 where a comparison or a check fails; 2 where nothing could be told. */
export const backtestCommand: Command = {
  name: 'backtest',
  summary: 'run a strategy over recorded data: the whole company in virtual time',
  usage: '',
  options: BACKTEST_OPTIONS,
  run: async (args) => {
    const progress = new Progress()
    try {
      return backtest(readBacktestRequest(args), progress)
    } catch (error) {
      if (error instanceof UsageError) throw error
      const code = error instanceof AppError ? ` [${error.code}, ${error.docs}]` : ' [unexpected: please report it]'
      progress.end()
      console.error(`troupe backtest: ${messageOf(error).replaceAll(/\s*\n\s*/g, ' ')}${code}`)
      return 2 // 1 is for comparisons and checks that fail
    } finally {
      progress.end()
    }
  },
}

function backtest(request: BacktestRequest, progress: Progress): number {
  requireOutputs(request)
  const baseline = request.baselinePath === null ? null : readBaseline(request.baselinePath)
  const data = readBacktestData({
    files: request.files,
    timeframe: request.timeframe,
    allowGaps: request.allowGaps,
    onProgress: (file, share) => progress.show(`reading ${file}`, share),
  })
  const startUs = realTime.monotonicUs()
  const { report, log } = run(request, data, progress)
  const seconds = (realTime.monotonicUs() - startUs) / 1e6
  progress.end()
  for (const line of [...data.notes.map((note) => `note: ${note}`), ...log]) console.error(line)
  const say = request.isJson ? (line: string) => console.error(line) : (line: string) => console.log(line)
  if (request.isJson) console.log(JSON.stringify(report))
  else for (const line of reportLines(report)) say(line)
  say(`${data.bars.count.toLocaleString('en')} bars in ${seconds.toFixed(2)} s`)
  if (request.reportPath !== null) writeReport(request.reportPath, `${JSON.stringify(report, null, 2)}\n`)
  const isSound = !request.checksLookahead || check(request, data, say, progress)
  const isWithin = baseline === null || compare(baseline, report, say)
  return isSound && isWithin ? 0 : 1
}

function run({ plan, journalPath }: BacktestRequest, data: BacktestData, progress: Progress): BacktestResult {
  const onProgress = (done: number, total: number) => {
    progress.show('running', done / total)
    // What a run drops piles up faster than the engine looks for it: a look every four million bars keeps the process small.
    if (done > 0 && (done & (COLLECT_EVERY - 1)) === 0) Bun.gc(true)
  }
  const finish = (journal: BacktestJournal) => runBacktest(planBacktest({ ...plan, data, journal, onProgress }))
  return journalPath === null ? finish({ kind: 'none' }) : withJournal(journalPath, (dataDir) => finish({ kind: 'file', dataDir }))
}

/** @throws {ConfigError} where the data is too short for a single decision: then nothing was checked. */
function check({ plan }: BacktestRequest, { bars }: BacktestData, say: (line: string) => void, progress: Progress): boolean {
  const { strategy } = plan
  const decisions = driveLine(strategy, bars, null).filter((decision) => decision.isWarm).length
  if (decisions === 0)
    throw new ConfigError(
      `--check-lookahead: strategy ${strategy.strategyId} takes no decision on this data, so nothing can be told; give it more bars`,
    )
  const findings = [
    checkLookahead(strategy, bars, driveLine, (share) => progress.show('checking look-ahead', share)),
    checkWarmUp(strategy, bars, driveLine, (share) => progress.show('checking warm-up', share)),
  ].filter((finding) => finding !== null)
  progress.end()
  for (const finding of findings) for (const line of findingLines(finding)) say(line)
  if (findings.length === 0)
    say(`look-ahead and warm-up: no decision needs later bars or an earlier start than declared (${decisions} decisions)`)
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
    this.#isShown = false
  }
}
