import { type ClientOrderId, type InstrumentId, type VenueOrderId, venueOrderId } from '#domain/ids'
import type { Approved } from '#domain/order'
import type { CancelOutcome, Refusal, SubmitOutcome } from '#domain/outcome'
import type { ClockPort } from '#ports/clock'
import type { OrderRef } from '#ports/venue'
import { createBody, refuseByForm } from './commands'
import { type CoinbaseFault, faultOfReason, faultOfRefusal, refusalOf } from './errors'
import type { History } from './history'
import type { CallResult } from './http'
import type { Identities } from './identities'
import { limitPriceOf, quantityOf } from './map'
import type { Product } from './products'
import type { Reference } from './reference'
import { chunked, type CoinbaseRest } from './rest'
import * as schema from './schema-rest'

/** What commands need. */
export interface TradingDeps {
  readonly clock: ClockPort
  readonly rest: CoinbaseRest
  readonly reference: Reference
  readonly identities: Identities
  readonly history: History
  /** True while the user stream tells what becomes of orders. */
  isHeard(): boolean
  /** An order was taken; the user stream should tell of it soon. */
  onAccepted(id: VenueOrderId, order: Approved): void
}

/** Orders of one batch of cancels at most. */
const BATCH_MAX = 100
const ACCEPTED: CancelOutcome = { kind: 'accepted' }
const UNKNOWN_ORDER: CancelOutcome = { kind: 'unknownOrder' }
/** Reasons for which a cancel is as good as accepted, or shows that there is nothing open to cancel. */
const RUNNING = new Set(['DUPLICATE_CANCEL_REQUEST'])
const GONE = new Set(['UNKNOWN_CANCEL_ORDER', 'ORDER_IS_FULLY_FILLED'])

interface PendingSubmit {
  readonly settle: (outcome: SubmitOutcome) => void
}

/**
 * Commands over REST, each handed to the network in the step in which it is called. A command ends in exactly one outcome: by its answer, by a frame of
 * the user stream that shows its effect, or, when neither comes, as ambiguous.
 */
export class Trading {
  readonly #deps: TradingDeps
  readonly #submits = new Map<ClientOrderId, PendingSubmit>()
  readonly #cancels = new Map<string, Set<(outcome: CancelOutcome) => void>>()

  constructor(deps: TradingDeps) {
    this.#deps = deps
  }

