import { messageOf } from '#domain/errors'
import type { Approved, Proposal } from '#domain/order'
import type { Refusal, SubmitOutcome } from '#domain/outcome'
import type { Verdict } from '#domain/verdict'
import { hasLapsed } from '#risk/epoch'
import type { IntentFacts } from '#risk/guard-facts'
import type { DeskDeps, GateAsk } from './deps'
import { reportForged } from './forged'
import { letGo } from './guarded-venue'
import type { OrderRecord } from './order-record'
import type { Unsent } from './unsent'
import { messageOfBlock, verdictDraft } from './verdict-draft'
import { doubtfulOn } from './way-out'

/** What became of one proposal on its way to the venue. */
export type SubmitResult =
  | { readonly kind: 'sent'; readonly record: OrderRecord }
  /** `awaited` orders of our own stood in its way and are being canceled: it is worth another attempt soon. */
  | { readonly kind: 'blocked'; readonly code: string; readonly message: string; readonly awaited: number }
  | { readonly kind: 'dropped'; readonly reason: string }

/** How a proposal is to be sent. */
export interface SubmitChoices {
  readonly isOperatorFlatten: boolean
  /** A protective exit; left out for every other order. */
  readonly isProtective?: boolean
  /** The bot asks for the venue's own check first; done only where the venue has one. */
  readonly shouldPreview: boolean
  /** What the gate reads of the intent; null where it is not at hand. */
  readonly intent: IntentFacts | null
}

/** Why an order of a dry run ends. */
const DRY_RUN = 'dry run: nothing is handed to a venue'
const PLAIN: SubmitChoices = { isOperatorFlatten: false, shouldPreview: false, intent: null }

interface Ticket {
  readonly proposal: Proposal
  readonly options: SubmitChoices
  /** The order of an earlier attempt that was refused for a passing reason; null for a first one. */
  readonly retryOf: OrderRecord | null
  readonly done: (result: SubmitResult) => void
}

/** A ticket that was let go. */
interface Run extends Ticket {
  /** The command was sent, or will not be: the venue's budget need not be held for it any more. */
  readonly leave: () => void
}

/** What the submitter asks of the rest of the desk. */
export interface SubmitterHooks {
  /** The order is handed to the venue in this very step. */
  onSend(record: OrderRecord): void
  /** An order whose answer settles nothing: it is looked up. */
  onAmbiguous(record: OrderRecord): void
  /** An order that became live; a remembered cancel may now be sent. */
  onLive(record: OrderRecord): void
  /** The gate blocked an order by which an operator or a protective exit closes a position; returns how many of ours it is to wait for. */
  onStuck(verdict: Extract<Verdict, { kind: 'block' }>, isProtective: boolean): number
}

/**
 * Takes proposals to the venue: waits for rate budget, asks the gate, journals, compares epochs and hands the bytes over in the same
 * step (design §6). Nothing here ever sends an order twice: an answer that settles nothing goes to the look-up.
 */
export class Submitter {
  readonly #deps: DeskDeps
  readonly #hooks: SubmitterHooks
  readonly #unsent: Unsent
  #queue: Ticket[] = []
  /** Orders that wait for their next attempt. */
  readonly #retries = new Map<OrderRecord, unknown>()
  /** Those of which the venue is asked first; with why they are not to be sent any more, null while they are. */
  readonly #previews = new Map<Ticket, string | null>()
  #inFlight = 0
  #timer: unknown = null
  #isOpen = true

  constructor(deps: DeskDeps, unsent: Unsent, hooks: SubmitterHooks) {
    this.#deps = deps
    this.#unsent = unsent
    this.#hooks = hooks
  }

  get inFlight(): number {
    return this.#inFlight
  }

  get waiting(): number {
    return this.#queue.length
  }

