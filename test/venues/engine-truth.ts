import type { InstrumentId, VenueId } from '#domain/ids'
import { tradeId, venueOrderId } from '#domain/ids'
import type { Fill, VenueOrder } from '#domain/order'
import type { EngineFill, EngineOrder } from '#sim/engine/types'

/** An order of the engine in the words of the port; the reason is the venue's text and left out. */
export function engineOrder(order: EngineOrder, idOf: (symbol: string) => InstrumentId): VenueOrder {
  return {
    venueOrderId: venueOrderId(order.orderId),
    clientOrderId: order.clientId,
    instrumentId: idOf(order.symbol),
    side: order.side,
    type: order.type === 'market' ? 'market' : 'limit',
    status: order.status === 'untriggered' ? 'open' : order.status,
    quantity: order.quantity,
    filledQuantity: order.filledQuantity,
    limitPrice: order.limitPrice,
    reason: null,
    openedAtMs: order.openedAtMs,
    userref: null,
  }
}

/** An execution of the engine in the words of the port. */
export function engineFill(fill: EngineFill, venue: VenueId, idOf: (symbol: string) => InstrumentId): Fill {
  return {
    tradeId: tradeId(fill.fillId),
    venueId: venue,
    instrumentId: idOf(fill.symbol),
    venueOrderId: venueOrderId(fill.orderId),
    clientOrderId: fill.clientId as Fill['clientOrderId'],
    side: fill.side,
    quantity: fill.quantity,
    price: fill.price,
    cost: fill.cost,
    feeAsset: fill.feeAsset,
    feeQuantity: fill.fee,
    liquidity: fill.liquidity,
    venueAtMs: fill.atMs,
    userref: null,
  }
}
