import { z } from '@hono/zod-openapi'

const id = z.string().min(1).max(128)

/** What a command can be about, besides one order. */
export const SCOPES = [
  z.strictObject({ kind: z.literal('all') }),
  z.strictObject({ kind: z.literal('venue'), venueId: id }),
  z.strictObject({ kind: z.literal('market'), instrumentId: id }),
  z.strictObject({ kind: z.literal('strategy'), strategyId: id }),
  z.strictObject({ kind: z.literal('bot'), botId: id }),
] as const

export const ORDER_SCOPE = z.strictObject({ kind: z.literal('order'), clientOrderId: id })
