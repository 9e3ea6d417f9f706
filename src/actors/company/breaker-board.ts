import type { InspectionEvent } from 'xstate'
import { CommandRefusedError, mustExist, NotFoundError } from '#domain/errors'
import type { InstrumentId } from '#domain/ids'
import { type BreakerContext, type BreakerEvent, breakerMachine } from '#machines/breaker.machine'
import type { ClockPort } from '#ports/clock'
import type { JournalPort } from '#ports/journal'
import type { BreakerTrip } from '#risk/breakers/types'
import { ChartActor } from '../chart-actor'
import { keyOf, type ListedBreaker } from './breaker-list'
import type { BreakerMemory, CompanyMemory } from './memory'

export interface BreakerBoardDeps {
  readonly clock: ClockPort
  readonly journal: JournalPort
  readonly inspect: ((event: InspectionEvent) => void) | null
  /** The parent's transition: pauses or halts the scope. Idempotent; called anew after a restart (`isRestored`). */
  onTripped(breaker: Breaker, isRestored: boolean): void
  /** The breaker holds nothing any more. */
  onRearmed(breaker: Breaker): void
}

/** One breaker with what it watches. */
export interface Breaker extends ListedBreaker {
  readonly chart: ChartActor<typeof breakerMachine>
}

/**
 * The company's circuit breakers (RSK-08, RSK-10): each one's chart says what follows a trip, and its transition is in the journal before
 * its parent acts on it. Who watches the figures is `BreakerWatch`.
 */
export class BreakerBoard {
  readonly #deps: BreakerBoardDeps
  readonly #breakers = new Map<string, Breaker>()
  /** Those that hold their scope: tripped, or cooling. */
  readonly #holding = new Map<string, Breaker>()
  #reducing: string | null = null
  #disabled: ReadonlySet<InstrumentId> = new Set()
  #isRestoring = false

  constructor(deps: BreakerBoardDeps, list: readonly ListedBreaker[]) {
    this.#deps = deps
    for (const listed of list) this.#add(listed)
  }

