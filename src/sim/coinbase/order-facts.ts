import { add, type Decimal, decimal, isGreater, isZero, maximum, multiply, ONE, subtract, ZERO } from '#domain/decimal'
import type { EngineFill, EngineOrder } from '#sim/engine/types'
import type { Face } from './face'

/** Status words of the wire (protocol sheet §2.7). */
export type WireStatus = 'PENDING' | 'OPEN' | 'FILLED' | 'CANCELLED' | 'EXPIRED' | 'FAILED' | 'CANCEL_QUEUED' | 'EDIT_QUEUED'

/** What the face keeps with an order in the engine. */
export interface OrderExtra {
  readonly productId: string
  /** Key and body of the configuration that was asked for. */
  readonly key: string
  readonly config: Readonly<Record<string, unknown>>
  readonly postOnly: boolean
  /** The quote that the order was sized in; empty when it was sized in base. */
  readonly quoteSize: string
  /** The taker's rate at placement, a fraction. */
  readonly feeRate: Decimal
  /** Why it failed after its acceptance; empty when it did not. */
  readonly failure: string
}

/** An order as the venue shows it at one instant. */
export interface OrderFacts {
  readonly order: EngineOrder
  readonly extra: OrderExtra
  readonly status: WireStatus
  readonly filled: Decimal
  readonly cost: Decimal
  readonly fee: Decimal
  readonly fillCount: number
  readonly lastFillAtMs: number | null
  /** Base size that is asked for; of an order sized in quote what that comes to. */
  readonly size: Decimal
  /** In the currency that the order was placed in; zero once it is over. */
  readonly leaves: Decimal
  /** What of a wallet it binds. */
  readonly hold: Decimal
}

/** Reads back what the face kept with an order. */
export function extraOf({ extra, symbol }: EngineOrder): OrderExtra {
  const text = (field: string): string => (typeof extra[field] === 'string' ? (extra[field] as string) : '')
  const config = extra['config']
  return {
    productId: text('productId') || symbol,
    key: text('key') || 'limit_limit_gtc',
    config: typeof config === 'object' && config !== null && !Array.isArray(config) ? (config as Record<string, unknown>) : {},
    postOnly: extra['postOnly'] === true,
    quoteSize: text('quoteSize'),
    feeRate: decimal(text('feeRate') || '0'),
    failure: text('failure'),
  }
}

export function isOver(order: EngineOrder): boolean {
  return order.status === 'filled' || order.status === 'canceled' || order.status === 'expired'
}

function statusOf(face: Face, order: EngineOrder, extra: OrderExtra, filled: Decimal, cutMs: number): WireStatus {
  const isEnded = isOver(order) && (order.closedAtMs ?? 0) <= cutMs
  if (isEnded && extra.failure !== '') return 'FAILED'
  if (isEnded && order.status === 'filled') return 'FILLED'
  if (isEnded) return order.status === 'expired' ? 'EXPIRED' : 'CANCELLED'
  if (face.state.cancelDueOf(order.orderId) !== null) return 'CANCEL_QUEUED'
  if (face.state.editOf(order.orderId) !== null) return 'EDIT_QUEUED'
  const isYoung = cutMs < order.openedAtMs + face.asynchrony.openAfterMs
  return isYoung && isZero(filled) ? 'PENDING' : 'OPEN'
}

function sumOf(fills: readonly EngineFill[], value: (fill: EngineFill) => Decimal): Decimal {
  return fills.reduce((total, fill) => add(total, value(fill)), ZERO)
}

/** Returns an order as it stood at `cutMs`, now or a little before: what came after is left out. */
export function factsOf(face: Face, order: EngineOrder, cutMs = face.clock.now()): OrderFacts {
  const extra = extraOf(order)
  // The oldest fills may have left the engine's history: only what is known to have come later is taken off.
  const known = order.fillIds.flatMap((id) => face.engine.fill(id) ?? [])
  const fills = known.filter((fill) => fill.atMs <= cutMs)
  const isWhole = fills.length === known.length
  const filled = isWhole ? order.filledQuantity : sumOf(fills, (fill) => fill.quantity)
  const cost = isWhole ? order.filledCost : sumOf(fills, (fill) => fill.cost)
  const fee = isWhole ? order.fee : sumOf(fills, (fill) => fill.fee)
  const status = statusOf(face, order, extra, filled, cutMs)
  const isDone = status === 'FILLED' || status === 'CANCELLED' || status === 'EXPIRED' || status === 'FAILED'
  const left = isDone ? ZERO : maximum(ZERO, subtract(order.quantity, filled))
  const isSpending = order.quoteQuantity !== null
  const price = order.limitPrice ?? ZERO
  const hold = order.side === 'sell' ? left : multiply(multiply(left, price), add(ONE, extra.feeRate))
  const spent = isSpending ? add(cost, fee) : cost
  const leavesQuote = isDone || extra.quoteSize === '' ? ZERO : subtract(decimal(extra.quoteSize), spent)
  return {
    order,
    extra,
    status,
    filled,
    cost,
    fee,
    fillCount: isWhole ? order.fillIds.length : fills.length,
    lastFillAtMs: fills.at(-1)?.atMs ?? null,
    size: order.quantity,
    leaves: extra.quoteSize === '' ? left : isGreater(leavesQuote, ZERO) ? leavesQuote : ZERO,
    hold: isSpending || order.type === 'market' ? ZERO : hold,
  }
}

/** True once get and list may show the order at all. */
export function isVisible(face: Face, order: EngineOrder, lagMs: number): boolean {
  const behindMs = Math.max(face.asynchrony.visibleAfterMs, lagMs)
  return behindMs === 0 || order.openedAtMs + behindMs <= face.clock.now()
}
