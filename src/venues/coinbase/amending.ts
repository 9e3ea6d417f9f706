import { AppError } from '#domain/errors'
import type { VenueOrderId } from '#domain/ids'
import type { AmendOutcome, Refusal } from '#domain/outcome'
import type { ClockPort } from '#ports/clock'
import type { AmendRequest, OrderReport } from '#ports/venue'
import { pause } from '#venues/shared/retry'
import { refuseByForm } from './commands'
import { faultOfReason, faultOfRefusal } from './errors'
import type { CallResult } from './http'
import type { Identities } from './identities'
import { limitPriceOf, quantityOf, stageOf } from './map'
import type { OrderStates } from './order-states'
import type { Reference } from './reference'
import type { CoinbaseRest } from './rest'
import * as schema from './schema-rest'
import { failed, refusedBy } from './trading'

/** What amends need. */
export interface AmendingDeps {
  readonly clock: ClockPort
  readonly rest: CoinbaseRest
  readonly reference: Reference
  readonly identities: Identities
  readonly states: OrderStates
  readonly config: { readonly amendConfirmMs: number }
  isHeard(): boolean
  onReport(report: OrderReport): void
  onFault(code: string, text: string): void
}

/** Pause before the order is asked for (again), ms; it doubles. */
const FIRST_LOOK_MS = 50
const PAUSE_MS_MAX = 800

const notSent = (reason: string): AmendOutcome => ({ kind: 'refused', refusal: { code: 'notSent', reason, retry: 'transient' } })

/**
 * Amends by edits: both price and total size, sent in the step in which they are asked for. The venue's yes means only that it will try, so that the
 * order itself is asked for until it shows what came of it; the report says the figures that it shows, whatever was asked for.
 */
export class Amending {
  readonly #deps: AmendingDeps
  /** Orders that are being amended: what the user stream tells of their terms is no news. */
  readonly #running = new Set<string>()

  constructor(deps: AmendingDeps) {
    this.#deps = deps
  }

  amend(request: AmendRequest): Promise<AmendOutcome> {
    const { reference, identities, rest, clock } = this.#deps
    const { approved, instrumentId, clientOrderId } = request
    const product = reference.product(instrumentId)
    const id = request.venueOrderId ?? identities.known.byOwnId(clientOrderId)?.venueOrderId ?? null
    const { limitPrice, quantity } = approved
    const refused = (refusal: Refusal): Promise<AmendOutcome> => Promise.resolve({ kind: 'refused', refusal })
    if (product === null || limitPrice === null) {
      return refused({
        code: 'unsupportedAmend',
        reason: `${instrumentId}: limit orders of listed products alone can be amended`,
        retry: 'never',
      })
    }
    const refusal = refuseByForm(approved, product)
    if (refusal !== null) return refused(refusal)
    if (id === null) return Promise.resolve(notSent('the id of the order at Coinbase is not known yet'))
    if (!this.#deps.isHeard()) return Promise.resolve(notSent('the user stream is down: nobody would tell what becomes of the order'))
    if (request.deadlineAtMs <= clock.now()) return Promise.resolve(notSent('the deadline of the amend has passed'))
    const answer = rest.editOrder({ order_id: id, price: limitPrice, size: quantity })
    this.#running.add(id)
    return this.#settle(id, approved, answer).finally(() => this.#running.delete(id))
  }

  /** The user stream shows other terms than we know: unless an amend of ours is under way, somebody else changed them. */
  onOtherTerms(id: VenueOrderId): void {
    if (this.#running.has(id)) return
    this.#running.add(id)
    void this.#tellTerms(id).finally(() => this.#running.delete(id))
  }

  async #tellTerms(id: VenueOrderId): Promise<void> {
    try {
      const row = await this.#deps.rest.orderOrNull(id)
      if (row !== null && !isChanging(row)) this.#report(row)
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'INVARIANT_BROKEN') throw error
      this.#deps.onFault('TERMS_UNREAD', `order ${id} was amended, and its terms could not be read: ${error.message}`)
    }
  }

