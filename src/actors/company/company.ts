import type { InspectionEvent } from 'xstate'
import { InvariantError, mustExist } from '#domain/errors'
import type { AccountId, BotId, VenueId } from '#domain/ids'
import type { AlerterPort, LogPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import type { Operator } from '#ports/control'
import type { JournalEntry, JournalPort } from '#ports/journal'
import type { RandomPort } from '#ports/random'
import type { BarStorePort, PortfolioHistoryPort, SnapshotPort } from '#ports/store'
import type { MarketSubscription, VenuePort } from '#ports/venue'
import { ScopeEpochs } from '#risk/epoch'
import { RiskGate } from '#risk/gate'
import { BarHistory } from '../bots/bar-history'
import type { BotHost } from '../bots/bot-host'
import type { MakeRunner } from '../bots/bot-runner'
import type { BotSpec } from '../bots/bot-spec'
import { ChartActor } from '../chart-actor'
import { DeadLetters } from '../dead-letters'
import { OrderDesk } from '../desk/desk'
import { guardedVenue } from '../desk/guarded-venue'
import { OrderRegistry } from '../desk/order-registry'
import { Orders } from '../desk/orders'
import { MarketCache } from '../market-cache'
import type { Drawdowns } from '../portfolio/drawdowns'
import type { Portfolio } from '../portfolio/portfolio'
import type { PortfolioRecorder } from '../portfolio/recorder'
import { Supervisor } from '../supervisor'
import type { ChildSpec, SupervisorEvent } from '../supervision'
import type { VenueHost } from '../venues/venue-host'
import type { BotDesk } from './bot-desk'
import { makeBotDesk, makeUniverse } from './bot-parts'
import { botChild, venueChild } from './children'
import type { BreakerBoard } from './breaker-board'
import type { BreakerWatch } from './breaker-watch'
import { makeBoard, makeBreakerWatch, makeDrawdowns, subjectsOf } from './breakers'
import type { Capital } from './capital'
import { ConfigChanges } from './config-changes'
import type { ConfigPlanner } from './config-planner'
import { Emergencies } from './emergencies'
import { type ErrorSource, ErrorTally, noted } from './error-tally'
import type { GateFacts } from './gate-facts'
import { makeGateParts } from './gate-parts'
import { KillSwitch } from './kill-switch'
import { Lifecycle } from './lifecycle'
import { LimitBook } from './limit-book'
import { CompanyMemory } from './memory'
import { makeCapital, makePortfolio, makeRecorder, makeSynchroniser, watchExternalActivity } from './portfolio-parts'
import { PriceWatch } from './price-watch'
import type { Protections } from '../protection/protections'
import { makeProtections } from './protection-parts'
import { tolerant } from './tolerant-journal'
import { tolerantStores } from './tolerant-store'
import type { ReducingScopes } from './reducing-scopes'
import type { Reservations } from './reservations'
import { ScopeHolds } from './scope-holds'
import type { CompanySettings } from './settings'
import type { Synchroniser } from './synchroniser'
import type { ThrottleBoard } from './throttle-board'
import type { UniverseWatch } from './universe-watch'

export interface CompanyDeps {
  readonly clock: ClockPort
  readonly random: RandomPort
  readonly journal: JournalPort
  readonly bars: BarStorePort
  readonly snapshots: SnapshotPort
  readonly history: PortfolioHistoryPort
  readonly alerter: AlerterPort
  readonly log: LogPort
  readonly venues: readonly VenuePort[]
  readonly bots: readonly BotSpec[]
  /** What the company wants to see of a venue's markets. */
  subscriptionsOf(venueId: VenueId): readonly MarketSubscription[]
  readonly settings: CompanySettings
  /** Works changes of limits out; null where they cannot be changed. */
  readonly planner: ConfigPlanner | null
  readonly inspect: ((event: InspectionEvent) => void) | null
  /** Makes the bots' runners in place of those that follow the venues' bars; null for those. */
  readonly makeRunner: MakeRunner | null
}

/** The running company: every part, wired once. The director's chart says what may happen; this file does what its states demand. */
export class Company {
  readonly deps: CompanyDeps
  readonly epochs = new ScopeEpochs()
  readonly deadLetters: DeadLetters
  readonly market: MarketCache
  readonly barHistory: BarHistory
  readonly portfolio: Portfolio
  readonly recorder: PortfolioRecorder
  readonly prices: PriceWatch
  readonly capital: Capital
  readonly orders: Orders
  readonly registry: OrderRegistry
  /** The limits in force, by bot and venue. */
  readonly limits: LimitBook
  readonly gate: RiskGate
  readonly desk: OrderDesk
  readonly facts: GateFacts
  readonly throttles: ThrottleBoard
  readonly universe: UniverseWatch
  readonly reducing: ReducingScopes
  readonly reservations: Reservations
  readonly botDesk: BotDesk
  readonly protections: Protections
  /** Raises alerts in the company's name: critical ones count as its errors. */
  readonly alerter: AlerterPort
  readonly drawdowns: Drawdowns
  readonly errors = new ErrorTally()
  /** Changes of limits and thresholds while the company runs. */
  readonly changes: ConfigChanges
  readonly board: BreakerBoard
  readonly breakerWatch: BreakerWatch
  readonly killSwitch: KillSwitch
  readonly synchroniser: Synchroniser
  readonly scopeHolds: ScopeHolds
  readonly emergencies: Emergencies
  readonly lifecycle: Lifecycle
  readonly #botListeners = new Set<(host: BotHost) => void>()
  readonly memory = new CompanyMemory()
  readonly director: ChartActor<ReturnType<Lifecycle['machine']>>
  readonly venues = new Map<VenueId, VenueHost>()
  readonly #ports: ReadonlyMap<VenueId, VenuePort>
  readonly bots = new Map<BotId, BotHost>()
  readonly venueSupervisor: Supervisor
  readonly botSupervisor: Supervisor
  readonly restarts = new Map<string, number>()
  readonly #done: Promise<{ readonly exitCode: 0 | 1; readonly error: string | null }>
  #shown = ''

  constructor(given: CompanyDeps) {
    const venues = given.venues.map(guardedVenue) // nobody in here holds another one
    const deps = { ...given, venues, journal: tolerant(given.journal, given.log), ...tolerantStores(given) }
    this.deps = deps
    this.#ports = new Map(venues.map((venue) => [venue.venueId, venue]))
    const { clock, journal, log, settings, inspect } = deps
    this.alerter = noted(deps.alerter, journal)
    const { alerter } = this
    this.deadLetters = new DeadLetters((letter) => log.warn('dead letter', { ...letter }))
    this.market = new MarketCache(clock)
    this.barHistory = new BarHistory(deps.bars, (instrumentId) => this.venueOf(this.market.instrument(instrumentId).venueId))
    this.portfolio = makePortfolio(deps, this.market, (venueId) => this.accountOf(venueId))
    this.recorder = makeRecorder(deps, this.portfolio)
    this.prices = new PriceWatch(this)
    const onCrash = (id: string, error: unknown) => this.#onFatal(`order chart ${id}`, error)
    this.registry = new OrderRegistry({ deadLetters: this.deadLetters, onCrash, inspect })
    const { retireAfterMs, sweepMs } = settings
    this.orders = new Orders({ clock, journal, alerter, actors: this.registry, retireAfterMs, sweepMs })
    this.limits = new LimitBook(settings.limits)
    this.gate = new RiskGate(this.limits.limitsOf)
    this.capital = makeCapital(deps, this.portfolio, this.gate.book)
    this.universe = makeUniverse(this)
    const parts = makeGateParts(this)
    ;({ facts: this.facts, throttles: this.throttles, reducing: this.reducing, reservations: this.reservations } = parts)
    this.desk = this.#makeDesk()
    this.synchroniser = makeSynchroniser(this)
    this.killSwitch = new KillSwitch({
      clock,
      journal,
      alerter: deps.alerter,
      onTripped: (reason) => this.halt('killSwitch', reason),
      onCleared: () => this.release('killSwitch'),
    })
    this.scopeHolds = new ScopeHolds(this)
    this.emergencies = new Emergencies(this)
    this.drawdowns = makeDrawdowns(this)
    this.changes = new ConfigChanges(this, subjectsOf(deps))
    this.board = makeBoard(this)
    this.breakerWatch = makeBreakerWatch(this)
    this.protections = makeProtections(this)
    this.botDesk = makeBotDesk(this)
    this.venueSupervisor = this.#makeSupervisor(
      'venues',
      deps.venues.map((venue) => venueChild(this, venue)),
    )
    this.botSupervisor = this.#makeSupervisor(
      'bots',
      deps.bots.map((bot) => botChild(this, bot)),
    )
    this.lifecycle = new Lifecycle(this)
    this.lifecycle.replay()
    this.changes.restore()
    this.director = this.#makeDirector()
    this.#done = new Promise((resolve) => {
      this.director.actor.subscribe({
        complete: () => resolve(mustExist(this.director.actor.getSnapshot().output, 'the director ended without output')),
        error: (error) => resolve({ exitCode: 1, error: String(error) }),
      })
    })
    watchExternalActivity(deps, this.portfolio)
    this.portfolio.onPosting((posting, realized) => {
      if (posting.kind === 'fill') this.breakerWatch.afterFill(realized?.botId ?? null)
    })
    journal.onFailure((error) => this.halt('journal', `the journal failed: ${error.message}`))
  }

  /** Resolves when the company has ended: after an orderly stop, or a failure. */
  get done(): Promise<{ readonly exitCode: 0 | 1; readonly error: string | null }> {
    return this.#done
  }

  start(): void {
    this.director.start()
  }

  /** Begins an orderly stop; `done` tells its end. */
  stop(reason: string): void {
    this.director.actor.send({ type: 'system.stop', reason, atMs: this.deps.clock.now() })
  }

  halt(source: string, text: string): void {
    const atMs = this.deps.clock.now()
    this.epochs.bump({ kind: 'company' })
    this.director.actor.send({ type: 'system.halt', reason: { source, text, sinceMs: atMs }, atMs })
  }

  pause(source: string, text: string): void {
    const atMs = this.deps.clock.now()
    this.epochs.bump({ kind: 'company' })
    this.director.actor.send({ type: 'system.pause', reason: { source, text, sinceMs: atMs }, atMs })
  }

  resume(source: string): void {
    this.director.actor.send({ type: 'system.resume', source, atMs: this.deps.clock.now() })
  }

  reset(operator: Operator): void {
    this.director.actor.send({ type: 'operator.reset', operator: operator.name, atMs: this.deps.clock.now() })
  }

  /** Signs off what holds the company and only an operator re-arms; part of a reset of the company. */
  resetBreakers(operator: string): void {
    for (const { breakerId, plan, scope } of [...this.board.holding()])
      if (scope.kind === 'company' && plan.rearm === 'operator') this.resetBreaker(breakerId, operator)
  }

  /** An operator re-arms a breaker before its time, or one that waits for him. @throws {NotFoundError} for an id that is none. */
  resetBreaker(breakerId: string, operator: string): void {
    const { plan } = this.board.find(breakerId)
    this.board.reset(breakerId, operator)
    // What was signed off must not trip it again at the next mark.
    if (plan.kind === 'dailyLoss') this.portfolio.forgetDayLoss()
  }

  /** Counts the errors that a journal entry tells of; returns whose they are. */
  countErrors(entry: Pick<JournalEntry, 'kind' | 'payload' | 'correlationId' | 'atMs'>): readonly ErrorSource[] {
    return this.errors.onEntry(entry, (clientOrderId) => this.orders.find(clientOrderId)?.proposal.instrumentId ?? null)
  }

  venueOf(venueId: VenueId): VenuePort {
    const port = this.#ports.get(venueId)
    if (port === undefined) throw new InvariantError(`the company has no venue ${venueId}`)
    return port
  }

  accountOf(venueId: VenueId): AccountId {
    return this.venueOf(venueId).accountId
  }

  botOf(botId: string): BotHost | null {
    return this.bots.get(botId as BotId) ?? null
  }

  /** Lets go of a hold on the director that is not an operator's. */
  release(source: string): void {
    this.epochs.bump({ kind: 'company' })
    this.resume(source)
  }

  #onFatal(what: string, error: unknown): void {
    this.deps.log.fatal(`${what} threw`, { error: String(error) })
    this.killSwitch.trip(`fatal inconsistency: ${what}`, 'internal', null)
  }

  #makeDesk(): OrderDesk {
    const { alerter } = this
    const { clock, journal, log, settings } = this.deps
    return new OrderDesk(
      {
        clock,
        journal,
        alerter,
        log,
        gate: this.gate,
        book: this.gate.book,
        epochs: this.epochs,
        orders: this.orders,
        facts: this.facts,
        fills: this.portfolio,
        settings: settings.desk,
        venue: (venueId) => this.venueOf(venueId),
        restoreReservation: (record) => this.reservations.restore(record),
      },
      {
        tag: settings.tag,
        usesCancelAll: settings.cancelAllCommand,
        planFacts: (botId, instrumentId) => this.facts.planFacts(botId, instrumentId),
        onForeign: (venueId) =>
          this.venues.get(venueId)?.send({ type: 'venue.resync', reason: 'an order that is not in our journal', atMs: clock.now() }),
      },
    )
  }

  #makeSupervisor(id: string, specs: readonly ChildSpec[]): Supervisor {
    const { clock, random } = this.deps
    return new Supervisor(
      {
        id,
        strategy: 'oneForOne',
        childrenMax: 500,
        clock,
        random,
        deadLetters: this.deadLetters,
        onEvent: (event) => this.#onSupervisor(event),
        onFailed: (error) => this.#onFatal(id, error),
      },
      specs,
    )
  }

  /** Tells watchers that a bot has done something. */
  noteActivity(botId: BotId): void {
    const host = this.bots.get(botId)
    if (host !== undefined) for (const listener of this.#botListeners) listener(host)
  }

  /** Tells watchers that a bot changed; its scope's verdicts lapse. */
  noteBotChange(host: BotHost): void {
    this.epochs.bump({ kind: 'bot', botId: host.spec.botId })
    if (this.#isHeldByNobody(host)) this.deps.clock.defer(() => this.#isHeldByNobody(host) && host.leaveHalt('parent'))
    for (const listener of this.#botListeners) listener(host)
  }

  /** True for a bot that was halted with the company and was kept from leaving with it, by a venue or a breaker that holds no more. */
  #isHeldByNobody(host: BotHost): boolean {
    return host.isHalted && host.context.reasons.length === 0 && this.director.actor.getSnapshot().hasTag('trading')
  }

  /** Calls `listener` after each change of a bot's state or holds. */
  onBotChange(listener: (host: BotHost) => void): void {
    this.#botListeners.add(listener)
  }

  #onSupervisor(event: SupervisorEvent): void {
    const { journal, log } = this.deps
    if (event.type === 'child.restarting') this.restarts.set(event.childId, (this.restarts.get(event.childId) ?? 0) + 1)
    if (event.type === 'child.failed') log.error(`${event.childId} failed`, { error: event.error })
    if (event.type === 'child.escalated' || event.type === 'child.restarting' || event.type === 'child.failed') {
      const { cause: _cause, ...facts } = { cause: null, ...event }
      journal.append({ actor: 'supervisor', kind: event.type, payload: { ...facts }, correlationId: event.childId, causationSeq: null })
    }
    if (event.type !== 'child.escalated') return
    this.alerter.raise({
      severity: 'CRITICAL',
      code: 'RESTARTS_SPENT',
      text: `${event.childId} failed too often: ${event.error}`,
      details: { childId: event.childId },
    })
    // A bot whose budget is spent halts: an operator looks at it before it trades again.
    const atMs = event.atMs
    this.botOf(event.childId.replace('bot:', ''))?.send({
      type: 'system.halt',
      reason: { source: 'supervisor', text: `failed too often: ${event.error}`, sinceMs: atMs },
      atMs,
    })
  }

  #makeDirector() {
    const { clock, journal, settings, inspect, log } = this.deps
    return new ChartActor({
      id: 'director',
      machine: this.lifecycle.machine(),
      input: {
        reasons: this.memory.reasons,
        isHaltLatched: this.memory.isHaltLatched || this.memory.killSwitch !== null,
        stopTimeoutMs: settings.stopDeadlineMs * 6,
      },
      clock,
      inspect,
      onChange: ({ from, to, snapshot }) => {
        const shown = `${to} ${snapshot.context.reasons.map((reason) => reason.source).join()}`
        if (shown === this.#shown) return
        this.#shown = shown
        if (from !== to) log.info(`company: ${from} → ${to}`, snapshot.context.note === '' ? {} : { note: snapshot.context.note })
        const { reasons, note, error } = snapshot.context
        journal.append({
          actor: 'director',
          kind: 'company.transition',
          payload: { from, to, reasons: reasons.map((reason) => ({ ...reason })), note, error },
          correlationId: null,
          causationSeq: null,
        })
      },
      onCrash: (error) => log.fatal('the director threw', { error }),
    })
  }
}
