import { z } from '@hono/zod-openapi'
import type { ActorView, HealthView, JournalPage } from '#ports/control'

const Severity = z.enum(['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'])

/** Health summary (API-02). Open to anyone who reaches the address, so it holds no secret and no balance. */
export const Health = z
  .object({
    status: z.enum(['HEALTHY', 'DEGRADED', 'UNHEALTHY']),
    mode: z.string(),
    state: z.string(),
    version: z.string(),
    schemaVersion: z.int(),
    startedAtMs: z.int(),
    nowMs: z.int(),
    uptimeMs: z.int(),
    sockets: z.object({ up: z.int(), total: z.int() }),
    ordersOpen: z.int(),
    ordersFilled24h: z.int(),
    positions: z.int(),
    exposureGross: z.string(),
    criticalErrors1h: z.int(),
    highErrors1h: z.int(),
    recentErrors: z.array(z.object({ atMs: z.int(), severity: Severity, code: z.string(), text: z.string() })).readonly(),
    ok: z.object({
      marketData: z.boolean(),
      portfolio: z.boolean(),
      strategies: z.boolean(),
      execution: z.boolean(),
      journal: z.boolean(),
    }),
    monitors: z.object({ checks: z.int(), breaches: z.int() }),
    problems: z.array(z.string()).readonly(),
  })
  .openapi('Health') satisfies z.ZodType<HealthView>

/** Answer of the probes. */
export const Probe = z.object({ ok: z.boolean(), state: z.string(), reason: z.string().nullable() }).openapi('Probe')

/** One actor of the tree, with its children in start order. */
export const Actor: z.ZodType<ActorView> = z
  .object({
    id: z.string(),
    machine: z.string(),
    state: z.string(),
    sinceMs: z.int(),
    restarts: z.int(),
    detail: z.string(),
    get children() {
      return z.array(Actor).readonly()
    },
  })
  .openapi('Actor')

/** Any JSON object: journal payloads and the configuration have as many shapes as kinds. */
export const AnyJson = z.record(z.string(), z.unknown()).openapi('JsonObject', { additionalProperties: true })

/** A page of the journal, ascending. */
export const Journal = z
  .object({
    entries: z
      .array(
        z.object({
          seq: z.int(),
          atMs: z.int(),
          actor: z.string(),
          kind: z.string(),
          payload: z.record(z.string(), z.any()),
          correlationId: z.string().nullable(),
          causationSeq: z.int().nullable(),
          previousHash: z.string(),
          hash: z.string(),
        }),
      )
      .readonly(),
    nextAfter: z.int().nullable(),
    headSeq: z.int(),
  })
  .openapi('JournalPage') satisfies z.ZodType<JournalPage>
