import { z } from 'zod'
import { asset, ms, positiveDecimal, ratio } from './parts'

/** What may be done with real money, and how a live start begins (RUN-10). */
export const trading = z.strictObject({
  readOnly: z.boolean().default(true),
  canary: z.boolean().default(true),
  canaryHours: z.number().int().min(48).max(10_000).default(48),
  tierOne: z
    .array(z.string().regex(/^[A-Z0-9.]+-[A-Z0-9.]+@[a-z0-9-]+$/, 'must look like BTC-USD@kraken'))
    .max(100)
    .default([]),
  rehearsalHours: z.number().min(24).max(10_000).default(24),
})

const bps = z.string().regex(/^-?\d+(\.\d+)?$/, 'must be basis points written as text, such as "40"')

/** The account that dry_run and paper believe to have, and how paper fills its orders (SIM-02). */
export const paper = z.strictObject({
  balances: z.record(asset, positiveDecimal).default({ USD: '5000' }),
  latencyMs: ms(0, 10_000).default(50),
  slippageBpsMean: z.number().min(0).max(1_000).default(10),
  slippageBpsMax: z.number().min(0).max(1_000).default(50),
  restingFills: z.enum(['through', 'queue']).default('through'),
  postOnlyFills: z.enum(['chance', 'queue']).default('chance'),
  postOnlyChance: ratio.default(0.7),
  fees: z.strictObject({ makerBps: bps, takerBps: bps }).nullable().default(null),
  validateAtVenue: z.boolean().default(true),
})

/** Most of the caps that a canary may use (RUN-10). */
export const CANARY_RATIO_MAX = 0.5

interface Modes {
  readonly mode: string
  readonly trading: z.infer<typeof trading>
  readonly paper: z.infer<typeof paper>
  readonly risk: { readonly canaryRatio: number }
  readonly bots: readonly { readonly enabled: boolean; readonly instruments: readonly string[] }[]
}

/** What keys of the modes contradict each other: a canary is small and on one instrument of the first tier, whatever else is written. */
export function modeContradictions({ mode, trading: { canary, tierOne }, paper: fills, risk, bots }: Modes) {
  const found: { readonly path: readonly (string | number)[]; readonly message: string }[] = []
  if (fills.slippageBpsMean > fills.slippageBpsMax)
    found.push({ path: ['paper', 'slippageBpsMean'], message: `must not exceed paper.slippageBpsMax (${fills.slippageBpsMax})` })
  if (mode !== 'live' || !canary) return found
  if (risk.canaryRatio > CANARY_RATIO_MAX)
    found.push({ path: ['risk', 'canaryRatio'], message: `must not exceed ${CANARY_RATIO_MAX} while live is a canary (trading.canary)` })
  const traded = [...new Set(bots.filter(({ enabled }) => enabled).flatMap(({ instruments }) => instruments))]
  if (traded.length > 1)
    found.push({ path: ['bots'], message: `trade ${traded.join(' and ')}: a canary (trading.canary) trades one instrument` })
  for (const name of traded)
    if (!tierOne.includes(name))
      found.push({ path: ['trading', 'tierOne'], message: `lacks ${name}: a canary trades the first tier alone` })
  return found
}
