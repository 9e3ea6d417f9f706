import { sum } from '#domain/decimal'
import { AppError } from '#domain/errors'
import type { ClientOrderId, VenueId } from '#domain/ids'
import type { Fill, VenueOrder } from '#domain/order'
import type { ClockPort } from '#ports/clock'
import type { LookupResult } from '#ports/venue'
import type { VenueClock } from '#venues/shared/venue-clock'
import { areShort } from './fill-reader'
import type { Identities } from './identities'
import { fillOf, isExecution, stageOf, venueOrderOf } from './map'
import { type CoinbaseRest, executionIdOf } from './rest'
import type { FillRow, OrderRow } from './schema-rest'

/** What questions about the past need. */
export interface HistoryDeps {
  readonly venueId: VenueId
  readonly clock: ClockPort
  readonly venueClock: VenueClock
  readonly rest: CoinbaseRest
  readonly identities: Identities
  readonly config: { readonly youngOrderMs: number; readonly absentAfterMs: number }
  onFault(code: string, text: string): void
}

/** Lists are bounded by the venue's own stamps, which may lag ours a little. */
const MARGIN_MS = 5_000
const LOOKUP_BATCH_MAX = 1_000

/** An order whose fate somebody asks for. */
interface Doubt {
  readonly clientOrderId: ClientOrderId
  readonly sinceMs: number
  readonly askedUs: number
  resolve(result: LookupResult): void
  reject(error: unknown): void
}

/** Questions about the account's orders and executions. All page to their end or fail. */
export class History {
  readonly #deps: HistoryDeps
  readonly #bornUs: number
  readonly #bornMs: number
  #doubts: Doubt[] = []
  #isLooking = false
  readonly #oddRows = new Set<string>()

  constructor(deps: HistoryDeps) {
    this.#deps = deps
    this.#bornUs = deps.clock.monotonicUs()
    this.#bornMs = deps.clock.now()
  }

  /**
   * Returns what is open. The venue's list of open orders leaves out those that are not in the book yet, and perhaps those that are being canceled or
   * edited: young orders of all states are asked for too, and those that we know to live and neither list shows.
   */
  async openOrders(): Promise<readonly VenueOrder[]> {
    const { rest, identities, venueClock, config } = this.#deps
    const rows = new Map<string, OrderRow>()
    const note = (found: readonly OrderRow[]): void => {
      for (const row of found) rows.set(row.order_id, row)
    }
    note(await rest.orders({ status: 'OPEN', sinceMs: null }))
    note(await rest.orders({ status: null, sinceMs: venueClock.now() - config.youngOrderMs }))
    const unseen = identities.known.open().filter(({ venueOrderId }) => !rows.has(venueOrderId))
    note(await rest.ordersById(unseen.map(({ venueOrderId }) => venueOrderId)))
    return this.#ordersOf([...rows.values()]).filter((order) => order.status === 'open')
  }

  /** Returns executions since `sinceMs`, ascending, once each. */
  async fills(sinceMs: number): Promise<readonly Fill[]> {
    const rows = await this.#deps.rest.fillsSince(sinceMs - MARGIN_MS)
    const fills = await this.fillsOfRows(rows.filter((row) => row.trade_time >= sinceMs))
    return fills.toSorted((a, b) => a.venueAtMs - b.venueAtMs || (a.tradeId < b.tradeId ? -1 : 1))
  }

