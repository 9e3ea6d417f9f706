import { add, type Decimal, isLess, isPositive, isZero, maximum, minimum, negate, subtract, ZERO } from '#domain/decimal'
import { invariant, mustExist } from '#domain/errors'
import type { AccountId, AssetCode, BotId, InstrumentId, StrategyId, VenueId } from '#domain/ids'
import type { Instrument } from '#domain/instrument'
import type { Side } from '#domain/order'
import { type StopTerms, stopLossOf } from './stop-risk'
import { PairTally, Tally } from './tally'
import type { Book, KnownOrder, OrderKey, Reservation } from './types'
import { DEFAULT_RISK_LIMITS } from './types'
import { reducingPartOf, type UnitCost, unitCostOf, worstCostOf } from './worst-case'

/** Whose order it is and on what. */
export type ReservationFacts = Omit<Reservation, 'leavesQuantity' | 'addingQuantity' | 'notional' | 'cash' | 'risk' | 'limitPrice'>

/** Finds what is assumed of an order of a bot on a venue; null for a foreign one. */
export type StopTermsLookup = (botId: BotId | null, venueId: VenueId) => StopTerms

/** What an order can still do under one set of terms; while an amend is unanswered there are two. */
export interface ReservationTerms {
  readonly leaves: Decimal
  readonly adding: Decimal
  readonly unit: UnitCost
  /** What one unit of `adding` loses at its stop, account currency. */
  readonly unitRisk: Decimal
  /** What `adding` and `leaves` cost at worst under `unit`. */
  readonly notional: Decimal
  readonly cash: Decimal
  readonly risk: Decimal
  readonly limitPrice: Decimal | null
}

interface Row {
  readonly facts: ReservationFacts
  filled: Decimal
  terms: ReservationTerms
  pending: ReservationTerms | null
  reservation: Reservation
}

/**
 * The worst case of every order that may still fill (RSK-03): from its verdict, through unknown and unresolved, to the evidence of its
 * end. Sums are kept by scope and changed with each row, so that a judgement reads them without a loop.
 */
export class ExposureBook implements Book {
  readonly #rows = new Map<OrderKey, Row>()
  readonly #byInstrument = new Map<InstrumentId, Set<Row>>()
  #total = ZERO
  #risk = ZERO
  readonly #ofInstrument = new Tally()
  readonly #ofAsset = new Tally()
  readonly #ofStrategy = new Tally()
  readonly #ofVenue = new Tally()
  /** By instrument, of orders without a strategy. */
  readonly #ofManual = new Tally()
  readonly #cashOfAccount = new PairTally()
  /** By bot, and account and asset in one. */
  readonly #cashOfBot = new PairTally()
  readonly #sellsOfAccount = new PairTally()
  /** By bot and instrument; '' stands for nobody's. */
  readonly #leavesToBuy = new PairTally()
  readonly #leavesToSell = new PairTally()
  readonly #riskOfLine = new PairTally()
  readonly #stopsOf: StopTermsLookup

  /** @param stops what is assumed of an order that no verdict of this process tells of, for all or for each bot on its venue. */
  constructor(stops: StopTerms | StopTermsLookup = DEFAULT_RISK_LIMITS) {
    this.#stopsOf = typeof stops === 'function' ? stops : () => stops
  }

  /** Reserves for an order that passes, in the step of its verdict. A row of the same key never shrinks by it. */
  reserve(facts: ReservationFacts, terms: ReservationTerms): void {
    const row = this.#rows.get(facts.key)
    if (row === undefined) this.#insert(facts, ZERO, terms)
    else this.#change(row, largerTerms(facts.side, row.terms, terms), row.pending)
  }

