import type { BotView } from '#ports/control'
import type { BotHost } from '../bots/bot-host'
import type { Company } from '../company/company'
import { strategyViews } from './strategy-view'

/** Returns a bot as API and page show it; money of its own sub-account at mark. */
export function botView(company: Company, host: BotHost): BotView {
  const { spec } = host
  const { reasons, note } = host.context
  const activity = company.botDesk.activityOf(spec.botId)
  const performance = company.portfolio.performance(spec.botId)
  return {
    botId: spec.botId,
    strategyId: spec.strategy.strategyId,
    strategies: strategyViews(company, spec),
    state: host.state,
    sinceMs: host.sinceMs,
    note,
    reasons,
    instruments: spec.instruments,
    enabled: spec.isEnabled,
    restarts: company.restarts.get(`bot:${spec.botId}`) ?? 0,
    intents: activity.intents,
    orders: activity.orders,
    fills: company.portfolio.statsOf(spec.botId).fills,
    blocked: activity.blocked,
    realizedPnl: performance.realizedPnl,
    unrealizedPnl: performance.unrealizedPnl,
    fees: performance.fees,
    equity: performance.equity,
    lastDecision: activity.lastDecision,
  }
}
