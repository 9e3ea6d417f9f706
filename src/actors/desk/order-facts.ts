import type { JsonObject } from '#domain/json'
import type { Fill } from '#domain/order'
import type { OrderEvent } from '#machines/order-events'

/** Nothing beside the event itself. */
export const NO_EXTRA: JsonObject = {}

/**
 * Returns what is journaled of an event: its figures without the type, which is the entry's kind, the fill that it stands for, and
 * whatever else goes with it. Fill and extra are handed on as they are, since nobody writes to them.
 */
export function payloadOf(event: OrderEvent, fill: Fill | null, extra: JsonObject): JsonObject {
  const figures = figuresOf(event, fill)
  return extra === NO_EXTRA ? figures : { ...figures, ...extra }
}

/** Spells out what nearly every order hears; the rest of an object costs ten times that. */
function figuresOf(event: OrderEvent, fill: Fill | null): JsonObject {
  if (event.type === 'order.filled' && fill !== null) {
    return { venueOrderId: event.venueOrderId, quantity: event.quantity, atMs: event.atMs, fill }
  }
  if (event.type === 'order.accepted' && fill === null) return { venueOrderId: event.venueOrderId, atMs: event.atMs }
  const { type: _type, ...figures } = event
  return fill === null ? (figures as JsonObject) : { ...(figures as JsonObject), fill }
}