  /** Queues a proposal; resolves when it was handed to the venue, blocked or dropped. */
  submit(proposal: Proposal, options: SubmitChoices): Promise<SubmitResult> {
    return new Promise((done) => this.#enqueue({ proposal, options, retryOf: null, done }))
  }

  /** Takes up an order that stands in PENDING after a passing refusal: a new verdict, the same client order id. */
  retry(record: OrderRecord): void {
    this.#enqueue({ proposal: record.proposal, options: PLAIN, retryOf: record, done: () => undefined })
  }

  /** Drops what waits for budget or room and matches; what an operator asked for stays. */
  drop(matches: (proposal: Proposal) => boolean, reason: string): void {
    const isDropped = ({ proposal, options }: Ticket) => !options.isOperatorFlatten && matches(proposal)
    const dropped = this.#queue.filter(isDropped)
    this.#queue = this.#queue.filter((ticket) => !isDropped(ticket))
    for (const ticket of dropped) this.#drop(ticket, reason)
    for (const ticket of this.#previews.keys()) if (isDropped(ticket)) this.#previews.set(ticket, reason)
  }

  /** Takes nothing more and drops what waits; what is in flight is finished by its answers. */
  close(reason: string): void {
    this.#isOpen = false
    this.#deps.clock.clearTimeout(this.#timer)
    this.#timer = null
    for (const timer of this.#retries.values()) this.#deps.clock.clearTimeout(timer)
    this.#retries.clear()
    const waiting = this.#queue
    this.#queue = []
    for (const ticket of waiting) this.#drop(ticket, reason)
    for (const ticket of this.#previews.keys()) this.#previews.set(ticket, reason)
  }

  #enqueue(ticket: Ticket): void {
    if (!this.#isOpen) return this.#drop(ticket, 'the desk is closing')
    if (this.#queue.length >= this.#deps.settings.queueMax)
      return this.#drop(ticket, `${this.#queue.length} proposals wait already (desk.queueMax)`)
    this.#queue.push(ticket)
    this.#pump()
  }

  #drop(ticket: Ticket, reason: string): void {
    if (ticket.retryOf !== null) this.#lapse(ticket.retryOf, reason)
    ticket.done({ kind: 'dropped', reason })
  }

  /** Starts what may go now, in order of arrival; sets one timer for the earliest of what must wait. */
  #pump(): void {
    let soonestMs = Number.POSITIVE_INFINITY
    const rest: Ticket[] = []
    const ready: Run[] = []
    for (const ticket of this.#queue) {
      const { venueId, instrumentId } = ticket.proposal
      const isFull = this.#inFlight + ready.length >= this.#deps.settings.inFlightMax
      const waitMs = isFull ? 0 : this.#deps.venue(venueId).orderWaitMs(instrumentId, 'submit', this.#unsent.of(instrumentId))
      if (isFull || waitMs > 0) rest.push(ticket)
      else ready.push({ ...ticket, leave: this.#unsent.begin(instrumentId, 'submits') })
      if (waitMs > 0) soonestMs = Math.min(soonestMs, waitMs)
    }
    this.#queue = rest
    for (const ticket of ready) void this.#run(ticket)
    if (Number.isFinite(soonestMs) && this.#timer === null) {
      this.#timer = this.#deps.clock.setTimeout(() => {
        this.#timer = null
        this.#pump()
      }, soonestMs)
    }
  }

  async #run(ticket: Run): Promise<void> {
    this.#inFlight++
    try {
      await this.#attempt(ticket)
    } finally {
      ticket.leave()
      this.#inFlight--
      this.#pump()
    }
  }

  async #attempt(ticket: Run): Promise<void> {
    const { gate, facts, journal, orders, clock } = this.#deps
    const duplicate = ticket.retryOf === null && orders.find(ticket.proposal.clientOrderId) !== null
    if (duplicate) return ticket.done({ kind: 'dropped', reason: 'this decision has its order already' })
    if (ticket.retryOf !== null && orders.stateOf(ticket.retryOf) !== 'pending')
      return ticket.done({ kind: 'dropped', reason: 'the order is no longer pending' })

    if (ticket.options.shouldPreview && !(await this.#isValidAtVenue(ticket))) return
    const verdict = gate.judge(ticket.proposal, facts.gateView(ticket.proposal, this.#askOf(ticket)))
    const verdictSeq = journal.append(verdictDraft(verdict))
    if (verdict.kind === 'block') {
      const reason = messageOfBlock(verdict)
      facts.onBlocked(ticket.proposal, verdict.code, reason)
      const { isOperatorFlatten, isProtective = false } = ticket.options
      return this.#blocked(ticket, verdict.code, reason, isOperatorFlatten || isProtective ? this.#hooks.onStuck(verdict, isProtective) : 0)
    }
    const { approved } = verdict
    if (ticket.retryOf !== null && approved.quantity !== ticket.proposal.quantity) {
      this.#deps.book.release(approved.clientOrderId)
      return this.#blocked(ticket, 'retry_downsized', 'a retry keeps its quantity; the next plan asks for what still fits')
    }

    const record = ticket.retryOf ?? orders.open(approved, false, clock.now())
    record.deadlineAtMs = clock.now() + this.#deps.settings.orderDeadlineMs
    try {
      const seq = await journal.durable({
        actor: `order:${record.clientOrderId}`,
        kind: 'order.submitting',
        payload: { proposal: { ...approved }, deadlineAtMs: record.deadlineAtMs, retries: orders.contextOf(record).retries },
        correlationId: record.clientOrderId,
        causationSeq: verdictSeq,
      })
      record.lastSeq = Math.max(record.lastSeq, seq) // a cancel may have been journaled meanwhile
    } catch (error) {
      // The journal's own listener halts the company; this order never left.
      this.#deps.log.error('order not sent: the journal failed', { clientOrderId: record.clientOrderId, error: messageOf(error) })
      this.#deps.book.release(record.clientOrderId)
      return ticket.done({ kind: 'dropped', reason: 'the journal failed' })
    }
    await this.#send(ticket, record, approved, verdict)
  }

  /** Asks the venue to check the order (EXE-04). What it passed is judged once more before it is sent: the question took its time. */
  async #isValidAtVenue(ticket: Ticket): Promise<boolean> {
    const { gate, facts, journal, book } = this.#deps
    const venue = this.#deps.venue(ticket.proposal.venueId)
    if (!venue.capabilities.preview) return true
    const verdict = gate.judge(ticket.proposal, facts.gateView(ticket.proposal, this.#askOf(ticket)))
    if (verdict.kind === 'block') return true // the verdict that is journaled says so
    letGo(verdict.approved)
    this.#previews.set(ticket, null)
    const outcome = await venue.preview(verdict.approved)
    const droppedFor = this.#previews.get(ticket) ?? null
    this.#previews.delete(ticket)
    book.release(verdict.approved.clientOrderId)
    const text = outcome.kind === 'valid' ? outcome.description : outcome.kind === 'refused' ? outcome.refusal.reason : outcome.reason
    const { clientOrderId } = ticket.proposal
    journal.append({
      actor: `order:${clientOrderId}`,
      kind: 'preview.answered',
      payload: { outcome: outcome.kind, text },
      correlationId: clientOrderId,
      causationSeq: null,
    })
    if (droppedFor !== null) {
      this.#drop(ticket, droppedFor) // its line was cancelled meanwhile
      return false
    }
    if (outcome.kind === 'valid') return true
    this.#blocked(ticket, outcome.kind === 'refused' ? 'preview_refused' : 'preview_unanswered', text)
    return false
  }

  /**
   * From here to the venue's socket is one synchronous step: no halt can come between the comparison and the bytes. What is returned
   * resolves with the answer: until then the submission is in flight (EXE-10).
   */
  #send(ticket: Run, record: OrderRecord, approved: Approved, verdict: Verdict): Promise<void> {
    const { clock, epochs, gate, orders, settings } = this.#deps
    if (orders.stateOf(record) !== 'pending') {
      if (orders.isTerminal(record)) this.#deps.book.release(record.clientOrderId) // canceled while the journal wrote
      ticket.done({ kind: 'dropped', reason: 'canceled before it was sent' })
      return Promise.resolve()
    }
    const epochNow = epochs.epochOf(approved.botId, approved.venueId, approved.instrumentId)
    if (hasLapsed(verdict, clock.now(), epochNow, settings.verdictLifetimeMs)) {
      this.#lapse(record, 'the verdict lapsed before the order was sent')
      ticket.done({ kind: 'dropped', reason: 'the verdict lapsed' })
      return Promise.resolve()
    }
    if (!gate.hasMinted(approved)) {
      this.#forged(record, ticket)
      return Promise.resolve()
    }
    if (!settings.handsOver) {
      this.#keep(ticket, record, approved)
      return Promise.resolve()
    }
    orders.tell(record, { type: 'order.journaled', atMs: clock.now() })
    const deadlineAtMs = record.deadlineAtMs ?? clock.now() + settings.orderDeadlineMs
    this.#hooks.onSend(record)
    letGo(approved)
    const answer = this.#deps.venue(approved.venueId).submit(approved, { deadlineAtMs })
    ticket.leave()
    ticket.done({ kind: 'sent', record })
    return answer.then((outcome) => this.#settle(record, outcome))
  }

  /** A dry run ends here, at the one place where an order would leave: everything was done but that (RUN-10). */
  #keep(ticket: Ticket, record: OrderRecord, approved: Approved): void {
    this.#deps.journal.append({
      actor: `order:${record.clientOrderId}`,
      kind: 'order.wouldSend',
      payload: { proposal: { ...approved } },
      correlationId: record.clientOrderId,
      causationSeq: record.lastSeq,
    })
    this.#lapse(record, DRY_RUN)
    ticket.done({ kind: 'dropped', reason: `${DRY_RUN}; it would have been sent` })
  }

  /** What the gate did not approve never leaves, however it came this far: somebody went round the gate. */
  #forged(record: OrderRecord, ticket: Ticket): void {
    const text = reportForged(this.#deps.alerter, record)
    this.#lapse(record, text)
    ticket.done({ kind: 'dropped', reason: text })
  }

  #settle(record: OrderRecord, outcome: SubmitOutcome): void {
    const { orders, clock } = this.#deps
    const atMs = clock.now()
    switch (outcome.kind) {
      case 'accepted':
        orders.apply(record, { type: 'order.accepted', venueOrderId: outcome.venueOrderId, atMs })
        this.#hooks.onLive(record)
        return
      case 'refused':
        return this.#refused(record, outcome.refusal)
      case 'ambiguous':
        // Its own events on the private stream may have settled it before: then the lost answer tells nothing new.
        if (orders.stateOf(record) !== 'submitting') return
        orders.apply(record, { type: 'order.answerLost', reason: outcome.reason, atMs })
        this.#hooks.onAmbiguous(record)
        return
    }
  }

  #refused(record: OrderRecord, refusal: Refusal): void {
    const { orders, clock, settings, alerter } = this.#deps
    const atMs = clock.now()
    if (orders.stateOf(record) !== 'submitting') {
      orders.apply(record, { type: 'order.refused', code: refusal.code, reason: refusal.reason, atMs })
      // In doubt since (a reconnect began meanwhile), and settled by this very answer, unless it was executed in part.
      if (orders.stateOf(record) === 'reconciling') this.#hooks.onAmbiguous(record)
      else this.#releaseEnded(record)
      return
    }
    if (refusal.retry === 'never') {
      orders.apply(record, { type: 'order.refused', code: refusal.code, reason: refusal.reason, atMs })
      return this.#releaseEnded(record)
    }
    const { retries } = orders.contextOf(record)
    if (retries >= settings.retryMax) {
      orders.apply(record, { type: 'order.exhausted', reason: refusal.reason, atMs })
      alerter.raise({
        severity: 'HIGH',
        code: 'ORDER_RETRIES_EXHAUSTED',
        text: `order ${record.clientOrderId} was refused ${retries + 1} times: ${refusal.reason}`,
        details: { clientOrderId: record.clientOrderId },
      })
      return this.#releaseEnded(record)
    }
    this.#deps.book.release(record.clientOrderId) // a retry is judged, and reserves, anew
    orders.apply(record, { type: 'order.retry', reason: refusal.reason, atMs })
    this.scheduleRetry(record)
  }

  /** Plans the next attempt of an order in PENDING after its backoff (EXE-06). */
  scheduleRetry(record: OrderRecord): void {
    if (!this.#isOpen || this.#retries.has(record)) return
    const { retries } = this.#deps.orders.contextOf(record)
    const delayMs = this.#deps.settings.retryBackoffMs * 2 ** Math.max(0, retries - 1)
    const timer = this.#deps.clock.setTimeout(() => {
      this.#retries.delete(record)
      this.retry(record)
    }, delayMs)
    this.#retries.set(record, timer)
  }

  #blocked(ticket: Ticket, code: string, message: string, awaited = 0): void {
    if (ticket.retryOf !== null) this.#lapse(ticket.retryOf, message)
    ticket.done({ kind: 'blocked', code, message, awaited })
  }

  #lapse(record: OrderRecord, reason: string): void {
    this.#deps.book.release(record.clientOrderId)
    if (this.#deps.orders.stateOf(record) !== 'pending') return
    this.#deps.orders.apply(record, { type: 'order.lapsed', reason, atMs: this.#deps.clock.now() })
  }

  #releaseEnded(record: OrderRecord): void {
    const { orders, book } = this.#deps
    if (orders.isTerminal(record) && !orders.missesFills(record)) book.release(record.clientOrderId)
  }

  #askOf({ options, retryOf, proposal }: Ticket): GateAsk {
    const { isOperatorFlatten, isProtective, intent } = options
    const ask = { isOperatorFlatten, isRetry: retryOf !== null, intent }
    return isProtective === true ? { ...ask, passedOver: doubtfulOn(this.#deps.orders, proposal.instrumentId) } : ask
  }
}
