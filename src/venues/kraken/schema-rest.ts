import { z } from 'zod'
import { type Decimal, decimal, isDecimalText } from '#domain/decimal'
import { KrakenError } from './errors'
import type { RawJson } from './numbers'

/** Numbers arrive as text whether Kraken wrote them bare or quoted (`parseRaw`). */
export const amount = z
  .string()
  .refine(isDecimalText, 'is not a number')
  .transform((text): Decimal => decimal(text))
/** An id of the venue's making, in the form that our own types take. */
export const opaque = z.string().regex(/^[\x21-\x7e]{1,128}$/, 'is not an id')
/** A whole number that a double holds exactly. */
export const integer = z
  .string()
  .regex(/^-?\d{1,15}$/, 'is not an integer')
  .transform(Number)
/** Unix seconds with a fraction, as ms. */
export const unixSeconds = z
  .string()
  .refine(isDecimalText, 'is not a time')
  .transform((text) => Math.round(Number(text) * 1_000))

/** Answer of Time. */
export const timeResult = z.object({ unixtime: integer })
/** Answer of SystemStatus. */
export const systemStatusResult = z.object({ status: z.string() })

/** One asset of Assets. */
export const assetRow = z.object({ altname: z.string(), decimals: integer, status: z.string().default('enabled') })
/** Answer of Assets, by asset id. */
export const assetsResult = z.record(z.string(), assetRow)
/** One asset, read. */
export type AssetRow = z.output<typeof assetRow>

const feeStep = z.tuple([amount, amount])
/** One pair of AssetPairs. */
export const pairRow = z.object({
  altname: z.string(),
  wsname: z.string().nullish(),
  aclass_base: z.string().default('currency'),
  aclass_quote: z.string().default('currency'),
  base: z.string(),
  quote: z.string(),
  cost_decimals: integer,
  pair_decimals: integer,
  lot_decimals: integer,
  leverage_buy: z.array(integer).default([]),
  leverage_sell: z.array(integer).default([]),
  fees: z.array(feeStep).default([]),
  fees_maker: z.array(feeStep).nullish(),
  ordermin: amount.nullish(),
  costmin: amount.nullish(),
  tick_size: amount.nullish(),
  status: z.string(),
})
/** Answer of AssetPairs, by pair id. */
export const pairsResult = z.record(z.string(), pairRow)
/** One pair, read. */
export type PairRow = z.output<typeof pairRow>

/** One pair of Ticker: ask, bid, last trade, volume of today and of 24 h. */
export const tickerRow = z.object({
  a: z.array(amount).min(1),
  b: z.array(amount).min(1),
  c: z.tuple([amount, amount]),
  v: z.tuple([amount, amount]),
})
/** Answer of Ticker, by pair. */
export const tickerResult = z.record(z.string(), tickerRow)
/** One ticker, read. */
export type TickerRow = z.output<typeof tickerRow>

/** Figures of bars are doubles by design. */
const double = z.string().refine(isDecimalText, 'is not a number').transform(Number)
/** One candle of OHLC: `[time, open, high, low, close, vwap, volume, count]`. */
export const ohlcRow = z.tuple([integer, double, double, double, double, double, double, integer])
/** One candle, read. */
export type OhlcRow = z.output<typeof ohlcRow>

/** One side of Depth: `[price, volume, time]`, best first. */
export const depthSide = z.array(z.tuple([amount, amount, unixSeconds]))
/** Both sides of Depth. */
export const depthRow = z.object({ asks: depthSide, bids: depthSide })
/** A book of the REST side, read. */
export type DepthRow = z.output<typeof depthRow>

/** One print of Trades: `[price, volume, time, taker side, kind, misc, trade id]`. */
export const publicTradeRow = z.tuple([amount, amount, unixSeconds, z.enum(['b', 's']), z.string(), z.string()]).rest(z.unknown())

/** Answer of Balance, by asset id. */
export const balanceResult = z.record(z.string(), amount)
/** One asset of BalanceEx. */
export const balanceExRow = z.object({
  balance: amount,
  hold_trade: amount.default('0' as Decimal),
  credit_used: amount.default('0' as Decimal),
})
/** Answer of BalanceEx, by asset id. */
export const balanceExResult = z.record(z.string(), balanceExRow)
/** One extended balance, read. */
export type BalanceExRow = z.output<typeof balanceExRow>
/** Answer of TradeBalance, as far as spot needs it. */
export const tradeBalanceResult = z.object({ eb: amount, tb: amount, e: amount, mf: amount })

