import { type BotId, type InstrumentId, venueOf } from '#domain/ids'
import type { BotSpec } from '../bots/bot-spec'
import { Protections } from '../protection/protections'
import type { Company } from './company'
import { holds } from './emergency-run'

/** Returns what protects the company's positions (EXE-13). */
export function makeProtections(company: Company): Protections {
  const { clock, journal, log, inspect, bots } = company.deps
  const { alerter, market, portfolio, orders, desk, memory } = company
  return new Protections(bots, {
    clock,
    journal,
    log,
    inspect,
    alerter,
    market,
    portfolio,
    orders,
    desk,
    memory: memory.protections,
    deviationBpsMax: (botId, venueId) => company.limits.limitsOf(botId, venueId).priceDeviationBpsMax,
    isOutlier: (botId, instrumentId) => isOutlier(company, botId, instrumentId),
    yieldsTo: (spec, instrumentId) => otherCloser(company, spec, instrumentId),
    hasStops: (venueId) => company.venues.get(venueId)?.venue.capabilities.orderTypes.includes('stop') === true,
    amends: (venueId) => company.venues.get(venueId)?.venue.capabilities.amend === true,
    restsNot: (spec, instrumentId) => restsNot(company, spec, instrumentId),
  })
}

function isOutlier({ limits, market }: Company, botId: BotId, instrumentId: InstrumentId): boolean {
  const { outlierSigmaMax, outlierBpsMin } = limits.limitsOf(botId, venueOf(instrumentId))
  if (outlierSigmaMax === null) return false
  const jump = market.jumpOf(instrumentId)
  return jump === null || (jump.sigmas > outlierSigmaMax && jump.bps >= outlierBpsMin)
}

/**
 * Why no stop is placed at the venue: whoever halts the company wants nothing to work there, and the emulated one holds meanwhile. Only what the
 * venue says now makes a stop evidence, so it waits for the venue too.
 */
function restsNot(company: Company, spec: BotSpec, instrumentId: InstrumentId): string | null {
  const { director, killSwitch, venues } = company
  if (killSwitch.isActive || !director.actor.getSnapshot().matches('running')) return 'the company is halted'
  if (venues.get(venueOf(instrumentId))?.isTradable !== true) return 'its venue is not in step'
  return otherCloser(company, spec, instrumentId)
}

/** Who else cancels and closes on a bot's line now: two of them would take turns at canceling each other's orders. */
function otherCloser({ memory, bots }: Company, spec: BotSpec, instrumentId: InstrumentId): string | null {
  const emergency = memory.emergencies.open.find(
    ({ scope, emergencyId }) => (scope.kind === 'all' || holds(scope, spec)) && !memory.emergencies.isReleased(emergencyId, spec.botId),
  )
  if (emergency !== undefined) return `the emergency halt ${emergency.emergencyId} cancels on ${instrumentId}`
  return bots.get(spec.botId)?.state === 'STOPPING' ? `${spec.botId} is stopping` : null
}
