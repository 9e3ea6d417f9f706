import { AppError } from '#domain/errors'
import type { ClientOrderId, InstrumentId, VenueId } from '#domain/ids'
import { venueOrderId } from '#domain/ids'
import type { Fill, VenueOrder } from '#domain/order'
import type { BalanceChange, LookupResult } from '#ports/venue'
import { KrakenError } from './errors'
import type { KnownOrders } from '#venues/shared/known-orders'
import { balanceChangeOf, fillOf, userrefOf, venueOrderOf } from './map'
import type { Reference } from './reference'
import type { HistoryPage, HistoryWindow, KrakenRest } from './rest'
import type { OrderRow, TradeRow } from './schema-rest'
import type { VenueClock } from '#venues/shared/venue-clock'

/** What questions about the past need. */
export interface HistoryDeps {
  readonly venueId: VenueId
  readonly rest: KrakenRest
  readonly reference: Reference
  readonly known: KnownOrders
  readonly venueClock: VenueClock
  readonly pagesMax: number
  onFault(code: string, text: string): void
}

/** The newest rows must not fall behind the end of the window for a clock that lags a little. */
const END_MARGIN_MS = 5_000
const QUERY_ORDERS_MAX = 50
/** Orders that are looked up together at most: as many as 20 calls of `QueryOrders` tell of. */
const LOOKUP_BATCH_MAX = 1_000

/** An order whose fate somebody asks for. */
interface Doubt {
  readonly clientOrderId: ClientOrderId
  readonly sinceMs: number
  resolve(result: LookupResult): void
  reject(error: unknown): void
}

/** Questions about the past of the account: orders by client id, executions, ledger entries. All page to their end or fail. */
export class History {
  readonly #deps: HistoryDeps
  #doubts: Doubt[] = []
  #isLooking = false

  constructor(deps: HistoryDeps) {
    this.#deps = deps
  }

  async openOrders(): Promise<readonly VenueOrder[]> {
    return this.#ordersOf(await this.#deps.rest.openOrders(null))
  }

  /** Returns executions since `sinceMs`, ascending, once each, with our client ids where the orders have one. */
  async fills(sinceMs: number): Promise<readonly Fill[]> {
    const rows = await this.#tradesSince(sinceMs)
    await this.#learnClientIds([...new Set(rows.map(([, row]) => row.ordertxid))])
    const { reference, known, venueId } = this.#deps
    const fills: Fill[] = []
    for (const [id, row] of rows) {
      const pair = reference.symbols.pair(row.pair)
      if (pair === null) this.#deps.onFault('UNKNOWN_PAIR', `execution ${id} is on ${row.pair}, which Kraken does not list`)
      else {
        const order = { clientOrderId: known.ownIdOf(row.ordertxid), userref: known.get(row.ordertxid)?.userref ?? null }
        fills.push(fillOf(id, row, pair, venueId, order))
      }
    }
    return fills
  }

