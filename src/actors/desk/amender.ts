import { absolute, add, isPositive, roundToStep, subtract } from '#domain/decimal'
import type { Intent } from '#domain/intent'
import type { Instrument } from '#domain/instrument'
import type { Approved, Proposal } from '#domain/order'
import type { AmendOutcome } from '#domain/outcome'
import type { Plan } from '#risk/types'
import type { DeskDeps } from './deps'
import type { OrderRecord } from './order-record'
import { verdictDraft } from './submitter'

export interface AmenderHooks {
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
  readonly #hooks: AmenderHooks

  constructor(deps: DeskDeps, hooks: AmenderHooks) {
    this.#deps = deps
    this.#hooks = hooks
  }

  /**
   * Amends the one resting order of the intent's line when that leads to its target at its price. Returns false when it does not apply:
   * then the plan's own orders and cancels hold.
   */
  tryAmend(intent: Intent, plan: Plan, instrument: Instrument): boolean {
    const amended = this.#termsOf(intent, plan, instrument)
    if (amended === null) return false
    void this.#amend(amended.record, amended.proposal)
    return true
  }

  #termsOf(intent: Intent, plan: Plan, instrument: Instrument): { readonly record: OrderRecord; readonly proposal: Proposal } | null {
    const { orders, clock } = this.#deps
    const { routing } = intent
    const delta = subtract(plan.target, plan.current)
    const working = [...orders.liveOf(intent.botId, intent.instrumentId)]
    const record = working[0]
    if (routing === null || record === undefined || working.length > 1 || !this.#deps.venue(instrument.venueId).capabilities.amend)
      return null
    const state = orders.stateOf(record)
    const context = orders.contextOf(record)
    const side = isPositive(delta) ? 'buy' : 'sell'
    if (
      (state !== 'open' && state !== 'partiallyFilled') ||
      context.isCancelRequested ||
      record.proposal.side !== side ||
      record.proposal.type !== 'limit'
    )
      return null
    const leaves = roundToStep(absolute(delta), instrument.lotSize, 'down')
    if (!isPositive(leaves)) return null
    const limitPrice = roundToStep(routing.limitPrice, instrument.tickSize, side === 'buy' ? 'down' : 'up')
    const quantity = add(context.filledQuantity, leaves)
    if (quantity === context.quantity && limitPrice === context.limitPrice) return null
    return { record, proposal: { ...record.proposal, quantity, limitPrice, referencePrice: limitPrice, proposedAtMs: clock.now() } }
  }

  async #amend(record: OrderRecord, proposal: Proposal): Promise<void> {
    const { gate, facts, journal, orders, clock, settings, log } = this.#deps
    const verdict = gate.reserveAmend(proposal, facts.gateView(proposal, false))
    const verdictSeq = journal.append(verdictDraft(verdict))
    if (verdict.kind === 'block') return
    record.amending = verdict.approved
    record.deadlineAtMs = clock.now() + settings.orderDeadlineMs
    orders.apply(record, { type: 'order.amend', quantity: proposal.quantity, limitPrice: proposal.limitPrice, atMs: clock.now() }, null, {
      deadlineAtMs: record.deadlineAtMs,
      verdictSeq,
    })
    await journal.settled()
    if (journal.failure !== null || orders.stateOf(record) !== 'amending' || !this.#mayGo(verdict.approved, verdict.epoch)) {
      return this.#refuse(record, 'not sent: the order or its scope changed meanwhile')
    }
    const { clientOrderId, venueOrderId } = record
    const venue = this.#deps.venue(proposal.venueId)
    const outcome = await venue.amend({
      clientOrderId,
      venueOrderId,
      instrumentId: proposal.instrumentId,
      approved: verdict.approved,
      deadlineAtMs: record.deadlineAtMs,
    })
    log.debug('amend answered', { clientOrderId, outcome: outcome.kind })
    this.#settle(record, outcome)
  }

  #mayGo(approved: Approved, epoch: number): boolean {
    return this.#deps.epochs.epochOf(approved.botId, approved.venueId, approved.instrumentId) === epoch
  }

  #settle(record: OrderRecord, outcome: AmendOutcome): void {
    const { orders, clock } = this.#deps
    switch (outcome.kind) {
      case 'accepted':
        if (orders.stateOf(record) === 'amending')
          orders.apply(record, { type: 'order.amended', quantity: null, limitPrice: null, atMs: clock.now() })
        this.release(record, 'accepted')
        return this.#hooks.onLive(record)
      case 'refused':
        return this.#refuse(record, outcome.refusal.reason)
      case 'ambiguous':
        if (orders.stateOf(record) !== 'amending') return
        orders.apply(record, { type: 'order.answerLost', reason: outcome.reason, atMs: clock.now() })
        return this.#hooks.onAmbiguous(record)
    }
  }

  /** Ends the double reservation of an amend, when its outcome is known from whatever source. */
  release(record: OrderRecord, outcome: 'accepted' | 'refused'): void {
    if (record.amending === null) return
    record.amending = null
    this.#deps.gate.settleAmend(record.clientOrderId, outcome)
  }

  #refuse(record: OrderRecord, reason: string): void {
    const { orders, clock } = this.#deps
    if (!orders.isTerminal(record) && orders.stateOf(record) === 'amending')
      orders.apply(record, { type: 'order.amendRefused', reason, atMs: clock.now() })
    this.release(record, 'refused')
    this.#hooks.onLive(record)
  }
}