  /** Holds the larger of the present and the amended terms until `settle`. */
  hold(key: OrderKey, amended: ReservationTerms): void {
    const row = mustExist(this.#rows.get(key), `ExposureBook.hold(): no reservation for ${key}`)
    invariant(row.pending === null, `ExposureBook.hold(): an amend of ${key} is already unanswered`)
    this.#change(row, row.terms, amended)
  }

  /** Keeps the amended terms when accepted, the earlier ones when refused. Unknown keys and settled amends change nothing. */
  settle(key: OrderKey, outcome: 'accepted' | 'refused'): void {
    const row = this.#rows.get(key)
    if (row === undefined || row.pending === null) return
    this.#change(row, outcome === 'accepted' ? row.pending : row.terms, null)
  }

  restore(order: KnownOrder, instrument: Instrument, quoteRate: Decimal, positionOfBot: Decimal): void {
    this.release(order.key)
    const claimed = this.leavesOf(order.botId, instrument.instrumentId, order.side)
    const stops = this.#stopsOf(order.botId, instrument.venueId)
    const termsOf = (quantity: Decimal, limitPrice: Decimal | null): ReservationTerms => {
      const leaves = maximum(subtract(quantity, order.filledQuantity), ZERO)
      const priced = { ...order, limitPrice }
      const unit = unitCostOf(priced, instrument, null, quoteRate, stops.marketOrderBufferBps)
      const { perUnit: unitRisk } = stopLossOf(priced, order.stopPrice, unit, instrument, quoteRate, stops)
      const adding = subtract(leaves, reducingPartOf(order.side, leaves, positionOfBot, claimed))
      const notional = worstCostOf(adding, unit.notional)
      const risk = worstCostOf(adding, unitRisk)
      return { leaves, adding, unit, unitRisk, notional, cash: worstCostOf(leaves, unit.cash), risk, limitPrice }
    }
    const terms = termsOf(order.quantity, order.limitPrice)
    const amended = order.amend === null ? null : termsOf(order.amend.quantity, order.amend.limitPrice)
    if (!isPositive(terms.leaves) && (amended === null || !isPositive(amended.leaves))) return
    const { venueId, instrumentId, baseAsset, quoteAsset } = instrument
    const { key, accountId, botId, strategyId, side } = order
    const windowId = instrument.terms?.windowId ?? null
    const isStop = order.isStop === true ? { isStop: true } : {}
    const facts = { key, accountId, venueId, instrumentId, baseAsset, quoteAsset, windowId, botId, strategyId, side, ...isStop }
    this.#insert(facts, order.filledQuantity, terms)
    if (amended !== null) this.hold(key, amended)
  }

  fill(key: OrderKey, quantity: Decimal): void {
    const row = this.#rows.get(key)
    if (row === undefined) return
    const reduced = minimum(reducingOf(row.terms), reducingOf(row.pending ?? row.terms))
    row.filled = add(row.filled, quantity)
    this.#change(row, afterFill(row.terms, quantity), row.pending === null ? null : afterFill(row.pending, quantity))
    const { botId, instrumentId, side } = row.facts
    this.#shift(botId, instrumentId, side, subtract(quantity, reduced))
  }

  fillUnreserved(botId: BotId | null, instrumentId: InstrumentId, side: Side, quantity: Decimal): void {
    this.#shift(botId, instrumentId, side, quantity)
  }

  /**
   * A fill of what was not reserved as reducing may have lowered the position that other orders of that bot and side count on reducing. As much
   * of theirs now adds, or their later fills would open a position that nothing was reserved for.
   */
  #shift(botId: BotId | null, instrumentId: InstrumentId, side: Side, excess: Decimal): void {
    let left = excess
    for (const row of this.#byInstrument.get(instrumentId) ?? []) {
      if (!isPositive(left)) return
      if (row.facts.botId !== botId || row.facts.side !== side) continue
      const moved = minimum(left, maximum(reducingOf(row.terms), reducingOf(row.pending ?? row.terms)))
      if (!isPositive(moved)) continue
      left = subtract(left, moved)
      this.#change(row, withAdding(row.terms, moved), row.pending === null ? null : withAdding(row.pending, moved))
    }
  }

  release(key: OrderKey): void {
    const row = this.#rows.get(key)
    if (row === undefined) return
    this.#rows.delete(key)
    this.#byInstrument.get(row.facts.instrumentId)?.delete(row) // an empty set stays: instruments are few, and the next order needs it
    const { leavesQuantity, notional, cash, risk } = row.reservation
    this.#count(row.facts, negate(leavesQuantity), negate(notional), negate(cash), negate(risk))
  }

  get(key: OrderKey): Reservation | null {
    return this.#rows.get(key)?.reservation ?? null
  }

  filledOf(key: OrderKey): Decimal {
    return this.#rows.get(key)?.filled ?? ZERO
  }