  submit(order: Approved, deadlineAtMs: number): Promise<SubmitOutcome> {
    const { rest, reference, identities, clock } = this.#deps
    const { clientOrderId, instrumentId } = order
    const product = reference.product(instrumentId)
    const refusal =
      product === null
        ? unlisted(instrumentId)
        : (refuseByForm(order, product) ?? this.#refuseUnheard() ?? tooLate(deadlineAtMs, clock.now()) ?? this.#refuseTwice(clientOrderId))
    if (product === null || refusal !== null) return Promise.resolve({ kind: 'refused', refusal: refusal ?? unlisted(instrumentId) })
    const wasSent = identities.noteSent(clientOrderId, instrumentId)
    const answer = rest.createOrder(createBody(order, product))
    const { promise, resolve } = Promise.withResolvers<SubmitOutcome>()
    const settle = (outcome: SubmitOutcome): void => {
      this.#submits.delete(clientOrderId)
      resolve(outcome)
    }
    this.#submits.set(clientOrderId, { settle })
    void this.#readAnswer(order, product, answer, wasSent).then(settle)
    return promise.then((outcome) => {
      if (outcome.kind === 'accepted') this.#deps.onAccepted(outcome.venueOrderId, order)
      return outcome
    })
  }

  /** Asks for the end of one order. */
  cancel(ref: OrderRef): Promise<CancelOutcome> {
    return this.cancelBatch([ref])
  }

  /** Asks for the end of up to 100 orders; those whose id at the venue is not known are looked for first. */
  cancelBatch(refs: readonly OrderRef[]): Promise<CancelOutcome> {
    const { identities } = this.#deps
    const known: string[] = []
    const unknown: OrderRef[] = []
    for (const ref of refs) {
      const id = ref.venueOrderId ?? identities.known.byOwnId(ref.clientOrderId)?.venueOrderId
      if (id === undefined) unknown.push(ref)
      else known.push(id)
    }
    const sent = known.length === 0 ? [] : [this.#cancelIds(known)]
    if (unknown.length > 0) sent.push(this.#cancelUnknown(unknown))
    return Promise.all(sent).then(together)
  }

  /** Asks for the end of every order of the account, ours or not; there is no such command, so that they are listed first. */
  async cancelAll(): Promise<CancelOutcome> {
    let ids: readonly VenueOrderId[]
    try {
      const listed = (await this.#deps.history.openOrders()).map((order) => order.venueOrderId)
      // Lists lag: orders that were taken a moment ago may be in none.
      ids = [...new Set([...listed, ...this.#deps.identities.known.open().map((order) => order.venueOrderId)])]
    } catch (error) {
      return notListed(error)
    }
    if (ids.length === 0) return ACCEPTED
    const outcome = together(await Promise.all(chunked(ids, BATCH_MAX).map((chunk) => this.#cancelIds(chunk))))
    // All that was listed has ended meanwhile.
    return outcome.kind === 'unknownOrder' ? ACCEPTED : outcome
  }

  /** A frame told of an order: it may prove a command done before its answer comes, or after that was lost. */
  onOrder(id: VenueOrderId, clientOrderId: string | null, status: string): void {
    if (clientOrderId !== null) {
      const pending = this.#submits.get(clientOrderId as ClientOrderId)
      if (pending !== undefined && status !== 'FAILED') pending.settle({ kind: 'accepted', venueOrderId: id })
    }
    if (status !== 'CANCEL_QUEUED' && status !== 'CANCELLED') return
    for (const settle of this.#cancels.get(id) ?? []) settle(ACCEPTED)
  }

  #refuseUnheard(): Refusal | null {
    if (this.#deps.isHeard()) return null
    return { code: 'notSent', reason: 'the user stream is down: nobody would tell what becomes of the order', retry: 'transient' }
  }

  /** An id that the venue has an order for gives that order back, and nothing new is executed: it is not sent again. */
  #refuseTwice(clientOrderId: ClientOrderId): Refusal | null {
    const known = this.#deps.identities.known.byOwnId(clientOrderId)
    if (known === null && !this.#submits.has(clientOrderId)) return null
    const id = known === null ? 'on its way' : known.venueOrderId
    return { code: 'duplicateClientOrderId', reason: `the client order id is that of order ${id}`, retry: 'never' }
  }

  async #readAnswer(order: Approved, product: Product, answer: Promise<CallResult>, wasSent: boolean): Promise<SubmitOutcome> {
    const result = await answer
    if (result.kind !== 'answer') return failed(result)
    const read = schema.createResult.safeParse(result.json)
    if (!read.success) return { kind: 'ambiguous', reason: 'the answer to the order has an unknown form' }
    if (!read.data.success) return refusedBy(faultOfRefusal(read.data.error_response ?? {}))
    const id = read.data.success_response?.order_id ?? ''
    if (id === '') return { kind: 'ambiguous', reason: 'the answer names no order' }
    if (wasSent) return this.#verify(id, order, product)
    this.#identify(id, order, product)
    return { kind: 'accepted', venueOrderId: venueOrderId(id) }
  }

  #identify(id: string, { clientOrderId, side }: Approved, { productId }: Product): void {
    this.#deps.identities.identify({ order_id: id, client_order_id: clientOrderId, product_id: productId, side })
  }

  /** The id was handed over before: what came back may be an older order, which the answer does not show. */
  async #verify(id: string, order: Approved, product: Product): Promise<SubmitOutcome> {
    const doubt = { kind: 'ambiguous', reason: 'the client order id was sent before, and the order could not be compared' } as const
    try {
      const row = await this.#deps.rest.orderOrNull(id)
      if (row === null) return doubt
      const isSame =
        row.product_id === product.productId &&
        row.side === order.side &&
        quantityOf(row) === order.quantity &&
        limitPriceOf(row) === order.limitPrice
      if (!isSame) {
        return refusedBy(faultOfReason('CLIENT_ORDER_ID_IN_USE', `order ${id} with other terms has the id; nothing new was placed`))
      }
    } catch {
      // Whatever kept the answer away, the look-up by client id asks again.
      return doubt
    }
    this.#identify(id, order, product)
    return { kind: 'accepted', venueOrderId: venueOrderId(id) }
  }

  #cancelIds(ids: readonly string[]): Promise<CancelOutcome> {
    const answer = this.#deps.rest.cancelOrders(ids)
    const only = ids.length === 1 ? ids[0] : undefined
    const { promise, resolve } = Promise.withResolvers<CancelOutcome>()
    // One frame proves the cancel of one order; a batch waits for its answer.
    if (only !== undefined) this.#watchCancel(only, resolve)
    void answer.then((result) => {
      if (only !== undefined) this.#forgetCancel(only, resolve)
      resolve(cancelOutcome(result, ids))
    })
    return promise
  }

  #watchCancel(id: string, settle: (outcome: CancelOutcome) => void): void {
    const waiting = this.#cancels.get(id) ?? new Set()
    this.#cancels.set(id, waiting.add(settle))
  }

  #forgetCancel(id: string, settle: (outcome: CancelOutcome) => void): void {
    const waiting = this.#cancels.get(id)
    waiting?.delete(settle)
    if (waiting?.size === 0) this.#cancels.delete(id)
  }

  async #cancelUnknown(refs: readonly OrderRef[]): Promise<CancelOutcome> {
    const wanted = new Set<string>(refs.map((ref) => ref.clientOrderId))
    try {
      const open = await this.#deps.history.openOrders()
      const ids = open.filter(({ clientOrderId }) => clientOrderId !== null && wanted.has(clientOrderId)).map((order) => order.venueOrderId)
      return ids.length === 0 ? UNKNOWN_ORDER : await this.#cancelIds(ids)
    } catch (error) {
      return notListed(error)
    }
  }
}

/** Returns what became of a command that has no answer of its own kind. */
export function failed(result: Exclude<CallResult, { readonly kind: 'answer' }>): Exclude<SubmitOutcome, { readonly kind: 'accepted' }> {
  switch (result.kind) {
    case 'fault':
      return refusedBy(result.fault)
    case 'unreadable':
    case 'lost':
      return { kind: 'ambiguous', reason: result.reason }
    case 'unsent':
      return { kind: 'refused', refusal: { code: 'notSent', reason: result.reason, retry: 'transient' } }
  }
}

/** Returns a refusal, or doubt where the venue's no leaves it. */
export function refusedBy(fault: CoinbaseFault): Exclude<SubmitOutcome, { readonly kind: 'accepted' }> {
  return fault.isOutcomeUnknown ? { kind: 'ambiguous', reason: fault.text } : { kind: 'refused', refusal: refusalOf(fault) }
}

function cancelOutcome(result: CallResult, ids: readonly string[]): CancelOutcome {
  if (result.kind !== 'answer') return failed(result)
  const read = schema.cancelResult.safeParse(result.json)
  if (!read.success) return { kind: 'ambiguous', reason: 'the answer to the cancel has an unknown form' }
  const rows = new Map(read.data.results.map((row) => [row.order_id, row]))
  return together(
    ids.map((id): CancelOutcome => {
      const row = rows.get(id)
      if (row === undefined) return { kind: 'ambiguous', reason: 'the answer to the cancel lacks the order' }
      if (row.success || RUNNING.has(row.failure_reason)) return ACCEPTED
      return GONE.has(row.failure_reason) ? UNKNOWN_ORDER : refusedBy(faultOfReason(row.failure_reason))
    }),
  )
}

const WEIGHT: Readonly<Record<CancelOutcome['kind'], number>> = { accepted: 3, ambiguous: 2, refused: 1, unknownOrder: 0 }

/** Returns what several cancels come to: accepted when one was, doubt before a refusal, unknown only when all are. */
function together(outcomes: readonly CancelOutcome[]): CancelOutcome {
  return outcomes.reduce((best, one) => (WEIGHT[one.kind] > WEIGHT[best.kind] ? one : best), UNKNOWN_ORDER)
}

/** Nothing left: the orders to cancel could not even be listed. */
function notListed(error: unknown): CancelOutcome {
  const reason = error instanceof Error ? error.message : String(error)
  return {
    kind: 'refused',
    refusal: { code: 'notSent', reason: `the orders to cancel could not be listed: ${reason}`, retry: 'transient' },
  }
}

function unlisted(instrumentId: InstrumentId): Refusal {
  return { code: 'unknownInstrument', reason: `${instrumentId} is not listed by Coinbase`, retry: 'never' }
}

function tooLate(deadlineAtMs: number, nowMs: number): Refusal | null {
  if (deadlineAtMs > nowMs) return null
  return { code: 'deadlineElapsed', reason: `the deadline ${deadlineAtMs} has passed: nothing left`, retry: 'transient' }
}
