import type { InspectionEvent } from 'xstate'
import { mustExist, NotFoundError } from '#domain/errors'
import type { BotId, InstrumentId } from '#domain/ids'
import { type BreakerContext, type BreakerInput, breakerMachine } from '#machines/breaker.machine'
import type { ClockPort } from '#ports/clock'
import type { JournalPort } from '#ports/journal'
import { type BreakerLimits, type BreakerTrip, evaluateConsecutiveLosses, evaluateDailyLoss, evaluateStaleness } from '#risk/breakers'
import { ChartActor } from '../chart-actor'
import type { MarketCache } from '../market-cache'
import type { Portfolio } from '../portfolio/portfolio'
import type { CompanyMemory } from './memory'

export interface BreakerBoardDeps {
  readonly clock: ClockPort
  readonly journal: JournalPort
  readonly market: MarketCache
  readonly portfolio: Portfolio
  readonly limits: BreakerLimits
  /** How often data ages are looked at, ms: a stale market is noticed within its limit and this. Null for never. */
  readonly watchMs: number | null
  readonly inspect: ((event: InspectionEvent) => void) | null
  /** The parent's transition: pauses or halts the scope. Idempotent. */
  onTripped(breaker: Breaker): void
  /** The breaker holds nothing any more. */
  onRearmed(breaker: Breaker): void
}

/** One breaker with what it watches. */
export interface Breaker {
  readonly breakerId: string
  readonly kind: BreakerTrip['kind']
  readonly scope:
    | { readonly kind: 'company' }
    | { readonly kind: 'bot'; readonly botId: BotId }
    | { readonly kind: 'instrument'; readonly instrumentId: InstrumentId }
  readonly chart: ChartActor<typeof breakerMachine>
}

/** The company's circuit breakers: watches figures by pure rules and lets each breaker's chart say what follows (RSK-08, RSK-10). */
export class BreakerBoard {
  readonly #deps: BreakerBoardDeps
  readonly #breakers = new Map<string, Breaker>()
  #timer: unknown = null

