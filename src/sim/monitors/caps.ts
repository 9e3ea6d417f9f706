import { toNumber, ZERO } from '#domain/decimal'
import type { Books } from './books'
import { BoundedMap } from './bounded-map'
import type { MonitoredCompany, MonitoredLimits, MonitoredOrder } from './company'
import type { Exposure, ExposureOf, Working } from './exposure'
import { assetsOf, isOver, type SeenEntry, type SeenFact, type Terms, termsOf, type VerdictFacts, verdictOf } from './facts'
import type { Judge } from './judge'

const VERDICTS_MAX = 4_000
/** What doubles may lose, of an amount and of a quantity. */
const slackOf = (amount: number): number => 1e-6 + 1e-9 * Math.abs(amount)
/** So many sweeps a preview may take, the venue's limits and all. */
const UNSENT_SWEEPS_MAX = 3
const LOT_EPSILON = 1e-9
/** What the fee of an order can change by while it works, of its worth. */
const FEE_SHIFT = 0.004

interface Cap {
  readonly check: string
  readonly scope: keyof ExposureOf
  /** Null where the strategy has no limit of its own. */
  limit(limits: MonitoredLimits, equity: number, strategyId: string): number | null
}

const CAPS: readonly Cap[] = [
  { check: 'total_at_risk', scope: 'budgetTotal', limit: (limits, equity) => limits.totalAtRiskRatioMax * equity },
  { check: 'position_max', scope: 'budgetInstrument', limit: (limits, equity) => limits.positionRatioMax * equity },
  { check: 'asset_max', scope: 'asset', limit: (limits, equity) => limits.assetRatioMax * equity },
  {
    check: 'strategy_max',
    scope: 'strategy',
    limit: ({ strategyRatioMax }, equity, strategyId) =>
      Object.hasOwn(strategyRatioMax, strategyId) ? (strategyRatioMax[strategyId] ?? 0) * equity : null,
  },
  { check: 'total_exposure_max', scope: 'total', limit: (limits) => limits.totalExposureMax },
]

/** Caps whose rows must be there, by the limit that is configured (null: none is), and are held to it and to nothing else. */
const OTHER_CAPS: Readonly<Record<string, (limits: MonitoredLimits, figures: VerdictFacts['figures']) => number | null>> = {
  order_notional_max: (limits) => limits.orderNotionalMax,
  market_concentration: (limits, figures) => {
    const exposure = Number(figures.find(([check]) => check === 'total_exposure_max')?.[3] ?? 0)
    return limits.marketConcentrationRatioMax * Math.max(limits.totalExposureMax, exposure)
  },
  daily_notional_max: (limits) => limits.dailyNotionalMax,
  open_positions_max: (limits) => limits.openPositionsMax,
}
/** Caps that are not on for every order: what a verdict says of them may not be beyond their limit either. */
const FURTHER_CAPS = ['portfolio_risk', 'risk_per_trade', 'instrument_notional_max', 'theme_cap', 'venue_max', 'window_max', 'kelly']
const CAP_CHECKS: ReadonlySet<string> = new Set([...CAPS.map((cap) => cap.check), ...Object.keys(OTHER_CAPS), ...FURTHER_CAPS])
/** What equity may change by until the next time that the company values everything. */
const EQUITY_SHIFT = 0.1

interface Passed {
  readonly verdict: VerdictFacts
  readonly equity: number
  /** A change of them makes it lapse, but what was journaled before is no breach of what came after. */
  readonly limits: MonitoredLimits
}

/**
 * I6: whenever a verdict passes, what is held and what all working orders can add at worst is within the caps. Counted again from the
 * journal, and never above the truth; the verdict's own figures may not be lower than that, nor beyond their limits.
 */
export class Caps {
  readonly #judge: Judge
  readonly #company: MonitoredCompany
  readonly #exposure: Exposure
  readonly #books: Books
  /** Newest price of each asset that had one: a company that lost one goes on by the value it had. */
  readonly #rates = new Map<string, number>()
  readonly #passed = new BoundedMap<number, Passed>(VERDICTS_MAX)
  /** Whether the newest terms of an order add risk. */
  readonly #adds = new Map<string, boolean>()
  /** Orders of before the restart that the gate's book need not know yet: their venue has not been synchronised. */
  readonly #restored = new Set<string>()

