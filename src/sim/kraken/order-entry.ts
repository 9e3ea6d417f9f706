import { type Decimal, isGreater } from '#domain/decimal'
import type { AmendChange, DoneReason, EngineOrder, EngineRefusal, OrderRequest } from '#sim/engine/types'
import type { EngineTransaction } from './engine-counter'
import { isPastValidation, refusalText } from './engine-refusals'
import { type Face, pairOf } from './face'
import { type OrderTerms, toEngineRequest } from './order-terms'
import { KrakenRefusal, refuse, refuseArgument } from './refusal'
import type { KrakenPair } from './symbols'
import { TIER_LIMITS } from './tiers'

/** What became of one slot of a batch. */
export type SlotResult = { readonly kind: 'placed'; readonly order: EngineOrder } | { readonly kind: 'refused'; readonly text: string }

/** Names an order as a caller does: by the venue's id or by its own. */
export interface OrderName {
  readonly orderId: string | null
  readonly clientId: string | null
}

/**
 * The one way to the engine for both faces: checks in the venue's order (arguments, pair status, grid and minimums, open-order
 * limit, rate counter, funds, post-only), rate counters, cancels and amends. All methods throw `KrakenRefusal` to refuse.
 */
export class OrderEntry {
  readonly #face: Face

  constructor(face: Face) {
    this.#face = face
  }

  /** Places an order and returns it as it stands after matching. */
  place(accountId: string, pair: KrakenPair, terms: OrderTerms): EngineOrder {
    const request = this.#checked(accountId, pair, terms)
    this.#checkOpenOrders(accountId, pair, { kind: 'add' }, 1)
    this.#admit(accountId, pair, { kind: 'add' })
    return this.#placeNow(pair, request)
  }

  /** Runs the checks of `place` and changes nothing, rate counters included. */
  validate(accountId: string, pair: KrakenPair, terms: OrderTerms): void {
    this.#checkRunning()
    this.#checkClientId(accountId, terms.clientId)
    const result = this.#face.engine.validate(toEngineRequest(accountId, pair, terms))
    if (result.kind === 'refused') refuse(refusalText(result, pair))
  }

