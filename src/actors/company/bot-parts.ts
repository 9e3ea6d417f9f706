import type { BotId, InstrumentId, StrategyId } from '#domain/ids'
import type { StrategyBudget } from '#risk/aggregate'
import type { BotSpec } from '../bots/bot-spec'
import { BotDesk } from './bot-desk'
import type { Company } from './company'
import { StrategyDesk } from './strategy-desk'
import { UniverseWatch } from './universe-watch'

/** Makes what stands between the bots of a company and its order desk. */
export function makeBotDesk(company: Company): BotDesk {
  const { deps, desk, memory, universe, protections } = company
  const { clock, log, journal } = deps
  const holderOf = (botId: BotId, instrumentId: InstrumentId) => holderIn(company, botId, instrumentId)
  return new BotDesk({
    clock,
    log,
    desk,
    holderOf,
    strategies: new StrategyDesk({
      log,
      journal,
      holderOf,
      admissionOf: (botId, instrumentId) => universe.admissionOf(botId, instrumentId),
      priceOf: (instrumentId) => company.market.mid(instrumentId),
      hasOrderedOn: (botId, instrumentId, atMs) => memory.hasOrderedOn(botId, instrumentId, atMs),
    }),
    onActivity: (botId) => company.noteActivity(botId),
    isExiting: (botId, instrumentId) => protections.isExiting(botId, instrumentId),
  })
}

/** Makes what watches which instruments may be entered. */
export function makeUniverse({
  deps,
  market,
  portfolio,
  limits,
}: Pick<Company, 'deps' | 'market' | 'portfolio' | 'limits'>): UniverseWatch {
  const { clock, journal, log, bots, settings } = deps
  const bounds = () => limits.effective(null, null).limits
  return new UniverseWatch({ clock, journal, log, market, portfolio, bots, config: settings.universe, bounds })
}

/** Returns the strategy whose order opened a bot's position, else the one whose orders may open one; null where nothing is held or works. */
export function holderIn(
  { portfolio, orders }: Pick<Company, 'portfolio' | 'orders'>,
  botId: BotId,
  instrumentId: InstrumentId,
): StrategyId | null {
  const holder = portfolio.strategyOf(botId, instrumentId)
  if (holder !== null) return holder
  for (const { proposal } of orders.liveOf(botId, instrumentId)) return proposal.strategyId
  return null
}

/** Returns the lookup of what bots bound their strategies to; those without any bound are not in it. */
export function budgetsOf(bots: readonly BotSpec[]): (botId: BotId, strategyId: StrategyId) => StrategyBudget | null {
  const budgets = new Map<BotId, Map<StrategyId, StrategyBudget>>()
  for (const { botId, members } of bots) {
    const bounded = members.filter(({ budget }) => budget.atRiskRatioMax !== null || budget.allocationRatio !== null)
    if (bounded.length > 0) budgets.set(botId, new Map(bounded.map(({ strategyId, budget }) => [strategyId, budget])))
  }
  return (botId, strategyId) => budgets.get(botId)?.get(strategyId) ?? null
}
