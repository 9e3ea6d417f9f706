import { add, type Decimal, isGreater, isMultipleOf, isPositive, isZero, multiply } from '#domain/decimal'
import type { AmendChange, EngineOrder } from '#sim/engine/types'
import { type Face, priceIncrementOf, productOfOrder } from './face'
import type { PendingEdit } from './face-state'
import { checkBase, checkNotional, plainDecimal } from './order-check'
import { bansCancels } from './order-entry'
import { extraOf, isOver } from './order-facts'

/** What an edit asks for; what was left out is empty. */
export interface EditBody {
  readonly orderId: string
  readonly price: string
  readonly size: string
  readonly stopPrice: string
}

/** Cancels and edits: accepted at once, done a little later. */
export class OrderChanges {
  readonly #face: Face
  readonly #onQueued: (order: EngineOrder) => void
  readonly #onDone: () => void
  readonly #timers = new Set<unknown>()

  /**
   * @param onQueued called when an order's status changes to one that waits.
   * @param onDone called after a change was done outside a request, so that its frames leave.
   */
  constructor(face: Face, onQueued: (order: EngineOrder) => void, onDone: () => void) {
    this.#face = face
    this.#onQueued = onQueued
    this.#onDone = onDone
  }

  /** Takes up what was under way when the emulator last stopped. */
  resume(): void {
    const { state, clock } = this.#face
    for (const [orderId, dueAtMs] of state.cancelsDue()) this.#in(dueAtMs - clock.now(), () => this.#cancelNow(orderId))
    for (const edit of state.edits()) this.#in(edit.dueAtMs - clock.now(), () => this.#editNow(edit))
  }

