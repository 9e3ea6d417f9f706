import { invariant } from '#domain/errors'
import type { Approved } from '#domain/order'
import type { VenuePort } from '#ports/venue'
import { isMinted } from '#risk/approved'

/** Approvals that the desk sends in this very step. */
const leaving = new WeakSet<Approved>()

/**
 * Lets an approval leave by a guarded venue, once. The desk calls it in the step in which it sends: an approval that was sent before, that
 * lapsed, or that was minted for somebody who asked the gate himself passes no guard.
 */
export function letGo(order: Approved): void {
  leaving.add(order)
}

/**
 * The venue as the company's parts hold it: what the desk does not send does not leave by it, whoever calls (RSK-01). Lint keeps strategies
 * from venues and the types keep proposals from them; this is for what got round both.
 * @throws {InvariantError} from `submit`, `amend` and `preview` for an approval that is forged, used, or another order's.
 */
export function guardedVenue(venue: VenuePort): VenuePort {
  const require = (order: Approved): Approved => {
    invariant(isMinted(order), `${venue.venueId}: order ${order.clientOrderId} was not approved by the gate`)
    invariant(leaving.delete(order), `${venue.venueId}: order ${order.clientOrderId} was not sent by the desk`)
    invariant(order.venueId === venue.venueId, `${venue.venueId}: order ${order.clientOrderId} is for ${order.venueId}`)
    return order
  }
  return {
    venueId: venue.venueId,
    accountId: venue.accountId,
    get capabilities() {
      return venue.capabilities
    },
    listen: (listener) => venue.listen(listener),
    connect: (signal) => venue.connect(signal),
    disconnect: () => venue.disconnect(),
    subscribe: (wanted) => venue.subscribe(wanted),
    instruments: () => venue.instruments(),
    history: (instrumentId, timeframe, sinceMs) => venue.history(instrumentId, timeframe, sinceMs),
    balances: () => venue.balances(),
    openOrders: () => venue.openOrders(),
    orderByClientId: (clientOrderId, sinceMs) => venue.orderByClientId(clientOrderId, sinceMs),
    fills: (sinceMs) => venue.fills(sinceMs),
    cashFlows: (sinceMs) => venue.cashFlows(sinceMs),
    clockDriftMs: () => venue.clockDriftMs(),
    preview: (order) => venue.preview(require(order)),
    submit: (order, options) => venue.submit(require(order), options),
    amend: (request) => {
      const { clientOrderId } = require(request.approved)
      invariant(
        clientOrderId === request.clientOrderId,
        `${venue.venueId}: the approval of ${clientOrderId} is none of ${request.clientOrderId}`,
      )
      return venue.amend(request)
    },
    cancel: (ref) => venue.cancel(ref),
    cancelBatch: (refs) => venue.cancelBatch(refs),
    cancelAll: () => venue.cancelAll(),
    armDeadMan: (timeoutSec) => venue.armDeadMan(timeoutSec),
    orderWaitMs: (instrumentId, command, unsent) => venue.orderWaitMs(instrumentId, command, unsent),
    health: () => venue.health(),
  }
}
