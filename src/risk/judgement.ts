import { add, type Decimal, isPositive, isZero, multiply, subtract } from '#domain/decimal'
import type { Proposal } from '#domain/order'
import type { CapType, CheckFigure } from '#domain/verdict'
import type { ExposureBook } from './exposure'
import type { CheckName } from './check-names'
import { type StopLoss, stopLossOf } from './stop-risk'
import type { GateView, RiskLimits } from './types'
import { afterFee, midOf, reducingPartOf, type UnitCost, unitCostOf, valuePriceOf, worstCostOf } from './worst-case'

/** Limits in account currency: the ratios times equity, worked out once an equity. */
export interface LimitAmounts {
  readonly equity: Decimal
  readonly totalAtRisk: Decimal
  readonly position: Decimal
  readonly asset: Decimal
  readonly theme: Decimal
  /** Null where the check is off, as is the next. */
  readonly riskPerTrade: Decimal | null
  readonly portfolioRisk: Decimal | null
  /** Keyed by strategy id. */
  readonly strategies: Map<string, Decimal>
  /** Keyed by venue id. */
  readonly venues: Map<string, Decimal>
}

/** What the gate's own row of the judged order holds already (a retry, an amend); its share is not counted twice. */
export interface OwnShare {
  readonly filled: Decimal
  readonly leaves: Decimal
  readonly notional: Decimal
  readonly cash: Decimal
  readonly risk: Decimal
}

/** All that the checks of one judgement share: facts, and products that several of them need. Nothing in it changes. */
export interface Judgement {
  readonly proposal: Proposal
  readonly view: GateView
  readonly limits: RiskLimits
  readonly amounts: LimitAmounts
  readonly book: ExposureBook
  readonly own: OwnShare | null
  readonly unit: UnitCost
  readonly stop: StopLoss
  /** Null without a quote. */
  readonly mid: Decimal | null
  /** Leaves of the bot's other working orders of this side on the instrument, base. */
  readonly claimed: Decimal
  /** In all other working orders at worst, account currency. */
  readonly working: Decimal
  /** Held and in all other working orders at worst, account currency. */
  readonly exposure: Decimal
  /** The same on the order's instrument alone. */
  readonly exposureOfInstrument: Decimal
  /** False when the order, filled whole, only lowers the position, or the amend only lowers what the order can cost. */
  readonly addsRisk: boolean
  readonly isAmend: boolean
}

/** The size that is judged: the proposed one, or what a cap left of it. */
export interface Size {
  /** Base, still to be filled. */
  readonly quantity: Decimal
  readonly reducing: Decimal
  readonly adding: Decimal
  /** Worst-case notional of the adding part, fee included, account currency. */
  readonly notional: Decimal
  /** What a buy takes at worst, quote, fee included; zero for a sell. */
  readonly cash: Decimal
  /** What the adding part loses at its stop, account currency. */
  readonly risk: Decimal
  /** The order's value as the venue's minimums see it, quote; for an amend that of the new total. */
  readonly value: Decimal
  /** `value` less the highest fee. */
  readonly netValue: Decimal
}

/** What a check found; `quantityMax` is set with a `downsize` and is on the lot. */
export interface CheckResult {
  readonly figure: CheckFigure
  readonly quantityMax: Decimal | null
}

/** One named check, pure. Null when it has nothing to judge by (another check blocks for that) or is switched off. */
export type Check = (judgement: Judgement, size: Size) => CheckResult | null

const passes = new Map<CheckName, CheckResult>()

/** Returns a pass without figures; one frozen object a check, since most checks pass most of the time. */
export function passed(check: CheckName, capType: CapType): CheckResult {
  const known = passes.get(check)
  if (known !== undefined) return known
  const figure = Object.freeze({ check, outcome: 'pass' as const, capType, current: null, proposed: null, limit: null, message: null })
  const result = Object.freeze({ figure, quantityMax: null })
  passes.set(check, result)
  return result
}

/** The numbers of a figure; null where there is none. */
export interface Figures {
  readonly current: string | null
  readonly proposed: string | null
  readonly limit: string | null
}

/** Returns a pass with its numbers. */
export function passedWith(check: CheckName, capType: CapType, { current, proposed, limit }: Figures): CheckResult {
  return { figure: { check, outcome: 'pass', capType, current, proposed, limit, message: null }, quantityMax: null }
}

/** Returns a block with its numbers and a sentence for a person. */
export function blocked(check: CheckName, capType: CapType, { current, proposed, limit }: Figures, message: string): CheckResult {
  return { figure: { check, outcome: 'block', capType, current, proposed, limit, message }, quantityMax: null }
}

type SizingFacts = Pick<Judgement, 'proposal' | 'view' | 'unit' | 'stop' | 'claimed' | 'isAmend'>

/** Returns the size of an order of `quantity` base still to be filled. */
export function sizeOf({ proposal, view, unit, stop, claimed, isAmend }: SizingFacts, quantity: Decimal): Size {
  const reducing = reducingPartOf(proposal.side, quantity, view.positionOfBot, claimed)
  const adding = isZero(reducing) ? quantity : subtract(quantity, reducing)
  const notional = worstCostOf(adding, unit.notional)
  const cash = adding === quantity && unit.cash === unit.notional ? notional : worstCostOf(quantity, unit.cash)
  const value = multiply(isAmend ? proposal.quantity : quantity, valuePriceOf(proposal, view.quote))
  const risk = worstCostOf(adding, stop.perUnit)
  return { quantity, reducing, adding, notional, cash, risk, value, netValue: afterFee(value, view.instrument, proposal.postOnly) }
}

/** Reads the facts that the checks share. `own` is the row that the book has of this order already. */
export function judgementOf(
  proposal: Proposal,
  view: GateView,
  limits: RiskLimits,
  amounts: LimitAmounts,
  book: ExposureBook,
  own: OwnShare | null,
  isAmend: boolean,
): { readonly judgement: Judgement; readonly size: Size } {
  const unit = unitCostOf(proposal, view.instrument, view.quote, view.quoteRate, limits.marketOrderBufferBps)
  const { instrument, guards } = view
  const stop = stopLossOf(proposal, guards.intent?.stopPrice ?? null, unit, instrument, view.quoteRate, limits)
  const claimed = withoutOwn(book.leavesOf(proposal.botId, proposal.instrumentId, proposal.side), own === null ? null : own.leaves)
  const leaves = isAmend && own !== null ? subtract(proposal.quantity, own.filled) : proposal.quantity
  const size = sizeOf({ proposal, view, unit, stop, claimed, isAmend }, leaves)
  const ownNotional = own === null ? null : own.notional
  const working = withoutOwn(book.total(), ownNotional)
  const workingOfInstrument = withoutOwn(book.notionalOfInstrument(proposal.instrumentId), ownNotional)
  const addsRisk = isAmend && own !== null ? isPositive(subtract(size.notional, own.notional)) : isPositive(size.adding)
  const judgement: Judgement = {
    proposal,
    view,
    limits,
    amounts,
    book,
    own,
    unit,
    stop,
    mid: view.quote === null ? null : midOf(view.quote),
    claimed,
    exposure: add(view.held.total, working),
    exposureOfInstrument: add(view.held.instrument, workingOfInstrument),
    working,
    addsRisk,
    isAmend,
  }
  return { judgement, size }
}

/** Returns a sum of the book without the judged order's own share. */
export function withoutOwn(sum: Decimal, own: Decimal | null): Decimal {
  return own === null ? sum : subtract(sum, own)
}
