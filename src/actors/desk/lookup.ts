import { isPositive, isLess } from '#domain/decimal'
import { messageOf } from '#domain/errors'
import type { VenueOrder } from '#domain/order'
import type { LookupResult } from '#ports/venue'
import type { DeskDeps } from './deps'
import type { OrderRecord } from './order-record'
import type { Reports } from './reports'

/** A lookup asks for what happened since the order was made, less this: the venue's clock may be behind ours. */
const LOOKBACK_MS = 60_000

/**
 * Settles orders whose fate is unknown by asking the venue, and nothing else (EXE-07, I7): by client order id, with backoff, for as
 * long as it takes. "Not found" counts only after the order's deadline at the venue and a settle time.
 */
export class Lookup {
  readonly #deps: DeskDeps
  readonly #reports: Reports
  readonly #onSettled: (record: OrderRecord) => void
  readonly #running = new Map<OrderRecord, { attempt: number; timer: unknown }>()
  /** What this process did not send left before it began. */
  readonly #bornUs: number
  #isOpen = true

  constructor(deps: DeskDeps, reports: Reports, onSettled: (record: OrderRecord) => void) {
    this.#deps = deps
    this.#reports = reports
    this.#onSettled = onSettled
    this.#bornUs = deps.clock.monotonicUs()
  }

  /** Count of orders that are being asked for. */
  get pending(): number {
    return this.#running.size
  }

  /** Notes that a submission or an amend of the order leaves in this very step: its deadline at the venue runs from now. */
  noteSent(record: OrderRecord): void {
    record.sentUs = this.#deps.clock.monotonicUs()
  }

  /** Begins to ask for an order, unless that is under way. */
  begin(record: OrderRecord): void {
    if (!this.#isOpen || this.#running.has(record)) return
    this.#running.set(record, { attempt: 0, timer: null })
    void this.#ask(record)
  }

  /**
   * Begins to ask for an order that the venue's lists of open orders and of fills have just been seen to lack: one that was never
   * acknowledged is asked for when its absence can be evidence, for before that the answer could hardly be another.
   */
  beginAfterLists(record: OrderRecord): void {
    const delayMs = this.#untilEvidenceMs(record)
    if (record.venueOrderId !== null || delayMs <= 0) return this.begin(record)
    if (!this.#isOpen || this.#running.has(record)) return
    this.#running.set(record, { attempt: 0, timer: this.#deps.clock.setTimeout(() => void this.#ask(record), delayMs) })
  }

  /** Stops asking; orders stay UNKNOWN. */
  close(): void {
    this.#isOpen = false
    for (const { timer } of this.#running.values()) this.#deps.clock.clearTimeout(timer)
    this.#running.clear()
  }

  async #ask(record: OrderRecord): Promise<void> {
    const { orders, clock } = this.#deps
    if (orders.stateOrNull(record) === 'unresolved') orders.apply(record, { type: 'order.retryLookup', atMs: clock.now() })
    if (!this.#isUnknown(record)) return this.#settled(record)
    const askedUs = clock.monotonicUs()
    const result = await this.#question(record)
    if (!this.#isOpen) return
    if (!this.#isUnknown(record)) return this.#settled(record) // the stream was faster
    this.#take(record, result, askedUs)
    if (this.#isUnknown(record)) this.#again(record, result)
    else this.#settled(record)
  }

  /** A foreign order has no client id of ours: the list of open orders tells whether it lives, and its fills come with the stream. */
  async #question(record: OrderRecord): Promise<LookupResult> {
    const venue = this.#deps.venue(record.proposal.venueId)
    if (!record.isForeign) return await venue.orderByClientId(record.clientOrderId, record.createdAtMs - LOOKBACK_MS)
    try {
      const order = (await venue.openOrders()).find((shown) => shown.venueOrderId === record.venueOrderId)
      return order === undefined ? { kind: 'absent' } : { kind: 'found', order, fills: [] }
    } catch (error) {
      return { kind: 'unanswered', reason: messageOf(error) }
    }
  }

  #take(record: OrderRecord, result: LookupResult, askedUs: number): void {
    const { orders, clock } = this.#deps
    const atMs = clock.now()
    switch (result.kind) {
      case 'found':
        for (const fill of result.fills) this.#reports.onFill(fill)
        orders.apply(record, reportOf(result.order, atMs))
        return
      case 'absent':
        if (record.isForeign) return this.#endForeign(record)
        // What counts is when the question left us: one that was asked too early proves nothing, however late its answer.
        if (askedUs < this.#evidenceUs(record)) return
        orders.apply(record, {
          ...NOTHING_KNOWN,
          type: 'order.reported',
          status: 'absent',
          reason: 'not found at the venue after its deadline',
          atMs,
        })
        return
      case 'unanswered':
        orders.apply(record, { ...NOTHING_KNOWN, type: 'order.reported', status: 'unanswered', reason: result.reason, atMs })
        return
    }
  }

  #endForeign(record: OrderRecord): void {
    const { orders, clock } = this.#deps
    orders.apply(record, { type: 'order.canceled', reason: 'no longer open at the venue', filledQuantity: null, atMs: clock.now() })
  }

  /** From when on a question that finds nothing proves that there is nothing: the order's deadline at the venue, and a settle time. */
  #evidenceUs(record: OrderRecord): number {
    const { orderDeadlineMs, settleMs } = this.#deps.settings
    return (record.sentUs ?? this.#bornUs) + (orderDeadlineMs + settleMs) * 1_000
  }

  #untilEvidenceMs(record: OrderRecord): number {
    return (this.#evidenceUs(record) - this.#deps.clock.monotonicUs()) / 1_000
  }

  #isUnknown(record: OrderRecord): boolean {
    const state = this.#deps.orders.stateOrNull(record)
    return state === 'reconciling' || state === 'unresolved'
  }

  #again(record: OrderRecord, result: LookupResult): void {
    const { settings, clock } = this.#deps
    const run = this.#running.get(record)
    if (run === undefined) return
    const backoffMs = Math.min(settings.lookupBackoffMs * 2 ** Math.min(run.attempt, 20), settings.lookupBackoffMaxMs)
    // Questions are dear: one between "not found" and the time at which that is evidence would tell nothing that the stream does not.
    const untilEvidenceMs = this.#untilEvidenceMs(record)
    const delayMs = result.kind === 'absent' && untilEvidenceMs > 0 ? untilEvidenceMs : backoffMs
    run.attempt++
    run.timer = clock.setTimeout(() => void this.#ask(record), delayMs)
  }

  #settled(record: OrderRecord): void {
    this.#running.delete(record)
    this.#reports.afterChange(record)
    this.#onSettled(record)
  }
}

const NOTHING_KNOWN = { venueOrderId: null, filledQuantity: null, quantity: null, limitPrice: null } as const

/** Returns the chart's event for an order as the venue shows it. */
export function reportOf(order: VenueOrder, atMs: number) {
  return {
    type: 'order.reported',
    status: order.status,
    venueOrderId: order.venueOrderId,
    filledQuantity: order.filledQuantity,
    quantity: isPositive(order.quantity) && !isLess(order.quantity, order.filledQuantity) ? order.quantity : null,
    limitPrice: order.limitPrice,
    reason: order.reason,
    atMs,
  } as const
}
