import { z } from 'zod'
import { add, type Decimal, divide, isGreater, isZero, minimum, multiply, negate, subtract, ZERO } from '#domain/decimal'
import type { JsonObject } from '#domain/json'
import type { EngineLevel } from '#sim/engine/types'
import { type Face, portfolioIdOf } from './face'
import { uuidOf } from './ids'
import type { EditBody } from './order-changes'
import type { OrderPlan, OrderRefusal } from './order-check'
import { readBody, readCreate, readPreview } from './order-config'
import { refuseArgument, refuseScope } from './refusal'
import type { Call, Operation } from './rest-call'
import { amountText } from './wire'

const CANCELS_MAX = 100
const TEXT = z.string().max(200)

const editSchema = z.looseObject({
  order_id: TEXT,
  price: TEXT.optional(),
  size: TEXT.optional(),
  stop_price: TEXT.optional(),
})

const cancelSchema = z.looseObject({ order_ids: z.array(TEXT).max(10_000) })

function checkPortfolio({ face, accountId }: Call, portfolioId: string | null): void {
  if (portfolioId !== null && portfolioId !== portfolioIdOf(face, accountId)) refuseScope()
}

function refusalBody({ error, preview, message }: OrderRefusal): JsonObject {
  return { error, message, error_details: '', preview_failure_reason: preview }
}

function createOrder(call: Call): JsonObject {
  const body = readCreate(call.body)
  checkPortfolio(call, body.portfolioId)
  const result = call.entry.create(call.accountId, body)
  const { echo } = body.terms
  if (result.kind === 'refused') return { success: false, error_response: refusalBody(result), order_configuration: echo }
  return {
    success: true,
    success_response: {
      order_id: result.orderId,
      product_id: body.productId,
      side: body.terms.side === 'buy' ? 'BUY' : 'SELL',
      client_order_id: body.clientOrderId,
    },
    order_configuration: echo,
  }
}

interface Estimate {
  readonly base: Decimal
  readonly value: Decimal
}

/** Walks the book as the order would, up to its limit; the rest of a limit order counts at the limit. */
function estimate(face: Face, { request }: OrderPlan): Estimate {
  const { bids, asks } = face.engine.book(request.symbol, 1_000)
  const isBuy = request.side === 'buy'
  let base = ZERO
  let value = ZERO
  const isBeyond = (level: EngineLevel): boolean =>
    request.limitPrice !== null && (isBuy ? isGreater(level.price, request.limitPrice) : isGreater(request.limitPrice, level.price))
  for (const level of isBuy ? asks : bids) {
    if (isBeyond(level)) break
    const left = subtract(request.quantity, request.quantityIn === 'quote' ? value : base)
    const most = request.quantityIn === 'quote' ? divide(left, level.price, 20, 'down') : left
    const step = minimum(most, level.quantity)
    if (isZero(step)) break
    base = add(base, step)
    value = add(value, multiply(step, level.price))
  }
  if (request.limitPrice === null || request.quantityIn === 'quote') return { base, value }
  const rest = subtract(request.quantity, base)
  return { base: request.quantity, value: add(value, multiply(rest, request.limitPrice)) }
}

function previewFigures(face: Face, plan: OrderPlan): JsonObject {
  const { base, value } = estimate(face, plan)
  const commission = multiply(value, plan.feeRate)
  const bid = face.engine.bestBid(plan.request.symbol)
  const ask = face.engine.bestAsk(plan.request.symbol)
  const best = plan.request.side === 'buy' ? ask : bid
  const average = isZero(base) ? ZERO : divide(value, base, 16)
  const worse = best === null ? ZERO : divide(subtract(average, best.price), best.price, 8)
  const slippage = plan.request.side === 'buy' ? worse : negate(worse)
  return {
    slippage: isGreater(slippage, ZERO) ? slippage : '0',
    order_total: amountText(plan.request.side === 'buy' ? add(value, commission) : subtract(value, commission)),
    commission_total: amountText(commission),
    quote_size: amountText(value),
    base_size: amountText(base),
    best_bid: bid?.price ?? '',
    best_ask: ask?.price ?? '',
    average_filled_price: average,
  }
}

