import type { VenueId } from '#domain/ids'
import type { CancelOutcome } from '#domain/outcome'
import { CancelRounds } from './cancel-rounds'
import type { DeskDeps } from './deps'
import type { OrderRecord } from './order-record'

/** How long an accepted cancel may go without the order's end before the venue is asked. */
const EVIDENCE_MS = 5_000
/** How long a cancel waits for its answer before it is sent again: to cancel twice does no harm, to wait does. */
const PATIENCE_MS = 1_000
/** Cancels that are sent, one after the other, before the venue is asked what became of the order. Questions are dear, cancels are not. */
const UNANSWERED_MAX = 5

export interface CancelerHooks {
  /** An order in doubt is looked up. */
  onAmbiguous(record: OrderRecord): void
}

/**
 * Cancels orders and does not let go before the venue's evidence (I8): needs no verdict, waits for no disk, is tried in every state of
 * the venue. A cancel that cannot be sent yet is remembered by the chart and sent when the order's state is known.
 */
export class Canceler {
  readonly #deps: DeskDeps
  readonly #hooks: CancelerHooks
  /** Attempts and the one timer of each order that is being canceled. */
  readonly #running = new Map<OrderRecord, { attempts: number; timer: unknown; isSending: boolean; notBeforeUs: number }>()
  readonly #rounds: CancelRounds
  #isOpen = true

