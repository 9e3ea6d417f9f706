import { decimalFromNumber, type Decimal, divide, isZero, subtract, sum, toNumber } from '#domain/decimal'
import { botId } from '#domain/ids'
import type { ProtectionConfig } from '#risk/protection'
import type { Runtime } from '#runtime'
import { at } from './columns'
import type { EquityMeter } from './equity-meter'
import { slippageText } from '#sim/fills/slippage'
import type { RecordedMarket } from './fills/recorded-market'
import type { BacktestOptions } from './options'
import { type BacktestReport, REPORT_VERSION } from './report-schema'
import type { RunTally } from './tally'
import { totalsOf, type TradeBook, type TradeRecord } from './trade-book'

export type { BacktestReport } from './report-schema'

/** Digits after the point of a ratio or a percentage. */
const STATISTIC_SCALE = 6
/** Digits after the point of a series' equity: a chart's, not the books'. */
const SERIES_SCALE = 8
/** Digits after the point of an average amount. */
const AVERAGE_SCALE = 8

/** Holes that a report names; all are counted. */
const HOLES_MAX = 100

/** What a report is made of, once the last bar has been played. */
export interface ReportParts {
  readonly options: BacktestOptions
  readonly market: RecordedMarket
  readonly runtime: Runtime
  readonly meter: EquityMeter
  readonly trades: TradeBook
  readonly tally: RunTally
}

/** Returns the report of a run (SIM-04): the same run, the same bytes. */
export function reportOf(parts: ReportParts): BacktestReport {
  const { options, meter, trades, tally } = parts
  const summary = summaryOf(parts)
  const { instrument, theme } = options
  const { average, maximum } = meter.exposure
  const exposed = (name: string) => [{ name, average: rounded(average), maximum: rounded(maximum) }]
  return {
    metadata: metadataOf(parts),
    summary,
    regression_keys: {
      total_trades: summary.trades,
      win_rate: summary.winRate,
      total_pnl_pct: summary.totalPnlPct,
      max_drawdown_pct: summary.maxDrawdownPct,
      profit_factor: summary.profitFactor,
    },
    exposure: { byAsset: exposed(instrument.baseAsset), byTheme: exposed(theme) },
    events: eventsOf(tally),
    trades: trades.trades.map(tradeRow),
    series: meter.points.map(({ atMs, equity, quantity }) => ({
      at: timeText(atMs),
      equity: decimalFromNumber(equity, SERIES_SCALE),
      pnl: decimalFromNumber(equity - toNumber(options.capital), SERIES_SCALE),
      position: decimalFromNumber(quantity, SERIES_SCALE),
    })),
  }
}

function eventsOf(tally: RunTally): BacktestReport['events'] {
  const { exits, ...counts } = tally.counts
  return Object.keys(exits).length === 0 ? counts : { ...counts, exits }
}

function shownOf({ stopLossRatio, takeProfitRatio, trailingRatio, collarBps }: ProtectionConfig) {
  return { stopLossRatio, takeProfitRatio, trailingRatio, collarBps }
}

function metadataOf({ options, market, runtime }: ReportParts): BacktestReport['metadata'] {
  const { data, instrument, size, routing, protection } = options
  const { bars, ticks } = data
  return {
    reportVersion: REPORT_VERSION,
    troupe: options.version,
    level: market.level,
    models: {
      fills: market.name,
      slippage: slippageText(options.fills.slippage),
      makerFeeBps: instrument.makerFeeBps,
      takerFeeBps: instrument.takerFeeBps,
      latencyMs: options.latencyMs,
    },
    seed: options.seed,
    data: {
      name: data.name,
      digest: data.digest,
      timeframe: bars.timeframe,
      bars: bars.count,
      quotes: ticks?.quotes.count ?? 0,
      trades: ticks?.trades.count ?? 0,
      from: timeText(at(bars.openAtMs, 0)),
      tradedFrom: timeText(options.fromMs ?? at(bars.openAtMs, 0)),
      to: timeText(at(bars.closeAtMs, bars.count - 1)),
      gaps: data.gaps.length,
      missingBars: data.gaps.reduce((total, gap) => total + gap.missing, 0),
      holes: data.gaps
        .slice(0, HOLES_MAX)
        .map(({ row, fromMs, toMs, missing }) => ({ row, from: timeText(fromMs), to: timeText(toMs), missing })),
      silentBars: data.silence?.bars ?? 0,
      silentBarsInARow: data.silence?.longest ?? 0,
    },
    instrument: {
      id: instrument.instrumentId,
      theme: options.theme,
      tickSize: instrument.tickSize,
      lotSize: instrument.lotSize,
      shorts: options.shorts,
    },
    strategy: { name: options.strategy.strategyId, parameters: { ...options.strategy.parameters } },
    size: { kind: size.kind, amount: size.kind === 'quantity' ? size.quantity : size.notional },
    ...(runtime.company.protections.isOpen ? { protection: { rule: market.exits, ...shownOf(protection) } } : {}),
    routing: { style: routing.style, slippageBpsMax: routing.slippageBpsMax, timeInForce: routing.timeInForce },
    cycleMs: options.cycleMs,
    capital: options.capital,
    policy: options.policy,
  }
}

function summaryOf({ options, runtime, meter, trades, tally }: ReportParts): BacktestReport['summary'] {
  const { capital, instrument } = options
  const { portfolio } = runtime.company
  const { equity, fees } = portfolio.performance(null)
  const totals = totalsOf(trades.trades)
  const count = trades.trades.length
  const totalPnl = subtract(equity, capital)
  return {
    trades: count,
    wins: totals.wins,
    losses: totals.losses,
    winRate: count === 0 ? null : rounded(totals.wins / count),
    tradesPnl: sum(trades.trades.map(({ pnl }) => pnl)),
    totalPnl,
    totalPnlPct: percentOf(totalPnl, capital),
    fees,
    equity,
    maxDrawdownPct: rounded(meter.drawdownMax * 100),
    insolventAt: meter.insolventAtMs === null ? null : timeText(meter.insolventAtMs),
    profitFactor: isZero(totals.grossLoss) ? null : toNumber(divide(totals.grossProfit, totals.grossLoss, STATISTIC_SCALE)),
    expectancy: count === 0 ? null : divide(totals.pnl, decimalFromNumber(count, 0), AVERAGE_SCALE),
    bestTrade: totals.best,
    worstTrade: totals.worst,
    timeInMarket: rounded(meter.timeInMarket),
    intents: tally.intents,
    orders: tally.orders,
    fills: trades.fills,
    openPosition: portfolio.positionOf(botId(options.botId), instrument.instrumentId),
    companyState: runtime.company.director.state,
    botState: runtime.company.botOf(options.botId)?.state ?? 'unknown',
  }
}

function tradeRow(trade: TradeRecord): BacktestReport['trades'][number] {
  const { openedAtMs, closedAtMs, side, quantity, entryPrice, exitPrice, fee, pnl } = trade
  return { openedAt: timeText(openedAtMs), closedAt: timeText(closedAtMs), side, size: quantity, entryPrice, exitPrice, fee, pnl }
}

function percentOf(amount: Decimal, capital: Decimal): number {
  return isZero(capital) ? 0 : rounded(toNumber(divide(amount, capital, STATISTIC_SCALE + 4)) * 100)
}

function rounded(value: number): number {
  return Number(value.toFixed(STATISTIC_SCALE))
}

function timeText(atMs: number): string {
  return new Date(atMs).toISOString()
}