  stop(): void {
    for (const timer of this.#timers) this.#face.clock.clearTimeout(timer)
    this.#timers.clear()
  }

  /** Asks for an order's cancel. Returns null when it is on its way, else why not. */
  cancel(accountId: string, orderId: string): string | null {
    const { engine, state, faults, asynchrony, clock } = this.#face
    const forced = faults.take('refusal', 'rest', 'cancelOrders')
    if (forced !== null) return forced.reason
    if (orderId === '') return 'INVALID_CANCEL_REQUEST'
    const order = engine.order(orderId)
    if (order === null || order.accountId !== accountId || isOver(order)) return 'UNKNOWN_CANCEL_ORDER'
    if (state.cancelDueOf(orderId) !== null) return 'DUPLICATE_CANCEL_REQUEST'
    if (state.editOf(orderId) !== null) return 'ORDER_IS_BEING_REPLACED'
    if (bansCancels(this.#face, order)) return 'NOT_ALLOWED_TO_CANCEL'
    const dueAtMs = clock.now() + asynchrony.cancelAfterMs
    state.setCancelDue(orderId, dueAtMs)
    this.#onQueued(order)
    this.#in(asynchrony.cancelAfterMs, () => this.#cancelNow(orderId))
    return null
  }

  /** Asks for an order's change. Returns null when it is on its way, else why not. */
  edit(accountId: string, body: EditBody): string | null {
    const { state, faults, asynchrony, clock } = this.#face
    const forced = faults.take('refusal', 'rest', 'editOrder')
    if (forced !== null) return forced.reason
    const judged = this.judgeEdit(accountId, body)
    if (typeof judged === 'string') return judged
    const edit: PendingEdit = { ...body, dueAtMs: clock.now() + asynchrony.editAfterMs }
    state.setEdit(body.orderId, edit)
    this.#onQueued(judged.order)
    this.#in(asynchrony.editAfterMs, () => this.#editNow(edit))
    return null
  }

  /** Judges an edit as it would be judged now; the reason of a refusal, or what it would change. */
  judgeEdit(accountId: string, body: EditBody): string | { readonly order: EngineOrder; readonly change: AmendChange } {
    const { engine, state } = this.#face
    const order = engine.order(body.orderId)
    if (order === null || order.accountId !== accountId) return 'ORDER_NOT_FOUND'
    if (isOver(order)) return 'ONLY_OPEN_ORDERS_CAN_BE_EDITED'
    if (state.cancelDueOf(order.orderId) !== null) return 'CANNOT_EDIT_ORDER_PENDING_CANCEL'
    if (state.editOf(order.orderId) !== null) return 'ORDER_IS_ALREADY_BEING_REPLACED'
    if (order.timeInForce !== 'gtc' || order.limitPrice === null) return 'ONLY_LIMIT_ORDER_EDITS_SUPPORTED'
    if (extraOf(order).quoteSize !== '') return 'SIZE_IN_QUOTE_EDITS_NOT_ALLOWED'
    const stop = this.#judgeStop(order, body.stopPrice)
    if (typeof stop === 'string' && stop !== '') return stop
    const product = productOfOrder(this.#face, order)
    const price = plainDecimal(body.price)
    if (price === null || !isPositive(price) || !isMultipleOf(price, priceIncrementOf(this.#face, product))) return 'INVALID_EDITED_PRICE'
    const size = this.#totalOf(order, body.size)
    if (size === null) return isZero(order.filledQuantity) ? 'INVALID_EDITED_SIZE' : 'CANNOT_EDIT_TO_BELOW_FILLED_SIZE'
    if (!isMultipleOf(size, product.baseIncrement) || checkBase(product, size) !== null) return 'INVALID_EDITED_SIZE'
    if (!isGreater(size, order.filledQuantity)) return 'CANNOT_EDIT_TO_BELOW_FILLED_SIZE'
    if (checkNotional(product, multiply(size, price)) !== null) return 'INVALID_EDITED_SIZE'
    const triggerPrice = body.stopPrice === '' ? null : plainDecimal(body.stopPrice)
    const isSameStop = triggerPrice === null || triggerPrice === order.triggerPrice
    if (size === order.quantity && price === order.limitPrice && isSameStop) return 'EDIT_REQUEST_EQUAL_TO_ORIGINAL_REQUEST'
    return { order, change: { quantity: size, limitPrice: price, triggerPrice, trailing: null, postOnly: null, extra: null } }
  }

  #judgeStop(order: EngineOrder, stopPrice: string): string {
    if (stopPrice === '') return ''
    if (order.triggerPrice === null) return 'FIELD_STOPPRICE_NOT_SUPPORTED'
    if (order.triggeredAtMs !== null) return 'CANNOT_EDIT_STOP_PRICE_FOR_TRIGGERED_ORDER'
    const stop = plainDecimal(stopPrice)
    const step = priceIncrementOf(this.#face, productOfOrder(this.#face, order))
    return stop === null || !isPositive(stop) || !isMultipleOf(stop, step) ? 'INVALID_EDITED_STOP_PRICE' : ''
  }

  /** The new total that an edit's size means; null for one that is missing, zero or no number. */
  #totalOf(order: EngineOrder, text: string): Decimal | null {
    const size = plainDecimal(text)
    if (size === null || !isPositive(size)) return null
    return this.#face.choices.editSize === 'total' ? size : add(size, order.filledQuantity)
  }

  #cancelNow(orderId: string): void {
    const { engine, state } = this.#face
    const order = engine.order(orderId)
    if (order !== null && !isOver(order)) engine.cancel(orderId, 'userRequested')
    state.setCancelDue(orderId, null)
    this.#onDone()
  }

  #editNow(edit: PendingEdit): void {
    const { engine, state, clock } = this.#face
    state.setEdit(edit.orderId, null)
    const order = engine.order(edit.orderId)
    if (order !== null && !isOver(order)) {
      const judged = this.judgeEdit(order.accountId, edit)
      const done = typeof judged === 'string' ? null : engine.amend(edit.orderId, judged.change)
      if (done?.kind === 'amended') state.noteEdit(edit.orderId, { price: edit.price, size: edit.size, atMs: clock.now() })
      // What the market has made impossible meanwhile leaves the order as it was.
      else this.#onQueued(order)
    }
    this.#onDone()
  }

  #in(delayMs: number, run: () => void): void {
    const timer = this.#face.clock.setTimeout(
      () => {
        this.#timers.delete(timer)
        run()
      },
      Math.max(0, delayMs),
    )
    this.#timers.add(timer)
  }
}