  all(): readonly Breaker[] {
    return [...this.#breakers.values()]
  }

  /** Those that hold their scope now, in the order in which they tripped. */
  holding(): Iterable<Breaker> {
    return this.#holding.values()
  }

  /** The breaker that lets only reducing orders pass, and why; null without one. Drift apart, which the gate judges by itself. */
  get reducing(): string | null {
    return this.#reducing
  }

  /** True while a breaker keeps a market from being traded on, whoever would. */
  isDisabled(instrumentId: InstrumentId): boolean {
    return this.#disabled.has(instrumentId)
  }

  isHolding(breakerId: string): boolean {
    return this.#holding.has(breakerId)
  }

  /** @throws {NotFoundError} */
  find(breakerId: string): Breaker {
    const breaker = this.#breakers.get(breakerId)
    if (breaker === undefined) throw new NotFoundError(`there is no breaker "${breakerId}"`)
    return breaker
  }

  /** Other limits hold: what each breaker says of itself and does at its next trip. A cool-down under way, and its length, stay. */
  replan(list: readonly ListedBreaker[]): void {
    for (const listed of list) {
      const breaker = { ...this.find(listed.breakerId), plan: listed.plan }
      this.#breakers.set(breaker.breakerId, breaker)
      if (this.#holding.has(breaker.breakerId)) this.#holding.set(breaker.breakerId, breaker)
    }
  }

  has(breakerId: string): boolean {
    return this.#breakers.has(breakerId)
  }

  /** Brings breakers back as they stood. */
  start(memory: CompanyMemory): void {
    const atMs = this.#deps.clock.now()
    this.#isRestoring = true
    for (const { breakerId, plan, chart } of this.#breakers.values()) {
      const known = memory.breaker(breakerId)
      if (known === null || known.state === 'armed') continue
      chart.actor.send({ ...restoredOf(known, plan), state: known.state, type: 'breaker.restored', atMs, ...momentOf(known, plan) })
    }
    this.#isRestoring = false
  }

  stop(): void {
    for (const { chart } of this.#breakers.values()) chart.stop()
  }

  /** A rule's answer: nothing for null. */
  trip(breakerId: string, trip: BreakerTrip | null): void {
    if (trip === null) return
    const { chart, plan } = this.find(breakerId)
    chart.actor.send({ ...trip, type: 'breaker.trip', atMs: this.#deps.clock.now() })
    if (plan.isMoment) this.clear(breakerId, trip.value)
  }

  /** The condition of a tripped breaker is over. */
  clear(breakerId: string, value: string): void {
    this.find(breakerId).chart.actor.send({ type: 'breaker.cleared', value, atMs: this.#deps.clock.now() })
  }

  /**
   * Sees that an operator may sign a breaker off.
   * @throws {NotFoundError} for an id that is none.
   * @throws {CommandRefusedError} for one that is armed, or whose condition has to end first.
   */
  requireResettable(breakerId: string): void {
    const { context, value } = this.find(breakerId).chart.actor.getSnapshot()
    if (value === 'armed') throw new CommandRefusedError(`breaker ${breakerId} is ARMED: there is nothing to sign off`)
    if (ONGOING.includes(context.kind) && value === 'tripped')
      throw new CommandRefusedError(`breaker ${breakerId} holds as long as this does: ${context.reason ?? context.kind}`)
  }

  /** An operator signs a breaker off that holds; nothing happens to one that is armed. */
  reset(breakerId: string, operator: string): void {
    this.find(breakerId).chart.actor.send({ type: 'operator.reset', operator, atMs: this.#deps.clock.now() })
  }

  #add(listed: ListedBreaker): void {
    const { breakerId, plan, scope } = listed
    const { kind, threshold, rearm, coolDownMs } = plan
    const own = () => mustExist(this.#breakers.get(breakerId), `breaker ${breakerId} is not on the board`)
    // Told once the transition is in the journal: an act must never be known whose reason is not.
    const due: (() => void)[] = []
    const machine = breakerMachine.provide({
      actions: {
        notifyTripped: () => due.push(() => this.#deps.onTripped(own(), this.#isRestoring)),
        notifyRearmed: () => due.push(() => this.#deps.onRearmed(own())),
      },
    })
    const key = scope.kind === 'company' ? 'portfolio' : `${scope.kind}:${keyOf(scope)}`
    const chart = new ChartActor({
      id: `breaker:${breakerId}`,
      machine,
      input: { breakerId, kind, scope: key, threshold, rearm, coolDownMs },
      clock: this.#deps.clock,
      inspect: this.#deps.inspect,
      onChange: ({ from, to, snapshot }) => {
        if (from !== to) this.#journal(breakerId, from, to, snapshot.context)
        this.#note(own(), snapshot.hasTag('holding'))
        for (const tell of due.splice(0)) tell()
      },
      onCrash: () => undefined,
    })
    this.#breakers.set(breakerId, { ...listed, chart })
    chart.start()
  }

  #note(breaker: Breaker, isHolding: boolean): void {
    if (this.#holding.has(breaker.breakerId) === isHolding) return
    if (isHolding) this.#holding.set(breaker.breakerId, breaker)
    else this.#holding.delete(breaker.breakerId)
    const holding = [...this.#holding.values()]
    const reducing = holding.find(({ plan }) => plan.response === 'reduce' && plan.kind !== 'drift')
    this.#reducing = reducing === undefined ? null : `the company is reducing by the breaker ${reducing.breakerId}`
    this.#disabled = new Set(
      holding.flatMap(({ plan, scope }) => (plan.response === 'disable' && scope.kind === 'instrument' ? [scope.instrumentId] : [])),
    )
  }

  #journal(breakerId: string, from: string, to: string, context: BreakerContext): void {
    const { threshold, value, reason, trippedAtMs, rearmsAtMs, trips, lastOperator } = context
    this.#deps.journal.append({
      actor: `breaker:${breakerId}`,
      kind: 'breaker.transition',
      payload: { from, to, threshold, value, reason, trippedAtMs, rearmsAtMs, trips, operator: to === 'ARMED' ? lastOperator : null },
      correlationId: breakerId,
      causationSeq: null,
    })
  }
}

/** Kinds whose condition goes on by itself: to sign them off would only trip them again. */
const ONGOING: readonly string[] = ['staleness', 'drift', 'venueHealth']

type Stood = Pick<
  Extract<BreakerEvent, { type: 'breaker.restored' }>,
  'threshold' | 'value' | 'reason' | 'trippedAtMs' | 'rearmsAtMs' | 'trips'
>

function restoredOf(known: BreakerMemory, plan: ListedBreaker['plan']): Stood {
  const { threshold, value, reason, trippedAtMs, rearmsAtMs, trips } = known
  return { threshold: threshold === '' ? plan.threshold : threshold, value, reason, trippedAtMs, rearmsAtMs, trips }
}

/** One that only a crash kept from beginning its cool-down is cooling: its trip was the whole condition. */
function momentOf({ state, trippedAtMs }: BreakerMemory, { isMoment, coolDownMs }: ListedBreaker['plan']) {
  return isMoment && state === 'tripped' ? ({ state: 'cooling', rearmsAtMs: trippedAtMs + coolDownMs } as const) : {}
}
