import { maximum, ZERO } from '#domain/decimal'
import { subAccountOf } from '#domain/sub-account'
import { budgetsOf } from './bot-parts'
import type { Company } from './company'
import { GateFacts } from './gate-facts'
import { GuardSource } from './guard-source'
import { ReducingScopes } from './reducing-scopes'
import { Reservations } from './reservations'
import { scopesOf } from './scope-holds'
import { ThrottleBoard } from './throttle-board'

/** What the gate is asked with, and what only it asks for. */
export interface GateParts {
  readonly facts: GateFacts
  readonly throttles: ThrottleBoard
  readonly reducing: ReducingScopes
  readonly reservations: Reservations
}

/** Makes the parts around the gate of a company whose own parts stand. */
export function makeGateParts(company: Company): GateParts {
  const { market, orders, portfolio, epochs, memory, deps } = company
  const { clock, journal, alerter, settings } = deps
  const { limitsOf } = company.limits
  const throttles = new ThrottleBoard({ clock, journal, alerter, epochs, memory: memory.gate, limitsOf })
  const subAccounts = new Map(deps.bots.map(({ botId }) => [botId, subAccountOf(botId)]))
  const guards = new GuardSource({
    market,
    portfolio,
    memory: memory.gate,
    throttles,
    limitsOf,
    capitalOf: (botId) => {
      const subAccount = subAccounts.get(botId)
      return subAccount === undefined ? null : maximum(portfolio.ledger.totals(subAccount).flows, ZERO)
    },
    budgetOf: budgetsOf(deps.bots),
    universe: company.universe,
    regionOf: (venueId) => settings.regions[venueId] ?? null,
    // No venue here is a chain yet; one that is tells the price of its transactions here.
    gasOf: () => null,
  })
  const reservations = new Reservations({ orders, book: company.gate.book, market, portfolio, memory: memory.gate })
  const facts = new GateFacts({ clock, market, portfolio, reservations, epochs, scopes: scopesOf(company), guards })
  return { facts, throttles, reservations, reducing: new ReducingScopes({ journal, epochs, memory: memory.gate }) }
}
