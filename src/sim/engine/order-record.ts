import type { JsonObject } from '#domain/json'
import type { Resting } from './book'
import type { Grid } from './grid'
import type { RowReader } from './rows'
import { divideHalfUp, exactUnits, fromUnits, pow10 } from './scaled'
import type { AmendRecord, DoneReason, EngineOrder, EngineOrderStatus, OrderRequest, Trailing } from './types'

/** The engine's own, changing form of an order. Figures as in `Grid`. */
export interface OrderRecord {
  readonly orderId: string
  readonly ordinal: number
  readonly accountId: string
  readonly grid: Grid
  /** As asked; an amend replaces the distances of a trailing stop and what the face keeps with the order. */
  request: OrderRequest
  readonly openedAtMs: number
  /** Rates at placement: a fill never pays more, so that the reservation always suffices. */
  readonly makerCap: bigint
  readonly takerCap: bigint
  lots: bigint
  filledLots: bigint
  filledCost: bigint
  /** At the cost scale when the fee is in quote, at the base asset's scale otherwise. */
  fee: bigint
  /** For `quantityIn: 'quote'`: what is left to spend, at the cost scale; null otherwise. */
  quoteLeft: bigint | null
  limitUnits: number | null
  triggerUnits: number | null
  /** Best last price seen by a trailing stop. */
  peakUnits: number | null
  status: EngineOrderStatus
  reason: DoneReason | null
  updatedAtMs: number
  closedAtMs: number | null
  triggeredAtMs: number | null
  ageFromMs: number
  /** Time priority: lower is earlier. For a closed order its place among the closed ones. */
  place: number
  /** What is reserved of the asset that the order gives, at that asset's ledger scale. */
  hold: bigint
  resting: Resting<OrderRecord> | null
  readonly amends: AmendRecord[]
  readonly fillIds: string[]
  /** The cached immutable view; null after a change. */
  view: EngineOrder | null
}

/** The asset that the order gives and therefore reserves. */
export function givenAsset(record: OrderRecord): string {
  const { instrument } = record.grid
  return record.request.side === 'buy' ? quoteAsset(record) : instrument.base
}

/** The asset that the order is settled in: the instrument's quote unless it names another. */
export function quoteAsset({ grid, request }: OrderRecord): string {
  return request.settleIn ?? grid.instrument.quote
}

/** The asset that the order's fee is paid in. */
export function feeAsset(record: OrderRecord): string {
  const { instrument } = record.grid
  return record.request.feeIn === 'quote' ? quoteAsset(record) : instrument.base
}

/** Digits after the point of the order's fee. */
export function feeScale(record: OrderRecord): number {
  return record.request.feeIn === 'quote' ? record.grid.instrument.costScale : record.grid.baseScale
}

export function remainingOf(record: OrderRecord): bigint {
  return record.lots - record.filledLots
}

export function isDone(record: OrderRecord): boolean {
  return record.status === 'filled' || record.status === 'canceled' || record.status === 'expired'
}

/** Average price of the fills at `priceScale + 4` digits, half up; zero without fills. */
function averagePrice(record: OrderRecord): bigint {
  if (record.filledLots === 0n) return 0n
  const { priceScale, costScale } = record.grid.instrument
  const raised = priceScale + 4 + record.grid.lotScale - costScale
  return raised >= 0
    ? divideHalfUp(record.filledCost * pow10(raised), record.filledLots)
    : divideHalfUp(record.filledCost, record.filledLots * pow10(-raised))
}

