import { z } from 'zod'
import { amount, amountOrNull, double, figure, opaque, side, text, time, unixSeconds } from './schema'

const counter = z.union([z.number(), z.string()])

/** What each numbered frame has; an error has neither channel nor number. */
export const envelope = z.object({
  channel: z.string(),
  timestamp: text,
  sequence_num: counter.transform(Number),
  events: z.array(z.unknown()),
})
/** A frame, read as far as its kind. */
export type Envelope = z.output<typeof envelope>
/** A complaint; the connection stays. */
export const complaint = z.object({ type: z.literal('error'), message: text })

/** One event of subscriptions: all that the connection has. */
export const listEvent = z.object({ subscriptions: z.record(z.string(), z.array(z.string())) })
/** One event of ticker. A row of a market in which nothing is known has empty fields. */
export const tickerEvent = z.object({
  tickers: z.array(z.object({ product_id: z.string(), price: amountOrNull, volume_24_h: amountOrNull })),
})
/** One event of market_trades; the side is the maker's. */
export const tradesEvent = z.object({
  type: z.string(),
  trades: z.array(z.object({ trade_id: z.string().regex(/^\d{1,15}$/), product_id: z.string(), price: figure, size: figure, side, time })),
})
/** Prints, read. */
export type TradesEvent = z.output<typeof tradesEvent>
/** One event of candles: buckets of five minutes. */
export const candlesEvent = z.object({
  candles: z.array(
    z.object({ start: unixSeconds, low: double, high: double, open: double, close: double, volume: double, product_id: z.string() }),
  ),
})
/** One event of status. */
export const statusEvent = z.object({ products: z.array(z.object({ id: z.string(), status: text })) })
/** One event of l2_data. */
export const bookEvent = z.object({
  type: z.enum(['snapshot', 'update']),
  product_id: z.string(),
  updates: z.array(z.object({ side: z.enum(['bid', 'offer']), price_level: z.string(), new_quantity: z.string() })),
})

/** One order of the user channel. Counts are cumulative; what is left is in the currency that the order was placed in. */
export const userOrder = z.object({
  order_id: opaque,
  client_order_id: text,
  product_id: text,
  order_side: side,
  order_type: text,
  status: z.string(),
  cumulative_quantity: amount,
  leaves_quantity: amount,
  limit_price: amountOrNull,
  cancel_reason: text,
  reject_reason: text,
  reject_Reason: text,
})
/** One order of the user channel, read. */
export type UserOrder = z.output<typeof userOrder>
/** One event of user. */
export const userEvent = z.object({ type: z.string(), orders: z.array(userOrder).nullish() })
