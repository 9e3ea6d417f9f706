import { z } from '@hono/zod-openapi'
import type { BotView } from '#ports/control'

/** Why a pause or a halt holds. */
const HoldReason = z.object({ source: z.string(), text: z.string(), sinceMs: z.int() }).openapi('HoldReason')

const refusal = z.string().nullable().openapi({ description: 'null: may be given now; else why the present state refuses it' })

/** For each command, whether the present state takes it. */
export const BotCommands = z
  .object({ start: refusal, pause: refusal, resume: refusal, stop: refusal, halt: refusal, reset: refusal })
  .openapi('BotCommands')

const counts = z.record(z.string(), z.int()).readonly()

/** One strategy of a bot with what became of its wishes. */
const BotStrategy = z
  .object({
    strategyId: z.string(),
    enabled: z.boolean(),
    proposals: z.int(),
    approved: z.int(),
    dropped: counts.openapi({ example: { lower_conviction: 3, strategy_cap: 1 } }),
    blocked: counts.openapi({ example: { theme_cap: 2 } }),
    realizedPnl: z.string(),
    fees: z.string(),
    trades: z.int(),
  })
  .openapi('BotStrategy')

const BotFields = z.object({
  botId: z.string(),
  strategyId: z.string(),
  strategies: z.array(BotStrategy).readonly(),
  state: z.string().openapi({ example: 'ACTIVE' }),
  sinceMs: z.int(),
  note: z.string(),
  reasons: z.array(HoldReason).readonly(),
  instruments: z.array(z.string()).readonly(),
  enabled: z.boolean(),
  restarts: z.int(),
  intents: z.int(),
  orders: z.int(),
  fills: z.int(),
  blocked: z.int(),
  realizedPnl: z.string(),
  unrealizedPnl: z.string(),
  fees: z.string(),
  equity: z.string(),
  lastDecision: z.object({ atMs: z.int(), text: z.string() }).nullable(),
}) satisfies z.ZodType<BotView>

/** One bot and what may be asked of it now. */
export const Bot = BotFields.extend({ commands: BotCommands }).openapi('Bot')
