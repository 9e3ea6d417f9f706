import { absolute, compare, type Decimal, isLess, minimum, subtract } from '#domain/decimal'
import { messageOf } from '#domain/errors'
import { type InstrumentId, venueOf } from '#domain/ids'
import type { RestingStop } from '#risk/protection'
import type { BotSpec } from '../bots/bot-spec'
import type { ExecutionTerms, PlanResult } from '../desk/desk'
import type { OrderRecord } from '../desk/order-record'
import { closingIntent } from './closing-intent'
import type { ProtectionDeps } from './protection-deps'

/** Longest pause before a stop that could not be placed or changed is tried again, ms. */
const RETRY_MAX_MS = 60_000
/** Least pause between two moves of a trailing stop at the venue, ms: an amend of a young order is dear. */
const MOVE_MS_MIN = 5_000
/** A stop that was not placed so often in a row alerts: the position hangs on us alone. */
const BARE_AFTER = 3

/** The line as its stop needs to see it. */
export interface NativeStopLine {
  /** What should rest at the venue now; null for nothing. */
  wanted(): RestingStop | null
  /** How many stops the line has asked for. */
  rests(): number
  journal(kind: string, payload: { readonly number: number; readonly quantity: Decimal; readonly triggerPrice: Decimal }): void
  /** The time of a stop that was reached is over. */
  onDue(): void
}

/**
 * The stop of one position that rests at its venue (EXE-13): placed when the position is held, amended with its size and level, placed anew
 * when it is gone. It acts while we are away; the emulated one beside it acts where this is not there, or was reached and is not filled.
 */
export class NativeStop {
  readonly #spec: BotSpec
  readonly #instrumentId: InstrumentId
  readonly #deps: ProtectionDeps
  readonly #line: NativeStopLine
  #retryTimer: unknown = null
  #dueTimer: unknown = null
  /** Monotonic µs since when the price is beyond the trigger; null while it is not. */
  #hitUs: number | null = null
  /** Times in a row that the venue, the gate or the desk did not take it. */
  #attempts = 0
  #notBeforeUs = 0
  #isAsking = false
  #isOpen = true

  constructor(spec: BotSpec, instrumentId: InstrumentId, deps: ProtectionDeps, line: NativeStopLine) {
    this.#spec = spec
    this.#instrumentId = instrumentId
    this.#deps = deps
    this.#line = line
  }

