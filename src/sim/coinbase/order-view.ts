import { add, type Decimal, decimal, isZero, subtract, ZERO } from '#domain/decimal'
import type { JsonObject } from '#domain/json'
import { microTime } from '#sim/emulator/wire-time'
import type { EngineFill } from '#sim/engine/types'
import { type Face, portfolioIdOf, productOfOrder, userIdOf } from './face'
import { entryId } from './ids'
import type { OrderFacts } from './order-facts'
import { amountText, averageText, percentText, ZERO_TIME } from './wire'

interface Words {
  readonly type: string
  readonly title: string
  readonly timeInForce: string
}

const WORDS: Readonly<Record<string, Words>> = {
  market_market_ioc: { type: 'MARKET', title: 'Market', timeInForce: 'IMMEDIATE_OR_CANCEL' },
  sor_limit_ioc: { type: 'LIMIT', title: 'Limit', timeInForce: 'IMMEDIATE_OR_CANCEL' },
  limit_limit_gtc: { type: 'LIMIT', title: 'Limit', timeInForce: 'GOOD_UNTIL_CANCELLED' },
  limit_limit_gtd: { type: 'LIMIT', title: 'Limit', timeInForce: 'GOOD_UNTIL_DATE_TIME' },
  limit_limit_fok: { type: 'LIMIT', title: 'Limit', timeInForce: 'FILL_OR_KILL' },
  stop_limit_stop_limit_gtc: { type: 'STOP_LIMIT', title: 'Stop Limit', timeInForce: 'GOOD_UNTIL_CANCELLED' },
  stop_limit_stop_limit_gtd: { type: 'STOP_LIMIT', title: 'Stop Limit', timeInForce: 'GOOD_UNTIL_DATE_TIME' },
}
const NO_WORDS: Words = { type: 'UNKNOWN_ORDER_TYPE', title: 'Unknown', timeInForce: 'UNKNOWN_TIME_IN_FORCE' }

/** Returns the words by which the wire knows an order's kind; the title is that of user frames. */
export function wordsOf({ extra }: OrderFacts): Words {
  return WORDS[extra.key] ?? NO_WORDS
}

function triggerStatus({ order }: OrderFacts): string {
  if (order.triggerPrice === null) return 'INVALID_ORDER_TYPE'
  return order.triggeredAtMs === null ? 'STOP_PENDING' : 'STOP_TRIGGERED'
}

/** Value with fees of a buy, value less fees of a sell. */
function totalAfterFees({ order, cost, fee }: OrderFacts): Decimal {
  return order.side === 'buy' ? add(cost, fee) : subtract(cost, fee)
}

function percentOf(facts: OrderFacts): string {
  const { extra, filled, size, cost, fee, order } = facts
  if (order.quoteQuantity === null) return percentText(filled, size)
  return percentText(amountText(add(cost, fee)), decimal(extra.quoteSize))
}

/** What a person reads of an order's end. */
function cancelText({ order, status }: OrderFacts): string {
  if (status !== 'CANCELLED') return ''
  switch (order.reason) {
    case 'userRequested':
      return 'User requested cancel'
    case 'priceProtection':
      return 'Price protection'
    case 'selfTrade':
      return 'Self trade prevention'
    case 'noLiquidity':
    case 'immediateOrCancel':
    case 'fillOrKill':
      return 'Unfilled remainder canceled'
    default:
      return 'Canceled by the venue'
  }
}

/** The configuration as it stands, edits included, with the keys that the venue adds. */
function configOf({ extra, order }: OrderFacts): JsonObject {
  const config = extra.config as JsonObject
  if (extra.key === 'market_market_ioc') return { [extra.key]: { quote_size: '', base_size: '', ...config, rfq_disabled: false } }
  const edited: Record<string, string> = {}
  if (order.amendCount > 0) {
    edited['base_size'] = order.quantity
    if (order.limitPrice !== null) edited['limit_price'] = order.limitPrice
    if (order.triggerPrice !== null) edited['stop_price'] = order.triggerPrice
  }
  return { [extra.key]: { base_size: '', quote_size: '', rfq_disabled: false, reduce_only: false, ...config, ...edited } }
}

