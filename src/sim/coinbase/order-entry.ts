import type { JsonObject } from '#domain/json'
import type { EngineOrder, EngineRefusal, PlaceResult } from '#sim/engine/types'
import { type Face, stateOfProduct } from './face'
import { type OrderPlan, type OrderRefusal, planOrder, refused, UNAVAILABLE } from './order-check'
import type { CreateBody, OrderTerms, UnsupportedTerms } from './order-config'

/** Open orders that one product may have of one account. */
const OPEN_PER_PRODUCT_MAX = 500

/** What became of a create. `isOriginal` is true for an order that the client id had before. */
export type CreateResult = { readonly kind: 'created'; readonly orderId: string; readonly isOriginal: boolean } | OrderRefusal

/** Returns what the engine's refusal is on the wire. */
export function refusalOf(refusal: EngineRefusal): OrderRefusal {
  switch (refusal.code) {
    case 'insufficientFunds':
      return refused('INSUFFICIENT_FUND', 'INSUFFICIENT_FUND', 'Insufficient balance in source account')
    case 'postOnlyWouldCross':
      return refused('INVALID_LIMIT_PRICE_POST_ONLY', 'INVALID_LIMIT_PRICE_POST_ONLY')
    case 'noLiquidity':
      return refused('INVALID_NO_LIQUIDITY', 'INVALID_NO_LIQUIDITY')
    case 'instrumentStatus':
      return refused('UNKNOWN_FAILURE_REASON', 'NOT_ALLOWED_BY_MARKET_STATE')
    case 'expiryInvalid':
      return refused('END_TIME_IS_IN_THE_PAST', 'END_TIME_IS_IN_THE_PAST')
    case 'priceInvalid':
    case 'priceScale':
    case 'tickSize':
      return refused('INVALID_PRICE_PRECISION', 'INVALID_PRICE_PRECISION')
    case 'triggerInvalid':
      return refused('UNKNOWN_FAILURE_REASON', 'INVALID_STOP_PRICE')
    case 'quantityInvalid':
      return refused('INVALID_SIZE_PRECISION', 'INVALID_SIZE_PRECISION')
    // The engine's minimums are below everything: an order misses them when nothing of what it asks lies within the price guard.
    case 'quantityMin':
    case 'costMin':
      return refused('INVALID_NO_LIQUIDITY', 'INVALID_NO_LIQUIDITY')
    case 'unknownInstrument':
      return refused('INVALID_PRODUCT_ID', 'INVALID_PRODUCT_ID')
    case 'combinationInvalid':
    case 'unknownOrder':
    case 'notAmendable':
      return refused('INVALID_REQUEST', 'INVALID_ORDER_CONFIG', refusal.text)
  }
}

/** Takes orders: the venue's rules, client ids that are used once, and the engine. */
export class OrderEntry {
  readonly #face: Face

  constructor(face: Face) {
    this.#face = face
  }

  /** Judges an order without placing it. */
  preview(accountId: string, productId: string, terms: OrderTerms | UnsupportedTerms): OrderPlan | OrderRefusal {
    const plan = planOrder(this.#face, accountId, productId, terms)
    if (plan.kind === 'refused') return plan
    const judged = this.#face.engine.validate({ ...plan.request, accountId, clientId: null, extra: {} })
    return judged.kind === 'refused' ? refusalOf(judged) : plan
  }

  /** Places an order; a client id that stands for one already gives that one, and nothing new. */
  create(accountId: string, body: CreateBody): CreateResult {
    const { state, faults } = this.#face
    const forced = faults.take('refusal', 'rest', 'createOrder')
    if (forced !== null) return { kind: 'refused', error: forced.reason, preview: 'UNKNOWN_PREVIEW_FAILURE_REASON', message: '' }
    const known = state.orderIdOf(accountId, body.clientOrderId)
    if (known !== null) {
      state.count('duplicateClientId')
      if (faults.take('duplicateRefused', 'rest', 'createOrder') === null) return { kind: 'created', orderId: known, isOriginal: true }
      return { ...UNAVAILABLE, error: 'DUPLICATE_CLIENT_ORDER_ID', message: 'Client order id was used before' }
    }
    const plan = planOrder(this.#face, accountId, body.productId, body.terms)
    if (plan.kind === 'refused') return plan
    if (body.terms.kind === 'unsupported') return UNAVAILABLE
    if (this.#isFull(accountId, body.productId)) return { ...UNAVAILABLE, error: 'TOO_MANY_OPEN_ORDERS', message: 'Too many open orders' }
    return this.#place(accountId, body, body.terms, plan)
  }

  #place(accountId: string, body: CreateBody, terms: OrderTerms, plan: OrderPlan): CreateResult {
    const { engine, faults, state } = this.#face
    const { request } = plan
    const canFail = request.type === 'limit' && !request.postOnly && (request.timeInForce === 'gtc' || request.timeInForce === 'gtd')
    const failure = canFail ? (faults.take('failedOrder', 'rest', 'createOrder')?.reason ?? '') : ''
    const extra = {
      productId: body.productId,
      key: terms.key,
      config: terms.echo[terms.key] as JsonObject,
      postOnly: terms.postOnly,
      quoteSize: terms.quoteSize ?? '',
      feeRate: plan.feeRate,
      failure,
    }
    const asked = { ...request, accountId, clientId: body.clientOrderId, extra }
    const result = failure === '' ? engine.place(asked) : this.#placeAndFail(asked)
    if (result.kind === 'refused') return refusalOf(result)
    if (result.kind === 'validated') return UNAVAILABLE
    state.noteOrderId(accountId, body.clientOrderId, result.order.orderId)
    return { kind: 'created', orderId: result.order.orderId, isOriginal: false }
  }

  /** Accepts an order that then fails: it must not trade between the two, so the book collects meanwhile. */
  #placeAndFail(asked: Parameters<Face['engine']['place']>[0]): PlaceResult {
    const { engine, state } = this.#face
    const wasCollecting = engine.isCollecting(asked.symbol)
    engine.setCollecting(asked.symbol, true)
    const result = engine.place(asked)
    if (result.kind === 'accepted') {
      engine.cancel(result.order.orderId, 'administrative')
      state.count('failedOrders')
    }
    engine.setCollecting(asked.symbol, wasCollecting)
    return result
  }

  #isFull(accountId: string, productId: string): boolean {
    if (!this.#face.hasLimits) return false
    const open = this.#face.engine.openOrders(accountId)
    return (
      open.length >= OPEN_PER_PRODUCT_MAX && open.filter(({ extra }) => extra['productId'] === productId).length >= OPEN_PER_PRODUCT_MAX
    )
  }
}

/** True while cancels of an order's product are refused. */
export function bansCancels(face: Face, order: EngineOrder): boolean {
  if (face.choices.cancelsWhileDisabled) return false
  const id = order.extra['productId']
  const product = face.products.find(typeof id === 'string' ? id : order.symbol)
  return product !== null && stateOfProduct(face, product) === 'halted'
}
