import { z } from 'zod'
import type { Json } from '#domain/json'
import type { Fill, Proposal } from '#domain/order'

// The journal is an edge: what is read back is parsed, not believed. Brands are minted by the shape alone, since the
// hash chain vouches for the content.
const text = z.string().min(1)
const decimalText = z.string().regex(/^-?\d+(\.\d+)?$/)

const proposalSchema = z.object({
  clientOrderId: text,
  accountId: text,
  venueId: text,
  instrumentId: text,
  botId: text,
  strategyId: text,
  intentId: text,
  side: z.enum(['buy', 'sell']),
  type: z.enum(['market', 'limit']),
  quantity: decimalText,
  limitPrice: decimalText.nullable(),
  referencePrice: decimalText,
  timeInForce: z.enum(['gtc', 'ioc', 'fok', 'gtd']),
  expiresAtMs: z.number().int().nullable(),
  postOnly: z.boolean(),
  reduceOnly: z.boolean(),
  effect: z.enum(['open', 'increase', 'reduce', 'close']),
  arrivalMid: decimalText,
  proposedAtMs: z.number().int(),
}) as unknown as z.ZodType<Proposal>

const fillSchema = z.object({
  tradeId: text,
  venueId: text,
  instrumentId: text,
  venueOrderId: text,
  clientOrderId: text.nullable(),
  side: z.enum(['buy', 'sell']),
  quantity: decimalText,
  price: decimalText,
  cost: decimalText,
  feeAsset: text,
  feeQuantity: decimalText,
  liquidity: z.enum(['maker', 'taker']).nullable(),
  venueAtMs: z.number().int(),
}) as unknown as z.ZodType<Fill>

/** Reads a proposal back from a journal payload. @throws {z.ZodError} when it is not one. */
export function proposalOf(value: Json): Proposal {
  return proposalSchema.parse(value)
}

/** Reads a fill back from a journal payload; null for null. @throws {z.ZodError} when it is not one. */
export function fillOf(value: Json): Fill | null {
  return value === null ? null : fillSchema.parse(value)
}
