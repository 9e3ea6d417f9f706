import type { AccountId, VenueId } from '#domain/ids'
import type { ExposureBook } from '#risk/exposure'
import type { MarketCache } from '../market-cache'
import { ExternalActivity } from '../portfolio/external-activity'
import { Portfolio } from '../portfolio/portfolio'
import { PortfolioRecorder } from '../portfolio/recorder'
import { Capital } from './capital'
import type { Company, CompanyDeps } from './company'
import { Synchroniser } from './synchroniser'

/** Returns the company's books, empty: the replay of the journal fills them. */
export function makePortfolio(deps: CompanyDeps, market: MarketCache, accountOf: (venueId: VenueId) => AccountId): Portfolio {
  const { clock, journal, settings } = deps
  const { method, userrefs, driftSettleMs: settleMs } = settings.portfolio
  return new Portfolio({
    clock,
    journal,
    market,
    rules: settings.rules,
    method,
    userrefs,
    drift: { settleMs, tolerance: settings.driftTolerance },
    capital: new Map(deps.bots.map(({ botId, accountId, capital: amount }) => [botId, { accountId, amount }])),
    accountOf,
  })
}

/** Returns what keeps the portfolio as it stands. */
export function makeRecorder(deps: CompanyDeps, portfolio: Portfolio): PortfolioRecorder {
  const { clock, journal, log, history, settings } = deps
  const { snapshotEveryMs: everyMs, snapshotRetentionMs: retentionMs } = settings.portfolio
  return new PortfolioRecorder({ clock, journal, log, history, portfolio, rules: settings.rules, everyMs, retentionMs })
}

/** Returns what moves capital between sub-accounts. */
export function makeCapital({ bots, settings }: CompanyDeps, portfolio: Portfolio, book: ExposureBook): Capital {
  return new Capital({ portfolio, book, bots, valuationAsset: settings.rules.valuationAsset })
}

/** Returns what keeps the company's books and its venues in step. */
export function makeSynchroniser(company: Company): Synchroniser {
  const { alerter, portfolio, desk, orders, market, epochs, venues, deps } = company
  const { clock, journal, log, settings } = deps
  return new Synchroniser({
    clock,
    journal,
    log,
    alerter,
    portfolio,
    desk,
    orders,
    market,
    tolerance: settings.driftTolerance,
    intervalMs: settings.portfolioSyncMs,
    settleMs: settings.portfolio.driftSettleMs,
    isTradable: (venueId) => venues.get(venueId)?.isTradable ?? false,
    accountOf: (venueId) => company.accountOf(venueId),
    onDrift: (hasDrift) => {
      epochs.bump({ kind: 'company' })
      company.breakerWatch.onDrift(hasDrift)
    },
  })
}

/** Tells of what somebody else does on the account, from now on. */
export function watchExternalActivity({ clock, journal, alerter, settings }: CompanyDeps, portfolio: Portfolio): void {
  const activity = new ExternalActivity({
    clock,
    journal,
    alerter,
    ratio: settings.portfolio.externalActivityRatio,
    equity: () => portfolio.equity,
    rateOf: (asset) => portfolio.rateOf(asset),
  })
  portfolio.onPosting((posting) => activity.onPosting(posting))
}
