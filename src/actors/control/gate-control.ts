import { CommandRefusedError, NotFoundError } from '#domain/errors'
import type { BotId, InstrumentId, StrategyId, VenueId } from '#domain/ids'
import type { JsonObject } from '#domain/json'
import type { Operator } from '#ports/control'
import type { GateControlPort, ReducingScope, ReducingView, ThrottleView } from '#ports/gate-control'
import type { Company } from '../company/company'
import { requireScope } from '../company/known-scope'
import { type ReducibleScope, scopeKeyOf } from '../company/reducing-scopes'
import { limitsView } from './limits-view'

/** Holds of operators are theirs to end; a breaker's end with the breaker. */
const SOURCE = 'operator'

/** Returns what API and command line read of the gate, and what they may ask of it. */
export function gateControl(company: Company): GateControlPort {
  return {
    limits: (botId) => {
      requireBot(company, botId)
      return limitsView(company, botId)
    },
    throttles: () => throttleViews(company),
    reducing: () => reducingViews(company),
    rearmThrottle: (botId, operator, reason) => {
      requireBot(company, botId)
      company.throttles.rearm(botId as BotId, operator.name)
      audit(company, 'throttle.rearmAsked', { botId, reason }, operator)
    },
    beginReducing: (scope, operator, reason) => {
      requireScope(company, scope)
      const key = scopeKeyOf(reducibleOf(scope))
      if (company.reducing.all().some((hold) => hold.scope === key && hold.source === SOURCE))
        throw new CommandRefusedError(`${operatorsName(key)} only reduces already, by an operator`)
      company.reducing.begin(reducibleOf(scope), SOURCE, reason === '' ? `by ${operator.name}` : `${reason} (${operator.name})`)
      audit(company, 'reducing.beginAsked', { scope: { ...scope }, reason }, operator)
    },
    endReducing: (scope, operator, reason) => {
      requireScope(company, scope)
      company.reducing.end(reducibleOf(scope), SOURCE, operator.name)
      audit(company, 'reducing.endAsked', { scope: { ...scope }, reason }, operator)
    },
  }
}

/** Throttles that wait for an operator. */
export function throttleViews({ throttles }: Company): readonly ThrottleView[] {
  return [...throttles.tripped()].map(([botId, { kind, reason, sinceMs }]) => ({ botId, kind, reason, sinceMs }))
}

/** Scopes that take only what lowers exposure, named as an operator names them. */
export function reducingViews({ reducing }: Company): readonly ReducingView[] {
  return reducing.all().map(({ scope, source, text, sinceMs }) => ({ scope: operatorsName(scope), source, text, sinceMs }))
}

function operatorsName(key: string): string {
  return key === 'company' ? 'all' : key.replace(/^instrument:/, 'market:')
}

function requireBot(company: Company, botId: string | null): void {
  if (botId !== null && company.botOf(botId) === null) throw new NotFoundError(`there is no bot "${botId}"`)
}

function reducibleOf(scope: ReducingScope): ReducibleScope {
  switch (scope.kind) {
    case 'all':
      return { kind: 'company' }
    case 'venue':
      return { kind: 'venue', venueId: scope.venueId as VenueId }
    case 'market':
      return { kind: 'instrument', instrumentId: scope.instrumentId as InstrumentId }
    case 'strategy':
      return { kind: 'strategy', strategyId: scope.strategyId as StrategyId }
    case 'bot':
      return { kind: 'bot', botId: scope.botId as BotId }
  }
}

function audit({ deps }: Company, kind: string, payload: JsonObject, { name, address }: Operator): void {
  const told = { ...payload, operator: name, address }
  deps.journal.append({ actor: 'operator', kind, payload: told, correlationId: null, causationSeq: null })
}
