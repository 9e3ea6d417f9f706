import { type Decimal, isLess, isPositive, subtract, ZERO } from '#domain/decimal'
import { InvariantError, mustExist } from '#domain/errors'
import type { BotId, ClientOrderId, InstrumentId, VenueOrderId } from '#domain/ids'
import type { JsonObject } from '#domain/json'
import type { Fill, Proposal } from '#domain/order'
import type { OrderContext, OrderEvent } from '#machines/order-events'
import { isCorrection, isExpected, isTerminal } from '#machines/order-expectation'
import { missingQuantity } from '#machines/order-figures'
import type { AlerterPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import type { JournalEntry, JournalPort } from '#ports/journal'
import type { OrderActors, OrderChart, OrderState } from './order-actors'
import { NO_EXTRA, payloadOf } from './order-facts'
import { addFill, createRecord, type OrderRecord } from './order-record'
import { fillOf, proposalOf } from './order-codec'

export interface OrdersDeps {
  readonly clock: ClockPort
  readonly journal: JournalPort
  readonly alerter: AlerterPort
  readonly actors: OrderActors
  /** Finished orders leave the tracker this long after their last change, ms. */
  readonly retireAfterMs: number
  /** How often it is looked for them, ms; a minute unless said otherwise. */
  readonly sweepMs?: number
}

/** Called after each change of an order, live ones only: replays are silent. */
export type OrderListener = (record: OrderRecord, event: OrderEvent, fill: Fill | null) => void

/** An order that misses fills is kept so much longer: they are asked for meanwhile. */
const MISSING_MS_MAX = 600_000
/** How often finished orders are looked at for retirement. */
const SWEEP_MS = 60_000

/**
 * Every order that lives or ended a short while ago: its chart actor, its record and the indices to find it by. The one place
 * that journals an order's facts, always before the chart hears them; a replay of those facts gives the same orders.
 */
export class Orders {
  readonly #deps: OrdersDeps
  readonly #records = new Map<ClientOrderId, OrderRecord>()
  readonly #byVenueId = new Map<VenueOrderId, OrderRecord>()
  /** By instrument and bot; a line that was in use once stays, since there are no more than bots times instruments. */
  readonly #lines = new Map<InstrumentId, Map<BotId, Set<OrderRecord>>>()
  readonly #live = new Set<OrderRecord>()
  /** Finished orders, oldest first. */
  readonly #ended: OrderRecord[] = []
  /** A new list with each change, so that a listener may leave while it is called. */
  #listeners: readonly OrderListener[] = []
  /** Orders of a replay whose newest fact is a submission. */
  readonly #openings = new Set<ClientOrderId>()
  #sweepTimer: unknown = null

  constructor(deps: OrdersDeps) {
    this.#deps = deps
  }

  /** Calls `listener` after each live change; returns the unsubscribe function. */
  onChange(listener: OrderListener): () => void {
    this.#listeners = [...this.#listeners, listener]
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener)
    }
  }

  find(clientOrderId: string): OrderRecord | null {
    return this.#records.get(clientOrderId as ClientOrderId) ?? null
  }

  findByVenueId(venueOrderId: VenueOrderId): OrderRecord | null {
    return this.#byVenueId.get(venueOrderId) ?? null
  }

  /** Returns state and context of an order's chart. */
  stateOf(record: OrderRecord): OrderState {
    return chartOf(record).value
  }

  contextOf(record: OrderRecord): OrderContext {
    return chartOf(record).context
  }

  /** As `contextOf`; null for an order whose chart has crashed. */
  contextOrNull(record: OrderRecord): OrderContext | null {
    return record.chart?.context ?? null
  }

  /** As `stateOf`; null for an order whose chart has crashed: it is in doubt until the next start, whatever the venue tells of it. */
  stateOrNull(record: OrderRecord): OrderState | null {
    return record.chart?.value ?? null
  }

  /** Where an order stands as reports, API and monitors show it: one whose chart has crashed is in doubt. */
  shownStateOf(record: OrderRecord): OrderState {
    return this.stateOrNull(record) ?? 'unresolved'
  }

  /** True for an order of which nobody here knows whether it works at the venue: asked for, not found, or its chart has crashed. */
  isInDoubt(record: OrderRecord): boolean {
    const state = this.stateOrNull(record)
    return !record.isOver && (state === null || state === 'reconciling' || state === 'unresolved')
  }

  /** True once an order's end was asked for; of one whose chart has crashed that cannot be noted. */
  isCancelRequested(record: OrderRecord): boolean {
    return record.chart?.context.isCancelRequested ?? false
  }

  /** What an order may still execute, base: of one whose chart has crashed, all that was not booked. */
  leavesOf(record: OrderRecord): Decimal {
    if (record.chart !== null) return record.chart.context.leavesQuantity
    const { proposal, filled } = record
    return isLess(filled, proposal.quantity) ? subtract(proposal.quantity, filled) : ZERO
  }

  /** Returns the orders that are not terminal, in order of creation. */
  live(): Iterable<OrderRecord> {
    return this.#live
  }

  get liveCount(): number {
    return this.#live.size
  }

  /** True when the venue counted more executed of an order that ended than it has told of. */
  missesFills(record: OrderRecord): boolean {
    return record.isOver && record.chart !== null && isPositive(record.chart.context.leavesQuantity)
  }

  /** Returns the orders that ended and have not been retired, oldest first. */
  ended(): readonly OrderRecord[] {
    return this.#ended
  }

  /** Returns the live orders of one bot on one instrument. */
  liveOf(botId: BotId, instrumentId: InstrumentId): Iterable<OrderRecord> {
    return this.#lines.get(instrumentId)?.get(botId) ?? []
  }

  isTerminal(record: OrderRecord): boolean {
    return record.isOver
  }

  /**
   * Makes the record and the actor of a new order; the caller journals `order.submitting` next.
   * @throws {InvariantError} when the id is known already: a client order id is used once.
   */
  open(proposal: Proposal, isForeign: boolean, atMs: number): OrderRecord {
    if (this.#records.has(proposal.clientOrderId)) throw new InvariantError(`order ${proposal.clientOrderId} exists already`)
    const record = createRecord(proposal, isForeign, atMs)
    record.openedSeq = this.#deps.journal.headSeq + 1
    this.#records.set(record.clientOrderId, record)
    this.#track(record)
    const { clientOrderId, quantity, limitPrice } = proposal
    record.chart = this.#deps.actors.spawn({ clientOrderId, quantity, limitPrice, atMs })
    return record
  }

  /** Hands the chart an event that is no fact of its own: the durable submission's other half. */
  tell(record: OrderRecord, event: OrderEvent): void {
    this.#step(record, event)
    this.#after(record, event, null, true)
  }

  /**
   * Journals a fact and lets the chart hear it. An event that the state does not expect changes nothing and raises an alert.
   * Returns true when it was expected; false too when the chart has crashed before.
   */
  apply(record: OrderRecord, event: OrderEvent, fill: Fill | null = null, extra: JsonObject = NO_EXTRA): boolean {
    // One whose chart has crashed can be told nothing more; who books money for it does so without it.
    if (record.chart === null) return false
    const { value: before, context } = record.chart
    if (!isExpected(before, event.type)) {
      this.#alertUnexpected(record, before, event)
      return false
    }
    record.lastSeq = this.#deps.journal.append({
      actor: record.actorId,
      kind: event.type,
      payload: payloadOf(event, fill, extra),
      correlationId: record.clientOrderId,
      causationSeq: record.lastSeq === 0 ? null : record.lastSeq,
    })
    this.#step(record, event)
    if (fill !== null) addFill(record, fill)
    this.#after(record, event, fill, true)
    const now = chartOf(record)
    if (now.context.isOverfilled && !context.isOverfilled) this.#alertOverfill(record)
    if (isTerminal(before)) {
      const wasMissing = isPositive(missingQuantity(context))
      if (isCorrection(before, now.value, event.type, wasMissing)) this.#alertCorrection(record, before, event)
    }
    return true
  }

  /**
   * Replays one journaled fact of an order; facts of other actors are ignored. Returns true when it was one.
   * @param isPartial true where the replay began in the middle: facts of orders that were retired before are passed over.
   */
  replay(entry: JournalEntry, isPartial = false): boolean {
    if (!entry.kind.startsWith('order.') || entry.correlationId === null) return false
    if (entry.kind === 'order.submitting' || entry.kind === 'order.adopted') {
      this.#replayOpening(entry)
      return true
    }
    if (isPartial && this.find(entry.correlationId) === null) return false
    const record = mustExist(this.find(entry.correlationId), `journal entry ${entry.seq}: ${entry.kind} of an order that was never opened`)
    const event = { ...entry.payload, type: entry.kind } as unknown
    const orderEvent = event as OrderEvent
    const fill = fillOf(entry.payload['fill'] ?? null)
    this.#openings.delete(record.clientOrderId)
    if (this.stateOf(record) === 'pending' && orderEvent.type !== 'order.lapsed')
      this.#step(record, { type: 'order.journaled', atMs: entry.atMs })
    this.#step(record, orderEvent)
    if (fill !== null) addFill(record, fill)
    const deadlineAtMs = entry.payload['deadlineAtMs']
    if (typeof deadlineAtMs === 'number') record.deadlineAtMs = deadlineAtMs // an amend has one of its own
    record.lastSeq = entry.seq
    this.#after(record, orderEvent, fill, false)
    return true
  }

  /** Smallest sequence of which a fact of a tracked order may be; the journal's next when none is tracked. */
  get firstSeq(): number {
    let first = this.#deps.journal.headSeq + 1
    for (const record of this.#records.values()) first = Math.min(first, record.openedSeq)
    return first
  }

  /**
   * Ends a replay: an order whose last fact is its submission may have left the process, so it counts as sent, and is looked up
   * before anything else is done about it (EXE-12).
   */
  endReplay(): void {
    for (const record of this.#live) {
      if (!this.#openings.delete(record.clientOrderId) || this.stateOf(record) !== 'pending') continue
      this.#step(record, { type: 'order.journaled', atMs: record.updatedAtMs })
    }
    this.#openings.clear()
  }

  /** Starts the timer that retires finished orders. */
  start(): void {
    this.#sweepTimer ??= this.#deps.clock.setTimeout(() => {
      this.#sweepTimer = null
      this.#sweep()
      this.start()
    }, this.#deps.sweepMs ?? SWEEP_MS)
  }

  stop(): void {
    this.#deps.clock.clearTimeout(this.#sweepTimer)
    this.#sweepTimer = null
  }

  #replayOpening(entry: JournalEntry): void {
    const proposal = proposalOf(entry.payload['proposal'] ?? null)
    const known = this.find(proposal.clientOrderId)
    const record = known ?? this.open(proposal, entry.kind === 'order.adopted', entry.atMs)
    record.deadlineAtMs = typeof entry.payload['deadlineAtMs'] === 'number' ? entry.payload['deadlineAtMs'] : null
    if (known === null) record.openedSeq = entry.seq
    record.lastSeq = entry.seq
    this.#openings.add(record.clientOrderId)
  }

  /** Lets the chart hear an event. @throws {InvariantError} when it crashes: the registry has told of it, and nothing is known any more. */
  #step(record: OrderRecord, event: OrderEvent): void {
    if (!this.#deps.actors.tell(record.clientOrderId, chartOf(record), event)) record.chart = null
  }

  #after(record: OrderRecord, event: OrderEvent, fill: Fill | null, isLive: boolean): void {
    const { value, context } = chartOf(record)
    record.updatedAtMs = event.atMs
    if (record.venueOrderId === null && context.venueOrderId !== null) {
      record.venueOrderId = context.venueOrderId
      this.#byVenueId.set(context.venueOrderId, record)
    }
    const isOver = isTerminal(value)
    if (isOver !== record.isOver) {
      record.isOver = isOver
      if (isOver) this.#end(record)
      else this.#revive(record)
    }
    if (isLive) for (const listener of this.#listeners) listener(record, event, fill)
  }

  #end(record: OrderRecord): void {
    const { instrumentId, botId } = record.proposal
    this.#live.delete(record)
    this.#lines.get(instrumentId)?.get(botId)?.delete(record)
    record.endedUs = this.#deps.clock.monotonicUs()
    this.#ended.push(record)
  }

  /** A terminal order that evidence shows to be alive after all. */
  #revive(record: OrderRecord): void {
    const index = this.#ended.indexOf(record)
    if (index >= 0) this.#ended.splice(index, 1)
    this.#track(record)
  }

  #track(record: OrderRecord): void {
    const { instrumentId, botId } = record.proposal
    this.#live.add(record)
    const bots = this.#lines.get(instrumentId) ?? new Map<BotId, Set<OrderRecord>>()
    const line = bots.get(botId) ?? new Set()
    this.#lines.set(instrumentId, bots.set(botId, line.add(record)))
  }

  /** Retires what ended long ago and misses no fill, or has missed one for too long; the journal keeps it. */
  #sweep(): void {
    const dueUs = this.#deps.clock.monotonicUs() - this.#deps.retireAfterMs * 1_000
    const isOlder = (record: OrderRecord | undefined, us: number) => record !== undefined && record.endedUs <= us
    let count = 0
    while (isOlder(this.#ended[count], dueUs)) count++
    const waiting: OrderRecord[] = []
    for (const record of this.#ended.splice(0, count)) {
      if (this.missesFills(record) && !isOlder(record, dueUs - MISSING_MS_MAX * 1_000)) waiting.push(record)
      else this.#retire(record)
    }
    this.#ended.unshift(...waiting)
  }

  #retire(record: OrderRecord): void {
    this.#records.delete(record.clientOrderId)
    if (record.venueOrderId !== null) this.#byVenueId.delete(record.venueOrderId)
    this.#deps.actors.retire(record.clientOrderId)
    record.chart = null
  }

  #alertUnexpected(record: OrderRecord, state: OrderState, event: OrderEvent): void {
    this.#deps.alerter.raise({
      severity: 'HIGH',
      code: 'ORDER_UNEXPECTED_EVENT',
      text: `${event.type} came for order ${record.clientOrderId} in state ${state}: nothing was changed`,
      details: { clientOrderId: record.clientOrderId, state, event: event.type },
    })
  }

  #alertOverfill(record: OrderRecord): void {
    this.#deps.alerter.raise({
      severity: 'CRITICAL',
      code: 'ORDER_OVERFILLED',
      text: `order ${record.clientOrderId} was filled beyond its quantity: ${record.filled} of ${record.proposal.quantity}`,
      details: { clientOrderId: record.clientOrderId, filled: record.filled, quantity: record.proposal.quantity },
    })
  }

  #alertCorrection(record: OrderRecord, before: OrderState, event: OrderEvent): void {
    this.#deps.alerter.raise({
      severity: 'HIGH',
      code: 'ORDER_CORRECTED',
      text: `${event.type} came for order ${record.clientOrderId} after it was ${before}; it was booked as a correction`,
      details: { clientOrderId: record.clientOrderId, before, after: this.stateOf(record), event: event.type },
    })
  }
}

/** @throws {InvariantError} when the chart has crashed, or was retired. */
function chartOf(record: OrderRecord): OrderChart {
  if (record.chart === null) throw new InvariantError(`order ${record.clientOrderId} has no actor`)
  return record.chart
}
