import { isLess } from '#domain/decimal'
import { clientOrderIdOf } from '#domain/digest'
import { intentId, isClientOrderId, type StrategyId, strategyId } from '#domain/ids'
import type { Proposal, VenueOrder } from '#domain/order'
import type { VenuePort } from '#ports/venue'
import type { DeskDeps } from './deps'
import { reportOf } from './lookup'
import { FOREIGN, type OrderRecord } from './order-record'
import type { Reports } from './reports'

/** Fills are asked for from the last one we booked, less this: the venue's list may lag and its clock differ. */
const OVERLAP_MS = 120_000

/** What a reconciliation found. */
export interface Reconciliation {
  readonly openAtVenue: number
  readonly adopted: number
  readonly fillsSeen: number
  /** Orders that must be looked up one by one: the venue's list of open orders lacks them. */
  readonly doubtful: readonly OrderRecord[]
}

/**
 * Brings the desk to the venue's truth after a start or a reconnect, before any bot there may trade: books what was missed,
 * confirms what is open, adopts what is foreign, and names the rest for a look-up (design §6).
 */
export async function reconcile(deps: DeskDeps, reports: Reports, venue: VenuePort, fillsSinceMs: number): Promise<Reconciliation> {
  const { orders, clock } = deps
  for (const record of [...orders.live()]) {
    const state = orders.stateOrNull(record)
    if (record.proposal.venueId === venue.venueId && state !== null && state !== 'pending')
      orders.apply(record, { type: 'order.restored', atMs: clock.now() })
  }
  const open = await venue.openOrders()
  const fills = await venue.fills(fillsSinceMs - OVERLAP_MS)
  const adopted = adoptForeign(deps, venue, open)
  for (const fill of fills) reports.onFill(fill)

  const openIds = new Set<OrderRecord>()
  for (const shown of open) {
    const record = recordOf(deps, shown)
    if (record === null) continue
    openIds.add(record)
    orders.apply(record, reportOf(shown, clock.now()))
    reports.afterChange(record)
  }
  const doubtful: OrderRecord[] = []
  for (const record of [...orders.live()]) {
    if (record.proposal.venueId !== venue.venueId || openIds.has(record)) continue
    if (record.isForeign) endForeign(deps, reports, record)
    else if (isInDoubt(deps, record)) doubtful.push(record)
  }
  return { openAtVenue: open.length, adopted, fillsSeen: fills.length, doubtful }
}

function isInDoubt(deps: DeskDeps, record: OrderRecord): boolean {
  const state = deps.orders.stateOrNull(record)
  return state === 'reconciling' || state === 'unresolved'
}

function recordOf(deps: DeskDeps, shown: VenueOrder): OrderRecord | null {
  const own = shown.clientOrderId !== null && isClientOrderId(shown.clientOrderId) ? deps.orders.find(shown.clientOrderId) : null
  return own ?? deps.orders.findByVenueId(shown.venueOrderId)
}

/** A foreign order that the venue no longer lists is over; its fills were booked before. */
function endForeign(deps: DeskDeps, reports: Reports, record: OrderRecord): void {
  deps.orders.apply(record, { type: 'order.canceled', reason: 'no longer open at the venue', filledQuantity: null, atMs: deps.clock.now() })
  reports.afterChange(record)
}

/** Takes orders into the books that the journal lacks: counted in exposure, shown, cancelled only by an operator. */
function adoptForeign(deps: DeskDeps, venue: VenuePort, open: readonly VenueOrder[]): number {
  let count = 0
  for (const shown of open) {
    if (recordOf(deps, shown) !== null) continue
    const proposal = foreignProposal(shown, venue, deps.fills.claimantOf(shown.userref ?? null))
    const known = deps.orders.find(proposal.clientOrderId)
    if (known !== null) {
      // Adopted before, and the journal ended before the venue's id was written.
      deps.orders.apply(known, { type: 'order.accepted', venueOrderId: shown.venueOrderId, atMs: deps.clock.now() })
      continue
    }
    const record = deps.orders.open(proposal, true, deps.clock.now())
    record.lastSeq = deps.journal.append({
      actor: `order:${record.clientOrderId}`,
      kind: 'order.adopted',
      payload: { proposal: { ...proposal }, venueOrderId: shown.venueOrderId, clientOrderIdAtVenue: shown.clientOrderId },
      correlationId: record.clientOrderId,
      causationSeq: null,
    })
    deps.orders.tell(record, { type: 'order.journaled', atMs: deps.clock.now() })
    deps.orders.apply(record, { type: 'order.accepted', venueOrderId: shown.venueOrderId, atMs: deps.clock.now() })
    deps.restoreReservation(record)
    deps.alerter.raise({
      severity: 'HIGH',
      code: 'FOREIGN_ORDER',
      text: `${venue.venueId} has an open order that is not in our journal: ${shown.side} ${shown.quantity} ${shown.instrumentId}; it is counted, and cancelled only by an operator`,
      details: { venueOrderId: shown.venueOrderId, instrumentId: shown.instrumentId },
    })
    count++
  }
  return count
}

/** The terms of a foreign order as a proposal, under an id made of the venue's: the same order is adopted once, whatever happens. */
function foreignProposal(shown: VenueOrder, venue: VenuePort, claimant: StrategyId | null): Proposal {
  const intent = intentId(`foreign:${shown.venueOrderId}`)
  const parts = { tag: 'ffffff', accountId: venue.accountId, botId: FOREIGN, instrumentId: shown.instrumentId, intentId: intent, index: 0 }
  const price = shown.limitPrice ?? ('0' as Proposal['referencePrice'])
  return {
    clientOrderId: clientOrderIdOf(parts),
    accountId: venue.accountId,
    venueId: venue.venueId,
    instrumentId: shown.instrumentId,
    botId: FOREIGN,
    strategyId: claimant ?? strategyId('manual'),
    intentId: intent,
    side: shown.side,
    type: shown.type,
    quantity: isLess(shown.quantity, shown.filledQuantity) ? shown.filledQuantity : shown.quantity,
    limitPrice: shown.limitPrice,
    referencePrice: price,
    timeInForce: 'gtc',
    expiresAtMs: null,
    postOnly: false,
    reduceOnly: false,
    effect: 'open',
    arrivalMid: price,
    proposedAtMs: shown.openedAtMs,
  }
}
