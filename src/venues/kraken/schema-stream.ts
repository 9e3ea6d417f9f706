import { z } from 'zod'
import { AppError } from '#domain/errors'
import type { RawJson } from './numbers'
import { amount, integer, opaque } from './schema-rest'
import { parseTime } from '#venues/shared/venue-clock'

/** RFC 3339 text as UTC ms. */
const time = z
  .string()
  .transform(parseTime)
  .refine((ms) => Number.isFinite(ms), 'is not a time')
const double = amount.transform(Number)

/** Answer to a request of ours: a subscription, a ping or a trading command. */
export const reply = z.object({
  method: z.string(),
  req_id: integer.nullish(),
  success: z.boolean().nullish(),
  error: z.string().nullish(),
  symbol: z.string().nullish(),
  time_out: z.string().nullish(),
  orders_cancelled: integer.nullish(),
  result: z.unknown().optional(),
})
/** A reply, read. */
export type Reply = z.output<typeof reply>

/** What an acknowledged subscription says of itself. */
export const subscriptionResult = z.object({
  channel: z.string(),
  symbol: z.string().nullish(),
  interval: integer.nullish(),
  maxratecount: integer.nullish(),
})
/** Result of batch_cancel; older answers have `orders_cancelled` beside it instead. */
export const countResult = z.object({ count: integer })
/** Result of add_order. */
export const orderResult = z.object({ order_id: opaque })

/** A message of the status channel. */
export const statusFrame = z.object({ data: z.array(z.object({ system: z.string() })).min(1) })

/** A message of the trade channel. */
export const tradeFrame = z.object({
  type: z.enum(['snapshot', 'update']),
  data: z.array(
    z.object({
      symbol: z.string(),
      side: z.enum(['buy', 'sell']),
      price: amount,
      qty: amount,
      trade_id: z.string(),
      timestamp: time,
    }),
  ),
})

/** One candle of the ohlc channel. */
export const candle = z.object({
  symbol: z.string(),
  open: double,
  high: double,
  low: double,
  close: double,
  volume: double,
  interval_begin: time,
  interval: integer,
})
/** A message of the ohlc channel. */
export const candleFrame = z.object({ type: z.enum(['snapshot', 'update']), data: z.array(candle) })
/** One candle, read. */
export type Candle = z.output<typeof candle>

const instrumentPair = z.object({
  symbol: z.string(),
  status: z.string(),
  qty_precision: integer,
  qty_increment: amount,
  price_precision: integer,
  price_increment: amount,
  cost_min: amount.nullish(),
  qty_min: amount,
})
/** A message of the instrument channel; its data is an object. */
export const instrumentFrame = z.object({
  type: z.enum(['snapshot', 'update']),
  data: z.object({ pairs: z.array(instrumentPair) }),
})
/** One pair of the instrument channel, read. */
export type InstrumentPair = z.output<typeof instrumentPair>

/** One item of the executions channel; only its id, kind, status and time are always there. */
export const execution = z.object({
  order_id: opaque,
  exec_type: z.string(),
  order_status: z.string(),
  timestamp: time,
  cl_ord_id: z.string().nullish(),
  order_userref: integer.nullish(),
  symbol: z.string().nullish(),
  side: z.enum(['buy', 'sell']).nullish(),
  order_qty: amount.nullish(),
  limit_price: amount.nullish(),
  triggers: z.object({ price: amount.nullish() }).nullish(),
  cum_qty: amount.nullish(),
  exec_id: opaque.nullish(),
  last_qty: amount.nullish(),
  last_price: amount.nullish(),
  cost: amount.nullish(),
  liquidity_ind: z.enum(['m', 't']).nullish().catch(null),
  fees: z.array(z.object({ asset: z.string(), qty: amount })).nullish(),
  reason: z.string().nullish(),
  cancel_reason: z.string().nullish(),
})
/** One execution message, read. */
export type Execution = z.output<typeof execution>
/** A message of the executions channel. */
export const executionFrame = z.object({
  type: z.enum(['snapshot', 'update']),
  data: z.array(execution),
  sequence: integer,
})

/** One update of the balances channel: a ledger entry. */
export const ledgerEntry = z.object({
  ledger_id: opaque,
  timestamp: time,
  type: z.string(),
  asset: z.string(),
  amount,
  fee: amount,
  balance: amount,
})
/** One ledger entry of the stream, read. */
export type LedgerEntry = z.output<typeof ledgerEntry>
/** Snapshot rows hold balances by wallet and name no ledger entry; REST is asked for those. */
export const balanceFrame = z.object({ type: z.enum(['snapshot', 'update']), data: z.array(z.unknown()), sequence: integer })

/** Reads a frame or a part of one. @throws {AppError} `VENUE_PROTOCOL` when a field is missing or of another kind. */
export function readFrame<T extends z.ZodType>(schema: T, raw: RawJson | unknown, what: string): z.output<T> {
  const parsed = schema.safeParse(raw)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new AppError(`A ${what} frame of Kraken has an unknown form: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`, {
    code: 'VENUE_PROTOCOL',
    severity: 'LOW',
  })
}
