import { type BotId, isClientOrderId, type VenueId } from '#domain/ids'
import type { Fill } from '#domain/order'
import type { OrderReport } from '#ports/venue'
import type { DeskDeps } from './deps'
import { hasTrade, type OrderRecord } from './order-record'

/** How long after an order's end the fills that it lacks are asked for, and how often. */
const MISSING_FILLS_MS = 2_000
const MISSING_FILLS_ATTEMPTS_MAX = 30

export interface ReportsHooks {
  /** An order whose state now demands an act: a remembered cancel, a look-up. */
  onDemand(record: OrderRecord): void
  /** The venue told of an order that nobody here knows. */
  onForeign(venueId: VenueId): void
}

/**
 * What the venue says of our orders: reports and fills, in any order and any number of times. Each fill is booked once, by its
 * trade id; the ledger's posting is journaled with it.
 */
export class Reports {
  readonly #deps: DeskDeps
  readonly #hooks: ReportsHooks
  readonly #chasing = new Set<OrderRecord>()
  #isOpen = true

  constructor(deps: DeskDeps, hooks: ReportsHooks) {
    this.#deps = deps
    this.#hooks = hooks
  }

  close(): void {
    this.#isOpen = false
  }

  onOrderReport(venueId: VenueId, report: OrderReport): void {
    const record = this.#recordOf(report.clientOrderId, report.venueOrderId)
    if (record === null) return this.#hooks.onForeign(venueId)
    const { orders, clock } = this.#deps
    const atMs = clock.now()
    const { filledQuantity } = report
    switch (report.kind) {
      case 'accepted':
        orders.apply(record, { type: 'order.accepted', venueOrderId: report.venueOrderId, atMs })
        break
      case 'canceled':
        orders.apply(record, { type: 'order.canceled', reason: report.reason ?? 'canceled', filledQuantity, atMs })
        break
      case 'expired':
        orders.apply(record, { type: 'order.expired', reason: report.reason ?? 'expired', filledQuantity, atMs })
        break
      case 'rejected':
        orders.apply(record, { type: 'order.refused', code: 'venue', reason: report.reason ?? 'rejected', atMs })
        break
      case 'amended':
        orders.apply(record, { type: 'order.amended', quantity: report.quantity, limitPrice: report.limitPrice, atMs })
        break
      case 'completed':
        orders.apply(record, {
          type: 'order.reported',
          status: 'filled',
          venueOrderId: report.venueOrderId,
          filledQuantity,
          quantity: null,
          limitPrice: null,
          reason: null,
          atMs,
        })
        break
    }
    this.afterChange(record)
  }

  /** Books an execution unless it is known; one of nobody's order goes to the sub-account `external`. */
  onFill(fill: Fill): void {
    if (this.#deps.fills.has(fill)) return
    const record = this.#recordOf(fill.clientOrderId, fill.venueOrderId)
    if (record === null) return this.#deps.fills.isSettled(fill) ? undefined : this.#bookForeign(fill)
    if (hasTrade(record, fill.tradeId)) return
    const posting = this.#deps.fills.postingOf(fill, record.isForeign ? null : record.proposal)
    const event = { type: 'order.filled', venueOrderId: fill.venueOrderId, quantity: fill.quantity, atMs: this.#deps.clock.now() } as const
    if (!this.#deps.orders.apply(record, event, fill, { posting })) return this.#bookForeign(fill) // the chart alerted; the money is real all the same
    this.#deps.fills.post(posting)
    const { book } = this.#deps
    if (book.get(record.clientOrderId) === null) this.#fillUnreserved(record.isForeign ? null : record.proposal.botId, fill)
    else book.fill(record.clientOrderId, fill.quantity)
    this.afterChange(record)
  }

  /** Does what a changed order leaves to do: free its reservation, chase fills that the venue counted and we lack. */
  afterChange(record: OrderRecord): void {
    const { orders, book } = this.#deps
    if (!orders.isTerminal(record)) return this.#hooks.onDemand(record)
    if (orders.missesFills(record)) this.#chase(record, 0)
    else book.release(record.clientOrderId)
  }

  #recordOf(clientOrderId: string | null, venueOrderId: OrderReport['venueOrderId']): OrderRecord | null {
    const byClient = clientOrderId !== null && isClientOrderId(clientOrderId) ? this.#deps.orders.find(clientOrderId) : null
    return byClient ?? this.#deps.orders.findByVenueId(venueOrderId)
  }

  #bookForeign(fill: Fill): void {
    const posting = this.#deps.fills.postingOf(fill, null)
    this.#deps.journal.append({
      actor: 'ledger',
      kind: 'fill.external',
      payload: { fill: { ...fill }, posting },
      correlationId: fill.venueOrderId,
      causationSeq: null,
    })
    this.#deps.fills.post(posting)
    this.#fillUnreserved(null, fill)
    this.#deps.log.warn('a fill of an order that is not ours was booked to external', {
      tradeId: fill.tradeId,
      venueOrderId: fill.venueOrderId,
    })
    this.#hooks.onForeign(fill.venueId)
  }

  #fillUnreserved(botId: BotId | null, fill: Fill): void {
    this.#deps.book.fillUnreserved(botId, fill.instrumentId, fill.side, fill.quantity)
  }

  /** Asks for the executions of an order that ended with some missing: its end can overtake them. */
  #chase(record: OrderRecord, attempt: number): void {
    if (attempt === 0 && this.#chasing.has(record)) return
    this.#chasing.add(record)
    if (attempt >= MISSING_FILLS_ATTEMPTS_MAX) {
      this.#chasing.delete(record)
      this.#deps.alerter.raise({
        severity: 'CRITICAL',
        code: 'FILLS_MISSING',
        text: `the venue counts more executed for order ${record.clientOrderId} than its list of fills shows`,
        details: { clientOrderId: record.clientOrderId },
      })
      return
    }
    this.#deps.clock.setTimeout(() => void this.#fetchMissing(record, attempt), MISSING_FILLS_MS)
  }

  async #fetchMissing(record: OrderRecord, attempt: number): Promise<void> {
    if (!this.#isOpen) return
    if (!this.#deps.orders.missesFills(record)) {
      this.#chasing.delete(record)
      if (record.isOver) this.#deps.book.release(record.clientOrderId)
      return
    }
    try {
      const fills = await this.#deps.venue(record.proposal.venueId).fills(record.createdAtMs - MISSING_FILLS_MS)
      for (const fill of fills) this.onFill(fill)
    } catch (error) {
      this.#deps.log.warn('missing fills could not be asked for', { clientOrderId: record.clientOrderId, error: String(error) })
    }
    this.#chase(record, attempt + 1)
  }
}
