import { z } from '@hono/zod-openapi'
import type { UniverseView } from '#ports/universe'

const amount = z.string().nullable()

const Tier = z
  .object({
    name: z.string(),
    volume24hMin: amount,
    spreadBpsMax: amount,
    allocationRatioMax: amount,
    orderNotional: amount,
    exposure: z.string(),
    exposureMax: amount,
    instruments: z.int(),
    admitted: z.int(),
  })
  .openapi('UniverseTier')

const Instrument = z
  .object({
    instrumentId: z.string(),
    tier: z.string(),
    themes: z.array(z.string()).readonly(),
    isAdmitted: z.boolean(),
    exclusionReason: z.string().nullable().openapi({ example: 'spread_max' }),
    text: z.string(),
    current: amount,
    limit: amount,
    volume24h: amount,
    spreadBps: amount,
    sinceMs: z.int(),
    bots: z.array(z.string()).readonly(),
  })
  .openapi('UniverseInstrument')

/** What may be entered now. */
export const Universe = z
  .object({
    currency: z.string(),
    refreshMs: z.int(),
    lookedAtMs: z.int().nullable(),
    tiers: z.array(Tier).readonly(),
    instruments: z.array(Instrument).readonly(),
  })
  .openapi('Universe') satisfies z.ZodType<UniverseView>
