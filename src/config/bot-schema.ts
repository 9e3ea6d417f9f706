import { z } from 'zod'
import { ms, name, positiveDecimal, ratio } from './parts'
import { policyName } from './policy-schema'
import { protection } from './protection-schema'
import { sizing } from './sizing-schema'
import { universeFilter } from './universe-schema'

const parameters = z.record(z.string(), z.unknown()).default({})

/** Least and most, as shares of the price; null asks for nothing. */
const range = z
  .tuple([z.number().min(0).max(100), z.number().min(0).max(100)])
  .refine(([least, most]) => least <= most, 'must be the least and the most, in this order')
  .nullable()
  .default(null)

/** One of several strategies of a bot; a new one is not enabled (STR-03). */
const member = z.strictObject({
  strategy: name,
  enabled: z.boolean().default(false),
  parameters,
  convictionMin: ratio.default(0),
  budget: z
    .strictObject({
      atRiskRatioMax: ratio.nullable().default(null),
      allocationRatio: ratio.nullable().default(null),
      tradesPerCycleMax: z.number().int().min(1).max(1_000).nullable().default(null),
    })
    .prefault({}),
})

/** One bot: what it runs, on what, with which capital, and how its orders are worked. */
export const bot = z
  .strictObject({
    id: name,
    strategy: name.nullable().default(null),
    strategies: z.array(member).max(20).default([]),
    aggregation: z.enum(['highestConviction', 'aggregateAndClamp']).default('highestConviction'),
    proposals: z.strictObject({ stopRatios: range, targetRatios: range }).prefault({}),
    enabled: z.boolean().default(false),
    instruments: z
      .array(z.string().regex(/^[A-Z0-9.]+-[A-Z0-9.]+@[a-z0-9-]+$/, 'must look like BTC-USD@kraken'))
      .max(50)
      .default([]),
    universe: universeFilter,
    cycleMs: ms(100, 3_600_000).nullable().default(null),
    capital: positiveDecimal,
    orderNotional: positiveDecimal,
    sizing: sizing.nullable().default(null),
    canaryRatio: ratio.default(1),
    parameters,
    routing: z
      .strictObject({
        style: z.enum(['market', 'limit', 'marketable', 'postOnly']).default('limit'),
        slippageBpsMax: z.number().min(0).max(1_000).default(50),
        timeInForce: z.enum(['gtc', 'ioc']).default('gtc'),
      })
      .prefault({}),
    preview: z.boolean().default(false),
    onStop: z.enum(['keep', 'flatten']).default('keep'),
    drawdownRatio: ratio.nullable().default(null),
    policy: policyName,
    protection: protection.nullable().default(null),
  })
  .superRefine(({ strategy, strategies, parameters: own, instruments, universe }, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    if (strategy === null && strategies.length === 0) refuse('strategy', 'must name a strategy, or strategies must list some')
    if (strategy !== null && strategies.length > 0) refuse('strategies', 'must be left out where strategy names one')
    if (universe === null && instruments.length === 0) refuse('instruments', 'must name one at least, or universe must name tiers')
    if (universe !== null && instruments.length > 0) refuse('instruments', 'must be left out where universe names tiers')
    if (strategy === null && Object.keys(own).length > 0) refuse('parameters', 'belong to each entry of strategies')
  })