  /** The stop that is on its way, rests or is in doubt; null for none. */
  get record(): OrderRecord | null {
    for (const record of this.#deps.orders.liveOf(this.#spec.botId, this.#instrumentId)) if (isNativeStop(record)) return record
    return null
  }

  /** True while the venue's own word is that it rests there, and nobody has asked for its end. */
  get isResting(): boolean {
    const { record } = this
    return record !== null && this.#isSettled(record)
  }

  /** True while a stop that the price has reached is given its time at the venue: `escalateAfterMs` from the first look on. */
  get hasTime(): boolean {
    const { clock } = this.#deps
    if (!this.isResting) return false
    this.#hitUs ??= clock.monotonicUs()
    const leftMs = this.#spec.protection.escalateAfterMs - (clock.monotonicUs() - this.#hitUs) / 1_000
    if (leftMs <= 0) return false
    this.#dueTimer ??= clock.setTimeout(() => {
      this.#dueTimer = null
      this.#line.onDue()
    }, leftMs)
    return true
  }

  /** The price is not beyond the trigger. */
  calm(): void {
    this.#hitUs = null
    this.#deps.clock.clearTimeout(this.#dueTimer)
    this.#dueTimer = null
  }

  stop(): void {
    this.#isOpen = false
    this.calm()
    this.#deps.clock.clearTimeout(this.#retryTimer)
    this.#retryTimer = null
  }

  /** Brings what rests in step with what should. Called after every change of the position, of its levels and of the stop itself. */
  review(): void {
    const { clock } = this.#deps
    clock.clearTimeout(this.#retryTimer)
    this.#retryTimer = null
    if (!this.#isOpen || this.#isAsking || this.#deps.journal.failure !== null) return
    const wanted = this.#spec.protection.native && this.#deps.hasStops(venueOf(this.#instrumentId)) ? this.#line.wanted() : null
    const { record } = this
    if (wanted === null) {
      this.#attempts = 0
      return
    }
    // What is on its way, in doubt or being canceled tells of itself when that is over.
    if (record !== null && !this.#isSettled(record)) return
    const misfit = record === null ? 'gone' : this.#misfitOf(record, wanted)
    if (misfit === null) {
      this.#attempts = 0
      return
    }
    const waitMs = this.#waitMs(wanted, misfit)
    if (waitMs > 0) this.#later(waitMs)
    else this.#ask(wanted, misfit)
  }

  #isSettled(record: OrderRecord): boolean {
    const { orders } = this.#deps
    const state = orders.stateOrNull(record)
    return (state === 'open' || state === 'partiallyFilled' || state === 'amending') && !orders.isCancelRequested(record)
  }

  /** In what the stop that rests is not the one that should; null where it is. */
  #misfitOf(record: OrderRecord, { quantity, triggerPrice, slack }: RestingStop): 'quantity' | 'level' | null {
    const { leavesQuantity, limitPrice, amend } = this.#deps.orders.contextOf(record)
    if (amend !== null || limitPrice === null) return null
    if (compare(leavesQuantity, quantity) !== 0) return 'quantity'
    return isLess(absolute(subtract(limitPrice, triggerPrice)), slack) ? null : 'level'
  }

  /** How long the stop must wait to be placed or changed, ms; 0 for not at all. */
  #waitMs({ triggerPrice }: RestingStop, misfit: 'gone' | 'quantity' | 'level'): number {
    const { clock, desk, orders, market } = this.#deps
    const leftMs = (this.#notBeforeUs - clock.monotonicUs()) / 1_000
    const { retryMs } = this.#spec.protection
    const { botId } = this.#spec
    const quote = market.quote(this.#instrumentId)
    // At its trigger or beyond, the emulated one acts. The venue goes by the last trade, which a quote that has moved up may be ahead of: a
    // trigger above it would sell at once.
    const lowest = quote === null ? null : minimum(quote.bidPrice, quote.lastPrice ?? quote.bidPrice)
    const isBeyond = lowest === null || !market.isSound(this.#instrumentId) || !isLess(triggerPrice, lowest)
    const sells = [...orders.liveOf(botId, this.#instrumentId)].some((record) => record.proposal.side === 'sell' && !isNativeStop(record))
    const isBlocked =
      isBeyond || sells || !desk.isQuiet(botId, this.#instrumentId) || this.#deps.restsNot(this.#spec, this.#instrumentId) !== null
    if (!isBlocked && misfit !== 'level') return Math.max(0, this.#attempts === 0 ? 0 : leftMs)
    return Math.max(0, leftMs, isBlocked ? Math.max(retryMs, 1_000) : 0)
  }

  #ask({ quantity, triggerPrice }: RestingStop, misfit: 'gone' | 'quantity' | 'level'): void {
    const { clock, desk, log, portfolio } = this.#deps
    const pauseMs = Math.min(RETRY_MAX_MS, this.#spec.protection.retryMs * 2 ** Math.min(this.#attempts, 16))
    this.#attempts++
    this.#notBeforeUs = clock.monotonicUs() + Math.max(pauseMs, misfit === 'level' ? MOVE_MS_MIN : 0) * 1_000
    const number = this.#line.rests() + 1
    this.#line.journal('protection.rested', { number, quantity, triggerPrice })
    if (this.#attempts === BARE_AFTER && misfit === 'gone') this.#alertBare(triggerPrice)
    this.#isAsking = true
    const holder = portfolio.strategyOf(this.#spec.botId, this.#instrumentId)
    desk
      .execute(
        closingIntent(this.#spec, holder, this.#instrumentId, `native:${number}`, 'stop', clock.now(), null),
        this.#terms(triggerPrice),
      )
      .then((result) => this.#onResult(result))
      .catch((error: unknown) => log.error('a stop was not placed', { ...this.#names, error: messageOf(error) }))
      .finally(() => {
        this.#isAsking = false
        // Whatever it came to: the next look finds it resting, on its way, or gone.
        if (this.#isOpen) this.#later(1)
      })
  }

  #onResult(result: PlanResult | null): void {
    const [first] = result?.results ?? []
    if (result === null || (!result.isAmend && first?.kind !== 'sent'))
      this.#deps.log.info('a stop was not placed at the venue; the emulated one holds', {
        ...this.#names,
        reason: result === null ? 'another intent of the line came first' : first === undefined ? result.plan.text : reasonOf(first),
      })
  }

  #later(delayMs: number): void {
    const { clock } = this.#deps
    clock.clearTimeout(this.#retryTimer)
    this.#retryTimer = clock.setTimeout(() => {
      this.#retryTimer = null
      this.review()
    }, delayMs)
  }

  #terms(triggerPrice: Decimal): ExecutionTerms {
    const routing: ExecutionTerms['routing'] = { ...this.#spec.routing, timeInForce: 'gtc', triggerPrice }
    return { routing, sizing: this.#spec.sizing, isOperatorFlatten: false, shouldPreview: false }
  }

  #alertBare(triggerPrice: Decimal): void {
    const { botId } = this.#spec
    this.#deps.alerter.raise({
      severity: 'MEDIUM',
      code: 'PROTECTION_NOT_NATIVE',
      text: `the stop of ${botId} on ${this.#instrumentId} at ${triggerPrice} does not rest at the venue: it works only while the company runs`,
      details: { ...this.#names, triggerPrice },
    })
  }

  get #names() {
    return { botId: this.#spec.botId, instrumentId: this.#instrumentId }
  }
}

/** True for a stop that protects a position at its venue. */
export function isNativeStop({ proposal, isForeign }: OrderRecord): boolean {
  return !isForeign && proposal.type === 'stop'
}

function reasonOf(result: PlanResult['results'][number]): string {
  return result.kind === 'blocked' ? result.message : result.kind === 'dropped' ? result.reason : 'sent'
}
