import { isZero } from '#domain/decimal'
import type { VenuePort } from '#ports/venue'
import { BotHost } from '../bots/bot-host'
import type { BotSpec } from '../bots/bot-spec'
import type { ChildSpec } from '../supervision'
import { VenueHost } from '../venues/venue-host'
import { drainBot } from './bot-drain'
import type { Company } from './company'

/** Faults after which the private stream may have missed something: orders and fills are asked for anew. */
const MISSED_PRIVATE: readonly string[] = ['SEQUENCE_GAP', 'EXECUTION_INCOMPLETE']

/** How a venue's session is supervised: always restarted; a session that gave up waits for an operator. */
export function venueChild(company: Company, venue: VenuePort): ChildSpec {
  const { settings, random, subscriptionsOf } = company.deps
  return {
    id: `venue:${venue.venueId}`,
    restart: 'permanent',
    budget: settings.venueBudget,
    whenSpent: 'park',
    startTimeoutMs: settings.stopDeadlineMs,
    stopTimeoutMs: settings.stopDeadlineMs,
    create: (reports) => {
      const { clock, journal, log, bars, inspect } = company.deps
      const host = new VenueHost(
        venue,
        subscriptionsOf(venue.venueId),
        { ...settings.session, jitter: random.next() },
        {
          clock,
          journal,
          log,
          bars,
          inspect,
          market: company.market,
          desk: company.desk,
          synchronise: (port) => company.synchroniser.synchronise(port),
          onInstruments: (connecting) => company.prices.onConnect(venue.venueId, connecting.instruments),
          onBalanceChange: (port, change) => company.portfolio.cash.onBalanceChange(port.venueId, change),
          onFault: (port, code, text) => {
            log.warn(`venue ${port.venueId}: ${code}`, { text })
            if (MISSED_PRIVATE.includes(code)) host.send({ type: 'venue.resync', reason: text, atMs: clock.now() })
          },
          onChange: (changed) => {
            company.scopeHolds.onVenueChange(changed)
            company.breakerWatch.onVenue(venue.venueId, changed.state, changed.context.note)
          },
        },
        reports,
      )
      company.venues.set(venue.venueId, host)
      return host
    },
  }
}

/** How a bot is supervised: restarted after failures within its budget, halted beyond it. */
export function botChild(company: Company, spec: BotSpec): ChildSpec {
  const { settings } = company.deps
  return {
    id: `bot:${spec.botId}`,
    restart: 'transient',
    budget: settings.botBudget,
    whenSpent: 'park',
    startTimeoutMs: settings.stopDeadlineMs,
    stopTimeoutMs: settings.stopDeadlineMs,
    create: (reports) => {
      const { clock, random, journal, log, bars, inspect } = company.deps
      const { portfolio, market, botDesk, memory, scopeHolds } = company
      const remembered = memory.bot(spec.botId)
      const bot = new BotHost(
        spec,
        {
          clock,
          random,
          journal,
          log,
          bars,
          inspect,
          market,
          shorts: spec.instruments.every((instrumentId) => company.venueOf(market.instrument(instrumentId).venueId).capabilities.shorts),
          drainTimeoutMs: settings.stopDeadlineMs,
          history: company.barHistory,
          makeRunner: company.deps.makeRunner,
          positionOf: (owner, instrumentId) => ({
            netQuantity: portfolio.positionOf(owner.botId, instrumentId),
            ...(owner.members.length > 1 ? { strategyId: portfolio.strategyOf(owner.botId, instrumentId) } : {}),
            // A quotient, and few strategies read it.
            get entryPrice() {
              return portfolio.entryPriceOf(owner.botId, instrumentId)
            },
          }),
          openPositions: (owner) =>
            owner.instruments.filter((instrumentId) => !isZero(portfolio.positionOf(owner.botId, instrumentId))).length,
          hasActedOn: (owner, instrumentId, atMs) => memory.hasOrderedOn(owner.botId, instrumentId, atMs),
          onIntents: (owner, intents) => botDesk.onIntents(owner, intents),
          cancelOrders: (owner) => void botDesk.cancelOrders(owner.botId),
          drain: (owner, shouldFlatten) => drainBot(company, owner, shouldFlatten),
          onChange: (host) => company.noteBotChange(host),
        },
        {
          ...remembered,
          reasons: [...remembered.reasons, ...scopeHolds.holdsOf(spec)],
          isHalted: remembered.isHalted || scopeHolds.isHalted(spec),
        },
        reports,
      )
      company.bots.set(spec.botId, bot)
      return bot
    },
  }
}
