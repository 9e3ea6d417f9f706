import { type EmergencyScope, reaches, scopeText } from '#domain/emergency-scope'
import { CommandRefusedError } from '#domain/errors'
import { readKillFile } from '#domain/kill-file'
import type { EmergencyView, Operator } from '#ports/control'
import type { OrderRecord } from '../desk/order-record'
import { strategiesOf } from '../bots/bot-spec'
import type { Company } from './company'
import type { EmergencyFacts } from './emergency-memory'
import { EmergencyRun, holds } from './emergency-run'
import { requireScope } from './known-scope'

/** How often it is looked what became of what is to end, ms. */
const POLL_MS = 50
/** Emergencies that are over and still shown. */
const SHOWN_MAX = 20

/** What an operator asks for. */
export interface EmergencyRequest {
  readonly scope: EmergencyScope
  readonly shouldFlatten: boolean
  readonly reason: string
}

/**
 * The emergency halt (RUN-12, EXE-11, RSK-09): holds everything in a scope and cancels its orders in one step, then follows each order to
 * the venue's evidence of its end, closes the positions where asked, and tells what it could not end. It asks nothing of the bots, so that
 * a strategy that crashed is halted like any other; it survives a restart through the journal.
 */
export class Emergencies {
  readonly #company: Company
  readonly #runs: EmergencyRun[] = []
  #timer: unknown = null
  #isStopped = false

  constructor(company: Company) {
    this.#company = company
  }

  /** Newest first. */
  views(): readonly EmergencyView[] {
    return this.#runs.map((run) => run.view()).reverse()
  }

  /** True while an emergency halt of the whole company is under way: an operator asks for the end of every order, others' too. */
  get isOfAll(): boolean {
    return this.#runs.some(({ isOver, facts }) => !isOver && facts.scope.kind === 'all')
  }