/** Returns the order as it stands. */
export function viewOf(record: OrderRecord): EngineOrder {
  if (record.view !== null) return record.view
  const { grid, request } = record
  const view: EngineOrder = {
    orderId: record.orderId,
    ordinal: record.ordinal,
    accountId: record.accountId,
    symbol: request.symbol,
    clientId: request.clientId,
    side: request.side,
    type: request.type,
    quantity: grid.quantity(record.lots),
    quoteQuantity: request.quantityIn === 'quote' ? request.quantity : null,
    limitPrice: record.limitUnits === null ? null : grid.price(record.limitUnits),
    triggerPrice: record.triggerUnits === null ? null : grid.price(record.triggerUnits),
    trailing: request.trailing,
    timeInForce: request.timeInForce,
    expiresAtMs: request.expiresAtMs,
    postOnly: request.postOnly,
    feeIn: request.feeIn,
    selfTrade: request.selfTrade,
    extra: request.extra,
    status: record.status,
    filledQuantity: grid.quantity(record.filledLots),
    filledCost: grid.costText(record.filledCost),
    fee: fromUnits(record.fee, feeScale(record)),
    averagePrice: fromUnits(averagePrice(record), grid.instrument.priceScale + 4),
    openedAtMs: record.openedAtMs,
    updatedAtMs: record.updatedAtMs,
    closedAtMs: record.closedAtMs,
    triggeredAtMs: record.triggeredAtMs,
    peakPrice: record.peakUnits === null ? null : grid.price(record.peakUnits),
    reason: record.reason,
    amendCount: record.amends.length - 1,
    ageFromMs: record.ageFromMs,
    fillIds: [...record.fillIds],
  }
  record.view = view
  return view
}

/** Returns the row that brings the order back. */
export function rowOfOrder(record: OrderRecord): JsonObject {
  const { request } = record
  return {
    orderId: record.orderId,
    ordinal: record.ordinal,
    request: { ...request, trailing: request.trailing === null ? null : { ...request.trailing } },
    openedAtMs: record.openedAtMs,
    makerCap: `${record.makerCap}`,
    takerCap: `${record.takerCap}`,
    lots: `${record.lots}`,
    filledLots: `${record.filledLots}`,
    filledCost: `${record.filledCost}`,
    fee: `${record.fee}`,
    quoteLeft: record.quoteLeft === null ? null : `${record.quoteLeft}`,
    limitUnits: record.limitUnits,
    triggerUnits: record.triggerUnits,
    peakUnits: record.peakUnits,
    status: record.status,
    reason: record.reason,
    updatedAtMs: record.updatedAtMs,
    closedAtMs: record.closedAtMs,
    triggeredAtMs: record.triggeredAtMs,
    ageFromMs: record.ageFromMs,
    place: record.place,
    hold: `${record.hold}`,
    amends: record.amends.map((amend) => ({ ...amend })),
    fillIds: [...record.fillIds],
  }
}

/** Every order type, for reading rows. */
export const ORDER_TYPES = [
  'market',
  'limit',
  'stopLoss',
  'takeProfit',
  'stopLossLimit',
  'takeProfitLimit',
  'trailingStop',
  'trailingStopLimit',
] as const
const STATUSES = ['open', 'untriggered', 'filled', 'canceled', 'expired'] as const
const REASONS = [
  'userRequested',
  'allCanceled',
  'deadMan',
  'replaced',
  'postOnly',
  'immediateOrCancel',
  'fillOrKill',
  'selfTrade',
  'priceProtection',
  'noLiquidity',
  'insufficientFunds',
  'amendBelowFilled',
  'expired',
  'administrative',
] as const

const UNITS = ['quote', 'percent'] as const

function readTrailing(row: RowReader): Trailing {
  return {
    offset: row.decimal('offset'),
    unit: row.choice('unit', UNITS),
    limitOffset: row.decimalOrNull('limitOffset'),
    limitUnit: row.choice(row.has('limitUnit') ? 'limitUnit' : 'unit', UNITS),
  }
}

