import { type Decimal, isLess, ZERO } from '#domain/decimal'
import { invariant, mustExist } from '#domain/errors'
import type { ClientOrderId } from '#domain/ids'
import type { Proposal } from '#domain/order'
import type { CheckFigure, Verdict } from '#domain/verdict'
import { mintApproved } from './approved'
import { CHECKS } from './checks/chain'
import { ExposureBook, type ReservationFacts, type ReservationTerms } from './exposure'
import { type Judgement, judgementOf, type LimitAmounts, type OwnShare, type Size, sizeOf } from './judgement'
import { limitAmountsOf } from './limit-amounts'
import type { Gate, GateView, OrderKey, RiskLimits } from './types'

/** The outcome of the chain: the size that passed, or the first code that blocked. */
interface Ruling {
  readonly judgement: Judgement
  readonly size: Size
  readonly figures: readonly CheckFigure[]
  readonly code: string | null
}

/**
 * The only door to a venue (RSK-01). Verdict and reservation are one synchronous step, so two orders never pass on the same headroom.
 * Every check runs even after one has blocked, so that the record shows all that stood against an order.
 */
export class RiskGate implements Gate {
  readonly book: ExposureBook
  #limits: RiskLimits
  #amounts: LimitAmounts

  constructor(limits: RiskLimits, book: ExposureBook = new ExposureBook(limits.marketOrderBufferBps)) {
    this.book = book
    this.#limits = limits
    this.#amounts = limitAmountsOf(limits, ZERO)
  }

  limits(): RiskLimits {
    return this.#limits
  }

  setLimits(limits: RiskLimits): void {
    this.#limits = limits
    this.#amounts = limitAmountsOf(limits, this.#amounts.equity)
  }

  judge(proposal: Proposal, view: GateView): Verdict {
    const ruling = this.#rule(proposal, view, this.#ownShareOf(proposal.clientOrderId), false)
    if (ruling.code !== null) return blockOf(proposal, view, ruling, ruling.code)
    this.book.reserve(factsOf(proposal, view), termsOf(ruling))
    const { quantity } = ruling.size
    return passOf(proposal, view, ruling, quantity, quantity === proposal.quantity ? null : proposal.quantity)
  }

  /** @throws {InvariantError} for an order that the book does not know or whose last amend is unanswered. */
  reserveAmend(amended: Proposal, view: GateView): Verdict {
    const key = amended.clientOrderId
    const own = mustExist(this.#ownShareOf(key), `RiskGate.reserveAmend(): no reservation for ${key}`)
    const ruling = this.#rule(amended, view, own, true)
    if (ruling.code !== null) return blockOf(amended, view, ruling, ruling.code)
    this.book.hold(key, termsOf(ruling))
    return passOf(amended, view, ruling, amended.quantity, null)
  }

  settleAmend(clientOrderId: ClientOrderId, outcome: 'accepted' | 'refused'): void {
    this.book.settle(clientOrderId, outcome)
  }

  #rule(proposal: Proposal, view: GateView, own: OwnShare | null, isAmend: boolean): Ruling {
    invariant(view.instrument.instrumentId === proposal.instrumentId, `RiskGate: the view is of ${view.instrument.instrumentId}`)
    if (this.#amounts.equity !== view.equity) this.#amounts = limitAmountsOf(this.#limits, view.equity)
    const { judgement, size: proposed } = judgementOf(proposal, view, this.#limits, this.#amounts, this.book, own, isAmend)
    const figures: CheckFigure[] = []
    let size = proposed
    let code: string | null = null
    for (const check of CHECKS) {
      const result = check(judgement, size)
      if (result === null) continue
      figures.push(result.figure)
      if (result.figure.outcome === 'block') code ??= result.figure.check
      else if (result.quantityMax !== null && isLess(result.quantityMax, size.quantity)) size = sizeOf(judgement, result.quantityMax)
    }
    return { judgement, size, figures, code }
  }

  #ownShareOf(key: OrderKey): OwnShare | null {
    const row = this.book.get(key)
    if (row === null) return null
    return { filled: this.book.filledOf(key), leaves: row.leavesQuantity, notional: row.notional, cash: row.cash }
  }
}

function factsOf(proposal: Proposal, { instrument }: GateView): ReservationFacts {
  const { clientOrderId: key, accountId, venueId, instrumentId, botId, strategyId, side } = proposal
  return {
    key,
    accountId,
    venueId,
    instrumentId,
    baseAsset: instrument.baseAsset,
    quoteAsset: instrument.quoteAsset,
    botId,
    strategyId,
    side,
  }
}

function termsOf({ judgement, size }: Ruling): ReservationTerms {
  const { quantity: leaves, adding, notional, cash } = size
  return { leaves, adding, unit: judgement.unit, notional, cash, limitPrice: judgement.proposal.limitPrice }
}

function passOf(proposal: Proposal, view: GateView, ruling: Ruling, quantity: Decimal, downsizedFrom: Decimal | null): Verdict {
  const approved = mintApproved(proposal, quantity)
  return { kind: 'pass', approved, figures: ruling.figures, downsizedFrom, epoch: view.epoch, atMs: view.nowMs }
}

function blockOf(proposal: Proposal, view: GateView, ruling: Ruling, code: string): Verdict {
  return { kind: 'block', proposal, code, figures: ruling.figures, epoch: view.epoch, atMs: view.nowMs }
}