/** Returns an order as get and list show it. */
export function orderRow(face: Face, facts: OrderFacts): JsonObject {
  const { order, extra, status, filled, cost, fee } = facts
  const words = wordsOf(facts)
  const settledAtMs = (order.closedAtMs ?? 0) + face.asynchrony.settledAfterMs
  return {
    order_id: order.orderId,
    product_id: extra.productId,
    user_id: userIdOf(face, order.accountId),
    order_configuration: configOf(facts),
    side: order.side === 'buy' ? 'BUY' : 'SELL',
    client_order_id: order.clientId ?? '',
    status,
    time_in_force: words.timeInForce,
    created_time: microTime(order.openedAtMs),
    completion_percentage: percentOf(facts),
    filled_size: filled,
    average_filled_price: averageText(cost, filled),
    fee: '',
    number_of_fills: String(facts.fillCount),
    filled_value: amountText(cost),
    pending_cancel: status === 'CANCEL_QUEUED',
    size_in_quote: extra.quoteSize !== '',
    total_fees: amountText(fee),
    size_inclusive_of_fees: order.quoteQuantity !== null,
    total_value_after_fees: amountText(totalAfterFees(facts)),
    trigger_status: triggerStatus(facts),
    order_type: words.type,
    reject_reason: status === 'FAILED' ? extra.failure : 'REJECT_REASON_UNSPECIFIED',
    settled: status === 'FILLED' && settledAtMs <= face.clock.now(),
    product_type: 'SPOT',
    reject_message: status === 'FAILED' ? extra.failure : '',
    cancel_message: cancelText(facts),
    order_placement_source: 'RETAIL_ADVANCED',
    outstanding_hold_amount: amountText(facts.hold),
    is_liquidation: false,
    last_fill_time: facts.lastFillAtMs === null ? null : microTime(facts.lastFillAtMs),
    edit_history: face.state.editHistory(order.orderId).map((row) => ({
      price: row.price,
      size: row.size,
      replace_accept_timestamp: microTime(row.atMs),
    })),
    leverage: '',
    margin_type: 'UNKNOWN_MARGIN_TYPE',
    retail_portfolio_id: portfolioIdOf(face, order.accountId),
    originating_order_id: '',
    attached_order_id: '',
    attached_order_configuration: null,
    current_pending_replace: pendingOf(face, order.orderId),
    commission_detail_total: null,
    workable_size: '',
    workable_size_completion_pct: '',
    product_details: null,
    last_update_time: microTime(order.updatedAtMs),
    cost_basis_method: 'COST_BASIS_METHOD_UNSPECIFIED',
    displayed_order_config: null,
    order_data_source: '',
  }
}

function pendingOf(face: Face, orderId: string): JsonObject | null {
  const edit = face.state.editOf(orderId)
  return edit === null ? null : { price: edit.price, size: edit.size }
}

/** Returns an order as user frames show it: cumulative figures, all of them text. */
export function userRow(face: Face, facts: OrderFacts, spelling: 'reject_reason' | 'reject_Reason' = 'reject_reason'): JsonObject {
  const { order, extra, status, filled, cost, fee } = facts
  const words = wordsOf(facts)
  const product = productOfOrder(face, order)
  const isCanonical = face.choices.userProductId === 'canonical'
  const intended = order.type === 'limit' && order.side === 'buy' && isZero(filled) ? decimal(order.limitPrice ?? ZERO) : null
  const value = intended === null ? totalAfterFees(facts) : facts.hold
  return {
    avg_price: averageText(cost, filled),
    cancel_reason: cancelText(facts),
    client_order_id: order.clientId ?? '',
    completion_percentage: percentOf(facts),
    contract_expiry_type: 'UNKNOWN_CONTRACT_EXPIRY_TYPE',
    cumulative_quantity: filled,
    filled_value: amountText(cost),
    leaves_quantity: amountText(facts.leaves),
    limit_price: order.limitPrice ?? '',
    number_of_fills: String(facts.fillCount),
    order_id: order.orderId,
    order_side: order.side === 'buy' ? 'BUY' : 'SELL',
    order_type: words.title,
    outstanding_hold_amount: amountText(facts.hold),
    post_only: String(extra.postOnly),
    product_id: isCanonical ? product.book : product.id,
    product_type: 'SPOT',
    [spelling]: status === 'FAILED' ? extra.failure : '',
    retail_portfolio_id: portfolioIdOf(face, order.accountId),
    risk_managed_by: 'UNKNOWN_RISK_MANAGEMENT_TYPE',
    status,
    stop_price: order.triggerPrice ?? '',
    time_in_force: words.timeInForce,
    total_fees: amountText(fee),
    total_value_after_fees: amountText(value),
    trigger_status: triggerStatus(facts),
    creation_time: microTime(order.openedAtMs),
    end_time: order.expiresAtMs === null ? ZERO_TIME : microTime(order.expiresAtMs),
    start_time: ZERO_TIME,
  }
}

/** Returns one execution as the fills' list shows it. */
export function fillRow(face: Face, fill: EngineFill, productId: string): JsonObject {
  const order = face.engine.order(fill.orderId)
  const isInQuote = face.choices.fillsInQuote && order !== null && order.quoteQuantity !== null
  return {
    entry_id: entryId(fill.fillId),
    trade_id: fill.fillId,
    order_id: fill.orderId,
    trade_time: microTime(fill.atMs),
    trade_type: 'FILL',
    price: fill.price,
    size: isInQuote ? fill.cost : fill.quantity,
    commission: fill.fee,
    product_id: productId,
    sequence_timestamp: microTime(fill.atMs),
    liquidity_indicator: fill.liquidity === 'maker' ? 'MAKER' : 'TAKER',
    size_in_quote: isInQuote,
    user_id: userIdOf(face, fill.accountId),
    side: fill.side === 'buy' ? 'BUY' : 'SELL',
    retail_portfolio_id: portfolioIdOf(face, fill.accountId),
    commission_detail_total: null,
    fill_source: 'FILL_SOURCE_CLOB',
  }
}