function readRequest(row: RowReader, hasTrailing: boolean): OrderRequest {
  return {
    accountId: row.text('accountId'),
    symbol: row.text('symbol'),
    side: row.choice('side', ['buy', 'sell']),
    type: row.choice('type', ORDER_TYPES),
    quantity: row.decimal('quantity'),
    quantityIn: row.choice('quantityIn', ['base', 'quote']),
    limitPrice: row.decimalOrNull('limitPrice'),
    triggerPrice: row.decimalOrNull('triggerPrice'),
    trailing: hasTrailing ? readTrailing(row.reader('trailing')) : null,
    timeInForce: row.choice('timeInForce', ['gtc', 'ioc', 'fok', 'gtd']),
    expiresAtMs: row.numberOrNull('expiresAtMs'),
    postOnly: row.flag('postOnly'),
    feeIn: row.choice('feeIn', ['quote', 'base']),
    ...(row.has('settleIn') ? { settleIn: row.text('settleIn') } : {}),
    selfTrade: row.choice('selfTrade', ['cancelNewest', 'cancelOldest', 'cancelBoth', 'decrement']),
    clientId: row.textOrNull('clientId'),
    extra: row.object('extra'),
  }
}

function readAmend(row: RowReader): AmendRecord {
  return {
    amendId: row.text('amendId'),
    kind: row.choice('kind', ['original', 'user', 'restated']),
    quantity: row.decimal('quantity'),
    remaining: row.decimal('remaining'),
    limitPrice: row.decimalOrNull('limitPrice'),
    triggerPrice: row.decimalOrNull('triggerPrice'),
    atMs: row.number('atMs'),
  }
}

/** Returns the order that a row describes; not yet in a book. @throws {InvariantError} when the row is damaged. */
export function orderOfRow(row: RowReader, gridOf: (symbol: string) => Grid): OrderRecord {
  const raw = row.reader('request')
  const type = raw.choice('type', ORDER_TYPES)
  const request = readRequest(raw, type === 'trailingStop' || type === 'trailingStopLimit')
  return {
    orderId: row.text('orderId'),
    ordinal: row.number('ordinal'),
    accountId: request.accountId,
    grid: gridOf(request.symbol),
    request,
    openedAtMs: row.number('openedAtMs'),
    makerCap: row.whole('makerCap'),
    takerCap: row.whole('takerCap'),
    lots: row.whole('lots'),
    filledLots: row.whole('filledLots'),
    filledCost: row.whole('filledCost'),
    fee: row.whole('fee'),
    quoteLeft: row.wholeOrNull('quoteLeft'),
    limitUnits: row.numberOrNull('limitUnits'),
    triggerUnits: row.numberOrNull('triggerUnits'),
    peakUnits: row.numberOrNull('peakUnits'),
    status: row.choice('status', STATUSES),
    reason: row.textOrNull('reason') === null ? null : row.choice('reason', REASONS),
    updatedAtMs: row.number('updatedAtMs'),
    closedAtMs: row.numberOrNull('closedAtMs'),
    triggeredAtMs: row.numberOrNull('triggeredAtMs'),
    ageFromMs: row.number('ageFromMs'),
    place: row.number('place'),
    hold: row.whole('hold'),
    resting: null,
    amends: row.readers('amends').map(readAmend),
    fillIds: [...row.texts('fillIds')],
    view: null,
  }
}

/** Returns the row form of an order as it stands now: what `OrderAmends` shows. */
export function amendRecord(record: OrderRecord, amendId: string, kind: AmendRecord['kind'], atMs: number): AmendRecord {
  const { grid } = record
  return {
    amendId,
    kind,
    quantity: grid.quantity(record.lots),
    remaining: grid.quantity(remainingOf(record)),
    limitPrice: record.limitUnits === null ? null : grid.price(record.limitUnits),
    triggerPrice: record.triggerUnits === null ? null : grid.price(record.triggerUnits),
    atMs,
  }
}

/** Reads a price as the grid's units, or says what is wrong with it. */
export function readPrice(text: OrderRequest['limitPrice'], grid: Grid): number | 'priceInvalid' | 'priceScale' | 'tickSize' {
  if (text === null || text.startsWith('-') || text === '0') return 'priceInvalid'
  const { priceScale } = grid.instrument
  const point = text.indexOf('.')
  if (point >= 0 && text.length - point - 1 > priceScale) return 'priceScale'
  const units = Number(exactUnits(text, priceScale))
  if (!Number.isSafeInteger(units)) return 'priceInvalid'
  return units % grid.tick === 0 ? units : 'tickSize'
}
