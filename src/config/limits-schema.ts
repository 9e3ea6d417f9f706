import { z } from 'zod'
import { ms, name, positiveDecimal, ratio } from './parts'

const member = z.string().regex(/^[A-Z0-9.]{1,20}(-[A-Z0-9.]{1,20}@[a-z0-9-]{1,48})?$/, 'must be an asset such as DOGE, or an instrument')
const zone = z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4), z.literal(5)])
const multiplier = z.number().min(0).max(2)

/** The gate's limits beyond the plain caps, as keys of `risk`. */
export const moreLimits = {
  instrumentNotionalMax: positiveDecimal.nullable().default(null),
  venueRatioMax: z.record(name, ratio).default({}),
  themes: z.record(name, z.array(member).min(1).max(1_000)).default({}),
  themeRatioMax: ratio.default(0.1),
  windowNotionalMax: positiveDecimal.nullable().default('400'),
  riskPerTradeRatioMax: ratio.nullable().default(0.01),
  portfolioRiskRatioMax: ratio.nullable().default(0.1),
  stopDistanceRatioDefault: z.number().positive().max(1).default(0.05),
  kellyRatioMax: z.number().positive().max(0.5, 'must not be over 0.5: half the Kelly stake is the most').nullable().default(0.5),
  manualPositions: z.enum(['count', 'ignore']).default('count'),
  convictionMin: ratio.default(0),
  postOnlyRequired: z.boolean().default(false),
  priceZones: z.array(zone).min(1).max(5).default([1, 2, 3, 4, 5]),
  nearExpiryMs: ms(0, 86_400_000).nullable().default(25_000),
  cooldownMs: ms(0, 604_800_000).default(0),
  cooldownAfterStopMs: ms(0, 604_800_000).default(0),
  duplicateWindowMs: ms(1, 3_600_000).nullable().default(250),
  outlierSigmaMax: z.number().positive().max(1_000).nullable().default(6),
  outlierBpsMin: z.number().min(0).max(10_000).default(100),
  spreadBpsMax: z.number().positive().max(10_000).nullable().default(100),
  volume24hMin: positiveDecimal.nullable().default('100000'),
  messagesPerSecMax: z.number().int().min(1).max(100_000).nullable().default(100),
  executionsMax: z.number().int().min(1).max(100_000).nullable().default(600),
  executionsWindowMs: ms(1_000, 86_400_000).default(60_000),
  gasMax: z.record(name, z.strictObject({ priceGwei: positiveDecimal, priorityGwei: positiveDecimal })).default({}),
  gasCostRatioMax: z.number().positive().max(100).nullable().default(1),
  regime: z.enum(['bull', 'chop', 'bear', 'crash']).default('chop'),
  regimeMultipliers: z
    .strictObject({
      bull: multiplier.default(1.2),
      chop: multiplier.default(1),
      bear: multiplier.default(0.6),
      crash: multiplier.default(0),
    })
    .prefault({}),
  rolloutRatio: ratio.default(1),
  canaryRatio: ratio.default(1),
} as const

/** Amounts and shares of which the first must not be above the second: a part of something and the whole of it. */
const ORDERED: readonly (readonly [part: string, whole: string])[] = [
  ['orderNotionalMin', 'orderNotionalMax'],
  ['orderNotionalMax', 'totalExposureMax'],
  ['instrumentNotionalMax', 'totalExposureMax'],
  ['positionRatioMax', 'totalAtRiskRatioMax'],
  ['assetRatioMax', 'totalAtRiskRatioMax'],
  ['themeRatioMax', 'totalAtRiskRatioMax'],
  ['riskPerTradeRatioMax', 'portfolioRiskRatioMax'],
  ['cooldownMs', 'cooldownAfterStopMs'],
]

/** A limit that another makes pointless, and the sentence that names both. */
export interface Contradiction {
  readonly key: string
  readonly message: string
}

/**
 * Returns the limits that contradict each other, each with both names (RUN-09). Those that are off, or not stated, contradict nothing.
 * @param where what the limits stand under: `risk`, `policies.careful`.
 */
export function limitContradictions(risk: Readonly<Record<string, unknown>>, where = 'risk'): readonly Contradiction[] {
  const found: Contradiction[] = []
  for (const [part, whole] of ORDERED) {
    const [less, more] = [amountOf(risk[part]), amountOf(risk[whole])]
    // A pause after a stop that is not set is as long as the other.
    if (less === null || more === null || (part === 'cooldownMs' && more === 0)) continue
    if (less > more) found.push({ key: part, message: `must not exceed ${where}.${whole}, which is ${risk[whole]}` })
  }
  return found
}

function amountOf(value: unknown): number | null {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : null
}
