import type { Decimal } from '#domain/decimal'
import { messageOf } from '#domain/errors'
import type { BotId, InstrumentId, VenueId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import type { Instrument } from '#domain/instrument'
import type { Fill } from '#domain/order'
import { TIMEFRAME_MS } from '#domain/time'
import type { OrderReport, VenuePort } from '#ports/venue'
import { requireValidIntent } from '#risk/validate'
import { planIntent } from '#risk/plan'
import { intentFactsOf } from '#risk/guard-facts'
import type { SizingConfig, SizingMeans } from '#risk/sizing-config'
import type { GateQuote, Plan, RoutingConfig } from '#risk/types'
import { Amender } from './amender'
import { Canceler } from './canceler'
import { DeadMan } from './dead-man'
import type { DeskDeps, SentKind } from './deps'
import { Lookup } from './lookup'
import { lineOf, type OrderRecord } from './order-record'
import { planDraft, workingOf } from './plan-draft'
import { type Reconciliation, reconcile } from './reconcile'
import { Reports } from './reports'
import { Submitter, type SubmitResult, type SubmitterHooks } from './submitter'
import { Unsent } from './unsent'
import { clearWay } from './way-out'

/** How a bot's intents are turned into orders. */
export interface ExecutionTerms {
  readonly routing: RoutingConfig
  readonly sizing: SizingConfig
  readonly isOperatorFlatten: boolean
  readonly shouldPreview: boolean
  /** A protective exit: it waits for no order in doubt of the other side, which cannot make it too large, and clears its way of our own. */
  readonly isProtective?: boolean
}

/** What the planner reads of a line, now. */
export interface PlanFacts {
  /** Net quantity of the bot's sub-account, signed, base. */
  readonly position: Decimal
  readonly instrument: Instrument
  readonly quote: GateQuote | null
  readonly means: SizingMeans
  /** In force for the bot on the venue, account currency. */
  readonly orderNotionalMin: Decimal
}

/** What became of an intent. */
export interface PlanResult {
  readonly plan: Plan
  readonly isAmend: boolean
  readonly results: readonly SubmitResult[]
}

export interface DeskOptions {
  /** 6 hex digits of the data directory. */
  readonly tag: string
  /** The venues' one command for all orders of the account may be used. */
  readonly usesCancelAll: boolean
  planFacts(botId: BotId, instrumentId: InstrumentId): PlanFacts
  /** The venue shows an order that nobody here knows: its open orders are to be looked through. */
  onForeign(venueId: VenueId): void
}

/** Whose orders on what: a bot's line. */
export type Line = Pick<Intent, 'botId' | 'instrumentId'>

interface Waiting {
  readonly intent: Intent
  readonly terms: ExecutionTerms
  readonly done: (result: PlanResult | null) => void
}

/** The order desk: the one way from an intent to the venue and back. It owns every order; bots only ask (design §4, §6). */
export class OrderDesk {
  readonly #deps: DeskDeps
  readonly #options: DeskOptions
  readonly reports: Reports
  readonly #submitter: Submitter
  readonly #canceler: Canceler
  readonly #amender: Amender
  readonly #lookup: Lookup
  readonly #deadMen = new Map<VenueId, DeadMan>()
  /** Lines whose last plan is still on its way, with the newest intent that came meanwhile. */
  readonly #busy = new Map<string, Waiting | null>()
  /** The newest intent of a line whose plan waits for a cancel's evidence. */
  readonly #deferred = new Map<string, Waiting>()
  /** The newest intent of a line whose amend waits for the venue's budget. */
  readonly #postponed = new Map<string, { readonly intent: Intent; readonly timer: unknown }>()
  /** How often a venue told of an order nobody here knows, until its open orders have been looked through. */
  readonly #strangers = new Map<VenueId, number>()

  constructor(deps: DeskDeps, options: DeskOptions) {
    this.#deps = deps
    this.#options = options
    const onSendAs = (kind: SentKind) => (record: OrderRecord) => {
      this.#lookup.noteSent(record)
      deps.facts.onSent(record.proposal, kind)
    }
    const onAmbiguous = (record: OrderRecord) => this.#lookup.begin(record)
    const onLive = (record: OrderRecord) => this.#canceler.drive(record)
    this.reports = new Reports(deps, { onDemand: (record) => this.#onDemand(record), onForeign: (venueId) => this.#onForeign(venueId) })
    const unsent = new Unsent()
    const onStuck: SubmitterHooks['onStuck'] = (verdict, isProtective) => clearWay(deps, this.#canceler, verdict, isProtective)
    this.#submitter = new Submitter(deps, unsent, { onSend: onSendAs('submit'), onAmbiguous, onLive, onStuck })
    this.#canceler = new Canceler(deps, { onAmbiguous })
    this.#amender = new Amender(deps, unsent, { onSend: onSendAs('amend'), onAmbiguous, onLive, onStuck })
    this.#lookup = new Lookup(deps, this.reports, (record) => this.#canceler.drive(record))
    deps.orders.onChange((record) => this.#onChange(record))
  }

  get inFlight(): number {
    return this.#submitter.inFlight
  }

  get waiting(): number {
    return this.#submitter.waiting
  }

  get lookups(): number {
    return this.#lookup.pending
  }

  get cancels(): number {
    return this.#canceler.pending
  }

  /**
   * Plans an intent and works its orders. One plan a line at a time; of intents that come meanwhile the newest follows. Resolves with
   * null for an intent that a newer one replaced.
   * @throws {AppError} `INTENT_INVALID` when the intent breaks a rule.
   */
  execute(intent: Intent, terms: ExecutionTerms): Promise<PlanResult | null> {
    requireValidIntent(intent)
    const line = lineOf(intent.botId, intent.instrumentId)
    return new Promise((done) => {
      const entry: Waiting = { intent, terms, done }
      this.#deferred.delete(line)
      this.#deps.clock.clearTimeout(this.#postponed.get(line)?.timer)
      this.#postponed.delete(line)
      const waiting = this.#busy.get(line)
      if (waiting === undefined) void this.#run(line, entry)
      else {
        waiting?.done(null)
        this.#busy.set(line, entry)
      }
    })
  }

  /** Asks the gate about the order that an intent would lead to now, without placing it; returns what stands against it, or null. */
  probe(intent: Intent, terms: ExecutionTerms): string | null {
    const { gate, facts, book } = this.#deps
    const plan = this.#plan(intent, terms, this.#options.planFacts(intent.botId, intent.instrumentId))
    const [proposal] = plan.proposals
    if (proposal === undefined) return plan.reason
    const ask = { isOperatorFlatten: terms.isOperatorFlatten, isRetry: false, intent: intentFactsOf(intent) }
    const verdict = gate.judge(proposal, facts.gateView(proposal, ask))
    if (verdict.kind === 'block') return verdict.code
    book.release(proposal.clientOrderId)
    return null
  }

  onOrderReport(venueId: VenueId, report: OrderReport): void {
    this.reports.onOrderReport(venueId, report)
  }

  onFill(fill: Fill): void {
    this.reports.onFill(fill)
  }

  /** Asks for an order's end; evidence follows as events of the order. */
  cancel(record: OrderRecord): void {
    this.#canceler.request(record)
  }

  /** True while nothing of the line is being planned or waits to be: what is asked for now takes no other's place. */
  isQuiet(botId: BotId, instrumentId: InstrumentId): boolean {
    const line = lineOf(botId, instrumentId)
    return !this.#busy.has(line) && !this.#deferred.has(line) && !this.#postponed.has(line)
  }

  /**
   * Asks for the end of all live orders that match; foreign ones only where an operator asks. Returns their count.
   * @param keepsStops leaves the stops of protected positions where they rest.
   */
  cancelWhere(matches: (line: Line) => boolean, byOperator: boolean, keepsStops = false): number {
    const chosen = [...this.#deps.orders.live()].filter(
      (record) => (byOperator || !record.isForeign) && !(keepsStops && record.proposal.type === 'stop') && matches(record.proposal),
    )
    this.#forget(matches)
    for (const record of chosen) this.#canceler.request(record)
    return chosen.length
  }

  /**
   * Cancels everything at a venue by its one command, where that is allowed and touches no foreign order (or an operator asks), and by
   * batches besides: the command can fail, and only the venue's evidence ends an order.
   */
  cancelAllAt(venueId: VenueId, byOperator: boolean): number {
    const own = [...this.#deps.orders.live()].filter((record) => record.proposal.venueId === venueId && (byOperator || !record.isForeign))
    this.#forget(({ instrumentId }) => instrumentId.endsWith(`@${venueId}`))
    this.#canceler.requestAll(venueId, own, () => this.#options.usesCancelAll && (byOperator || !this.#hasForeign(venueId)))
    return own.length
  }

  /** What asked for the end of everything holds no more: the rest goes on by batches. */
  endCancelAll(): void {
    this.#canceler.endCancelAll()
  }

  /** Asks for the end of these orders by batches that wait for no rate budget, and forgets what the lines have decided and not sent. */
  cancelRecords(records: readonly OrderRecord[], forgets: (line: Line) => boolean): void {
    this.#forget(forgets)
    const byVenue = Map.groupBy(records, ({ proposal }) => proposal.venueId)
    for (const [venueId, chosen] of byVenue) this.#canceler.requestAll(venueId, chosen, null)
  }

  /** Brings the venue's orders and fills into the books; afterwards what is in doubt is being looked up. */
  async reconcile(venue: VenuePort, fillsSinceMs: number): Promise<Reconciliation> {
    const told = this.#strangers.get(venue.venueId)
    const found = await reconcile(this.#deps, this.reports, venue, fillsSinceMs)
    // One that was told of meanwhile may be missing in the list.
    if (this.#strangers.get(venue.venueId) === told) this.#strangers.delete(venue.venueId)
    this.#deadManOf(venue.venueId).afterConnect()
    for (const record of found.doubtful) this.#lookup.beginAfterLists(record)
    for (const record of this.#deps.orders.live()) {
      if (record.proposal.venueId === venue.venueId && this.#deps.orders.stateOrNull(record) === 'pending')
        this.#submitter.scheduleRetry(record)
    }
    return found
  }

  /** Puts replayed orders into the gate's book: the worst case of those that it does not know yet. */
  restore(venueId: VenueId): void {
    for (const record of this.#deps.orders.live()) {
      const isMissing = record.proposal.venueId === venueId && this.#deps.book.get(record.clientOrderId) === null
      if (isMissing) this.#deps.restoreReservation(record)
    }
  }

  /** Takes no new intents; what is in flight is finished by its answers. */
  closeIntake(reason: string): void {
    this.#submitter.close(reason)
    this.#forget(() => true)
  }

  /** Ends every timer and question. Orders stay as they are. */
  close(): void {
    this.#submitter.close('the desk is closed')
    this.#canceler.close()
    this.#lookup.close()
    this.reports.close()
    for (const deadMan of this.#deadMen.values()) deadMan.close()
    this.#deps.orders.stop()
  }

  /** Turns the venues' dead-man switches off, where nothing is left for them to do. */
  async disarmDeadMen(): Promise<void> {
    for (const deadMan of this.#deadMen.values()) await deadMan.disarm()
  }

  isDeadManArmed(venueId: VenueId): boolean {
    return this.#deadMen.get(venueId)?.isArmed ?? false
  }

  /** Forgets what was decided and has not been sent: whoever cancels wants the lines quiet. An operator's flatten goes on. */
  #forget(matches: (line: Line) => boolean): void {
    for (const [line, { intent }] of this.#deferred) if (matches(intent)) this.#deferred.delete(line)
    for (const [line, { intent, timer }] of this.#postponed) {
      if (!matches(intent)) continue
      this.#deps.clock.clearTimeout(timer)
      this.#postponed.delete(line)
    }
    for (const [line, waiting] of this.#busy) {
      if (waiting === null || waiting.terms.isOperatorFlatten || !matches(waiting.intent)) continue
      waiting.done(null)
      this.#busy.set(line, null)
    }
    this.#submitter.drop(matches, 'the orders of its line were cancelled before it was sent')
  }

  #onForeign(venueId: VenueId): void {
    this.#strangers.set(venueId, (this.#strangers.get(venueId) ?? 0) + 1)
    this.#options.onForeign(venueId)
  }

  /** Works an intent again once the venue's budget allows its amend; a newer intent of the line replaces it. */
  #postpone(line: string, { intent, terms }: Waiting, delayMs: number): void {
    const timer = this.#deps.clock.setTimeout(() => {
      this.#postponed.delete(line)
      if (!this.#isTooOld(intent)) void this.execute(intent, terms)
    }, delayMs)
    this.#postponed.set(line, { intent, timer })
  }

  /** What was decided too long ago is not traded on any more; the next decision plans anew. */
  #isTooOld(intent: Intent): boolean {
    return this.#deps.clock.now() - intent.decidedOnMs > TIMEFRAME_MS[intent.timeframe]
  }

  #hasForeign(venueId: VenueId): boolean {
    if (this.#strangers.has(venueId)) return true
    for (const { isForeign, proposal } of this.#deps.orders.live()) if (isForeign && proposal.venueId === venueId) return true
    return false
  }

  async #run(line: string, first: Waiting): Promise<void> {
    let next: Waiting | null = first
    while (next !== null) {
      this.#busy.set(line, null)
      next.done(await this.#work(line, next))
      next = this.#busy.get(line) ?? null
    }
    this.#busy.delete(line)
  }

  async #work(line: string, entry: Waiting): Promise<PlanResult | null> {
    const { intent, terms } = entry
    try {
      const facts = this.#options.planFacts(intent.botId, intent.instrumentId)
      const plan = this.#plan(intent, terms, facts)
      const waitMs = terms.isOperatorFlatten ? 0 : this.#amender.waitMs(intent, plan, facts.instrument, terms.routing)
      if (waitMs > 0) {
        this.#postpone(line, entry, waitMs)
        return { plan, isAmend: true, results: [{ kind: 'dropped', reason: `the amend waits ${waitMs} ms for the venue's budget` }] }
      }
      const amend = terms.isOperatorFlatten ? null : this.#amender.tryAmend(intent, plan, facts.instrument, terms)
      const isAmend = amend !== null
      this.#deps.journal.append(planDraft(intent, plan, isAmend, amend?.kind === 'blocked'))
      if (isAmend) return { plan, isAmend, results: amend.kind === 'blocked' && amend.awaited > 0 ? [amend] : [] }
      // Before the cancels: one of an order that was never sent has its evidence at once.
      if (plan.reason === 'awaiting_cancel') this.#deferred.set(line, { ...entry, done: () => undefined })
      for (const id of plan.cancels) {
        const record = this.#deps.orders.find(id)
        if (record !== null) this.#canceler.request(record)
      }
      const choices = { ...terms, intent: intentFactsOf(intent) }
      const results = await Promise.all(plan.proposals.map((proposal) => this.#submitter.submit(proposal, choices)))
      return { plan, isAmend, results }
    } catch (error) {
      this.#deps.log.error('an intent could not be planned', { intentId: intent.intentId, error: messageOf(error) })
      this.#deps.alerter.raise({
        severity: 'HIGH',
        code: 'PLAN_FAILED',
        text: `intent ${intent.intentId} could not be planned: ${messageOf(error)}`,
        details: { botId: intent.botId },
      })
      return null
    }
  }

  #plan(intent: Intent, terms: ExecutionTerms, facts: PlanFacts): Plan {
    const { orders, clock } = this.#deps
    const accountId = this.#deps.venue(facts.instrument.venueId).accountId
    return planIntent({
      intent,
      position: facts.position,
      working: workingOf(orders, intent.botId, intent.instrumentId, terms.isProtective === true ? facts.position : null),
      instrument: facts.instrument,
      quote: facts.quote,
      routing: terms.routing,
      sizing: { ...terms.sizing, orderNotionalMin: facts.orderNotionalMin },
      means: facts.means,
      // Index 0 always: a decision taken again after a restart gives the same ids. A plan that was put off had no orders yet.
      ids: { tag: this.#options.tag, accountId, firstIndex: 0 },
      nowMs: clock.now(),
    })
  }

  #onDemand(record: OrderRecord): void {
    this.#canceler.drive(record)
    const state = this.#deps.orders.stateOrNull(record)
    if (state === 'reconciling' || state === 'unresolved') this.#lookup.begin(record)
  }

  #onChange(record: OrderRecord): void {
    const { orders } = this.#deps
    const { venueId, botId, instrumentId } = record.proposal
    this.#amender.review(record)
    this.#deadManOf(venueId).review()
    if (!orders.isTerminal(record)) return
    this.#canceler.drive(record) // its timer has nothing left to wait for
    const line = lineOf(botId, instrumentId)
    const deferred = this.#deferred.get(line)
    if (deferred === undefined || [...orders.liveOf(botId, instrumentId)].some((live) => orders.isCancelRequested(live))) return
    this.#deferred.delete(line)
    if (this.#isTooOld(deferred.intent)) return
    // Not in the step that brought the evidence: a fill behind it may still be on its way into the books.
    this.#deps.clock.defer(() => void this.execute(deferred.intent, deferred.terms))
  }

  #deadManOf(venueId: VenueId): DeadMan {
    const known = this.#deadMen.get(venueId)
    if (known !== undefined) return known
    const deadMan = new DeadMan(this.#deps, venueId)
    this.#deadMen.set(venueId, deadMan)
    return deadMan
  }
}
