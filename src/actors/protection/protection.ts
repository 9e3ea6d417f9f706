import { type Decimal, isGreater, isNegative, isZero, maximum, subtract, absolute } from '#domain/decimal'
import { messageOf } from '#domain/errors'
import { type InstrumentId, venueOf } from '#domain/ids'
import type { Intent } from '#domain/intent'
import type { JsonObject } from '#domain/json'
import { type ProtectionEvent, protectionMachine } from '#machines/protection.machine'
import {
  bestOf,
  closingPrice,
  collarOf,
  type ExitStep,
  hitOf,
  isClosable,
  LAST_STEP,
  levelsOf,
  type ProtectionHit,
  type ProtectionLevels,
  stepOf,
  type RestingStop,
  restingStopOf,
  trailOf,
  trailStepOf,
} from '#risk/protection'
import type { BotSpec } from '../bots/bot-spec'
import { ChartActor } from '../chart-actor'
import type { ExecutionTerms, PlanResult } from '../desk/desk'
import type { OrderRecord } from '../desk/order-record'
import { closingIntent, collaredWish, exitTerms, PROTECTION_MARK, rests } from './closing-intent'
import { ExitWaits } from './exit-waits'
import { HitDoubt } from './hit-doubt'
import { isNativeStop, NativeStop } from './native-stop'
import { ProtectionAlerts } from './protection-alerts'
import type { ProtectionDeps } from './protection-deps'
import type { ProtectionLine } from './protection-memory'

/** Longest pause before an exit is tried again, ms. */
const RETRY_MAX_MS = 10_000
/** An exit that was refused so often in a row alerts, and again each time as often. */
const STUCK_EVERY = 10
/** A step whose orders are canceled so often, and not by us, is left for the next. */
const CANCELS_MAX = 3

/**
 * The stop, target and trailing stop of one bot's position on one instrument (EXE-13): watches the market's quotes through a plain
 * function, and closes the position through desk and gate like any order. What it holds is in the journal before it acts on it.
 */
export class Protection {
  readonly spec: BotSpec
  readonly instrumentId: InstrumentId
  readonly #deps: ProtectionDeps
  readonly #chart: ChartActor<ReturnType<Protection['machine']>>
  readonly #alerts: ProtectionAlerts
  readonly #waits: ExitWaits
  readonly #native: NativeStop
  readonly #doubt: HitDoubt
  #unwatch: (() => void) | null = null
  /** Orders of the present step that ended by a cancel which we did not ask for. */
  #strangeCancels = 0
  /** The best price of the position; journaled in steps. */
  #best: Decimal | null

