import { type EmergencyScope, scopeText } from '#domain/emergency-scope'
import { NotFoundError } from '#domain/errors'
import type { Company } from './company'

/** Sees that what an operator named is there. @throws {NotFoundError} for a venue, market, strategy, bot or order that is not. */
export function requireScope({ deps, orders }: Company, scope: EmergencyScope): void {
  const unless = (isThere: boolean): void => {
    if (!isThere) throw new NotFoundError(`there is no ${scopeText(scope).replace(':', ' "')}"`)
  }
  switch (scope.kind) {
    case 'all':
      return
    case 'venue':
      return unless(deps.venues.some(({ venueId }) => venueId === scope.venueId))
    case 'market':
      return unless(deps.bots.some(({ instruments }) => instruments.some((id) => id === scope.instrumentId)))
    case 'strategy':
      return unless(deps.bots.some(({ strategy }) => strategy.strategyId === scope.strategyId))
    case 'bot':
      return unless(deps.bots.some(({ botId }) => botId === scope.botId))
    case 'order':
      return unless(orders.find(scope.clientOrderId) !== null)
  }
}