  all(): readonly Reservation[] {
    return [...this.#rows.values()].map((row) => row.reservation)
  }

  total(): Decimal {
    return this.#total
  }

  /** What the adding parts of all working orders lose at their stops, account currency. */
  risk(): Decimal {
    return this.#risk
  }

  /** The same of one bot's orders on an instrument. */
  riskOfLine(botId: BotId, instrumentId: InstrumentId): Decimal {
    return this.#riskOfLine.of(botId, instrumentId)
  }

  notionalOfVenue(venueId: VenueId): Decimal {
    return this.#ofVenue.of(venueId)
  }

  /** Worst-case notional on the instruments that match, account currency: for scopes that only some orders are asked for. */
  notionalWhere(matches: (facts: ReservationFacts) => boolean): Decimal {
    return this.#sumWhere(this.#ofInstrument, matches)
  }

  /** The same of orders without a strategy (RSK-12). */
  manualWhere(matches: (facts: ReservationFacts) => boolean): Decimal {
    return this.#sumWhere(this.#ofManual, matches)
  }

  /** Worst-case notional of one bot's orders on an instrument, but for one of them. */
  notionalOfLine(botId: BotId, instrumentId: InstrumentId, except: OrderKey): Decimal {
    let sum = ZERO
    for (const { facts, reservation } of this.#byInstrument.get(instrumentId) ?? [])
      if (facts.botId === botId && facts.key !== except) sum = add(sum, reservation.notional)
    return sum
  }

  /** The same of one strategy's orders in one bot. */
  notionalOfMember(botId: BotId, strategyId: StrategyId): Decimal {
    let sum = ZERO
    for (const { facts, reservation } of this.#rows.values())
      if (facts.botId === botId && facts.strategyId === strategyId) sum = add(sum, reservation.notional)
    return sum
  }

  notionalOfInstrument(instrumentId: InstrumentId): Decimal {
    return this.#ofInstrument.of(instrumentId)
  }

  notionalOfAsset(asset: AssetCode): Decimal {
    return this.#ofAsset.of(asset)
  }

  notionalOfStrategy(strategyId: StrategyId): Decimal {
    return this.#ofStrategy.of(strategyId)
  }

  /** Quote asset that working buys of the account can still take. */
  cashOfAccount(accountId: AccountId, asset: AssetCode): Decimal {
    return this.#cashOfAccount.of(accountId, asset)
  }

  /** Quote asset that working buys of one bot in the account can still take. */
  cashOfBot(botId: BotId, accountId: AccountId, asset: AssetCode): Decimal {
    return this.#cashOfBot.of(botId, `${accountId} ${asset}`)
  }

  /** Base that working sells of the account can still take. */
  sellsOfAccount(accountId: AccountId, asset: AssetCode): Decimal {
    return this.#sellsOfAccount.of(accountId, asset)
  }

  /** Leaves of one bot's working orders of one side on an instrument, base; null asks for foreign orders. */
  leavesOf(botId: BotId | null, instrumentId: InstrumentId, side: Side): Decimal {
    return this.#leavesOf(side).of(botId ?? '', instrumentId)
  }

  /** Working orders on an instrument of one side, whichever bot's. */
  *onInstrument(instrumentId: InstrumentId, side: Side): Iterable<Reservation> {
    const rows = this.#byInstrument.get(instrumentId)
    if (rows === undefined) return
    for (const row of rows) if (row.facts.side === side) yield row.reservation
  }

  /** Count of instruments, other than those held and `except`, on which a working order can open a position; manual ones may be left out. */
  openersBeyond(held: ReadonlySet<InstrumentId>, except: InstrumentId | null, isManualIgnored = false): number {
    let count = 0
    for (const [instrumentId, rows] of this.#byInstrument) {
      if (instrumentId === except || held.has(instrumentId)) continue
      for (const row of rows) {
        if (isZero(row.reservation.addingQuantity) || (isManualIgnored && row.facts.strategyId === null)) continue
        count += 1
        break
      }
    }
    return count
  }

  #insert(facts: ReservationFacts, filled: Decimal, terms: ReservationTerms): void {
    const reservation = reservationOf(facts, terms, null)
    const row: Row = { facts, filled, terms, pending: null, reservation }
    this.#rows.set(facts.key, row)
    const rows = this.#byInstrument.get(facts.instrumentId)
    if (rows === undefined) this.#byInstrument.set(facts.instrumentId, new Set([row]))
    else rows.add(row)
    this.#count(facts, reservation.leavesQuantity, reservation.notional, reservation.cash, reservation.risk)
  }

  #change(row: Row, terms: ReservationTerms, pending: ReservationTerms | null): void {
    const before = row.reservation
    const after = reservationOf(row.facts, terms, pending)
    row.terms = terms
    row.pending = pending
    row.reservation = after
    this.#count(
      row.facts,
      subtract(after.leavesQuantity, before.leavesQuantity),
      subtract(after.notional, before.notional),
      subtract(after.cash, before.cash),
      subtract(after.risk, before.risk),
    )
  }

