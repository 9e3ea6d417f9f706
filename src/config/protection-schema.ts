import { z } from 'zod'
import { ms } from './parts'

const share = z.number().positive('must be above 0').max(0.99, 'must not be over 0.99 (99 %)')

/** How a bot's positions are protected where its strategy states nothing, and how their exits are worked (EXE-13). */
export const protection = z.strictObject({
  stopLossRatio: share.nullable().default(null),
  takeProfitRatio: z.number().positive('must be above 0').max(100).nullable().default(null),
  trailingRatio: share.nullable().default(null),
  collarBps: z.number().positive('must be above 0').max(1_000).default(25),
  escalateAfterMs: ms(500, 600_000).default(5_000),
  retryMs: ms(50, 10_000).default(250),
  native: z.boolean().default(true),
})