  /** Returns ledger entries other than trades since `sinceMs`, ascending. */
  async cashFlows(sinceMs: number): Promise<readonly BalanceChange[]> {
    const rows = await this.#readWhole((window) => this.#deps.rest.ledgers(window), sinceMs)
    return [...rows]
      .filter(([, row]) => row.time >= sinceMs)
      .flatMap(([id, row]) => balanceChangeOf(id, row, this.#deps.reference.symbols) ?? [])
      .filter((change) => change.kind !== 'trade')
      .sort((a, b) => a.venueAtMs - b.venueAtMs || (a.ledgerId < b.ledgerId ? -1 : 1))
  }

  /**
   * Looks an order up by its client id: open orders, then closed ones, then executions, in this order, for an order moves the
   * same way. `absent` only when all three answered and none knows it. REST may lag the stream, so the executions returned can
   * fall short of the order's filled quantity for a while. Look-ups that are asked for while another is under way go together:
   * a lost connection leaves many orders in doubt at once, and the budget of calls must not make them wait for one another. Orders
   * whose id at the venue is known are asked for by it, fifty a call, and each is told of as soon as it is known.
   */
  orderByClientId(clientOrderId: ClientOrderId, sinceMs: number): Promise<LookupResult> {
    return new Promise((resolve, reject) => {
      this.#doubts.push({ clientOrderId, sinceMs, resolve, reject })
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
        for (const doubt of batch) doubt.resolve(results.get(doubt.clientOrderId) ?? { kind: 'absent' })
      } catch (error) {
        const isOfTheWorld = error instanceof AppError && error.code !== 'INVARIANT_BROKEN'
        for (const doubt of batch) isOfTheWorld ? doubt.resolve({ kind: 'unanswered', reason: error.message }) : doubt.reject(error)
      }
    }
    this.#isLooking = false
  }

  /** Returns what is known of a batch; the ids that are missing are absent. */
  async #settle(batch: readonly Doubt[]): Promise<ReadonlyMap<ClientOrderId, LookupResult>> {
    const only = batch.length === 1 ? (batch[0]?.clientOrderId ?? null) : null
    const sinceMs = Math.min(...batch.map((doubt) => doubt.sinceMs))
    const ids = batch.map((doubt) => doubt.clientOrderId)
    const found = new Map<ClientOrderId, VenueOrder>()
    const note = (orders: readonly VenueOrder[]): void => {
      for (const [id, order] of newestById(ids, orders)) if (!found.has(id)) found.set(id, order)
      // Nothing executed, nothing more to ask: who waits need not wait for the others.
      for (const { clientOrderId, resolve } of batch) {
        const order = found.get(clientOrderId)
        if (order?.filledQuantity === '0') resolve({ kind: 'found', order, fills: [] })
      }
    }
    note(this.#ordersOf(await this.#deps.rest.openOrders(only)))
    await this.#askById(
      ids.filter((id) => !found.has(id)),
      note,
    )
    const rest = ids.filter((id) => !found.has(id))
    if (rest.length > 0) note(this.#ordersOf(await this.#closedOrdersOf(rest, sinceMs)))
    const isComplete = found.size === ids.length && [...found.values()].every((order) => order.filledQuantity === '0')
    const fills = isComplete ? [] : await this.fills(Math.min(sinceMs, ...[...found.values()].map((order) => order.openedAtMs)))
    const results = new Map<ClientOrderId, LookupResult>()
    for (const [id, order] of found)
      results.set(id, { kind: 'found', order, fills: fills.filter((fill) => fill.venueOrderId === order.venueOrderId) })
    for (const id of ids) {
      const own = found.has(id) ? [] : fills.filter((fill) => fill.clientOrderId === id)
      if (own.length > 0) results.set(id, await this.#orphan(own))
    }
    return results
  }

  /** Asks for orders by the venue's ids, where those are known. All calls wait in the lane together: one that fails holds up no other. */
  async #askById(ids: readonly ClientOrderId[], note: (orders: readonly VenueOrder[]) => void): Promise<void> {
    const known = ids.flatMap((id) => this.#deps.known.byOwnId(id)?.venueOrderId ?? [])
    // So many in doubt are an emergency. Single cancels and batches over REST cost nothing there: what is left of the reserve serves the rest.
    const usesReserve = known.length > QUERY_ORDERS_MAX
    const calls: Promise<void>[] = []
    for (let at = 0; at < known.length; at += QUERY_ORDERS_MAX)
      calls.push(
        this.#deps.rest.queryOrders(known.slice(at, at + QUERY_ORDERS_MAX), usesReserve).then((rows) => note(this.#ordersOf(rows))),
      )
    const failed = (await Promise.allSettled(calls)).find((call) => call.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  /** Executions of an order that the lists of orders lack. */
  async #orphan(fills: readonly Fill[]): Promise<LookupResult> {
    const order = newestOf(this.#ordersOf(await this.#deps.rest.queryOrders(fills.slice(0, 1).map((fill) => fill.venueOrderId))))
    return order === null
      ? { kind: 'unanswered', reason: 'executions name an order that Kraken does not show' }
      : { kind: 'found', order, fills }
  }

  /** Closed orders of some client ids: asked for one by one, or all of the time together where that takes fewer calls. */
  async #closedOrdersOf(ids: readonly ClientOrderId[], sinceMs: number): Promise<Readonly<Record<string, OrderRow>>> {
    if (ids.length > 1) {
      const all = await this.#readAll((window) => this.#deps.rest.closedOrders(null, window), sinceMs, ids.length)
      if (all !== null) return Object.fromEntries(all)
    }
    const rows: Record<string, OrderRow> = {}
    for (const id of ids) Object.assign(rows, await this.#closedOrders(id, sinceMs))
    return rows
  }

  async #closedOrders(clientOrderId: ClientOrderId, sinceMs: number): Promise<Readonly<Record<string, OrderRow>>> {
    return Object.fromEntries(await this.#readWhole((window) => this.#deps.rest.closedOrders(clientOrderId, window), sinceMs))
  }

  #ordersOf(rows: Readonly<Record<string, OrderRow>>): readonly VenueOrder[] {
    const { reference, known } = this.#deps
    const orders: VenueOrder[] = []
    for (const [id, row] of Object.entries(rows)) {
      const order = venueOrderOf(id, row, reference.symbols)
      if (order === null) {
        this.#deps.onFault('UNKNOWN_PAIR', `order ${id} is on ${row.descr.pair}, which Kraken does not list`)
        continue
      }
      const merged = known.merge(order.venueOrderId, order)
      merged.isClientIdSettled = true
      merged.hasEnded ||= order.status !== 'open'
      orders.push(order)
    }
    return orders
  }

  async #tradesSince(sinceMs: number): Promise<readonly (readonly [string, TradeRow])[]> {
    const rows = await this.#readWhole((window) => this.#deps.rest.tradesHistory(window), sinceMs)
    return [...rows].filter(([, row]) => row.time >= sinceMs).sort(([idA, a], [idB, b]) => a.time - b.time || (idA < idB ? -1 : 1))
  }

  /** Executions name the venue's order id only: the client ids of orders never seen are asked for. */
  async #learnClientIds(orderIds: readonly string[]): Promise<void> {
    const { known, rest } = this.#deps
    const unknown = orderIds.filter((id) => known.get(id)?.isClientIdSettled !== true)
    for (let at = 0; at < unknown.length; at += QUERY_ORDERS_MAX) {
      const batch = unknown.slice(at, at + QUERY_ORDERS_MAX)
      const rows = await rest.queryOrders(batch)
      for (const id of batch) {
        const row = rows[id]
        const pair = row === undefined ? null : this.#deps.reference.symbols.pair(row.descr.pair)
        const order = known.merge(venueOrderId(id), {
          clientOrderId: row?.cl_ord_id ?? null,
          instrumentId: pair?.instrumentId ?? null,
          side: row?.descr.type ?? null,
          userref: userrefOf(row?.userref),
        })
        // One without a client id is foreign, and stays so: it is not asked for each time.
        order.isClientIdSettled = true
        order.hasEnded ||= row !== undefined && row.status !== 'open' && row.status !== 'pending'
      }
    }
  }

  /** @throws {KrakenError} `VENUE_REJECTED` when there are more pages than allowed: a cut-off answer would pass for a whole one. */
  async #readWhole<T>(read: (window: HistoryWindow) => Promise<HistoryPage<T>>, sinceMs: number): Promise<ReadonlyMap<string, T>> {
    const { pagesMax } = this.#deps
    const rows = await this.#readAll(read, sinceMs, pagesMax)
    if (rows === null)
      throw new KrakenError(`More than ${pagesMax} pages of history since ${sinceMs}; ask for a shorter time`, 'VENUE_REJECTED')
    return rows
  }

  /**
   * Reads all pages of a history, newest first, once each; null when there are more than `pagesMax`. The end is pinned, for rows that
   * come meanwhile would shift the pages; what shifts all the same shows up twice and is dropped by its id.
   */
  async #readAll<T>(
    read: (window: HistoryWindow) => Promise<HistoryPage<T>>,
    sinceMs: number,
    pagesMax: number,
  ): Promise<ReadonlyMap<string, T> | null> {
    const endMs = this.#deps.venueClock.now() + END_MARGIN_MS
    const rows = new Map<string, T>()
    for (let page = 0, offset = 0; page < pagesMax; page++) {
      const { rows: found, count } = await read({ startMs: sinceMs, endMs, offset })
      const entries = Object.entries(found)
      for (const [id, row] of entries) rows.set(id, row)
      offset += entries.length
      if (entries.length === 0 || (count !== null && offset >= count)) return rows
      if (count !== null && count > entries.length * pagesMax) return null // more than the pages that are left
    }
    return null
  }
}

