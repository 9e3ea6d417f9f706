import { absolute, add, isPositive, roundToStep, subtract } from '#domain/decimal'
import { messageOf } from '#domain/errors'
import type { Intent } from '#domain/intent'
import type { Instrument } from '#domain/instrument'
import type { Approved, Proposal } from '#domain/order'
import type { AmendOutcome } from '#domain/outcome'
import type { Verdict } from '#domain/verdict'
import { hasLapsed } from '#risk/epoch'
import { type IntentFacts, intentFactsOf } from '#risk/guard-facts'
import type { Plan, RoutingConfig } from '#risk/types'
import type { DeskDeps } from './deps'
import { reportForged } from './forged'
import { letGo } from './guarded-venue'
import type { OrderRecord } from './order-record'
import { messageOfBlock, verdictDraft } from './verdict-entry'
import type { Unsent } from './unsent'

export interface AmenderHooks {
  /** The amend is handed to the venue in this very step. */
  onSend(record: OrderRecord): void
  onAmbiguous(record: OrderRecord): void
  /** The order is live again: a remembered cancel may now be sent. */
  onLive(record: OrderRecord): void
}

/**
 * Changes a resting order where the venue can (design §6): an amend passes the gate as the order will stand, and the larger of old and new
 * stays reserved until it is answered.
 */
export class Amender {
  readonly #deps: DeskDeps
  readonly #unsent: Unsent
  readonly #hooks: AmenderHooks

  constructor(deps: DeskDeps, unsent: Unsent, hooks: AmenderHooks) {
    this.#deps = deps
    this.#unsent = unsent
    this.#hooks = hooks
  }

  /**
   * Amends the one resting order of the intent's line when that leads to its target at its price. Returns false when it does not apply:
   * then the plan's own orders and cancels hold.
   */
  tryAmend(intent: Intent, plan: Plan, instrument: Instrument, routing: RoutingConfig): boolean {
    const amended = this.#termsOf(intent, plan, instrument, routing)
    if (amended === null) return false
    const leave = this.#unsent.begin(instrument.instrumentId, 'amends')
    void this.#amend(amended.record, amended.proposal, intentFactsOf(intent), leave).finally(leave)
    return true
  }

  /** Returns how long the amend that an intent leads to must wait for the venue's budget, ms; 0 when it may go or none applies. */
  waitMs(intent: Intent, plan: Plan, instrument: Instrument, routing: RoutingConfig): number {
    if (this.#termsOf(intent, plan, instrument, routing) === null) return 0
    return this.#deps.venue(instrument.venueId).orderWaitMs(instrument.instrumentId, 'amend', this.#unsent.of(instrument.instrumentId))
  }

  #termsOf(
    intent: Intent,
    plan: Plan,
    instrument: Instrument,
    { triggerPrice }: RoutingConfig,
  ): { readonly record: OrderRecord; readonly proposal: Proposal } | null {
    const { orders, clock } = this.#deps
    const type = triggerPrice === undefined ? 'limit' : 'stop'
    const wish = triggerPrice === undefined ? intent.routing : { limitPrice: triggerPrice, postOnly: false }
    const delta = subtract(plan.target, plan.current)
    const working = [...orders.liveOf(intent.botId, intent.instrumentId)].filter(
      ({ proposal }) => (proposal.type === 'stop') === (type === 'stop'),
    )
    const record = working[0]
    if (wish === null || record === undefined || working.length > 1 || !this.#deps.venue(instrument.venueId).capabilities.amend) return null
    if (record.chart === null) return null
    const state = orders.stateOf(record)
    const context = orders.contextOf(record)
    const side = isPositive(delta) ? 'buy' : 'sell'
    if (
      (state !== 'open' && state !== 'partiallyFilled') ||
      context.isCancelRequested ||
      record.proposal.side !== side ||
      record.proposal.type !== type ||
      record.proposal.postOnly !== wish.postOnly // a venue amends price and quantity, not what kind of order it is
    )
      return null
    const leaves = roundToStep(absolute(delta), instrument.lotSize, 'down')
    if (!isPositive(leaves)) return null
    const limitPrice = roundToStep(wish.limitPrice, instrument.tickSize, side === 'buy' ? 'down' : 'up')
    const quantity = add(context.filledQuantity, leaves)
    if (quantity === context.quantity && limitPrice === context.limitPrice) return null
    return { record, proposal: { ...record.proposal, quantity, limitPrice, referencePrice: limitPrice, proposedAtMs: clock.now() } }
  }

  /** @param onSent called in the step that hands the amend to the venue. */
  async #amend(record: OrderRecord, proposal: Proposal, intent: IntentFacts, onSent: () => void): Promise<void> {
    const { gate, facts, journal, orders, clock, settings, log } = this.#deps
    const verdict = gate.reserveAmend(proposal, facts.gateView(proposal, { isOperatorFlatten: false, isRetry: false, intent }))
    const verdictSeq = journal.append(verdictDraft(verdict))
    if (verdict.kind === 'block') return facts.onBlocked(proposal, verdict.code, messageOfBlock(verdict))
    record.amending = verdict.approved
    record.deadlineAtMs = clock.now() + settings.orderDeadlineMs
    orders.apply(record, { type: 'order.amend', quantity: proposal.quantity, limitPrice: proposal.limitPrice, atMs: clock.now() }, null, {
      deadlineAtMs: record.deadlineAtMs,
      verdictSeq,
    })
    try {
      await journal.settled()
    } catch (error) {
      // The journal's own listener halts the company; this amend never left.
      log.error('amend not sent: the journal failed', { clientOrderId: record.clientOrderId, error: messageOf(error) })
    }
    if (journal.failure !== null || orders.stateOf(record) !== 'amending' || !this.#mayGo(verdict, verdict.approved)) {
      return this.#refuse(record, 'not sent: the order or its scope changed meanwhile, or the verdict lapsed')
    }
    if (!gate.hasMinted(verdict.approved)) return this.#refuse(record, reportForged(this.#deps.alerter, record))
    const { clientOrderId, venueOrderId } = record
    const venue = this.#deps.venue(proposal.venueId)
    this.#hooks.onSend(record)
    letGo(verdict.approved)
    const answer = venue.amend({
      clientOrderId,
      venueOrderId,
      instrumentId: proposal.instrumentId,
      approved: verdict.approved,
      deadlineAtMs: record.deadlineAtMs,
    })
    onSent()
    const outcome = await answer
    log.debug('amend answered', { clientOrderId, outcome: outcome.kind })
    this.#settle(record, outcome)
  }