  /** Sweeps that found something reserved for what is no order yet. */
  readonly #unsent = new Map<string, number>()

  /** @param books that hear of facts before. */
  constructor(judge: Judge, company: MonitoredCompany, exposure: Exposure, books: Books) {
    this.#judge = judge
    this.#company = company
    this.#exposure = exposure
    this.#books = books
    for (const { clientOrderId } of company.liveOrders()) this.#restored.add(clientOrderId)
  }

  /** True unless the newest terms of the order are known to add nothing to a position. */
  addsRisk(clientOrderId: string): boolean {
    return this.#adds.get(clientOrderId) ?? true
  }

  onFact({ entry, equity, limits, after }: SeenFact): void {
    if (entry.kind === 'verdict.passed')
      return this.#onVerdict(entry, equity === null ? 0 : toNumber(equity), limits ?? this.#company.limits)
    const id = entry.correlationId
    if (id === null || !entry.kind.startsWith('order.')) return
    this.#onOrder(id, entry)
    if (!isOver(after) && !(entry.kind === 'order.retry' && after === 'pending')) return
    this.#exposure.drop(id)
    this.#adds.delete(id)
    this.#restored.delete(id)
  }

  /** Compares the gate's book with the orders that work. */
  sweep(): void {
    this.#takeRestored()
    const reserved = new Set<string>()
    for (const { clientOrderId, leavesQuantity } of this.#company.reservations()) {
      reserved.add(clientOrderId)
      this.#judge.that('I6', this.#wrongReservation(clientOrderId, toNumber(leavesQuantity)))
    }
    for (const id of this.#unsent.keys()) if (!reserved.has(id) || this.#company.order(id) !== null) this.#unsent.delete(id)
    for (const { clientOrderId, state, proposal } of this.#company.liveOrders()) {
      if (state === 'pending' || this.#restored.has(clientOrderId) || this.#company.venueBlock(proposal.venueId) !== null) continue
      this.#judge.that('I6', reserved.has(clientOrderId) ? null : `nothing is reserved for ${clientOrderId}, which may still fill`)
    }
  }

  #onOrder(id: string, entry: SeenEntry): void {
    const { payload } = entry
    switch (entry.kind) {
      case 'order.submitting':
        return this.#onSubmission(termsOf(entry), entry)
      case 'order.adopted':
        return this.#exposure.put({ ...this.#workingOf(termsOf(entry)), botId: null, strategyId: null })
      case 'order.amend':
        return this.#onAmend(id, payload as AmendFacts, entry)
      case 'order.amended':
        return payload['quantity'] === null && payload['limitPrice'] === null
          ? this.#exposure.settle(id, 'taken')
          : this.#onTold(id, payload)
      case 'order.amendRefused':
        return this.#exposure.settle(id, 'refused')
      case 'order.reported':
        return this.#onTold(id, payload)
      case 'order.filled':
        return this.#exposure.fill(id, Number(payload['quantity']))
    }
  }

  /** The venue told the terms that hold, or enough to know that an amend is answered. */
  #onTold(id: string, { quantity, limitPrice }: SeenEntry['payload']): void {
    this.#exposure.settle(id, 'unclear')
    const order = this.#company.order(id)
    if (typeof quantity !== 'string' || order === null) return
    const { instrumentId, postOnly } = order.proposal
    this.#exposure.agree(id, Number(quantity), typeof limitPrice === 'string' ? this.#unitOf(instrumentId, limitPrice, postOnly) : null)
  }

