import { type Decimal, isLess, ZERO } from '#domain/decimal'
import { invariant, mustExist } from '#domain/errors'
import type { ClientOrderId } from '#domain/ids'
import type { Proposal } from '#domain/order'
import type { CheckFigure, Verdict } from '#domain/verdict'
import { mintApproved } from './approved'
import { activeChecks } from './checks/chain'
import type { LimitLookup } from './effective-limits'
import { ExposureBook, type ReservationFacts, type ReservationTerms } from './exposure'
import { type Check, type Judgement, judgementOf, type LimitAmounts, type OwnShare, type Size, sizeOf } from './judgement'
import { limitAmountsOf, scaledLimits } from './limit-amounts'
import { standingOf } from './standing'
import type { LimitStanding } from './standing-row'
import type { Gate, GateView, OrderKey, RiskLimits } from './types'

/** The outcome of the chain: the size that passed, or the first code that blocked. */
interface Ruling {
  readonly judgement: Judgement
  readonly size: Size
  readonly figures: readonly CheckFigure[]
  readonly code: string | null
}

/** A set of limits as checks read it. */
interface ReadyLimits {
  /** With their caps scaled. */
  readonly limits: RiskLimits
  readonly checks: readonly Check[]
  /** Of the newest equity. */
  amounts: LimitAmounts
}

/**
 * The only door to a venue (RSK-01). Verdict and reservation are one synchronous step, so two orders never pass on the same headroom.
 * Every check runs even after one has blocked, so that the record shows all that stood against an order.
 */
export class RiskGate implements Gate {
  readonly book: ExposureBook
  readonly #limitsOf: LimitLookup
  /** What each set of limits comes to. Bots share a set unless a policy sets them apart. */
  readonly #ready = new WeakMap<RiskLimits, ReadyLimits>()
  readonly #minted = new WeakSet<Proposal>()

  /** @param limits for every order, or for each bot on its venue: asked at every judgement, so that a change holds from the next one on. */
  constructor(limits: RiskLimits | LimitLookup, book: ExposureBook = new ExposureBook(limits)) {
    this.book = book
    this.#limitsOf = typeof limits === 'function' ? limits : () => limits
  }

  /** A copy of an approval, one of another gate and one that was made by a cast are none of this gate's. */
  hasMinted(order: Proposal): boolean {
    return this.#minted.has(order)
  }

  judge(proposal: Proposal, view: GateView): Verdict {
    const ruling = this.#rule(proposal, view, this.#ownShareOf(proposal.clientOrderId), false)
    if (ruling.code !== null) return blockOf(proposal, view, ruling, ruling.code)
    this.book.reserve(factsOf(proposal, view), termsOf(ruling))
    const { quantity } = ruling.size
    return this.#pass(proposal, view, ruling, quantity, quantity === proposal.quantity ? null : proposal.quantity)
  }

  /** @throws {InvariantError} for an order that the book does not know or whose last amend is unanswered. */
  reserveAmend(amended: Proposal, view: GateView): Verdict {
    const key = amended.clientOrderId
    const own = mustExist(this.#ownShareOf(key), `RiskGate.reserveAmend(): no reservation for ${key}`)
    const ruling = this.#rule(amended, view, own, true)
    if (ruling.code !== null) return blockOf(amended, view, ruling, ruling.code)
    this.book.hold(key, termsOf(ruling))
    return this.#pass(amended, view, ruling, amended.quantity, null)
  }

  settleAmend(clientOrderId: ClientOrderId, outcome: 'accepted' | 'refused'): void {
    this.book.settle(clientOrderId, outcome)
  }

  /** What every limit stands at for an order like this one, of which nothing is reserved yet: the figures that its verdict would go by. */
  standing(probe: Proposal, view: GateView): readonly LimitStanding[] {
    const { judgement, size } = this.#judgementOf(this.#readyFor(probe), probe, view, null, false)
    return standingOf(judgement, size, this.#limitsOf(probe.botId, probe.venueId))
  }

  #judgementOf(ready: ReadyLimits, proposal: Proposal, view: GateView, own: OwnShare | null, isAmend: boolean) {
    invariant(view.instrument.instrumentId === proposal.instrumentId, `RiskGate: the view is of ${view.instrument.instrumentId}`)
    if (ready.amounts.equity !== view.equity) ready.amounts = limitAmountsOf(ready.limits, view.equity)
    return judgementOf(proposal, view, ready.limits, ready.amounts, this.book, own, isAmend)
  }

  #rule(proposal: Proposal, view: GateView, own: OwnShare | null, isAmend: boolean): Ruling {
    const ready = this.#readyFor(proposal)
    const { judgement, size: proposed } = this.#judgementOf(ready, proposal, view, own, isAmend)
    const figures: CheckFigure[] = []
    let size = proposed
    let code: string | null = null
    for (const check of ready.checks) {
      const result = check(judgement, size)
      if (result === null) continue
      figures.push(result.figure)
      if (result.figure.outcome === 'block') code ??= result.figure.check
      else if (result.quantityMax !== null && isLess(result.quantityMax, size.quantity)) size = sizeOf(judgement, result.quantityMax)
    }
    return { judgement, size, figures, code }
  }

  #readyFor({ botId, venueId }: Proposal): ReadyLimits {
    const given = this.#limitsOf(botId, venueId)
    const known = this.#ready.get(given)
    if (known !== undefined) return known
    const limits = scaledLimits(given)
    const ready: ReadyLimits = { limits, checks: activeChecks(limits), amounts: limitAmountsOf(limits, ZERO) }
    this.#ready.set(given, ready)
    return ready
  }

  #pass(proposal: Proposal, view: GateView, ruling: Ruling, quantity: Decimal, downsizedFrom: Decimal | null): Verdict {
    const approved = mintApproved(proposal, quantity)
    this.#minted.add(approved)
    return { kind: 'pass', approved, figures: ruling.figures, downsizedFrom, epoch: view.epoch, atMs: view.nowMs }
  }

  #ownShareOf(key: OrderKey): OwnShare | null {
    const row = this.book.get(key)
    if (row === null) return null
    const { leavesQuantity: leaves, notional, cash, risk } = row
    return { filled: this.book.filledOf(key), leaves, notional, cash, risk }
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
    windowId: instrument.terms?.windowId ?? null,
    botId,
    strategyId,
    side,
    ...(proposal.type === 'stop' ? { isStop: true } : {}),
  }
}

function termsOf({ judgement, size }: Ruling): ReservationTerms {
  const { quantity: leaves, adding, notional, cash, risk } = size
  const { unit, stop, proposal } = judgement
  return { leaves, adding, unit, unitRisk: stop.perUnit, notional, cash, risk, limitPrice: proposal.limitPrice }
}

function blockOf(proposal: Proposal, view: GateView, ruling: Ruling, code: string): Verdict {
  return { kind: 'block', proposal, code, figures: ruling.figures, epoch: view.epoch, atMs: view.nowMs }
}
