import { groupCells, MANUAL, plusSums, NO_SUMS } from '#domain/attribution'
import { add, type Decimal, subtract, ZERO } from '#domain/decimal'
import { NotFoundError } from '#domain/errors'
import { type Metrics, metricsOf } from '#domain/metrics'
import { isExternal, type SubAccountId, subAccountOf, TREASURY } from '#domain/sub-account'
import type {
  AttributionQuery,
  AttributionView,
  DailyView,
  FeesView,
  MetricsView,
  SubAccountView,
  TradeQuery,
  TradeView,
} from '#ports/books'
import type { Company } from '../company/company'

/** Returns the sub-account that a name stands for: a bot's, `treasury`, `external`, or that of another program. @throws {NotFoundError} */
function partOf(company: Company, name: string): SubAccountId {
  const bot = company.botOf(name)
  if (bot !== null) return subAccountOf(bot.spec.botId)
  const part = company.portfolio.ledger.subAccounts().find((known) => known === name)
  if (part === undefined) throw new NotFoundError(`there is no bot or sub-account "${name}"`, { name })
  return part
}

/** Whether manual trades count: as asked, else as configured (PFL-10). */
export function countsManual(company: Company, asked: boolean | null): boolean {
  return asked ?? company.deps.settings.portfolio.tracksManualTrades
}

/** Returns the figures of a bot, or of the company for null (PFL-12). */
export function metricsView(company: Company, botId: string | null, includeManual: boolean | null): MetricsView {
  const { portfolio } = company
  const subAccount = botId === null ? null : partOf(company, botId)
  const includesManual = subAccount !== null || countsManual(company, includeManual)
  const filter = { subAccount, includesManual }
  const { realizedPnl, unrealizedPnl } = pnlOf(company, subAccount, includesManual)
  const days = portfolio.parts.days(subAccount)
  const drawdown = portfolio.parts.drawdown(subAccount)
  const metrics: Metrics = metricsOf({
    pnl: add(realizedPnl, unrealizedPnl),
    capital: days.capital,
    trips: portfolio.scores.trips(filter),
    sums: portfolio.scores.cells(filter).reduce(plusSums, NO_SUMS),
    dailyReturns: days.results().map(({ ratio }) => ratio),
    drawdownRatio: drawdown?.ratio ?? 0,
    drawdownRatioMax: drawdown?.ratioMax ?? 0,
  })
  return { botId, includesManual, capital: days.capital, realizedPnl, unrealizedPnl, ...metrics }
}

/** Profit of a part, or of the company with or without what nobody's strategy claims: balances and cost basis always hold all of it. */
export function pnlOf(company: Company, subAccount: SubAccountId | null, includesManual: boolean) {
  const { portfolio } = company
  const whole = portfolio.performanceOfPart(subAccount)
  const { realizedPnl, unrealizedPnl, fees } = whole
  if (includesManual || subAccount !== null) return { realizedPnl, unrealizedPnl, fees }
  const manual = portfolio.performanceOfPart(subAccountOf(null))
  return {
    realizedPnl: subtract(realizedPnl, manual.realizedPnl),
    unrealizedPnl: subtract(unrealizedPnl, manual.unrealizedPnl),
    fees: subtract(fees, manual.fees),
  }
}

/** Returns what was earned, grouped as asked. */
export function attributionView(company: Company, query: AttributionQuery): AttributionView {
  const { by, botId, strategyId, instrumentId, fromMs, untilMs } = query
  const includesManual = countsManual(company, query.includeManual)
  const cells = company.portfolio.scores
    .cells({ subAccount: botId === null ? null : partOf(company, botId), includesManual })
    .filter((cell) => strategyId === null || (cell.strategyId ?? MANUAL) === strategyId)
    .filter((cell) => instrumentId === null || cell.instrumentId === instrumentId)
    .filter((cell) => (fromMs === null && untilMs === null) || (cell.dayMs !== null && cell.dayMs >= (fromMs ?? 0)))
    .filter((cell) => untilMs === null || (cell.dayMs !== null && cell.dayMs < untilMs))
  return { includesManual, groups: groupCells(cells, by), total: cells.reduce(plusSums, NO_SUMS) }
}

/** Returns what each UTC day earned, of a bot or (null) the company, the newest `limit` ascending. */
export function dailyView(company: Company, botId: string | null, limit: number): readonly DailyView[] {
  const { parts, scores } = company.portfolio
  const subAccount = botId === null ? null : partOf(company, botId)
  const byDay = new Map(groupCells(scores.cells({ subAccount, includesManual: true }), ['day']).map((group) => [group.dayMs, group]))
  return parts
    .days(subAccount)
    .results()
    .slice(-limit)
    .map((day) => {
      const { realized, fees, trades } = byDay.get(day.dayMs) ?? NO_SUMS
      return { ...day, realizedPnl: realized, fees, trades }
    })
}

/** Returns the fees paid so far by asset, by pair and overall (PFL-03). */
export function feesView(company: Company): FeesView {
  const { ledger } = company.portfolio
  const byAsset = new Map<string, { quantity: Decimal; value: Decimal }>()
  const byPair = new Map<string, Decimal>()
  for (const { asset, instrumentId, quantity, value } of ledger.feeTotals()) {
    const known = byAsset.get(asset) ?? { quantity: ZERO, value: ZERO }
    byAsset.set(asset, { quantity: add(known.quantity, quantity), value: add(known.value, value) })
    byPair.set(instrumentId, add(byPair.get(instrumentId) ?? ZERO, value))
  }
  const sorted = <T>(rows: Map<string, T>) => [...rows].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    byAsset: sorted(byAsset).map(([asset, sums]) => ({ asset, ...sums })),
    byPair: sorted(byPair).map(([instrumentId, value]) => ({ instrumentId, value })),
    total: ledger.totals(null).fees,
    gas: ledger.totals(null).gas,
  }
}

/** Returns the newest trades that a query means, newest first. */
export function tradesView(company: Company, query: TradeQuery): readonly TradeView[] {
  const includesManual = countsManual(company, query.includeManual)
  return company.portfolio.scores.trades
    .filter((trade) => includesManual || trade.strategyId !== null)
    .filter((trade) => query.botId === null || trade.subAccount === query.botId)
    .filter((trade) => query.strategyId === null || (trade.strategyId ?? MANUAL) === query.strategyId)
    .filter((trade) => query.instrumentId === null || trade.instrumentId === query.instrumentId)
    .slice(0, query.limit)
    .map(({ subAccount, strategyId, ...trade }) => ({ ...trade, botId: subAccount, strategyId: strategyId ?? MANUAL }))
}

/** Returns every sub-account with what it is worth; together they are the account (I12). */
export function subAccountViews(company: Company): readonly SubAccountView[] {
  const { portfolio, capital, deps } = company
  return portfolio.ledger.subAccounts().map((subAccount) => {
    const { equity, cash, flows, realizedPnl, unrealizedPnl, fees, assets } = portfolio.performanceOfPart(subAccount)
    const accountIds = [...new Set(deps.venues.map(({ accountId }) => accountId))]
    const free = accountIds.map((accountId) => capital.freeOf(accountId, subAccount)).reduce(add, ZERO)
    return {
      name: subAccount,
      kind: subAccount === TREASURY ? 'treasury' : isExternal(subAccount) ? 'external' : 'bot',
      equity,
      cash,
      free,
      flows,
      realizedPnl,
      unrealizedPnl,
      fees,
      assets: assets.map(({ asset, quantity, value, isUnvalued }) => ({ asset, total: quantity, value: isUnvalued ? null : value })),
    }
  })
}
