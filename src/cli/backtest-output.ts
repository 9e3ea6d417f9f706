import type { KeyComparison } from '#sim/backtest/compare'
import type { LookaheadFinding } from '#sim/backtest/lookahead'
import type { BacktestReport } from '#sim/backtest/report'
import { left, right, tableLines } from './table'

/** Returns a report in lines for a person. */
export function reportLines(report: BacktestReport): readonly string[] {
  const { metadata, summary, events, exposure } = report
  const { data, models, instrument, strategy } = metadata
  const held = exposure.byAsset[0]
  return [
    `${strategy.name} on ${data.name}: ${data.bars.toLocaleString('en')} bars of ${data.timeframe}, ${data.from.slice(0, 16)} to ${data.to.slice(0, 16)}${data.tradedFrom === data.from ? '' : `, traded from ${data.tradedFrom.slice(0, 16)}`}`,
    `fidelity ${metadata.level}: ${models.fills}; slippage ${models.slippage}; latency ${models.latencyMs} ms`,
    ...(metadata.protection === undefined ? [] : [`protective exits ${metadata.protection.rule}`]),
    `fees ${models.makerFeeBps} / ${models.takerFeeBps} bps; policy ${metadata.policy}; seed ${metadata.seed}`,
    ...holeLines(data),
    ...(data.silentBars === 0
      ? []
      : [`no tick falls in ${data.silentBars} of the bars, ${data.silentBarsInARow} of them in a row: they stand at the price before`]),
    '',
    ...tableLines(
      [left(instrument.id), right('')],
      [
        ['capital', metadata.capital],
        ['equity at the end', summary.equity],
        ['total PnL', `${summary.totalPnl} (${summary.totalPnlPct} %)`],
        ['trades', `${summary.trades} (${summary.wins} won, ${summary.losses} lost)`],
        ['win rate', percent(summary.winRate)],
        ['PnL of trades', summary.tradesPnl],
        ['profit factor', summary.profitFactor === null ? 'none' : String(summary.profitFactor)],
        ['expectancy a trade', summary.expectancy ?? 'none'],
        ['best, worst trade', `${summary.bestTrade ?? 'none'}, ${summary.worstTrade ?? 'none'}`],
        ['fees', summary.fees],
        ['max drawdown', `${summary.maxDrawdownPct} %`],
        ['time in market', percent(summary.timeInMarket)],
        ['exposure, mean and most', `${percent(held?.average ?? 0)}, ${percent(held?.maximum ?? 0)} of equity`],
        ['intents, orders, fills', `${summary.intents}, ${summary.orders}, ${summary.fills}`],
        ['still open', summary.openPosition],
        ['company, bot at the end', `${summary.companyState}, ${summary.botState}`],
      ],
    ),
    ...(summary.insolventAt === null
      ? []
      : [
          `  no equity was left from ${summary.insolventAt.slice(0, 16)} on: no venue would have lent further, so what comes after is fiction`,
        ]),
    ...countLines('protective exits', events.exits ?? {}),
    ...countLines('plans without an order', Object.fromEntries(Object.entries(events.plans).filter(([reason]) => reason !== 'planned'))),
    ...countLines('blocked by the gate', events.blocked),
    ...countLines('refused by the venue', events.refused),
    ...countLines('breakers tripped', events.breakers),
    ...countLines('alerts', events.alerts),
  ]
}

/** Holes that a summary names; the report has more of them. */
const HOLES_SHOWN = 5

function holeLines({ gaps, missingBars, holes }: BacktestReport['metadata']['data']): readonly string[] {
  if (gaps === 0) return []
  const places = holes.slice(0, HOLES_SHOWN).map(({ row, missing }) => `${missing} before row ${row}`)
  const more = gaps > places.length ? `, and ${gaps - places.length} more places` : ''
  return [`${missingBars} missing bars (${places.join(', ')}${more}): nothing was put in; orders waited for the next bar`]
}

function countLines(title: string, counts: Readonly<Record<string, number>>): readonly string[] {
  const entries = Object.entries(counts)
  return entries.length === 0 ? [] : [`  ${title}: ${entries.map(([name, count]) => `${name} ${count}`).join(', ')}`]
}

function percent(ratio: number | null): string {
  return ratio === null ? 'none' : `${Number((ratio * 100).toFixed(4))} %`
}

/** Returns a comparison in lines: each figure, its baseline and how far they lie apart. */
export function comparisonLines(comparisons: readonly KeyComparison[]): readonly string[] {
  const cell = (value: number | null) => (value === null ? 'none' : String(value))
  return tableLines(
    [left('figure'), right('baseline'), right('now'), right('difference'), left('')],
    comparisons.map(({ key, baseline, now, difference, isWithin }) => [
      key,
      cell(baseline),
      cell(now),
      difference === null ? (isWithin ? 'none' : 'any') : `${difference >= 0 ? '+' : ''}${(difference * 100).toFixed(3)} %`,
      isWithin ? 'ok' : 'beyond 2 %',
    ]),
  )
}

/** Returns a finding of the look-ahead check in lines. */
export function findingLines(finding: LookaheadFinding): readonly string[] {
  const { check, index, closeAtMs, startedAt, expected, found } = finding
  const where = `bar ${index} (closes ${new Date(closeAtMs).toISOString()})`
  const what =
    check === 'lookAhead'
      ? `LOOK-AHEAD: at ${where} the strategy decides otherwise when the data ends there`
      : `WARM-UP: at ${where} the strategy decides otherwise when its data begins at bar ${startedAt}, beyond what it declares`
  return [what, `  with all data: ${expected.slice(0, 400)}`, `  without:       ${found.slice(0, 400)}`]
}