  #sumWhere(tally: Tally, matches: (facts: ReservationFacts) => boolean): Decimal {
    let sum = ZERO
    for (const [instrumentId, rows] of this.#byInstrument) {
      const [row] = rows
      if (row !== undefined && matches(row.facts)) sum = add(sum, tally.of(instrumentId))
    }
    return sum
  }

  #leavesOf(side: Side): PairTally {
    return side === 'buy' ? this.#leavesToBuy : this.#leavesToSell
  }

  #count(facts: ReservationFacts, leaves: Decimal, notional: Decimal, cash: Decimal, risk: Decimal): void {
    const { accountId, venueId, instrumentId, baseAsset, quoteAsset, botId, strategyId, side } = facts
    if (!isZero(risk)) {
      this.#risk = add(this.#risk, risk)
      this.#riskOfLine.add(botId ?? '', instrumentId, risk)
    }
    if (!isZero(notional)) {
      this.#total = add(this.#total, notional)
      this.#ofVenue.add(venueId, notional)
      this.#ofInstrument.add(instrumentId, notional)
      this.#ofAsset.add(baseAsset, notional)
      if (strategyId === null) this.#ofManual.add(instrumentId, notional)
      else this.#ofStrategy.add(strategyId, notional)
    }
    this.#leavesOf(side).add(botId ?? '', instrumentId, leaves)
    if (side === 'sell') this.#sellsOfAccount.add(accountId, baseAsset, leaves)
    else if (!isZero(cash)) {
      this.#cashOfAccount.add(accountId, quoteAsset, cash)
      if (botId !== null) this.#cashOfBot.add(botId, `${accountId} ${quoteAsset}`, cash)
    }
  }
}

/** The costs of what is left of an order after its quantities changed. */
function withQuantities(terms: ReservationTerms, leaves: Decimal, adding: Decimal): ReservationTerms {
  const { unit, unitRisk, limitPrice } = terms
  return {
    leaves,
    adding,
    unit,
    unitRisk,
    notional: worstCostOf(adding, unit.notional),
    cash: worstCostOf(leaves, unit.cash),
    risk: worstCostOf(adding, unitRisk),
    limitPrice,
  }
}

/** A fill lowers the position first: what adds to one is the part of the order that fills last. */
function afterFill(terms: ReservationTerms, quantity: Decimal): ReservationTerms {
  const leaves = maximum(subtract(terms.leaves, quantity), ZERO)
  return withQuantities(terms, leaves, minimum(terms.adding, leaves))
}

function reducingOf(terms: ReservationTerms): Decimal {
  return subtract(terms.leaves, terms.adding)
}

function withAdding(terms: ReservationTerms, more: Decimal): ReservationTerms {
  return withQuantities(terms, terms.leaves, minimum(add(terms.adding, more), terms.leaves))
}

/** Of two limit prices the one that an opposite order meets first: a market order (null) meets every one. */
function easierPrice(side: Side, one: Decimal | null, other: Decimal | null): Decimal | null {
  if (one === null || other === null) return null
  return isLess(one, other) === (side === 'buy') ? other : one
}

/** Figure by figure the larger of two terms: at least what either can cost. */
function largerTerms(side: Side, one: ReservationTerms, other: ReservationTerms): ReservationTerms {
  return {
    leaves: maximum(one.leaves, other.leaves),
    adding: maximum(one.adding, other.adding),
    unit: {
      price: maximum(one.unit.price, other.unit.price),
      notional: maximum(one.unit.notional, other.unit.notional),
      cash: maximum(one.unit.cash, other.unit.cash),
    },
    unitRisk: maximum(one.unitRisk, other.unitRisk),
    notional: maximum(one.notional, other.notional),
    cash: maximum(one.cash, other.cash),
    risk: maximum(one.risk, other.risk),
    limitPrice: easierPrice(side, one.limitPrice, other.limitPrice),
  }
}

function reservationOf(facts: ReservationFacts, terms: ReservationTerms, pending: ReservationTerms | null): Reservation {
  const { leaves, adding, notional, cash, risk, limitPrice } = pending === null ? terms : largerTerms(facts.side, terms, pending)
  return { ...facts, leavesQuantity: leaves, addingQuantity: adding, notional, cash, risk, limitPrice }
}
