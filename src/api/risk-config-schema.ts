import { z } from '@hono/zod-openapi'
import type { ConfigChangeView, RiskConfigView } from '#ports/risk-config'

const AnyValue = z.any()

/** The limits in force, each with where it comes from, and the sections that they are made of. */
export const RiskConfig = z
  .object({
    version: z.int().openapi({ example: 12 }),
    mode: z.string().openapi({ example: 'sandbox' }),
    config: z.record(z.string(), AnyValue),
    effective: z
      .array(
        z.object({
          botId: z.string().nullable(),
          venueId: z.string().nullable(),
          policies: z.array(z.string()).readonly(),
          limits: z.record(
            z.string(),
            z.object({ value: AnyValue, source: z.string().openapi({ example: 'policy careful (bot mm-btc)' }) }),
          ),
        }),
      )
      .readonly(),
    overlay: z.array(z.object({ path: z.string(), value: AnyValue, over: AnyValue, version: z.int() })).readonly(),
    fixed: z.record(z.string(), z.string()),
  })
  .openapi('RiskConfig') satisfies z.ZodType<RiskConfigView>

/** One change of the limits. */
export const ConfigChange = z
  .object({
    version: z.int().openapi({ example: 12 }),
    atMs: z.int(),
    operator: z.string(),
    origin: z.string().openapi({ example: '127.0.0.1' }),
    reason: z.string(),
    rollbackTo: z.int().nullable(),
    changes: z.array(z.object({ path: z.string().openapi({ example: 'risk.positionRatioMax' }), from: AnyValue, to: AnyValue })).readonly(),
    loosened: z.array(z.string()).readonly(),
  })
  .openapi('ConfigChange') satisfies z.ZodType<ConfigChangeView>

/** Why: without it a change is refused. */
const reason = z.string().trim().min(1, 'say why, such as "volatile week"').max(500)
const confirm = z.boolean().default(false)

/** Body of a change: sections `risk`, `policies`, `breakers`, and the `policy` of single `bots` and `venues`. */
export const RiskConfigPatch = z
  .strictObject({
    reason,
    confirm,
    changes: z
      .record(z.string(), AnyValue)
      .openapi({ example: { risk: { positionRatioMax: 0.02 }, bots: { 'mm-btc': { policy: 'careful' } } } }),
  })
  .openapi('RiskConfigPatch')

/** Body of a roll back; version 0 is the configuration as the files have it. */
export const RollbackBody = z
  .strictObject({ reason, confirm, version: z.int().min(0).openapi({ example: 11 }) })
  .openapi('RiskConfigRollback')