/** One order of OpenOrders, ClosedOrders and QueryOrders. */
export const orderRow = z.object({
  userref: integer.nullish(),
  cl_ord_id: z.string().nullish(),
  status: z.enum(['pending', 'open', 'closed', 'canceled', 'expired']),
  opentm: unixSeconds,
  closetm: unixSeconds.nullish(),
  reason: z.string().nullish(),
  descr: z.object({ pair: z.string(), type: z.enum(['buy', 'sell']), ordertype: z.string(), price: z.string() }),
  vol: amount,
  vol_exec: amount,
  trades: z.array(z.string()).nullish(),
})
/** One order, read. */
export type OrderRow = z.output<typeof orderRow>
/** Answer of OpenOrders. */
export const openOrdersResult = z.object({ open: z.record(opaque, orderRow) })
/** A page of ClosedOrders. */
export const closedOrdersResult = z.object({ closed: z.record(opaque, orderRow), count: integer.nullish() })
/** Answer of QueryOrders, by order id. */
export const queryOrdersResult = z.record(opaque, orderRow)

/** One execution of TradesHistory. */
export const tradeRow = z.object({
  ordertxid: opaque,
  pair: z.string(),
  time: unixSeconds,
  type: z.enum(['buy', 'sell']),
  price: amount,
  cost: amount,
  fee: amount,
  vol: amount,
  maker: z.boolean().nullish(),
})
/** One execution, read. */
export type TradeRow = z.output<typeof tradeRow>
/** A page of TradesHistory. */
export const tradesHistoryResult = z.object({ trades: z.record(opaque, tradeRow), count: integer.nullish() })

/** One entry of Ledgers. */
export const ledgerRow = z.object({
  refid: z.string().nullish(),
  time: unixSeconds,
  type: z.string(),
  subtype: z.string().nullish(),
  asset: z.string(),
  amount,
  fee: amount,
  balance: amount,
})
/** One ledger entry, read. */
export type LedgerRow = z.output<typeof ledgerRow>
/** A page of Ledgers. */
export const ledgersResult = z.object({ ledger: z.record(opaque, ledgerRow), count: integer.nullish() })

const feeRow = z.object({ fee: amount })
/** Answer of TradeVolume; fees in percent by pair. */
export const tradeVolumeResult = z.object({
  currency: z.string(),
  volume: amount,
  fees: z.record(z.string(), feeRow).nullish(),
  fees_maker: z.record(z.string(), feeRow).nullish(),
})
/** 30-day volume and fees, read. */
export type TradeVolume = z.output<typeof tradeVolumeResult>

/** Answer of AddOrder; no ids when the order was only checked. */
export const addOrderResult = z.object({
  descr: z.object({ order: z.string() }),
  txid: z.array(z.string()).nullish(),
})
/** Answer of CancelOrder and CancelAll. */
export const cancelResult = z.object({ count: integer, pending: z.boolean().nullish() })
/** Answer of GetWebSocketsToken; to be used within `expires` s. */
export const tokenResult = z.object({ token: z.string().min(1), expires: integer })
/** Answer of GetApiKeyInfo. */
export const apiKeyInfoResult = z.object({
  api_key_name: z.string(),
  permissions: z.array(z.string()),
  nonce: z.string().nullish(),
  nonce_window: z.string().nullish(),
  valid_until: z.string().nullish(),
  ip_allowlist: z.array(z.string()).nullish(),
})
/** What the venue says of the key, read. */
export type ApiKeyInfo = z.output<typeof apiKeyInfoResult>

/** Reads an answer. @throws {KrakenError} `VENUE_PROTOCOL` when a field is missing or of another kind; new ones are ignored. */
export function readAs<T extends z.ZodType>(schema: T, raw: RawJson, method: string): z.output<T> {
  const parsed = schema.safeParse(raw)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new KrakenError(
    `Kraken's answer to ${method} has an unknown form: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
    'VENUE_PROTOCOL',
  )
}

/** Returns the one payload of a result keyed by pair: Kraken answers under its own spelling, not the one asked for. */
export function onlyEntry(raw: RawJson, method: string): RawJson {
  if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) {
    for (const [key, value] of Object.entries(raw)) if (key !== 'last') return value
  }
  throw new KrakenError(`Kraken's answer to ${method} names no pair`, 'VENUE_PROTOCOL')
}

/** Returns the paging mark beside the payload, as text: it exceeds 2^53. */
export function lastOf(raw: RawJson): string | null {
  const last = typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? (raw as { readonly [key: string]: RawJson })['last'] : null
  return typeof last === 'string' ? last : null
}
