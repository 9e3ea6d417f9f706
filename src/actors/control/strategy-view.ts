import { NO_SUMS, plusSums } from '#domain/attribution'
import { subAccountOf } from '#domain/sub-account'
import type { StrategyView } from '#ports/control'
import type { StrategyTerms } from '#risk/aggregate'
import type { BotSpec } from '../bots/bot-spec'
import type { Company } from '../company/company'

/** Returns what each strategy of a bot did since the start of the company, and what it earned by the books (STR-03). */
export function strategyViews(company: Company, spec: BotSpec): readonly StrategyView[] {
  return spec.members.map((member) => strategyView(company, spec, member))
}

function strategyView(company: Company, spec: BotSpec, { strategyId, isEnabled }: StrategyTerms): StrategyView {
  const { strategies } = company.botDesk
  const { proposals, approved, dropped, blocked } = strategies.tallies.of(spec.botId, strategyId)
  // Wishes that go to the desk as they are are counted there.
  const isPlain = spec.aggregation === null && spec.universe === null
  return {
    strategyId,
    enabled: isEnabled,
    proposals: isPlain ? company.botDesk.activityOf(spec.botId).intents : proposals,
    approved,
    dropped: Object.fromEntries(dropped),
    blocked: Object.fromEntries(blocked),
    ...earned(company, spec, strategyId),
  }
}

/** A bot of one strategy has earned what its strategy has; of several, attribution tells. */
function earned(
  { portfolio }: Company,
  { botId, members }: BotSpec,
  strategyId: string,
): Pick<StrategyView, 'realizedPnl' | 'fees' | 'trades'> {
  if (members.length === 1) {
    const { realizedPnl, fees } = portfolio.performance(botId)
    return { realizedPnl, fees, trades: portfolio.statsOf(botId).fills }
  }
  const { realized, fees, trades } = portfolio.scores
    .cells({ subAccount: subAccountOf(botId), includesManual: true })
    .filter((cell) => cell.strategyId === strategyId)
    .reduce(plusSums, NO_SUMS)
  return { realizedPnl: realized, fees, trades }
}