  constructor(deps: BreakerBoardDeps, bots: readonly BotId[], instruments: readonly InstrumentId[]) {
    this.#deps = deps
    const { limits } = deps
    this.#add('dailyLoss', { kind: 'company' }, { threshold: limits.dailyLossRatioMax, rearm: 'operator', coolDownMs: 0 })
    for (const botId of bots) {
      this.#add(
        'consecutiveLosses',
        { kind: 'bot', botId },
        { threshold: String(limits.consecutiveLossesMax), rearm: 'auto', coolDownMs: limits.consecutiveLossPauseMs },
      )
    }
    for (const instrumentId of instruments) {
      this.#add(
        'staleness',
        { kind: 'instrument', instrumentId },
        { threshold: String(limits.quoteAgeMsMax), rearm: 'auto', coolDownMs: limits.stalenessCoolDownMs },
      )
    }
  }

  all(): readonly Breaker[] {
    return [...this.#breakers.values()]
  }

  find(breakerId: string): Breaker {
    const breaker = this.#breakers.get(breakerId)
    if (breaker === undefined) throw new NotFoundError(`there is no breaker "${breakerId}"`)
    return breaker
  }

  /** Brings breakers back as they stood and begins to watch. */
  start(memory: CompanyMemory): void {
    const atMs = this.#deps.clock.now()
    for (const { breakerId, chart } of this.#breakers.values()) {
      const known = memory.breaker(breakerId)
      if (known === null || known.state === 'armed') continue
      chart.actor.send({ ...known, type: 'breaker.restored', state: known.state, atMs })
    }
    this.#watch()
  }

  stop(): void {
    this.#deps.clock.clearTimeout(this.#timer)
    this.#timer = null
    for (const { chart } of this.#breakers.values()) chart.stop()
  }

  /** Looks at the figures that a fill changes: the day's loss, the bot's run of losses. */
  afterFill(botId: BotId | null): void {
    const { portfolio, limits } = this.#deps
    this.#judge('dailyLoss:company', evaluateDailyLoss(portfolio.dayFigures, limits))
    if (botId === null) return
    const breakerId = `consecutiveLosses:${botId}`
    if (!this.#breakers.has(breakerId)) return
    const trip = evaluateConsecutiveLosses(botId, portfolio.statsOf(botId).streak, limits)
    this.#judge(breakerId, trip)
    if (trip === null) return
    // The run itself is over at once; what remains is its cool-down.
    portfolio.forgetLosses(botId)
    this.find(breakerId).chart.actor.send({ type: 'breaker.cleared', value: trip.value, atMs: this.#deps.clock.now() })
  }

  /** An operator signs a tripped breaker off. */
  reset(breakerId: string, operator: string): void {
    const { kind, chart } = this.find(breakerId)
    // What was signed off must not trip it again at the next mark.
    if (kind === 'dailyLoss' && chart.state !== 'ARMED') this.#deps.portfolio.forgetDayLoss()
    chart.actor.send({ type: 'operator.reset', operator, atMs: this.#deps.clock.now() })
  }

  #watch(): void {
    if (this.#deps.watchMs === null) return
    this.#timer = this.#deps.clock.setTimeout(() => {
      for (const { scope, breakerId } of this.#breakers.values())
        if (scope.kind === 'instrument') this.#watchData(breakerId, scope.instrumentId)
      this.#watch()
    }, this.#deps.watchMs)
  }

  #watchData(breakerId: string, instrumentId: InstrumentId): void {
    const { market, clock, limits } = this.#deps
    const { actor } = this.find(breakerId).chart
    const state = actor.getSnapshot().value
    const times = market.timesOf(instrumentId)
    const trip = evaluateStaleness(times, clock.now(), limits)
    if (trip !== null && state !== 'tripped') this.#judge(breakerId, trip)
    else if (trip === null && state === 'tripped') actor.send({ type: 'breaker.cleared', value: '0', atMs: clock.now() })
  }

  #judge(breakerId: string, trip: BreakerTrip | null): void {
    if (trip === null) return
    this.find(breakerId).chart.actor.send({ type: 'breaker.trip', value: trip.value, reason: trip.reason, atMs: this.#deps.clock.now() })
  }

  #add(kind: Breaker['kind'], scope: Breaker['scope'], rule: Pick<BreakerInput, 'threshold' | 'rearm' | 'coolDownMs'>): void {
    const key = scope.kind === 'bot' ? scope.botId : scope.kind === 'instrument' ? scope.instrumentId : 'company'
    const breakerId = `${kind}:${key}`
    const own = () => mustExist(this.#breakers.get(breakerId), `breaker ${breakerId} is not on the board`)
    const machine = breakerMachine.provide({
      actions: { notifyTripped: () => this.#deps.onTripped(own()), notifyRearmed: () => this.#deps.onRearmed(own()) },
    })
    const chart = new ChartActor({
      id: `breaker:${breakerId}`,
      machine,
      input: { breakerId, kind, scope: scope.kind === 'company' ? 'portfolio' : `${scope.kind}:${key}`, ...rule },
      clock: this.#deps.clock,
      inspect: this.#deps.inspect,
      onChange: ({ from, to, snapshot }) => {
        if (from !== to) this.#journal(breakerId, from, to, snapshot.context)
      },
      onCrash: () => undefined,
    })
    this.#breakers.set(breakerId, { breakerId, kind, scope, chart })
    chart.start()
  }

  #journal(breakerId: string, from: string, to: string, context: BreakerContext): void {
    const { value, reason, trippedAtMs, rearmsAtMs, trips } = context
    this.#deps.journal.append({
      actor: `breaker:${breakerId}`,
      kind: 'breaker.transition',
      payload: { from, to, value, reason, trippedAtMs, rearmsAtMs, trips },
      correlationId: breakerId,
      causationSeq: null,
    })
  }
}