  /** Returns the executions of orders. */
  async fillsOf(venueOrderIds: readonly string[]): Promise<readonly Fill[]> {
    return this.fillsOfRows(await this.#deps.rest.fillsOf(venueOrderIds))
  }

  /** Returns rows as executions, with our client ids where the orders have one; what is no execution is told as a fault, once. */
  async fillsOfRows(rows: readonly FillRow[]): Promise<readonly Fill[]> {
    const { identities, venueId } = this.#deps
    await this.#learn([...new Set(rows.map((row) => row.order_id))])
    const fills: Fill[] = []
    for (const row of rows) {
      const product = identities.productOf(row.order_id, row.product_id)
      if (!isExecution(row))
        this.#faultOnce(row, `is a ${row.trade_type.slice(0, 20)} of ${row.size} ${row.product_id}: check the books against the venue`)
      else if (product === null) this.#faultOnce(row, `is on ${row.product_id}, which is no spot product`)
      else fills.push(fillOf(row, product, venueId, identities.known.ownIdOf(row.order_id)))
    }
    return fills
  }

  /**
   * Looks an order up by its client id. The venue has no question for that: all lists are read, and searched here. `absent` needs all of them (open
   * orders, orders of all states since `sinceMs`, executions), and that the question left long enough after the order was handed over, for lists lag
   * and no order has a deadline (docs/adr/0019). Look-ups that are asked for while another is under way go together: the lists tell of all.
   */
  orderByClientId(clientOrderId: ClientOrderId, sinceMs: number): Promise<LookupResult> {
    return new Promise((resolve, reject) => {
      this.#doubts.push({ clientOrderId, sinceMs, askedUs: this.#deps.clock.monotonicUs(), resolve, reject })
      if (!this.#isLooking) void this.#lookUp()
    })
  }

  async #lookUp(): Promise<void> {
    this.#isLooking = true
    await Promise.resolve() // what is asked in the same step goes into the first batch
    while (this.#doubts.length > 0) {
      const batch = this.#doubts.splice(0, LOOKUP_BATCH_MAX)
      try {
        const results = await this.#settle(batch)
        for (const doubt of batch) doubt.resolve(results.get(doubt.clientOrderId) ?? this.#absence(doubt))
      } catch (error) {
        const isOfTheWorld = error instanceof AppError && error.code !== 'INVARIANT_BROKEN'
        for (const doubt of batch) isOfTheWorld ? doubt.resolve({ kind: 'unanswered', reason: error.message }) : doubt.reject(error)
      }
    }
    this.#isLooking = false
  }

  /** What it means that no list has an order: nothing, as long as it may still come. */
  #absence({ clientOrderId, sinceMs, askedUs }: Doubt): LookupResult {
    const { identities, config } = this.#deps
    const sentUs = identities.sentUs(clientOrderId)
    // Not handed over by this process: it was by an earlier one, or never, and then nothing is to be waited for.
    const isOlder = sentUs === null && sinceMs < this.#bornMs
    const fromUs = sentUs ?? (isOlder ? this.#bornUs : null)
    if (fromUs === null || askedUs - fromUs >= config.absentAfterMs * 1_000) return { kind: 'absent' }
    return { kind: 'unanswered', reason: 'no list of Coinbase shows it yet, and they lag' }
  }

  /** Returns what is known of a batch; the ids that are missing are in no list. */
  async #settle(batch: readonly Doubt[]): Promise<ReadonlyMap<ClientOrderId, LookupResult>> {
    const { rest, identities } = this.#deps
    const sinceMs = Math.min(...batch.map((doubt) => doubt.sinceMs))
    const ids = [...new Set(batch.map((doubt) => doubt.clientOrderId))]
    const found = new Map<ClientOrderId, VenueOrder>()
    const note = (rows: readonly OrderRow[]): void => {
      for (const order of this.#ordersOf(rows)) {
        const id = ids.find((one) => one === order.clientOrderId)
        const before = id === undefined ? undefined : found.get(id)
        if (id !== undefined && (before === undefined || order.openedAtMs >= before.openedAtMs)) found.set(id, order)
      }
    }
    const missing = (): readonly ClientOrderId[] => ids.filter((id) => !found.has(id))
    note(await rest.ordersById(ids.flatMap((id) => identities.known.byOwnId(id)?.venueOrderId ?? [])))
    if (missing().length > 0) note(await rest.orders({ status: 'OPEN', sinceMs: null }))
    if (missing().length > 0) note(await rest.orders({ status: null, sinceMs: sinceMs - MARGIN_MS }))
    // Executions name the venue's id only: orders that the lists lack are asked for by it.
    if (missing().length > 0) note(await this.#ordersOfStrangers(sinceMs))
    return this.#withFills(found)
  }

  /** Returns the orders of executions that nothing told of so far. */
  async #ordersOfStrangers(sinceMs: number): Promise<readonly OrderRow[]> {
    const { rest, identities } = this.#deps
    const rows = await rest.fillsSince(sinceMs - MARGIN_MS)
    const strangers = [...new Set(rows.map((row) => row.order_id))].filter((id) => identities.known.get(id) === null)
    return rest.ordersById(strangers)
  }

  async #withFills(found: ReadonlyMap<ClientOrderId, VenueOrder>): Promise<ReadonlyMap<ClientOrderId, LookupResult>> {
    const filled = [...found.values()].filter((order) => order.filledQuantity !== '0').map((order) => order.venueOrderId)
    const fills = filled.length === 0 ? [] : await this.fillsOf(filled)
    return new Map(
      [...found].map(([id, order]): [ClientOrderId, LookupResult] => {
        const own = fills.filter((fill) => fill.venueOrderId === order.venueOrderId)
        // Whoever took the order for told would never hear of the rest: the list of executions can trail it by seconds.
        return areShort(sum(own.map((fill) => fill.quantity)), order.filledQuantity)
          ? [id, { kind: 'unanswered', reason: 'the list of executions lacks some that the order counts' }]
          : [id, { kind: 'found', order, fills: own }]
      }),
    )
  }

  #ordersOf(rows: readonly OrderRow[]): readonly VenueOrder[] {
    const { identities } = this.#deps
    const orders: VenueOrder[] = []
    for (const row of rows) {
      const known = identities.identify(row)
      known.isClientIdSettled = true
      const stage = stageOf(row.status)
      known.hasEnded ||= stage !== 'waiting' && stage !== 'open'
      const product = identities.productOf(row.order_id, row.product_id)
      if (product === null) this.#oddOnce(row.order_id, `order ${row.order_id} is on ${row.product_id}, which is no spot product`)
      else orders.push(venueOrderOf(row, product))
    }
    return orders
  }

  /** Executions name the venue's order id only: the client ids of orders never seen are asked for. */
  async #learn(venueOrderIds: readonly string[]): Promise<void> {
    const { identities, rest } = this.#deps
    const unknown = venueOrderIds.filter((id) => identities.known.get(id)?.isClientIdSettled !== true)
    if (unknown.length > 0) this.#ordersOf(await rest.ordersById(unknown))
  }

  #faultOnce(row: FillRow, what: string): void {
    this.#oddOnce(executionIdOf(row), `execution ${executionIdOf(row)} of order ${row.order_id} ${what}`)
  }

  #oddOnce(key: string, text: string): void {
    if (this.#oddRows.has(key) || this.#oddRows.size >= LOOKUP_BATCH_MAX) return
    this.#oddRows.add(key)
    this.#deps.onFault('ODD_ROW', text)
  }
}
