import type { AssetCode, InstrumentId, VenueId } from '#domain/ids'
import type { Instrument } from '#domain/instrument'
import type { OrderState } from './order-actors'
import type { Orders } from './orders'

/** States in which the venue may have done something that nobody has heard of yet. */
const IN_FLIGHT: ReadonlySet<OrderState> = new Set(['pending', 'submitting', 'canceling', 'amending', 'reconciling', 'unresolved'])

/** One whose chart has crashed is in doubt. */
function isInFlight(state: OrderState | null): boolean {
  return state === null || IN_FLIGHT.has(state)
}

/**
 * Returns the assets at a venue of which something is in flight: of orders whose answer is awaited or in doubt, and of those that ended with
 * executions still missing. A difference in such an asset says nothing yet. An order that merely rests is none of them.
 */
export function assetsInFlight(
  orders: Orders,
  venueId: VenueId,
  instrumentOf: (instrumentId: InstrumentId) => Instrument | null,
): ReadonlySet<AssetCode> {
  const assets = new Set<AssetCode>()
  const add = (instrumentId: InstrumentId): void => {
    const instrument = instrumentOf(instrumentId)
    if (instrument === null) return
    assets.add(instrument.baseAsset)
    assets.add(instrument.quoteAsset)
  }
  for (const record of orders.live())
    if (record.proposal.venueId === venueId && isInFlight(orders.stateOrNull(record))) add(record.proposal.instrumentId)
  for (const record of orders.ended())
    if (record.proposal.venueId === venueId && orders.missesFills(record)) add(record.proposal.instrumentId)
  return assets
}