  #mayGo(verdict: Verdict, { botId, venueId, instrumentId }: Approved): boolean {
    const { clock, epochs, settings } = this.#deps
    return !hasLapsed(verdict, clock.now(), epochs.epochOf(botId, venueId, instrumentId), settings.verdictLifetimeMs)
  }

  #settle(record: OrderRecord, outcome: AmendOutcome): void {
    const { orders, clock } = this.#deps
    switch (outcome.kind) {
      case 'accepted':
        // Only what is still unsettled: a later amend's figures are none of this answer's business.
        if (orders.contextOf(record).amend !== null && !orders.isTerminal(record))
          orders.apply(record, { type: 'order.amended', quantity: null, limitPrice: null, atMs: clock.now() })
        return this.#hooks.onLive(record)
      case 'refused':
        return this.#refuse(record, outcome.refusal.reason)
      case 'ambiguous':
        if (orders.stateOf(record) !== 'amending') return
        orders.apply(record, { type: 'order.answerLost', reason: outcome.reason, atMs: clock.now() })
        return this.#hooks.onAmbiguous(record)
    }
  }

  /**
   * Ends the double reservation of an amend once the order's chart knows its outcome, from whatever source: an answer, a report, a
   * look-up. Which terms stay reserved is read from the order as it now stands; terms that nobody here asked for are reserved anew.
   */
  review(record: OrderRecord): void {
    const { amending } = record
    const { orders, gate, book, restoreReservation } = this.#deps
    if (record.chart === null) return
    const { amend, quantity, limitPrice } = orders.contextOf(record)
    if (amend !== null) return
    if (amending !== null) {
      record.amending = null
      const isTaken = quantity === amending.quantity && limitPrice === amending.limitPrice
      gate.settleAmend(record.clientOrderId, isTaken ? 'accepted' : 'refused')
    }
    const held = book.get(record.clientOrderId)
    if (held === null || orders.isTerminal(record)) return
    const total = add(held.leavesQuantity, book.filledOf(record.clientOrderId))
    if (held.limitPrice !== limitPrice || total !== quantity) restoreReservation(record)
  }

  #refuse(record: OrderRecord, reason: string): void {
    const { orders, clock } = this.#deps
    if (!orders.isTerminal(record) && orders.contextOf(record).amend !== null)
      orders.apply(record, { type: 'order.amendRefused', reason, atMs: clock.now() })
    this.#hooks.onLive(record)
  }
}
