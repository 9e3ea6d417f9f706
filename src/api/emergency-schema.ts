import { z } from '@hono/zod-openapi'
import type { EmergencyScope } from '#domain/emergency-scope'
import type { EmergencyView } from '#ports/control'
import { TypedBody } from './commands'
import { ORDER_SCOPE, SCOPES } from './scope-schema'

/** What an emergency halt reaches. */
const Scope = z.discriminatedUnion('kind', [...SCOPES, ORDER_SCOPE]).openapi('EmergencyScope') satisfies z.ZodType<EmergencyScope>

/** Body of an emergency halt: the operator types the word. */
export const EmergencyBody = TypedBody.extend({
  scope: Scope,
  flatten: z.boolean().default(false).openapi({ description: 'Close the positions of the scope at the market too' }),
}).openapi('EmergencyCommand')

/** One emergency halt and what it has not been able to end. */
export const Emergency = z
  .object({
    emergencyId: z.string(),
    scope: z.string().openapi({ example: 'bot:trend-btc' }),
    shouldFlatten: z.boolean(),
    reason: z.string(),
    operator: z.string(),
    state: z.string().openapi({ example: 'RUNNING', description: 'RUNNING, OVERDUE (still trying), ENDED or RELEASED' }),
    beganAtMs: z.int(),
    endedAtMs: z.int().nullable(),
    deadlineMs: z.int(),
    ordersEnded: z.int(),
    ordersLeftCount: z.int(),
    ordersLeft: z
      .array(z.object({ clientOrderId: z.string(), instrumentId: z.string(), botId: z.string(), status: z.string() }))
      .readonly(),
    positionsClosed: z.int(),
    positionsLeftCount: z.int(),
    positionsLeft: z.array(z.object({ botId: z.string(), instrumentId: z.string(), netQuantity: z.string(), why: z.string() })).readonly(),
  })
  .openapi('Emergency') satisfies z.ZodType<EmergencyView>
