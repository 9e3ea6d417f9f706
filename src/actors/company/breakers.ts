import { Drawdowns } from '../portfolio/drawdowns'
import { isPriceAwaited } from '../portfolio/price-sources'
import { worthOf } from '../portfolio/worth'
import { BreakerBoard } from './breaker-board'
import { type BreakerSubjects, breakersOf } from './breaker-list'
import { BreakerWatch } from './breaker-watch'
import type { Company } from './company'

/** Returns whom the breakers of a company can stop. */
export function subjectsOf({ bots, venues }: Company['deps']): BreakerSubjects {
  return {
    bots: bots.map((bot) => bot.botId),
    instruments: [...new Set(bots.flatMap((bot) => bot.instruments))],
    venues: venues.map((venue) => venue.venueId),
  }
}

/** Makes what the drawdown breakers watch. */
export function makeDrawdowns({ deps, portfolio, market }: Company): Drawdowns {
  const { breakers, rules } = deps.settings
  return new Drawdowns({
    bots: deps.bots.map((bot) => bot.botId),
    windowMs: breakers.maxDrawdownWindowMs,
    worthOf: (botId) => (botId === null ? portfolio.refresh() : worthOf(portfolio, rules, botId)),
    // Neither ever falls: their sum stays only while both do.
    revision: () => portfolio.ledgerRevision + market.revision,
    isAwaited: (asset) => isPriceAwaited(asset, market, rules),
  })
}

/** Makes the breakers of a company; its scopes' holds act on them. */
export function makeBoard(company: Company): BreakerBoard {
  const { clock, journal, settings, inspect } = company.deps
  return new BreakerBoard(
    {
      clock,
      journal,
      inspect,
      onTripped: (breaker, isRestored) => company.scopeHolds.onTripped(breaker, isRestored),
      onRearmed: (breaker) => company.scopeHolds.onRearmed(breaker),
    },
    breakersOf(subjectsOf(company.deps), settings.breakers, settings.driftTolerance),
  )
}

/** Makes who watches the figures of a company's breakers. */
export function makeBreakerWatch(company: Company): BreakerWatch {
  const { deps, board, market, portfolio, drawdowns, errors, alerter } = company
  const { clock, settings } = deps
  return new BreakerWatch({
    clock,
    alerter,
    board,
    market,
    portfolio,
    drawdowns,
    errors,
    get limits() {
      return company.changes.breakers
    },
    driftTolerance: settings.driftTolerance,
    subjects: subjectsOf(deps),
    watchMs: settings.dataWatchMs,
    driftLines: () => company.synchroniser.driftLines,
  })
}
