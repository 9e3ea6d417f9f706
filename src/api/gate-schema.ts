import { z } from '@hono/zod-openapi'
import type { LimitsView, LimitView, ReducingScope, ReducingView, ThrottleView } from '#ports/gate-control'
import { CommandBody } from './commands'
import { SCOPES } from './scope-schema'

const id = z.string().min(1).max(128)

export const LimitsQuery = z.object({ bot: id.optional().openapi({ description: 'Of one bot alone' }) })

const Limit = z
  .object({
    check: z.string().openapi({ example: 'asset_max' }),
    requirements: z.array(z.string()).readonly(),
    scope: z.string().openapi({ example: 'asset:BTC', description: 'Whom it is counted over; `order` for each order on its own' }),
    what: z.string(),
    configured: z.string().nullable().openapi({ example: '0.05', description: 'As it is set; null where it is off' }),
    basis: z.string().openapi({ example: 'of equity' }),
    bound: z.enum(['most', 'least']).nullable(),
    limit: z.string().nullable().openapi({ description: 'In the unit of the figures, as the gate compares with it now' }),
    filled: z.string().nullable(),
    working: z.string().nullable().openapi({ description: 'In working orders at worst' }),
    used: z.string().nullable().openapi({ description: 'Both' }),
    headroom: z.string().nullable().openapi({ description: 'What still passes; never below zero' }),
    unit: z.string().openapi({ example: 'USD' }),
    usedRatio: z.number().nullable(),
    holds: z.string().nullable().openapi({ description: 'Why an order that adds risk is blocked by it now, whatever its size' }),
    source: z.string().openapi({ example: 'policy careful (bot trend-btc)' }),
    bots: z.array(z.string()).readonly(),
  })
  .openapi('Limit') satisfies z.ZodType<LimitView>

/** What each limit of the gate stands at. */
export const Limits = z
  .object({
    atMs: z.int(),
    currency: z.string(),
    equity: z.string(),
    capScale: z.string().openapi({ description: 'What every cap is multiplied with: regime, roll-out, canary' }),
    capScaleSource: z.string(),
    limits: z.array(Limit).readonly(),
    unknown: z.array(z.string()).readonly().openapi({ description: 'Instruments that the venue has not told of yet' }),
  })
  .openapi('Limits') satisfies z.ZodType<LimitsView>

/** A throttle that waits for a named operator. */
export const Throttle = z
  .object({ botId: z.string(), kind: z.string().openapi({ example: 'executions' }), reason: z.string(), sinceMs: z.int() })
  .openapi('Throttle') satisfies z.ZodType<ThrottleView>

/** A scope that takes only what lowers exposure. */
export const Reducing = z
  .object({
    scope: z.string().openapi({ example: 'bot:trend-btc' }),
    source: z.string().openapi({ example: 'operator' }),
    text: z.string(),
    sinceMs: z.int(),
  })
  .openapi('Reducing') satisfies z.ZodType<ReducingView>

const Scope = z.discriminatedUnion('kind', SCOPES).openapi('ReducingScope') satisfies z.ZodType<ReducingScope>

/** Body of the command that begins or ends the reducing of a scope. */
export const ReducingBody = CommandBody.extend({
  scope: Scope,
  on: z.boolean().openapi({ description: 'True lets the scope take only what lowers exposure, false ends that' }),
}).openapi('ReducingCommand')