  /** @param onTransition told of each change of state. */
  constructor(spec: BotSpec, instrumentId: InstrumentId, deps: ProtectionDeps, onTransition: (from: string, to: string) => void) {
    this.spec = spec
    this.instrumentId = instrumentId
    this.#deps = deps
    this.#best = this.line.best
    this.#alerts = new ProtectionAlerts(deps.alerter, spec.botId, instrumentId)
    this.#waits = new ExitWaits(deps.clock, (count, reason) => this.#alerts.stuck(stepOf(this.line.step), count, reason))
    this.#doubt = new HitDoubt(deps.clock, () => this.#look())
    this.#native = new NativeStop(spec, instrumentId, deps, {
      wanted: () => this.#restingStop(),
      rests: () => this.line.rests,
      journal: (kind, payload) => this.#journal(kind, payload),
      onDue: () => this.#look(),
    })
    const { escalateAfterMs, retryMs } = spec.protection
    this.#chart = new ChartActor({
      id: `protection:${spec.botId}:${instrumentId}`,
      machine: this.machine(),
      input: {
        lineId: `${spec.botId} ${instrumentId}`,
        lastStep: LAST_STEP,
        escalateAfterMs,
        retryMs,
        retryMaxMs: RETRY_MAX_MS,
      },
      clock: deps.clock,
      inspect: deps.inspect,
      onChange: ({ from, to }) => {
        if (from !== to) onTransition(from, to)
      },
      onCrash: (error) => deps.log.fatal('a protection threw', { lineId: `${spec.botId} ${instrumentId}`, error }),
    })
  }

  /** The chart with this position's effects. */
  machine() {
    return protectionMachine.provide({
      actions: {
        watch: () => this.#watch(),
        unwatch: () => this.#endWatch(),
        release: ({ context }) => this.#release(context.step, context.refusals),
      },
    })
  }

  get line(): ProtectionLine {
    return this.#deps.memory.line(this.spec.botId, this.instrumentId)
  }

  get state(): string {
    return this.#chart.state
  }

  /** Why it waits; empty when it does not. */
  get note(): string {
    return this.#chart.actor.getSnapshot().context.note
  }

  /** True while it watches the market. */
  get isProtecting(): boolean {
    return this.#chart.actor.getSnapshot().hasTag('protected') && this.#unwatch !== null
  }

  /** True while a stop of the venue's own rests there for the position. */
  get isNative(): boolean {
    return this.#native.isResting
  }

  get isExiting(): boolean {
    return this.#chart.actor.getSnapshot().hasTag('exiting')
  }

  /** Where the trailing stop stands; null without one. */
  get trail(): Decimal | null {
    const { quantity } = this.line
    const instrument = this.#deps.market.findInstrument(this.instrumentId)
    const levels = this.#levels
    if (quantity === null || instrument === null || levels === null) return null
    return trailOf(quantity, levels, this.#best, instrument.tickSize)
  }

  start(): void {
    this.#chart.start()
    const { state, step } = this.line
    if (state !== 'idle') this.#send({ type: 'protection.restored', state, step, atMs: this.#deps.clock.now() })
  }

  stop(): void {
    this.#endWatch()
    this.#native.stop()
    this.#chart.stop()
  }

  /** Brings what is held in step with the position: its size, its entry price, what was stated of it. */
  review(): void {
    const { market, portfolio, memory } = this.#deps
    const { botId } = this.spec
    const quantity = portfolio.positionOf(botId, this.instrumentId)
    if (isZero(quantity)) return this.#withdraw('the position is closed')
    const instrument = market.findInstrument(this.instrumentId)
    if (instrument === null) return
    const entryPrice = portfolio.entryPriceOf(botId, this.instrumentId)
    const price = market.mid(this.instrumentId) ?? entryPrice
    if (price !== null && !isClosable(quantity, price, instrument))
      return this.#withdraw('what is left is too small for an order of the venue')
    if (this.isExiting) return
    const { stated } = memory.line(botId, this.instrumentId)
    const levels = levelsOf(quantity, entryPrice, stated[isNegative(quantity) ? 'short' : 'long'], this.spec.protection, instrument)
    if (levels === null) return this.#withdraw('nothing states where the position is to be given up')
    this.#hold(quantity, entryPrice, levels)
  }

  /** The stop that rests at the venue has changed. */
  onStopChange(): void {
    this.review()
  }

  /** One of our orders on the line is over. */
  onOrderOver(record: OrderRecord): void {
    if (!this.isExiting || !this.#isOurs(record)) return
    const { orders } = this.#deps
    const isCanceled = record.proposal.timeInForce === 'gtc' && orders.stateOrNull(record) === 'canceled'
    // What somebody else cancels again and again is not tried for ever at the same step.
    if (isCanceled && !orders.isCancelRequested(record)) this.#strangeCancels++
    const isGivenUp = this.#strangeCancels >= CANCELS_MAX
    if (isGivenUp) this.#strangeCancels = 0
    this.#send({ type: 'exit.ended', isCanceled: isCanceled && !isGivenUp, atMs: this.#deps.clock.now() })
  }

  get #levels(): ProtectionLevels | null {
    const { stopPrice, targetPrice, trailingRatio, state } = this.line
    return state === 'idle' ? null : { stopPrice, targetPrice, trailingRatio }
  }

  #hold(quantity: Decimal, entryPrice: Decimal | null, levels: ProtectionLevels): void {
    const { line } = this
    const isSame =
      line.state === 'holding' &&
      line.quantity === quantity &&
      line.stopPrice === levels.stopPrice &&
      line.targetPrice === levels.targetPrice &&
      line.trailingRatio === levels.trailingRatio
    if (!isSame) {
      const isOther = line.quantity === null || isNegative(line.quantity) !== isNegative(quantity)
      if (isOther) this.#best = null
      const price = this.#closingPrice(quantity)
      if (levels.trailingRatio === null) this.#best = null
      else if (price !== null) this.#best = bestOf(quantity, this.#best, price)
      // Asked now, and again when it is released: a stop that the gate would not let pass is known before it is needed.
      const probed = this.#deps.desk.probe(this.#intent('hold'), this.#terms('market'))
      // A stop that rests is canceled first, whatever then comes.
      const objection = probed === 'awaiting_cancel' ? null : probed
      this.#journal('protection.held', { quantity, entryPrice, ...levels, best: this.#best, objection })
      if (objection !== null) this.#deps.log.warn('the gate would not let a protective exit pass now', { ...this.#names, objection })
    }
    this.#send({ type: 'protection.hold', atMs: this.#deps.clock.now() })
    this.#look()
    this.#native.review()
  }

  /** The stop that should rest at the venue; none beside an exit. */
  #restingStop(): RestingStop | null {
    const { quantity, state } = this.line
    const levels = this.#levels
    const instrument = this.#deps.market.findInstrument(this.instrumentId)
    if (state !== 'holding' || quantity === null || levels === null || instrument === null) return null
    return restingStopOf(quantity, levels, this.#best, instrument)
  }

  #withdraw(reason: string): void {
    if (this.line.state === 'idle') return
    this.#best = null
    this.#journal('protection.withdrawn', { reason })
    this.#send({ type: 'protection.withdraw', reason, atMs: this.#deps.clock.now() })
    // A closing order that still works would sell what is not held any more.
    for (const record of [...this.#deps.orders.liveOf(this.spec.botId, this.instrumentId)])
      if (this.#isOurs(record) || isNativeStop(record)) this.#deps.desk.cancel(record)
    this.#native.calm()
    this.#native.review()
  }

  #watch(): void {
    this.#unwatch ??= this.#deps.market.onQuoteOf(this.instrumentId, () => this.#look())
  }

  #endWatch(): void {
    this.#doubt.clear()
    this.#unwatch?.()
    this.#unwatch = null
  }

  /** The plain function of the data plane: looks whether the price has reached what is held. */
  #look(): void {
    const { market, journal } = this.#deps
    const { quantity } = this.line
    const levels = this.#levels
    if (this.#unwatch === null || quantity === null || levels === null || journal.failure !== null) return
    const price = this.#closingPrice(quantity)
    if (price === null) return
    const { tickSize } = market.instrument(this.instrumentId)
    if (levels.trailingRatio !== null) this.#follow(quantity, levels.trailingRatio, price, tickSize)
    const hit = hitOf(quantity, levels, trailOf(quantity, levels, this.#best, tickSize), price)
    if (hit === null) {
      this.#doubt.clear()
      return this.#native.calm()
    }
    // The venue's own stop goes first, and has its time: two sales are never out at once.
    if (hit.kind !== 'target' && this.#native.hasTime) return
    const isOutlier = this.#deps.isOutlier(this.spec.botId, this.instrumentId)
    if (this.#doubt.believes(market.quote(this.instrumentId), isOutlier)) this.#trigger(quantity, hit)
  }

  /** Moves the best price; a restart may lose what was not journaled, a twentieth of the distance at most. */
  #follow(quantity: Decimal, ratio: Decimal, price: Decimal, tickSize: Decimal): void {
    const best = bestOf(quantity, this.#best, price)
    if (best === this.#best) return
    this.#best = best
    const known = this.line.best
    const step = maximum(tickSize, trailStepOf(best, ratio))
    if (known === null || !isGreater(step, absolute(subtract(best, known)))) {
      this.#journal('protection.trailed', { best })
      this.#native.review()
    }
  }

  #closingPrice(quantity: Decimal): Decimal | null {
    const { market } = this.#deps
    const quote = market.quote(this.instrumentId)
    return quote === null || !market.isSound(this.instrumentId) ? null : closingPrice(quantity, quote)
  }

  #trigger(quantity: Decimal, hit: ProtectionHit): void {
    const { desk, clock } = this.#deps
    const { botId } = this.spec
    this.#strangeCancels = 0
    this.#journal('protection.triggered', { ...hit, quantity })
    this.#alerts.triggered(quantity, hit)
    // What the strategy had working or waiting on the line is over: the exit has it for itself.
    desk.cancelWhere((line) => line.botId === botId && line.instrumentId === this.instrumentId, false)
    this.#send({ type: 'protection.trigger', atMs: clock.now() })
  }

  #release(number: number, refusals: number): void {
    const { clock, desk, orders, journal } = this.#deps
    const atMs = clock.now()
    const other = journal.failure !== null ? 'the journal failed' : this.#deps.yieldsTo(this.spec, this.instrumentId)
    if (other !== null) return this.#send({ type: 'exit.waits', reason: other, atMs })
    const step = stepOf(number)
    const inTheWay = [...orders.liveOf(this.spec.botId, this.instrumentId)].filter(
      (record) => !this.#isOurs(record) || rests(step) === false,
    )
    for (const record of inTheWay) if (!orders.isCancelRequested(record)) desk.cancel(record)
    // One in doubt may never end: the plan sells what is surely free beside it.
    const awaited = inTheWay.filter((record) => !orders.isInDoubt(record))
    if (awaited.length > 0) return this.#wait(`${awaited.length} orders are being canceled`)
    if (number > this.line.step) this.#alerts.escalated(step)
    if (refusals > 0 && refusals % STUCK_EVERY === 0) this.#alerts.stuck(step, refusals, this.note)
    this.#journal('protection.released', { step: number, name: step, attempt: this.line.attempts + 1, collarBps: this.#collar(number) })
    const intent = this.#intent(`${this.line.exits}:${this.line.attempts}`, this.#wishOf(number, step))
    desk
      .execute(intent, this.#terms(step, number))
      .then((result) => this.#onResult(result))
      .catch((error: unknown) => this.#send({ type: 'exit.refused', reason: messageOf(error), atMs: clock.now() }))
  }

  #wait(reason: string): void {
    this.#waits.add(reason)
    this.#send({ type: 'exit.waits', reason, atMs: this.#deps.clock.now() })
  }

  #onResult(result: PlanResult | null): void {
    const atMs = this.#deps.clock.now()
    if (result === null) return this.#send({ type: 'exit.waits', reason: 'the desk has dropped the exit for another of its line', atMs })
    const { plan, isAmend, results } = result
    if (plan.reason === 'at_target' || plan.reason === 'dust' || plan.reason === 'below_lot') {
      this.review()
      return this.#send({ type: 'exit.refused', reason: plan.text, atMs })
    }
    if (plan.reason === 'awaiting_cancel') return this.#wait(plan.text)
    this.#waits.clear()
    if (isAmend || plan.reason === 'working_covers' || results.some(({ kind }) => kind === 'sent'))
      return this.#send({ type: 'exit.sent', atMs })
    const [first] = results
    const reason = first === undefined || first.kind === 'sent' ? plan.text : first.kind === 'blocked' ? first.message : first.reason
    this.#send({ type: 'exit.refused', reason, atMs })
  }

  #intent(id: string, routing: Intent['routing'] = null): Intent {
    const holder = this.#deps.portfolio.strategyOf(this.spec.botId, this.instrumentId)
    return closingIntent(this.spec, holder, this.instrumentId, id, this.line.kind ?? 'hold', this.#deps.clock.now(), routing)
  }

  /** A step that may amend the order of the one before states its price itself: that is what the desk amends by. */
  #wishOf(number: number, step: ExitStep): Intent['routing'] {
    if (step !== 'nearer') return null
    const { market, portfolio } = this.#deps
    const position = portfolio.positionOf(this.spec.botId, this.instrumentId)
    return collaredWish(market.mid(this.instrumentId), this.#collar(number), position)
  }

  #terms(step: ExitStep, number = LAST_STEP): ExecutionTerms {
    return exitTerms(this.spec, step, this.#collar(number))
  }

  #collar(number: number): Decimal {
    return collarOf(number, this.spec.protection.collarBps, this.#deps.deviationBpsMax(this.spec.botId, venueOf(this.instrumentId)))
  }

  #isOurs(record: OrderRecord): boolean {
    return record.proposal.intentId.includes(PROTECTION_MARK) && !isNativeStop(record)
  }

  get #names() {
    return { botId: this.spec.botId, instrumentId: this.instrumentId }
  }

  #journal(kind: string, payload: JsonObject): void {
    this.#deps.journal.append({
      actor: `protection:${this.spec.botId}`,
      kind,
      payload: { ...this.#names, ...payload },
      correlationId: `${this.spec.botId} ${this.instrumentId}`,
      causationSeq: null,
    })
  }

  #send(event: ProtectionEvent): void {
    this.#chart.actor.send(event)
  }
}
