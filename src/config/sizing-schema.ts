import { z } from 'zod'
import { positiveDecimal } from './parts'

const base = z.enum(['capital', 'equity', 'source'])
const share = z.number().positive().max(10)

/** How a bot sizes its positions (RSK-04, RSK-07, STR-10). The whole Kelly stake is no choice: it bets more than anybody should. */
export const sizing = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('fixed') }),
  z.strictObject({
    method: z.literal('atr'),
    riskRatio: z.number().positive().max(0.1).default(0.01),
    atrMultiple: z.number().positive().max(50).default(2),
    bars: z.number().int().min(2).max(200).default(20),
  }),
  z.strictObject({ method: z.literal('proportional'), ratio: share, of: base.default('capital') }),
  z.strictObject({ method: z.literal('cappedProportional'), ratio: share, of: base.default('source'), cap: positiveDecimal }),
  z.strictObject({
    method: z.literal('kelly'),
    fraction: z
      .enum(['half', 'quarter', 'fifth'], { error: 'must be half, quarter or fifth; the full Kelly stake is refused' })
      .default('quarter'),
  }),
])
