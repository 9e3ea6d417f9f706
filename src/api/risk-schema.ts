import { z } from '@hono/zod-openapi'
import type { BreakerView, RiskView } from '#ports/control'
import { Reducing, Throttle } from './gate-schema'

const Breaker = z
  .object({
    breakerId: z.string(),
    kind: z.string(),
    scope: z.string(),
    state: z.string().openapi({ example: 'ARMED' }),
    response: z.string().openapi({ example: 'pause' }),
    rearm: z.string().openapi({ example: 'auto' }),
    threshold: z.string(),
    value: z.string(),
    trippedAtMs: z.int().nullable(),
    rearmsAtMs: z.int().nullable(),
    reason: z.string().nullable(),
  })
  .openapi('Breaker') satisfies z.ZodType<BreakerView>

/** Kill switch, breakers, limits and exposures. */
export const Risk = z
  .object({
    mode: z.string().openapi({ example: 'trading' }),
    killSwitch: z.object({
      isActive: z.boolean(),
      reason: z.string().nullable(),
      sinceMs: z.int().nullable(),
      source: z.string().nullable(),
      clearableOverApi: z.boolean(),
    }),
    breakers: z.array(Breaker).readonly(),
    throttles: z.array(Throttle).readonly(),
    reducing: z.array(Reducing).readonly(),
    limits: z.record(z.string(), z.any()),
    exposures: z.array(z.object({ scope: z.string(), current: z.string(), limit: z.string() })).readonly(),
  })
  .openapi('Risk') satisfies z.ZodType<RiskView>