/** Returns the newest order of each id among those given. */
function newestById(ids: readonly ClientOrderId[], orders: readonly VenueOrder[]): Map<ClientOrderId, VenueOrder> {
  const wanted = new Set<string>(ids)
  const found = new Map<string, VenueOrder>()
  for (const order of orders) {
    const { clientOrderId: id, openedAtMs } = order
    if (id === null || !wanted.has(id)) continue
    const known = found.get(id)
    if (known === undefined || openedAtMs > known.openedAtMs) found.set(id, order)
  }
  return found as Map<ClientOrderId, VenueOrder>
}

function newestOf(orders: readonly VenueOrder[]): VenueOrder | null {
  return orders.reduce<VenueOrder | null>(
    (newest, order) => (newest === null || order.openedAtMs > newest.openedAtMs ? order : newest),
    null,
  )
}

/** Finds the pair of an instrument for a request. @throws {AppError} `UNKNOWN_INSTRUMENT` when Kraken lists none. */
export function pairFor(reference: Reference, instrumentId: InstrumentId): NonNullable<ReturnType<Reference['symbols']['pairOf']>> {
  const pair = reference.symbols.pairOf(instrumentId)
  if (pair === null) {
    throw new AppError(`Kraken lists no ${instrumentId}; check the spelling, such as BTC-USD@kraken`, { code: 'UNKNOWN_INSTRUMENT' })
  }
  return pair
}