  /**
   * Begins an emergency halt, or does again what one of the same scope that is under way has done. What it holds is held, and what it
   * cancels is on its way, when this returns.
   * @throws {NotFoundError} for a venue, market, strategy, bot or order that is not there.
   * @throws {CommandRefusedError} for an order that is over, and for closing the position of an order.
   */
  begin({ scope, shouldFlatten, reason }: EmergencyRequest, source: 'api' | 'file', operator: Operator): EmergencyView {
    this.#require(scope, shouldFlatten)
    const { journal, clock, alerter } = this.#company.deps
    const text = scopeText(scope)
    const known = this.#runs.find((run) => !run.isOver && scopeText(run.facts.scope) === text)
    const facts: EmergencyFacts = {
      emergencyId: known?.facts.emergencyId ?? this.#newId(),
      scope,
      shouldFlatten: shouldFlatten || known?.facts.shouldFlatten === true,
      reason,
      source,
      operator: operator.name,
      address: operator.address,
      beganAtMs: known?.facts.beganAtMs ?? clock.now(),
    }
    journal.append({
      actor: 'emergency',
      kind: 'emergency.begun',
      payload: {
        scope: text,
        shouldFlatten: facts.shouldFlatten,
        reason,
        source,
        operator: operator.name,
        address: operator.address,
        // Held from this entry on: also those that are started later, in this life or the next.
        bots: scope.kind === 'all' ? [] : this.#company.deps.bots.filter((bot) => holds(scope, bot)).map((bot) => bot.botId),
      },
      correlationId: facts.emergencyId,
      causationSeq: null,
    })
    alerter.raise({
      severity: 'CRITICAL',
      code: 'EMERGENCY',
      text: `emergency halt (${text})${facts.shouldFlatten ? ', closing positions' : ''} by ${operator.name}: ${reason}`,
      details: { emergencyId: facts.emergencyId, scope: text, shouldFlatten: facts.shouldFlatten },
    })
    const run = known ?? new EmergencyRun(this.#company, facts)
    run.facts = facts
    if (known === undefined) this.#add(run)
    this.#act(run)
    run.step()
    this.#plan()
    return run.view()
  }

  /** The flag file came, changed or went (null). Whatever it says, the company halts (RSK-09). */
  onFlagFile(text: string | null): void {
    const { killSwitch, memory, deps } = this.#company
    if (text === null) return killSwitch.flag(null)
    const { reason, shouldFlatten, problem } = readKillFile(text)
    if (problem !== null)
      deps.alerter.raise({
        severity: 'HIGH',
        code: 'KILL_FILE_INVALID',
        text: `the flag file halts the company, and closes no position: ${problem}`,
        details: {},
      })
    const { lastAll } = memory.emergencies
    const isNews = memory.killSwitch === null || lastAll === null || (shouldFlatten && lastAll !== 'flatten')
    const why = reason === '' ? 'the flag file was found' : reason
    if (isNews) this.begin({ scope: { kind: 'all' }, shouldFlatten, reason: why }, 'file', { name: 'file', address: 'data directory' })
    killSwitch.flag(why)
  }

  /** Goes on with what the journal tells was under way when the company last ran. */
  resume(): void {
    for (const facts of this.#company.memory.emergencies.open) {
      if (this.#runs.some((run) => run.facts.emergencyId === facts.emergencyId)) continue
      const run = new EmergencyRun(this.#company, facts)
      this.#add(run)
      // The journal may have ended before it was written that the switch was tripped.
      const { killSwitch } = this.#company
      if (facts.scope.kind === 'all' && !killSwitch.isActive) killSwitch.trip(facts.reason, facts.source, operatorOf(facts))
    }
    this.#plan()
  }

  /** Ends the watch; what is under way goes on when the company starts again. */
  stop(): void {
    this.#isStopped = true
    this.#company.deps.clock.clearTimeout(this.#timer)
    this.#timer = null
  }

  #require(scope: EmergencyScope, shouldFlatten: boolean): void {
    requireScope(this.#company, scope)
    if (scope.kind !== 'order') return
    if (this.#company.orders.find(scope.clientOrderId)?.isOver === true)
      throw new CommandRefusedError(`order ${scope.clientOrderId} is over: there is nothing to cancel`)
    if (shouldFlatten) throw new CommandRefusedError('an order has no position of its own: name its bot or its market to close one')
  }

  #newId(): string {
    const id = `emergency-${this.#company.deps.journal.headSeq + 1}`
    // A journal that has failed gives the same number for ever.
    const twins = this.#runs.filter(({ facts }) => facts.emergencyId === id || facts.emergencyId.startsWith(`${id}.`)).length
    return twins === 0 ? id : `${id}.${twins}`
  }

  #add(run: EmergencyRun): void {
    this.#runs.push(run)
    const over = this.#runs.filter(({ isOver }) => isOver)
    if (over.length <= SHOWN_MAX) return
    const [oldest] = over
    if (oldest !== undefined) this.#runs.splice(this.#runs.indexOf(oldest), 1)
  }

  /** Cancels and holds. The cancels go first: a bot that is halted would cancel its own one by one. */
  #act(run: EmergencyRun): void {
    const { bots, killSwitch } = this.#company
    const { scope, reason, source, operator } = run.facts
    run.survey()
    if (scope.kind === 'all') {
      killSwitch.trip(reason, source, operatorOf(run.facts))
      return
    }
    this.#cancel(run, run.unended())
    for (const host of bots.values()) if (holds(scope, host.spec)) host.halt(operator, reason)
  }

  #cancel(run: EmergencyRun, records: readonly OrderRecord[]): void {
    const { scope } = run.facts
    const forgets = (line: { readonly botId: string; readonly instrumentId: string }): boolean =>
      this.#strategiesOf(line.botId).some((strategyId) => reaches(scope, { ...line, strategyId }))
    this.#company.desk.cancelRecords(records, forgets)
  }

  /** Those of a bot; null alone for one that is not configured. */
  #strategiesOf(botId: string): readonly (string | null)[] {
    const spec = this.#company.deps.bots.find((bot) => bot.botId === botId)
    return spec === undefined ? [null] : strategiesOf(spec)
  }

  #plan(): void {
    if (this.#timer !== null || this.#isStopped || this.#runs.every(({ isOver }) => isOver)) return
    this.#timer = this.#company.deps.clock.setTimeout(() => {
      this.#timer = null
      for (const run of this.#runs) if (!run.isOver) this.#tick(run)
      this.#plan()
    }, POLL_MS)
  }

  /** What came to be known meanwhile is cancelled like the rest: an order that nobody had answered, one that another placed. */
  #tick(run: EmergencyRun): void {
    const found = [...run.survey(), ...run.overstayed()]
    if (found.length > 0) this.#cancel(run, found)
    run.step()
  }
}

function operatorOf({ operator, address }: EmergencyFacts): Operator {
  return { name: operator, address }
}
