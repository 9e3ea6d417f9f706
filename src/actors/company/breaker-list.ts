import type { Decimal } from '#domain/decimal'
import type { BotId, InstrumentId, VenueId } from '#domain/ids'
import { botDrawdownPlan } from '#risk/breakers/bot-drawdown'
import { consecutiveLossesPlan } from '#risk/breakers/consecutive-losses'
import { dailyDrawdownPlan } from '#risk/breakers/daily-drawdown'
import { dailyLossPlan } from '#risk/breakers/daily-loss'
import { driftPlan } from '#risk/breakers/drift'
import { errorRatePlan } from '#risk/breakers/error-rate'
import type { BreakerLimits } from '#risk/breakers/limits'
import { marketErrorsPlan } from '#risk/breakers/market-errors'
import { maxDrawdownPlan } from '#risk/breakers/max-drawdown'
import { portfolioDrawdownPlan } from '#risk/breakers/portfolio-drawdown'
import { stalenessPlan } from '#risk/breakers/staleness'
import type { BreakerKind, BreakerPlan, BreakerScope } from '#risk/breakers/types'
import { venueHealthPlan } from '#risk/breakers/venue-health'

/** A breaker that a company has: what it watches and whom it stops. */
export interface ListedBreaker {
  readonly breakerId: string
  readonly plan: BreakerPlan
  readonly scope: BreakerScope
}

/** Whom a company's breakers can stop. */
export interface BreakerSubjects {
  readonly bots: readonly BotId[]
  readonly instruments: readonly InstrumentId[]
  readonly venues: readonly VenueId[]
}

/** Returns what a scope is called in a breaker's id: the bot's, instrument's or venue's id, or `company`. */
export function keyOf(scope: BreakerScope): string {
  switch (scope.kind) {
    case 'company':
      return 'company'
    case 'bot':
      return scope.botId
    case 'instrument':
      return scope.instrumentId
    case 'venue':
      return scope.venueId
  }
}

/** Returns the id of a breaker: `dailyLoss:company`, `staleness:BTC-USD@kraken`. */
function breakerIdOf(kind: BreakerKind, scope: BreakerScope): string {
  return `${kind}:${keyOf(scope)}`
}

/** Returns every breaker of a company: those of the company first, then its venues', markets' and bots'. */
export function breakersOf(
  { bots, instruments, venues }: BreakerSubjects,
  limits: BreakerLimits,
  driftTolerance: Decimal,
): readonly ListedBreaker[] {
  const listed = (plan: BreakerPlan, scope: BreakerScope) => ({ breakerId: breakerIdOf(plan.kind, scope), plan, scope })
  const ofCompany = [
    portfolioDrawdownPlan(limits),
    maxDrawdownPlan(limits),
    dailyLossPlan(limits),
    dailyDrawdownPlan(limits),
    errorRatePlan(limits),
    driftPlan(limits, driftTolerance),
  ]
  return [
    ...ofCompany.map((plan) => listed(plan, { kind: 'company' })),
    ...venues.map((venueId) => listed(venueHealthPlan(limits), { kind: 'venue', venueId })),
    ...instruments.flatMap((instrumentId) =>
      [stalenessPlan(limits), marketErrorsPlan(limits)].map((plan) => listed(plan, { kind: 'instrument', instrumentId })),
    ),
    ...bots.flatMap((botId) =>
      [botDrawdownPlan(botId, limits), consecutiveLossesPlan(limits)].map((plan) => listed(plan, { kind: 'bot', botId })),
    ),
  ]
}
