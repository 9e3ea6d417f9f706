import { type EmergencyScope, reaches, scopeText } from '#domain/emergency-scope'
import { NotFoundError } from '#domain/errors'
import { strategiesOf } from '../bots/bot-spec'
import type { Company } from './company'

/**
 * Sees that what an operator named is there: configured, or borne by a live order or a position, for what removed bots left is to be ended
 * too. @throws {NotFoundError} for a venue, market, strategy, bot or order that is not.
 */
export function requireScope({ deps, orders, portfolio }: Company, scope: EmergencyScope): void {
  const unless = (isThere: boolean): void => {
    if (!isThere) throw new NotFoundError(`there is no ${scopeText(scope).replace(':', ' "')}"`)
  }
  const isBorne = (): boolean => {
    for (const { proposal, isForeign } of orders.live()) if (!isForeign && reaches(scope, proposal)) return true
    return [...portfolio.netPositions()].some((position) => reaches(scope, position))
  }
  switch (scope.kind) {
    case 'all':
      return
    case 'venue':
      return unless(deps.venues.some(({ venueId }) => venueId === scope.venueId))
    case 'market':
      return unless(deps.bots.some(({ instruments }) => instruments.some((id) => id === scope.instrumentId)) || isBorne())
    case 'strategy':
      return unless(deps.bots.some((bot) => strategiesOf(bot).some((id) => id === scope.strategyId)) || isBorne())
    case 'bot':
      return unless(deps.bots.some(({ botId }) => botId === scope.botId) || isBorne())
    case 'order':
      return unless(orders.find(scope.clientOrderId) !== null)
  }
}
