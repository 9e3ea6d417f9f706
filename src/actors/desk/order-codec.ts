import { z } from 'zod'
import { decimal } from '#domain/decimal'
import { accountId, botId, clientOrderId, instrumentId, intentId, strategyId, tradeId, venueId, venueOrderId } from '#domain/ids'
import type { Json } from '#domain/json'
import type { Fill, Proposal } from '#domain/order'

// The journal is an edge: what is read back is parsed, not believed.
const text = z.string().min(1)
const amount = z
  .string()
  .regex(/^-?\d+(\.\d+)?$/)
  .transform((value) => decimal(value))
const clientOrder = text.transform((value) => clientOrderId(value))
const instrument = text.transform((value) => instrumentId(value))
const venue = text.transform((value) => venueId(value))
const venueOrder = text.transform((value) => venueOrderId(value))

const proposalSchema: z.ZodType<Proposal> = z.object({
  clientOrderId: clientOrder,
  accountId: text.transform((value) => accountId(value)),
  venueId: venue,
  instrumentId: instrument,
  botId: text.transform((value) => botId(value)),
  strategyId: text.transform((value) => strategyId(value)),
  intentId: text.transform((value) => intentId(value)),
  side: z.enum(['buy', 'sell']),
  type: z.enum(['market', 'limit', 'stop']),
  quantity: amount,
  limitPrice: amount.nullable(),
  referencePrice: amount,
  timeInForce: z.enum(['gtc', 'ioc', 'fok', 'gtd']),
  expiresAtMs: z.number().int().nullable(),
  postOnly: z.boolean(),
  reduceOnly: z.boolean(),
  effect: z.enum(['open', 'increase', 'reduce', 'close']),
  arrivalMid: amount,
  proposedAtMs: z.number().int(),
})

const fillSchema: z.ZodType<Fill> = z.object({
  tradeId: text.transform((value) => tradeId(value)),
  venueId: venue,
  instrumentId: instrument,
  venueOrderId: venueOrder,
  clientOrderId: clientOrder.nullable(),
  side: z.enum(['buy', 'sell']),
  quantity: amount,
  price: amount,
  cost: amount,
  feeAsset: text,
  feeQuantity: amount,
  liquidity: z.enum(['maker', 'taker']).nullable(),
  venueAtMs: z.number().int(),
  userref: z.number().int().nullable().default(null),
})

/** Reads a proposal back from a journal payload. @throws {z.ZodError} when it is not one. */
export function proposalOf(value: Json): Proposal {
  return proposalSchema.parse(value)
}

/** Reads a fill back from a journal payload; null for null. @throws {z.ZodError} when it is not one. */
export function fillOf(value: Json): Fill | null {
  return value === null ? null : fillSchema.parse(value)
}