  /** Places 2 to 15 orders of one pair. A request that fails validation refuses all; funds and limits refuse one slot each. */
  placeBatch(accountId: string, pair: KrakenPair, batch: readonly OrderTerms[]): readonly SlotResult[] {
    checkDistinctClientIds(batch)
    const requests = batch.map((terms) => this.#checked(accountId, pair, terms))
    this.#admit(accountId, pair, { kind: 'batchAdd', count: batch.length })
    return requests.map((request) => {
      try {
        this.#checkOpenOrders(accountId, pair, null, 1)
        return { kind: 'placed', order: this.#placeNow(pair, request) }
      } catch (error) {
        if (error instanceof KrakenRefusal) return { kind: 'refused', text: error.wireText }
        throw error
      }
    })
  }

  validateBatch(accountId: string, pair: KrakenPair, batch: readonly OrderTerms[]): void {
    checkDistinctClientIds(batch)
    for (const terms of batch) this.validate(accountId, pair, terms)
  }

  /** Changes an open order in place and returns the amend's id. A new total at or below the filled part ends the order. */
  amend(accountId: string, name: OrderName, change: AmendChange): { readonly amendId: string; readonly order: EngineOrder } {
    this.#checkRunning()
    const order = this.#openOrder(accountId, name)
    const pair = pairOf(this.#face, order.symbol)
    const ageMs = this.#ageOf(order)
    this.#admit(accountId, pair, { kind: 'amend', ageMs })
    if (endsByAmend(order, change.quantity)) this.#charge(accountId, pair, { kind: 'cancel', ageMs })
    const result = this.#face.engine.amend(order.orderId, change)
    if (result.kind === 'refused') return refuse(refusalText(result, pair))
    return { amendId: result.amendId, order: result.order }
  }

  /**
   * Replaces an order by a new one with another id (the older EditOrder). Emulator: a request that fails validation leaves the old
   * order; one that lacks funds even after the old one's hold is released leaves neither.
   */
  edit(accountId: string, order: EngineOrder, terms: OrderTerms): EngineOrder {
    this.#checkRunning()
    const pair = pairOf(this.#face, order.symbol)
    const request = toEngineRequest(accountId, pair, terms)
    if (terms.clientId !== order.clientId) this.#checkClientId(accountId, terms.clientId)
    const result = this.#face.engine.validate(request)
    if (result.kind === 'refused' && result.code !== 'insufficientFunds') refuse(refusalText(result, pair))
    this.#admit(accountId, pair, { kind: 'edit', ageMs: this.#ageOf(order) })
    this.#face.engine.cancel(order.orderId, 'replaced')
    return this.#placeNow(pair, request)
  }

  /** Cancels one open order. @throws {KrakenRefusal} `EOrder:Unknown order` when it is not open. */
  cancel(accountId: string, name: OrderName): EngineOrder {
    this.#checkRunning()
    const order = this.#openOrder(accountId, name)
    this.#admit(accountId, pairOf(this.#face, order.symbol), { kind: 'cancel', ageMs: this.#ageOf(order) })
    return this.#cancelNow(order)
  }

  /** Cancels those of the orders that are open and returns them; never refused for rate. */
  cancelMany(accountId: string, orders: readonly EngineOrder[]): readonly EngineOrder[] {
    this.#checkRunning()
    for (const pair of new Set(orders.map((order) => order.symbol))) {
      const agesMs = orders.filter((order) => order.symbol === pair).map((order) => this.#ageOf(order))
      this.#admit(accountId, pairOf(this.#face, pair), { kind: 'batchCancel', agesMs })
    }
    return orders.map((order) => this.#cancelNow(order))
  }

  cancelAll(accountId: string, reason: DoneReason): readonly EngineOrder[] {
    this.#checkRunning()
    return this.#face.engine.cancelAll(accountId, reason)
  }

  /** Returns the open orders that carry a userref. */
  openByUserref(accountId: string, userref: number): readonly EngineOrder[] {
    return this.#face.engine.openOrders(accountId).filter((order) => order.extra['userref'] === userref)
  }

  /** Returns the open order of that name, or null. */
  findOpen(accountId: string, name: OrderName): EngineOrder | null {
    if (name.clientId !== null) return this.#face.engine.openOrderByClientId(accountId, name.clientId)
    const order = name.orderId === null ? null : this.#face.engine.order(name.orderId)
    return order !== null && order.accountId === accountId && (order.status === 'open' || order.status === 'untriggered') ? order : null
  }

  /** Returns the open orders that are meant, each once; a name may be an id of the venue or a userref in digits. */
  findOpenAll(accountId: string, names: readonly string[], clientIds: readonly string[]): readonly EngineOrder[] {
    const found = new Map<string, EngineOrder>()
    const note = (order: EngineOrder | null): void => {
      if (order !== null) found.set(order.orderId, order)
    }
    for (const name of names) {
      if (isUserref(name)) for (const order of this.openByUserref(accountId, Number(name))) note(order)
      else note(this.findOpen(accountId, { orderId: name, clientId: null }))
    }
    for (const clientId of clientIds) note(this.findOpen(accountId, { orderId: null, clientId }))
    return [...found.values()]
  }

  #openOrder(accountId: string, name: OrderName): EngineOrder {
    return this.findOpen(accountId, name) ?? refuse('EOrder:Unknown order')
  }

  /** Arguments, status, grid: a request that fails them is charged, but never refused for rate. */
  #checked(accountId: string, pair: KrakenPair, terms: OrderTerms): OrderRequest {
    this.#checkRunning()
    const request = toEngineRequest(accountId, pair, terms)
    try {
      this.#checkClientId(accountId, terms.clientId)
      const result = this.#face.engine.validate(request)
      if (result.kind === 'refused' && !isPastValidation(result)) refuse(refusalText(result, pair))
    } catch (error) {
      if (error instanceof KrakenRefusal) this.#charge(accountId, pair, { kind: 'add' })
      throw error
    }
    return request
  }

  #placeNow(pair: KrakenPair, request: OrderRequest): EngineOrder {
    const result = this.#face.engine.place(request)
    if (result.kind === 'accepted') return result.order
    return refuse(result.kind === 'refused' ? refusalText(result, pair) : 'EGeneral:Internal error')
  }

  #cancelNow(order: EngineOrder): EngineOrder {
    const result = this.#face.engine.cancel(order.orderId, 'userRequested')
    return result.kind === 'canceled' ? result.order : refuse(cancelText(result, pairOf(this.#face, order.symbol)))
  }

  #checkRunning(): void {
    if (this.#face.state.systemStatus === 'maintenance') refuse('EService:Unavailable')
  }

  #checkClientId(accountId: string, clientId: string | null): void {
    if (clientId !== null && this.#face.engine.openOrderByClientId(accountId, clientId) !== null) refuseArgument('cl_ord_id')
  }

  #checkOpenOrders(accountId: string, pair: KrakenPair, charge: EngineTransaction | null, added: number): void {
    if (!this.#face.hasLimits) return
    const open = this.#face.engine.openOrders(accountId).filter((order) => order.symbol === pair.symbol).length
    if (open + added <= TIER_LIMITS[this.#face.tier].openOrdersMax) return
    if (charge !== null) this.#charge(accountId, pair, charge)
    refuse('EOrder:Orders limit exceeded')
  }

  #admit(accountId: string, pair: KrakenPair, transaction: EngineTransaction): void {
    const { engineCounters, clock, hasLimits, state } = this.#face
    if (!hasLimits || engineCounters.admit(accountId, pair.symbol, transaction, clock.now())) return
    state.count('engineRateLimit')
    refuse('EOrder:Rate limit exceeded')
  }

  #charge(accountId: string, pair: KrakenPair, transaction: EngineTransaction): void {
    if (this.#face.hasLimits) this.#face.engineCounters.charge(accountId, pair.symbol, transaction, this.#face.clock.now())
  }

  #ageOf(order: EngineOrder): number {
    return Math.max(0, this.#face.clock.now() - order.ageFromMs)
  }
}

/** True for a name that is a userref and no id of the venue. */
export function isUserref(name: string): boolean {
  return /^-?\d{1,10}$/.test(name)
}

function checkDistinctClientIds(batch: readonly OrderTerms[]): void {
  const ids = batch.flatMap((terms) => (terms.clientId === null ? [] : [terms.clientId]))
  if (new Set(ids).size < ids.length) refuseArgument('cl_ord_id')
}

function endsByAmend(order: EngineOrder, quantity: Decimal | null): boolean {
  return quantity !== null && !isGreater(quantity, order.filledQuantity)
}

function cancelText(refusal: EngineRefusal, pair: KrakenPair): string {
  return refusal.code === 'instrumentStatus' ? 'EService:Unavailable' : refusalText(refusal, pair)
}
