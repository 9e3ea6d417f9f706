import { z } from 'zod'
import { decimal } from '#domain/decimal'
import { type AssetCode, assetCode, clientOrderId, instrumentId, tradeId, venueId, venueOrderId } from '#domain/ids'
import type { JsonObject } from '#domain/json'
import type { Fill } from '#domain/order'
import type { SimulatedOrder } from '#sim/fills/types'
import { pricesOf } from '#sim/fills/order-shelf'

// The journal is an edge: what is read back is parsed, not believed.
const amount = z
  .string()
  .regex(/^-?\d+(\.\d+)?$/)
  .transform((value) => decimal(value))
const clientOrder = z.string().transform((value) => clientOrderId(value))
const instrument = z.string().transform((value) => instrumentId(value))
const venue = z.string().transform((value) => venueId(value))
const venueOrder = z.string().transform((value) => venueOrderId(value))
const side = z.enum(['buy', 'sell'])

const terms = z.object({
  clientOrderId: clientOrder,
  venueId: venue,
  instrumentId: instrument,
  side,
  type: z.enum(['market', 'limit', 'stop']),
  timeInForce: z.enum(['gtc', 'ioc', 'fok', 'gtd']),
  expiresAtMs: z.int().nullable(),
  postOnly: z.boolean(),
})

/** An order as a fact or a fold of the journal has it. `held` is what it has reserved of its asset. */
export const orderFact = z.object({
  venueOrderId: venueOrder,
  terms,
  arrivedAtMs: z.int(),
  quantity: amount,
  limitPrice: amount.nullable(),
  leaves: amount,
  held: z.object({ asset: z.string().transform((value) => assetCode(value)), amount }),
})
export type OrderFact = z.infer<typeof orderFact>

/** An execution as a fact of the journal has it. */
export const fillFact: z.ZodType<Fill> = z.object({
  tradeId: z.string().transform((value) => tradeId(value)),
  venueId: venue,
  instrumentId: instrument,
  venueOrderId: venueOrder,
  clientOrderId: clientOrder.nullable(),
  side,
  quantity: amount,
  price: amount,
  cost: amount,
  feeAsset: z.string(),
  feeQuantity: amount,
  liquidity: z.enum(['maker', 'taker']).nullable(),
  venueAtMs: z.int(),
})

/** Amounts by asset. */
export const amounts = z
  .record(z.string(), amount)
  .transform(
    (record) => new Map<AssetCode, ReturnType<typeof decimal>>(Object.entries(record).map(([asset, value]) => [assetCode(asset), value])),
  )

/** How an order ended. */
export const ending = z.object({
  venueOrderId: venueOrder,
  status: z.enum(['filled', 'canceled', 'expired']),
  reason: z.string().nullable(),
})

/** An amended order's new terms. */
export const amendment = z.object({
  venueOrderId: venueOrder,
  quantity: amount,
  leaves: amount,
  limitPrice: amount.nullable(),
  held: orderFact.shape.held,
})

/** Returns an order as a fact, with what it reserved. */
export function factOf(order: SimulatedOrder, held: OrderFact['held']): JsonObject {
  const { venueOrderId: id, arrivedAtMs, quantity, limitPrice, leaves } = order
  const { clientOrderId: client, venueId: at, instrumentId: of, side: way, type, timeInForce, expiresAtMs, postOnly } = order.terms
  const own = { clientOrderId: client, venueId: at, instrumentId: of, side: way, type, timeInForce, expiresAtMs, postOnly }
  return { venueOrderId: id, terms: own, arrivedAtMs, quantity, limitPrice, leaves, held: { ...held } }
}

/** Returns the order of a fact, resting. */
export function orderOf(fact: OrderFact): SimulatedOrder {
  const { venueOrderId: id, arrivedAtMs, quantity, limitPrice, leaves } = fact
  const prices = pricesOf({ type: fact.terms.type, limitPrice })
  return { venueOrderId: id, terms: fact.terms, arrivedAtMs, quantity, ...prices, leaves, hasRested: true }
}