  constructor(deps: DeskDeps, hooks: CancelerHooks) {
    this.#deps = deps
    this.#hooks = hooks
    this.#rounds = new CancelRounds(deps, {
      promote: (record) => this.#promote(record),
      onAmbiguous: (record) => hooks.onAmbiguous(record),
      single: (record) => this.drive(record),
    })
  }

  get pending(): number {
    return this.#running.size + this.#rounds.pending
  }

  /** Asks for an order's end; a repeat changes nothing. */
  request(record: OrderRecord): void {
    if (this.#deps.orders.isTerminal(record)) return
    if (record.chart === null) {
      // Nothing can be noted of it any more: the rounds cancel it at the venue all the same.
      if (!this.#rounds.has(record)) this.#rounds.begin(record.proposal.venueId, [record], null)
      return
    }
    this.remember(record)
    this.drive(record)
  }

  /**
   * Asks for the end of many orders of one venue, by batches and in rounds that wait for no rate budget.
   * @param mayCancelAll whether the venue's one command for the whole account may be used, asked anew each time; null for never.
   */
  requestAll(venueId: VenueId, records: readonly OrderRecord[], mayCancelAll: (() => boolean) | null): void {
    // Of an order whose chart has crashed nothing can be noted any more; it is to end at the venue all the same.
    for (const record of records) if (record.chart !== null) this.remember(record)
    const live = records.filter((record) => !this.#deps.orders.isTerminal(record))
    for (const record of live) this.#finish(record) // what a cancel of its own has come to does not matter any more
    this.#rounds.begin(venueId, live, mayCancelAll)
  }

  /** No round uses the command for the whole account any more. */
  endCancelAll(): void {
    this.#rounds.endCancelAll()
  }

  /** Notes that an order is to end. One that was never sent ends at once: its own fact says so, for a cancel alone could mean either. */
  remember(record: OrderRecord): void {
    const { orders, clock, book } = this.#deps
    if (orders.isTerminal(record)) return
    const atMs = clock.now()
    if (orders.stateOf(record) === 'pending') {
      orders.apply(record, { type: 'order.lapsed', reason: 'canceled before it was sent', atMs })
      book.release(record.clientOrderId)
    } else if (!orders.contextOf(record).isCancelRequested) orders.apply(record, { type: 'order.cancel', atMs })
  }

  /** Sends the cancel that the order's state demands, if any. Called after each change of an order. */
  drive(record: OrderRecord): void {
    const { orders } = this.#deps
    if (this.#rounds.has(record)) {
      this.#promote(record)
      return this.#rounds.onChange(record)
    }
    if (orders.isTerminal(record)) return this.#finish(record)
    this.#promote(record)
    if (orders.stateOrNull(record) !== 'canceling' || !this.#isOpen) return
    const run = this.#running.get(record) ?? { attempts: 0, timer: null, isSending: false, notBeforeUs: 0 }
    this.#running.set(record, run)
    if (!run.isSending && run.timer === null) this.#send(record)
  }

  close(): void {
    this.#isOpen = false
    for (const run of this.#running.values()) this.#deps.clock.clearTimeout(run.timer)
    this.#running.clear()
    this.#rounds.close()
  }

  #promote(record: OrderRecord): void {
    const { orders, clock } = this.#deps
    if (orders.isTerminal(record) || record.chart === null) return
    const state = orders.stateOf(record)
    if ((state === 'open' || state === 'partiallyFilled') && orders.contextOf(record).isCancelRequested)
      orders.apply(record, { type: 'order.cancel', atMs: clock.now() })
  }

  #send(record: OrderRecord): void {
    const run = this.#running.get(record)
    if (run === undefined) return
    const venue = this.#deps.venue(record.proposal.venueId)
    const pauseMs = Math.ceil((run.notBeforeUs - this.#deps.clock.monotonicUs()) / 1_000)
    const waitMs = Math.max(pauseMs, venue.orderWaitMs(record.proposal.instrumentId, 'cancel'))
    if (waitMs > 0) return this.#later(record, waitMs)
    run.isSending = true
    const attempt = ++run.attempts
    const settle = (outcome: CancelOutcome): void => {
      if (!run.isSending || run.attempts !== attempt || this.#running.get(record) !== run) return
      this.#deps.clock.clearTimeout(run.timer)
      run.timer = null
      run.isSending = false
      this.#settle(record, outcome)
    }
    run.timer = this.#deps.clock.setTimeout(() => settle({ kind: 'ambiguous', reason: `no answer within ${PATIENCE_MS} ms` }), PATIENCE_MS)
    const { clientOrderId, venueOrderId, proposal } = record
    void venue.cancel({ clientOrderId, venueOrderId, instrumentId: proposal.instrumentId }).then(settle)
  }

  #settle(record: OrderRecord, outcome: CancelOutcome): void {
    const { orders } = this.#deps
    if (!this.#isOpen || orders.isTerminal(record)) return this.#finish(record)
    if (orders.stateOrNull(record) !== 'canceling') return
    switch (outcome.kind) {
      case 'accepted':
        return this.#later(record, EVIDENCE_MS)
      case 'ambiguous':
        if ((this.#running.get(record)?.attempts ?? 0) % UNANSWERED_MAX !== 0) return this.#later(record, this.#backoffMs(record))
        return this.#ask(record, outcome.reason)
      case 'unknownOrder':
        return this.#ask(record, 'the venue does not know the order to cancel')
      case 'refused':
        this.#deps.log.warn('cancel refused; trying again', { clientOrderId: record.clientOrderId, reason: outcome.refusal.reason })
        return this.#later(record, this.#backoffMs(record))
    }
  }

  /** No evidence either way: the venue is asked what became of the order; a remembered cancel is sent again if it still lives. */
  #ask(record: OrderRecord, reason: string): void {
    this.#deps.orders.apply(record, { type: 'order.answerLost', reason, atMs: this.#deps.clock.now() })
    this.#holdOff(record)
    this.#hooks.onAmbiguous(record)
  }

  #backoffMs(record: OrderRecord): number {
    const { cancelRetryMs, cancelRetryMaxMs } = this.#deps.settings
    const attempts = this.#running.get(record)?.attempts ?? 1
    return Math.min(cancelRetryMs * 2 ** Math.min(attempts - 1, 16), cancelRetryMaxMs)
  }

  /** The look-up decides when the next cancel is due; here only that it is not sent at once again, however often the venue says so. */
  #holdOff(record: OrderRecord): void {
    const run = this.#running.get(record)
    if (run !== undefined) run.notBeforeUs = this.#deps.clock.monotonicUs() + this.#backoffMs(record) * 1_000
  }

  #later(record: OrderRecord, delayMs: number): void {
    const run = this.#running.get(record)
    if (run === undefined || !this.#isOpen) return
    run.timer = this.#deps.clock.setTimeout(() => {
      run.timer = null
      this.drive(record)
    }, delayMs)
  }

  #finish(record: OrderRecord): void {
    const run = this.#running.get(record)
    if (run === undefined) return
    this.#deps.clock.clearTimeout(run.timer)
    this.#running.delete(record)
  }
}
