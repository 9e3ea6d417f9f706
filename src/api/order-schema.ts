import { z } from '@hono/zod-openapi'
import type { OrderView } from '#ports/control'

const ORDER_STATUSES = [
  'PENDING',
  'SUBMITTING',
  'OPEN',
  'PARTIALLY_FILLED',
  'CANCELING',
  'AMENDING',
  'UNKNOWN',
  'FILLED',
  'CANCELED',
  'REJECTED',
  'EXPIRED',
  'ERROR',
] as const

/** One order as the desk knows it. Quantities are base, prices quote per base, both exact decimals as text. */
export const Order = z
  .object({
    clientOrderId: z.string(),
    venueOrderId: z.string().nullable(),
    venueId: z.string(),
    instrumentId: z.string(),
    botId: z.string(),
    strategyId: z.string(),
    intentId: z.string(),
    side: z.enum(['buy', 'sell']),
    type: z.string(),
    quantity: z.string(),
    filledQuantity: z.string(),
    limitPrice: z.string().nullable(),
    averageFillPrice: z.string().nullable(),
    timeInForce: z.string(),
    postOnly: z.boolean(),
    status: z.enum(ORDER_STATUSES),
    isTerminal: z.boolean(),
    reason: z.string().nullable(),
    createdAtMs: z.int(),
    updatedAtMs: z.int(),
    fees: z.array(z.object({ asset: z.string(), quantity: z.string() })).readonly(),
    retries: z.int(),
  })
  .openapi('Order') satisfies z.ZodType<OrderView>

/** Filters of the order list. */
export const OrderQuery = z.object({
  status: z.enum(['open', 'closed', 'all']).default('all'),
  botId: z.string().min(1).max(48).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})
