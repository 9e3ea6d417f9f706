import { add, type Decimal, divide, isZero, ZERO } from '#domain/decimal'
import type { BotId, ClientOrderId, InstrumentId, TradeId, VenueOrderId } from '#domain/ids'
import type { Fill, Proposal } from '#domain/order'
import type { OrderChart } from './order-actors'

/** The bot and strategy that a foreign order is shown under: found at the venue, in nobody's journal. */
export const FOREIGN = 'external' as BotId

/** A sum of fees in one asset. */
export interface Fee {
  readonly asset: string
  readonly quantity: Decimal
}

/** Beyond this many trades of an order, a set finds one faster than a list. */
const LIST_MAX = 16

/** What the desk keeps of an order beside its chart: the terms, the money side and the bookkeeping of its attempts. */
export interface OrderRecord {
  readonly clientOrderId: ClientOrderId
  /** The order as its facts' author in the journal. */
  readonly actorId: string
  readonly proposal: Proposal
  readonly isForeign: boolean
  readonly createdAtMs: number
  /** Where the chart stands; null once it has crashed or was retired. Written by `Orders` alone. */
  chart: OrderChart | null
  /** Counted among the orders that ended. Written by `Orders` alone. */
  isOver: boolean
  /** UTC ms after which the venue refuses the last submission or amend; null before the first. */
  deadlineAtMs: number | null
  /** Monotonic µs at which its last submission or amend left in this life: no step of the wall clock changes a wait. Null before the first. */
  sentUs: number | null
  /**
   * Monotonic µs at which it ended: no step of the wall clock keeps an order or loses it. 0 where that was in an earlier life, or has not
   * come. Written by `Orders` alone.
   */
  endedUs: number
  updatedAtMs: number
  venueOrderId: VenueOrderId | null
  /** Executions booked so far; null until the first, because most live orders have none, and a list while there are few. */
  tradeIds: TradeId[] | Set<TradeId> | null
  /** Quote, sum of the fills' costs. */
  cost: Decimal
  /** Base, sum of the fills; unlike the chart's figure not capped. */
  filled: Decimal
  /** What the fills cost, a row an asset. */
  fees: Fee[] | null
  /** The proposal of an amend that waits for its answer. */
  amending: Proposal | null
  /** No fact of this order has a smaller sequence: where a replay of it must begin. */
  openedSeq: number
  /** Journal sequence of the newest fact of this order. */
  lastSeq: number
}

export function createRecord(proposal: Proposal, isForeign: boolean, atMs: number): OrderRecord {
  return {
    clientOrderId: proposal.clientOrderId,
    actorId: `order:${proposal.clientOrderId}`,
    proposal,
    isForeign,
    createdAtMs: atMs,
    chart: null,
    isOver: false,
    deadlineAtMs: null,
    sentUs: null,
    endedUs: 0,
    updatedAtMs: atMs,
    venueOrderId: null,
    tradeIds: null,
    cost: ZERO,
    filled: ZERO,
    fees: null,
    amending: null,
    openedSeq: 0,
    lastSeq: 0,
  }
}

export function hasTrade({ tradeIds }: OrderRecord, tradeId: TradeId): boolean {
  return Array.isArray(tradeIds) ? tradeIds.includes(tradeId) : (tradeIds?.has(tradeId) ?? false)
}

/** Adds a fill to the money side. The caller has made sure that its trade id is new. */
export function addFill(record: OrderRecord, fill: Fill): void {
  record.tradeIds = withTrade(record.tradeIds, fill.tradeId)
  record.cost = add(record.cost, fill.cost)
  record.filled = add(record.filled, fill.quantity)
  record.fees ??= []
  addFee(record.fees, fill.feeAsset, fill.feeQuantity)
}

function withTrade(known: OrderRecord['tradeIds'], tradeId: TradeId): TradeId[] | Set<TradeId> {
  if (known === null) return [tradeId]
  if (!Array.isArray(known)) return known.add(tradeId)
  known.push(tradeId)
  return known.length > LIST_MAX ? new Set(known) : known
}

function addFee(fees: Fee[], asset: string, quantity: Decimal): void {
  for (let index = 0; index < fees.length; index++) {
    const fee = fees[index]
    if (fee?.asset !== asset) continue
    fees[index] = { asset, quantity: add(fee.quantity, quantity) }
    return
  }
  fees.push({ asset, quantity })
}

/** Returns the average price of the fills, quote per base; null without any. */
export function averageFillPrice(record: OrderRecord): Decimal | null {
  return isZero(record.filled) ? null : divide(record.cost, record.filled, 12)
}

/** Key of the index by bot and instrument. */
export function lineOf(botId: BotId, instrumentId: InstrumentId): string {
  return `${botId} ${instrumentId}`
}