  async #settle(id: VenueOrderId, approved: AmendRequest['approved'], answer: Promise<CallResult>): Promise<AmendOutcome> {
    const result = await answer
    const early = answerOf(result)
    // What is in doubt may show at the order all the same.
    if (early !== null && early.kind !== 'ambiguous') return early
    const doubt = early ?? { kind: 'ambiguous' as const, reason: 'the order does not show the amend' }
    return (await this.#watch(id, approved)) ?? doubt
  }

  /** Asks for the order until it shows an amend; null when it does not in time. */
  async #watch(id: VenueOrderId, approved: AmendRequest['approved']): Promise<AmendOutcome | null> {
    const { clock, config, rest, onFault } = this.#deps
    const untilUs = clock.monotonicUs() + config.amendConfirmMs * 1_000
    for (let waitMs = FIRST_LOOK_MS; clock.monotonicUs() < untilUs; waitMs = Math.min(PAUSE_MS_MAX, waitMs * 2)) {
      await pause(clock, waitMs)
      let row: schema.OrderRow | null
      try {
        row = await rest.orderOrNull(id)
      } catch (error) {
        if (!(error instanceof AppError) || error.code === 'INVARIANT_BROKEN') throw error
        return { kind: 'ambiguous', reason: `the order could not be asked for: ${error.message}` }
      }
      if (row === null || isChanging(row)) continue
      if (stageOf(row.status) !== 'open') return null // it ended: the desk asks how
      const isTaken = quantityOf(row) === approved.quantity && limitPriceOf(row) === approved.limitPrice
      if (!isTaken && !this.#isOther(row)) continue
      if (!isTaken)
        onFault('AMEND_DIFFERS', `order ${id} was amended to ${quantityOf(row)} at ${limitPriceOf(row)}, which is not what was asked for`)
      this.#report(row)
      return { kind: 'accepted' }
    }
    return null
  }

  /** True when the row has other terms than were told of the order. */
  #isOther(row: schema.OrderRow): boolean {
    return this.#deps.states.hasOtherTerms(row.order_id, quantityOf(row), limitPriceOf(row))
  }

  #report(row: schema.OrderRow): void {
    const { states, identities, onReport } = this.#deps
    const order = identities.identify(row)
    const [quantity, limitPrice] = [quantityOf(row), limitPriceOf(row)]
    states.noteTerms(row.order_id, quantity, limitPrice)
    onReport({
      kind: 'amended',
      venueOrderId: order.venueOrderId,
      clientOrderId: order.clientOrderId,
      filledQuantity: row.filled_size,
      quantity,
      limitPrice,
      reason: null,
      venueAtMs: timeOf(row),
    })
  }
}

function timeOf(row: schema.OrderRow): number {
  const ms = Date.parse(row.last_update_time)
  return Number.isFinite(ms) ? Math.floor(ms) : row.created_time
}

function isChanging(row: schema.OrderRow): boolean {
  const pending = row.current_pending_replace
  return row.status === 'EDIT_QUEUED' || (typeof pending === 'object' && pending !== null && Object.keys(pending).length > 0)
}

/** Returns what the answer to an edit says; null for a yes, which is still to be seen at the order. */
function answerOf(result: CallResult): Exclude<AmendOutcome, { readonly kind: 'accepted' }> | null {
  if (result.kind !== 'answer') return failed(result)
  const read = schema.editResult.safeParse(result.json)
  if (!read.success) return { kind: 'ambiguous', reason: 'the answer to the edit has an unknown form' }
  if (read.data.success) return null
  const { errors, error_response: newer } = read.data
  const first = Array.isArray(errors) ? errors[0] : errors
  const reason = [newer?.edit_order_failure_reason, first?.edit_failure_reason, first?.preview_failure_reason].find(
    (text) => text !== undefined && text !== '' && !text.startsWith('UNKNOWN_'),
  )
  return refusedBy(reason === undefined ? faultOfRefusal({ error_details: newer?.error_details }) : faultOfReason(reason))
}