const NO_FIGURES: JsonObject = {
  slippage: '0',
  order_total: '0',
  commission_total: '0',
  quote_size: '0',
  base_size: '0',
  best_bid: '',
  best_ask: '',
  average_filled_price: '0',
}

function previewOrder(call: Call): JsonObject {
  const { face, accountId, entry } = call
  const body = readPreview(call.body)
  checkPortfolio(call, body.portfolioId)
  const judged = entry.preview(accountId, body.productId, body.terms)
  const { average_filled_price: _, ...figures } = judged.kind === 'refused' ? NO_FIGURES : previewFigures(face, judged)
  return {
    ...figures,
    errs: judged.kind === 'refused' ? [judged.preview] : [],
    warning: ['UNKNOWN'],
    is_max: false,
    order_margin_total: '0',
    leverage: '0',
    long_leverage: '0',
    short_leverage: '0',
    preview_id: uuidOf(`${face.seed} preview ${face.clock.now()} ${call.body}`),
    current_liquidation_buffer: '',
    projected_liquidation_buffer: '',
    max_leverage: '',
    pnl_configuration: null,
    commission_detail_total: null,
  }
}

function readEdit(body: string): EditBody {
  const read = readBody(editSchema, body)
  return { orderId: read.order_id, price: read.price ?? '', size: read.size ?? '', stopPrice: read.stop_price ?? '' }
}

function editOrder({ face, changes, accountId, body }: Call): JsonObject {
  const asked = readEdit(body)
  const reason = changes.edit(accountId, asked)
  const success = reason === null
  const edit_failure_reason = reason ?? 'UNKNOWN_EDIT_ORDER_FAILURE_REASON'
  switch (face.choices.editAnswer) {
    case 'captured':
      return { success, errors: success ? [] : [{ edit_failure_reason }] }
    case 'object':
      return { success, errors: { edit_failure_reason, preview_failure_reason: 'UNKNOWN_PREVIEW_FAILURE_REASON' } }
    case 'documented':
      return success
        ? { success, success_response: { order_id: asked.orderId } }
        : { success, error_response: { error_details: '', edit_order_failure_reason: edit_failure_reason } }
  }
}

function previewEdit({ face, changes, accountId, body }: Call): JsonObject {
  const judged = changes.judgeEdit(accountId, readEdit(body))
  const tail = { order_margin_total: '', commission_detail_total: null, pnl_configuration: null }
  if (typeof judged === 'string') return { ...NO_FIGURES, ...tail, errors: [{ edit_failure_reason: judged }] }
  const { order, change } = judged
  const feeRate = divide(face.engine.feeRates(accountId, order.symbol).takerPercent, '100' as Decimal)
  const request = { ...order, quantity: change.quantity ?? order.quantity, quantityIn: 'base' as const, limitPrice: change.limitPrice }
  return { ...previewFigures(face, { kind: 'planned', feeRate, request }), ...tail, errors: [] }
}

function cancelOrders({ changes, accountId, body }: Call): JsonObject {
  const { order_ids: ids } = readBody(cancelSchema, body)
  if (ids.length === 0 || ids.length > CANCELS_MAX) return refuseArgument(`order_ids must hold from 1 to ${CANCELS_MAX} ids`)
  return {
    results: ids.map((orderId) => {
      const reason = changes.cancel(accountId, orderId)
      return { success: reason === null, failure_reason: reason ?? 'UNKNOWN_CANCEL_FAILURE_REASON', order_id: orderId }
    }),
  }
}

/** Operations that change something, and their previews. */
export const TRADING_OPERATIONS: readonly Operation[] = [
  { label: 'createOrder', method: 'POST', path: /^\/orders$/, scope: 'trade', run: createOrder },
  { label: 'previewOrder', method: 'POST', path: /^\/orders\/preview$/, scope: 'trade', run: previewOrder },
  { label: 'editOrder', method: 'POST', path: /^\/orders\/edit$/, scope: 'trade', run: editOrder },
  { label: 'previewEdit', method: 'POST', path: /^\/orders\/edit_preview$/, scope: 'trade', run: previewEdit },
  { label: 'cancelOrders', method: 'POST', path: /^\/orders\/batch_cancel$/, scope: 'trade', run: cancelOrders },
]