  /** The verdict's own figures: each cap was looked at, by the limit that is configured, and is not exceeded by what adds. */
  #onVerdict(entry: SeenEntry, equity: number, limits: MonitoredLimits): void {
    const verdict = verdictOf(entry)
    this.#passed.set(entry.seq, { verdict, equity, limits })
    this.#judge.that('I6', this.#beyondItsLimit(verdict, entry.seq) ?? this.#overvalued(equity, entry.seq), entry)
  }

  /** Fractions of equity are limits only if it is there: counted again from what the postings sum to, at present prices. */
  #overvalued(equity: number, seq: number): string | null {
    let own = 0
    let moving = 0
    for (const [asset, quantity] of this.#books.totals()) {
      const rate = this.#company.rateOf(asset)
      if (rate !== null) this.#rates.set(asset, toNumber(rate))
      const value = toNumber(quantity) * (this.#rates.get(asset) ?? 0)
      own += value
      moving += Math.abs(value)
    }
    const most = own + EQUITY_SHIFT * moving
    return equity > most + slackOf(most) ? `verdict ${seq} passed by an equity of ${equity}, where ${own} is held` : null
  }

  #beyondItsLimit({ figures }: VerdictFacts, seq: number): string | null {
    for (const [check, outcome, , current, proposed, limit] of figures) {
      if (outcome !== 'pass' || !CAP_CHECKS.has(check ?? '') || proposed === null || limit === null) continue
      const [before, after, most] = [Number(current), Number(proposed), Number(limit)]
      if (after > most + slackOf(most) && after > before) return `verdict ${seq} passed with ${check} at ${proposed}, above ${limit}`
    }
    return null
  }

  #onSubmission(terms: Terms, entry: SeenEntry): void {
    this.#takeRestored()
    this.#exposure.drop(terms.clientOrderId)
    this.#judgeTerms(this.#workingOf(terms), entry.causationSeq, entry, null)
  }

  #onAmend(id: string, { quantity, limitPrice, verdictSeq }: AmendFacts, entry: SeenEntry): void {
    this.#takeRestored()
    const worstBefore = this.#exposure.lineWorst(id)
    const old = this.#exposure.drop(id)
    const order = this.#company.order(id)
    if (old === null || order === null) return
    const price = limitPrice ?? order.proposal.referencePrice
    const { postOnly, instrumentId } = order.proposal
    const amended = { ...old.order, quantity: Number(quantity), unit: this.#unitOf(instrumentId, price, postOnly) }
    this.#judgeTerms(amended, verdictSeq, entry, worstBefore)
    this.#exposure.drop(id)
    this.#exposure.put(old.order, old.quantityMost)
    this.#exposure.amend(id, amended.quantity, amended.unit)
  }

  /** @param worstBefore of the line with the order's old terms; null for a new order. */
  #judgeTerms(working: Working, verdictSeq: number | null, entry: SeenEntry, worstBefore: number | null): void {
    const { key, instrumentId } = working
    const strategyId = working.strategyId ?? ''
    const rateOf = (asset: string): number => toNumber(this.#company.rateOf(asset) ?? ZERO)
    const passed = verdictSeq === null ? undefined : this.#passed.get(verdictSeq)
    this.#passed.delete(verdictSeq ?? 0)
    const { isManualIgnored } = passed?.limits ?? this.#company.limits
    const before = this.#exposure.of(instrumentId, strategyId, rateOf, isManualIgnored)
    this.#exposure.put(working)
    const after = this.#exposure.of(instrumentId, strategyId, rateOf, isManualIgnored)
    const added = after.instrument - before.instrument
    const growth = worstBefore === null ? added : this.#exposure.lineWorst(key) - worstBefore
    this.#adds.set(key, growth > slackOf(growth))
    if (passed === undefined) return // I1 says so
    // The order's old terms may be reserved with the fee of another tier of the schedule.
    const shift = worstBefore === null ? 0 : worstBefore * FEE_SHIFT
    const isAdding = added > slackOf(added) && growth > slackOf(growth) + shift
    this.#judge.that('I6', isAdding ? this.#tooMuch(working, passed, before, after, added) : null, entry)
  }

  #tooMuch(working: Working, passed: Passed, before: ExposureOf, after: ExposureOf, added: number): string | null {
    const { verdict, equity, limits } = passed
    const what = `the verdict on ${working.key}`
    const notional = working.quantity * working.unit
    if (notional > limits.orderNotionalMax + slackOf(notional))
      return `${what} passed an order of ${notional}, above ${limits.orderNotionalMax}`
    for (const cap of CAPS) {
      const limit = cap.limit(limits, Math.max(0, equity), working.strategyId ?? '')
      if (limit === null) continue
      const [least, now] = [before[cap.scope], after[cap.scope]]
      if (now > limit + slackOf(limit)) return `${what} passed with ${cap.check} at ${now} at least, above ${limit}`
      const row = verdict.figures.find(([check]) => check === cap.check)
      if (row === undefined) return `${what} passed without ${cap.check}`
      const [current, proposed, most] = [Number(row[3]), Number(row[4]), Number(row[5])]
      if (most > limit + slackOf(limit)) return `${what} was held to ${most} by ${cap.check}, where the limit is ${limit}`
      if (current < least - slackOf(least)) return `${what} counted ${current} by ${cap.check}, where ${least} at least was at risk`
      if (proposed < current + added - slackOf(current + added))
        return `${what} counted ${proposed - current} for the order by ${cap.check}, where it adds ${added} at least`
    }
    return lacking(what, verdict, limits)
  }

  #wrongReservation(id: string, reserved: number): string | null {
    if (this.#restored.has(id)) return null
    const leaves = this.#exposure.leavesOf(id)
    const order = this.#company.order(id)
    if (leaves !== null) {
      const slack = LOT_EPSILON * (1 + leaves.most)
      if (reserved < leaves.least - slack) return `${reserved} is reserved for ${id}, of which ${leaves.least} may still fill`
      return reserved > leaves.most + slack ? `${reserved} is reserved for ${id}, of which ${leaves.most} at most may still fill` : null
    }
    // One that the venue is asked to preview first is reserved before it is an order.
    if (order === null) return this.#unsentFor(id) > UNSENT_SWEEPS_MAX ? `${id} was never sent, and its reservation stands` : null
    const mayStillFill = !isOver(order.state) || toNumber(order.leavesQuantity) > 0
    return mayStillFill ? null : `${id} is over, and its reservation stands`
  }

  /** In how many sweeps something was reserved for what is no order yet. */
  #unsentFor(id: string): number {
    const count = (this.#unsent.get(id) ?? 0) + 1
    this.#unsent.set(id, count)
    return count
  }

  /** Takes in orders of before the restart once their venue may be traded on: from then on the gate must know them. */
  #takeRestored(): void {
    for (const id of this.#restored) {
      const order = this.#company.order(id)
      if (order !== null && this.#company.venueBlock(order.proposal.venueId) !== null) continue
      this.#restored.delete(id)
      if (order !== null && !isOver(order.state) && order.state !== 'pending') this.#exposure.put(this.#workingOfOrder(order))
    }
  }

  #workingOf(terms: Terms): Working {
    const { clientOrderId: key, botId, strategyId, instrumentId, side, quantity, limitPrice, referencePrice, postOnly } = terms
    const unit = this.#unitOf(instrumentId, limitPrice ?? referencePrice, postOnly)
    return { key, botId, strategyId, instrumentId, side, quantity: Number(quantity), filled: 0, unit }
  }

  #workingOfOrder({ proposal, isForeign, quantity, filledQuantity, limitPrice }: MonitoredOrder): Working {
    const working = this.#workingOf({ ...proposal, limitPrice })
    const owner = isForeign ? { botId: null, strategyId: null } : {}
    return { ...working, ...owner, quantity: toNumber(quantity), filled: toNumber(filledQuantity) }
  }

  #unitOf(instrumentId: string, price: string, postOnly: boolean): number {
    const rate = this.#company.rateOf(assetsOf(instrumentId).quote)
    const fee = this.#company.feeBpsMax(instrumentId, postOnly) / 10_000
    return Number(price) * (1 + fee) * (rate === null ? 1 : toNumber(rate))
  }
}

/** Which of the other caps a verdict did not look at, or by another limit than is configured. */
function lacking(what: string, { figures }: VerdictFacts, limits: MonitoredLimits): string | null {
  for (const [check, limitOf] of Object.entries(OTHER_CAPS)) {
    const limit = limitOf(limits, figures)
    if (limit === null) continue
    const row = figures.find(([name]) => name === check)
    if (row === undefined) return `${what} passed without ${check}`
    if (Number(row[5]) > limit + slackOf(limit)) return `${what} was held to ${row[5]} by ${check}, where the limit is ${limit}`
  }
  return null
}

type AmendFacts = { readonly quantity: string; readonly limitPrice: string | null; readonly verdictSeq: number }
