import { BalanceTable } from './balance-table'
import { BookedIds } from './booked-ids'
import { applyToBasis, type Basis, type CostBasisMethod, costOf, FLAT, quantityOf } from './cost-basis'
import { absolute, add, type Decimal, divide, isNegative, isZero, multiply, negate, subtract, ZERO } from './decimal'
import { type AccountId, type AssetCode, type InstrumentId, tradeId, type VenueId } from './ids'
import type { Json } from './json'
import { assertBalanced } from './ledger-postings'
import { type LedgerSnapshot, readLedgerSnapshot, SNAPSHOT_VERSION } from './ledger-snapshot'
import { type OpenPosition, openPosition, type Position, type PositionKey, positionOf } from './open-position'
import { pairKey } from './pair-key'
import type { DustDetail, GasDetail, Posting, RealizedRecord, TradeDetail } from './posting'
import type { SubAccountId } from './sub-account'
import { NO_TOTALS, plus, type SubTotals } from './sub-totals'
import { figuresOf, rateIn } from './trade-figures'
import type { AssetAmount } from './valuation'

export type { Position } from './open-position'

/** What a posting changed: the record of the trade, or of the dust that it closed; null when it was neither. */
export interface Applied {
  readonly posting: Posting
  readonly realized: RealizedRecord | null
}

/** What a sub-account holds of an asset outside positions (deposits, quote legs, fees paid), with its cost in the valuation asset. */
export interface Holding {
  readonly subAccount: SubAccountId
  readonly asset: AssetCode
  readonly quantity: Decimal
  readonly costValue: Decimal
}

/** Fees of a sub-account in one instrument and one asset (PFL-03). */
export interface FeeTotal {
  readonly subAccount: SubAccountId
  readonly instrumentId: InstrumentId
  readonly asset: AssetCode
  readonly quantity: Decimal
  /** Valuation asset; 0 for what had no rate. */
  readonly value: Decimal
}

/**
 * The company's books: double entry in exact decimals, folded from postings by one writer (ADR 0001). Balances, positions and PnL
 * are what the postings say and nothing else, so that the same postings give the same books. To the last digit, at any prices:
 * equity = flows + realised + unrealised, where both PnLs include holdings outside positions.
 */
export class Ledger {
  readonly valuationAsset: AssetCode
  readonly method: CostBasisMethod
  readonly #balances = new BalanceTable()
  readonly #positions = new Map<string, OpenPosition>()
  readonly #holdings = new Map<string, { subAccount: SubAccountId; asset: AssetCode; basis: Basis }>()
  readonly #totals = new Map<SubAccountId, SubTotals>()
  #allTotals = NO_TOTALS
  readonly #fees = new Map<string, FeeTotal>()
  #booked = new BookedIds()

  constructor(valuationAsset: AssetCode, method: CostBasisMethod = 'weightedAverage') {
    this.valuationAsset = valuationAsset
    this.method = method
  }

  /** True when a posting of that id is known to be in the books; settled executions are forgotten by and by. */
  hasBooked(postingId: string): boolean {
    return this.#booked.has(postingId)
  }

  /** Lets go of the ids of a venue's executions before an instant of its clock: all of them are in the books. */
  settleFills(venueId: VenueId, beforeMs: number): void {
    this.#booked.settle(venueId, beforeMs)
  }

  /** True for an execution so old that its id may have been let go: it is in the books. */
  isSettled(venueId: VenueId, atMs: number): boolean {
    return this.#booked.isSettled(venueId, atMs)
  }

  /** Count of posting ids in memory. */
  get idCount(): number {
    return this.#booked.size
  }

  /**
   * Books a posting once: a repeat (venues repeat fills after a reconnect) changes nothing and returns null.
   * @throws {InvariantError} when the lines do not sum to zero; nothing is booked then.
   */
  apply(posting: Posting): Applied | null {
    if (this.#booked.has(posting.postingId)) return null
    assertBalanced(posting)
    this.#booked.add(posting)
    for (const line of posting.lines) this.#balances.add(line)
    switch (posting.kind) {
      case 'fill':
        return { posting, realized: this.#bookTrade(posting, posting.trade) }
      case 'flow':
      case 'allocation':
        this.#bookFlow(posting)
        return { posting, realized: null }
      case 'gas':
        this.#bookGas(posting, posting.gas)
        return { posting, realized: null }
      case 'dust':
        return { posting, realized: this.#bookDust(posting, posting.dust) }
    }
  }

  /** Returns what a sub-account holds of an asset at a venue account. */
  held(accountId: AccountId, subAccount: SubAccountId, asset: AssetCode): Decimal {
    return this.#balances.find('held', accountId, subAccount, asset)?.amount ?? ZERO
  }

  /** Returns what all sub-accounts hold of an asset at a venue account. */
  heldOf(accountId: AccountId, asset: AssetCode): Decimal {
    return this.#balances.heldOf(accountId, asset)
  }

  /** Returns what is held by asset, a map for each venue account. */
  heldOfAll(): Iterable<ReadonlyMap<AssetCode, Decimal>> {
    return this.#balances.heldOfAll()
  }

  /** Returns what is held by asset, of one venue account, one sub-account, or (null) of all. Assets in order of name. */
  holdingsOf(filter: { readonly accountId: AccountId | null; readonly subAccount: SubAccountId | null }): readonly AssetAmount[] {
    const sums = new Map<AssetCode, Decimal>()
    for (const balance of this.#balances.rows) {
      if (balance.account !== 'held') continue
      if (filter.accountId !== null && balance.accountId !== filter.accountId) continue
      if (filter.subAccount !== null && balance.subAccount !== filter.subAccount) continue
      sums.set(balance.asset, add(sums.get(balance.asset) ?? ZERO, balance.amount))
    }
    return [...sums].map(([asset, quantity]) => ({ asset, quantity })).sort((a, b) => (a.asset < b.asset ? -1 : 1))
  }

  /** Calls `visit` with each asset that a sub-account (null for all) holds, once for each venue account: for whoever values often. */
  eachHeld(subAccount: SubAccountId | null, visit: (asset: AssetCode, quantity: Decimal) => void): void {
    this.#balances.eachHeld(subAccount, visit)
  }

  /** Returns what is held: a row for each venue account, sub-account and asset. */
  *heldRows(): Iterable<{ readonly subAccount: SubAccountId; readonly asset: AssetCode; readonly amount: Decimal }> {
    for (const row of this.#balances.rows) if (row.account === 'held') yield row
  }

  /** Returns the sum over all four accounts by asset: all zero, or a posting was lost (I5). */
  trialBalance(): readonly AssetAmount[] {
    const sums = new Map<AssetCode, Decimal>()
    for (const { asset, amount } of this.#balances.rows) sums.set(asset, add(sums.get(asset) ?? ZERO, amount))
    return [...sums].map(([asset, quantity]) => ({ asset, quantity }))
  }

  /** Returns the position of a sub-account in an instrument, or null when it never traded it. */
  position(subAccount: SubAccountId, instrumentId: InstrumentId): Position | null {
    const open = this.#positions.get(pairKey(subAccount, instrumentId))
    return open === undefined ? null : positionOf(open)
  }

  /** Returns the net quantity of a sub-account in an instrument, base, long positive. */
  netQuantityOf(subAccount: SubAccountId, instrumentId: InstrumentId): Decimal {
    const open = this.#positions.get(pairKey(subAccount, instrumentId))
    return open === undefined ? ZERO : quantityOf(open.basis)
  }

  /** Returns every position ever opened, flat ones too, in order of their first trade. */
  positions(): readonly Position[] {
    return [...this.#positions.values()].map(positionOf)
  }

  holdings(): readonly Holding[] {
    return [...this.#holdings.values()].map(({ subAccount, asset, basis }) => ({
      subAccount,
      asset,
      quantity: quantityOf(basis),
      costValue: costOf(basis),
    }))
  }

  /** Returns the sums of a sub-account, or of all for null. */
  totals(subAccount: SubAccountId | null): SubTotals {
    return subAccount === null ? this.#allTotals : (this.#totals.get(subAccount) ?? NO_TOTALS)
  }

  /** Returns every sub-account that was ever booked to. */
  subAccounts(): readonly SubAccountId[] {
    return [...new Set(this.#balances.rows.map((balance) => balance.subAccount))]
  }

  feeTotals(): readonly FeeTotal[] {
    return [...this.#fees.values()]
  }

  /** Returns the whole state as plain JSON, for `restoreLedger`. */
  snapshot(): LedgerSnapshot {
    return {
      version: SNAPSHOT_VERSION,
      valuationAsset: this.valuationAsset,
      method: this.method,
      balances: this.#balances.rows.map((balance) => ({ ...balance })),
      positions: [...this.#positions.values()].map(({ key, ...figures }) => ({ ...key, ...figures })),
      holdings: [...this.#holdings.values()].map((holding) => ({ ...holding })),
      totals: [...this.#totals].map(([subAccount, totals]) => ({ subAccount, ...totals })),
      fees: this.feeTotals().map((fee) => ({ ...fee })),
      booked: this.#booked.snapshot(),
    }
  }

  /** Takes the place of an empty ledger's state. Used by `restoreLedger` alone. */
  static of(snapshot: LedgerSnapshot): Ledger {
    const ledger = new Ledger(snapshot.valuationAsset, snapshot.method)
    for (const line of snapshot.balances) ledger.#balances.add(line)
    for (const { basis, valueBasis, realizedPnl, realizedValue, feeValue, ...key } of snapshot.positions) {
      const open = { key, basis, valueBasis, realizedPnl, realizedValue, feeValue }
      ledger.#positions.set(pairKey(key.subAccount, key.instrumentId), open)
    }
    for (const holding of snapshot.holdings) ledger.#holdings.set(`${holding.subAccount}|${holding.asset}`, { ...holding })
    for (const { subAccount, ...totals } of snapshot.totals) ledger.#addTotals(subAccount, totals)
    for (const fee of snapshot.fees) ledger.#fees.set(`${fee.subAccount}|${fee.instrumentId}|${fee.asset}`, fee)
    ledger.#booked = BookedIds.of(snapshot.booked)
    return ledger
  }

  #bookTrade(posting: Posting, trade: TradeDetail): RealizedRecord {
    const { price, baseAsset, quoteAsset, feeAsset, feeQuantity, subAccount } = trade
    const { quantity, cost, spent, quoteRate, feeRate, feeValue, feeQuote, isUnvalued } = figuresOf(posting, trade, this.valuationAsset)
    const position = this.#openPosition(trade)
    const change = applyToBasis(position.basis, quantity, cost, price, this.method)
    const rate = quoteRate ?? ZERO
    const valued =
      quoteAsset === this.valuationAsset
        ? change
        : applyToBasis(position.valueBasis, quantity, multiply(cost, rate), multiply(price, rate), this.method)
    const realizedPnl = subtract(change.realized, feeQuote)
    const realizedValue = valued === change && feeValue === feeQuote ? realizedPnl : subtract(valued.realized, feeValue)
    position.basis = change.basis
    position.valueBasis = valued.basis
    position.realizedPnl = add(position.realizedPnl, realizedPnl)
    position.realizedValue = add(position.realizedValue, realizedValue)
    position.feeValue = add(position.feeValue, feeValue)

    this.#moveHolding(subAccount, quoteAsset, negate(spent), quoteRate)
    if (feeAsset !== baseAsset) this.#moveHolding(subAccount, feeAsset, negate(feeQuantity), feeRate)
    this.#addTotals(subAccount, { ...NO_TOTALS, realized: realizedValue, fees: feeValue })
    this.#addFee(trade, feeValue)
    return {
      tradeId: trade.tradeId,
      venueId: trade.venueId,
      instrumentId: trade.instrumentId,
      subAccount,
      botId: trade.botId,
      strategyId: trade.strategyId,
      side: trade.side,
      closedQuantity: change.closedQuantity,
      // A quotient, and few who hear of a trade read it.
      get entryPrice() {
        return isZero(change.closedQuantity) ? null : divide(absolute(change.releasedCost), change.closedQuantity)
      },
      exitPrice: price,
      grossPnl: change.realized,
      feeQuote,
      realizedPnl,
      realizedValue,
      feeValue,
      isUnvalued,
      atMs: posting.atMs,
    }
  }

  #bookFlow(posting: Posting): void {
    for (const line of posting.lines) {
      if (line.account !== 'held') continue
      const rate = rateIn(posting, line.asset, this.valuationAsset)
      this.#moveHolding(line.subAccount, line.asset, line.amount, rate)
      this.#addTotals(line.subAccount, { ...NO_TOTALS, flows: multiply(line.amount, rate ?? ZERO) })
    }
  }

  #bookGas(posting: Posting, { subAccount, asset, amount }: GasDetail): void {
    const rate = rateIn(posting, asset, this.valuationAsset)
    const gas = multiply(amount, rate ?? ZERO)
    this.#moveHolding(subAccount, asset, negate(amount), rate)
    this.#addTotals(subAccount, { ...NO_TOTALS, realized: negate(gas), gas })
  }

  /** The position gives the dust away at its price, the taker gets it at its value: what the one realises the other holds from even. */
  #bookDust(posting: Posting, dust: DustDetail): RealizedRecord {
    const { subAccount, to, baseAsset, quantity, price } = dust
    const rate = rateIn(posting, baseAsset, this.valuationAsset)
    const value = multiply(quantity, rate ?? ZERO)
    const position = this.#openPosition(dust)
    const change = applyToBasis(position.basis, negate(quantity), negate(multiply(quantity, price)), price, this.method)
    const valued = applyToBasis(position.valueBasis, negate(quantity), negate(value), rate ?? ZERO, this.method)
    position.basis = change.basis
    position.valueBasis = valued.basis
    position.realizedPnl = add(position.realizedPnl, change.realized)
    position.realizedValue = add(position.realizedValue, valued.realized)
    this.#addTotals(subAccount, { ...NO_TOTALS, flows: negate(value), realized: valued.realized })
    this.#moveHolding(to, baseAsset, quantity, rate)
    this.#addTotals(to, { ...NO_TOTALS, flows: value })
    return {
      tradeId: tradeId(posting.postingId),
      venueId: dust.venueId,
      instrumentId: dust.instrumentId,
      subAccount,
      botId: dust.botId,
      strategyId: dust.strategyId,
      side: isNegative(quantity) ? 'buy' : 'sell',
      closedQuantity: change.closedQuantity,
      entryPrice: isZero(change.closedQuantity) ? null : divide(absolute(change.releasedCost), change.closedQuantity),
      exitPrice: price,
      grossPnl: change.realized,
      feeQuote: ZERO,
      realizedPnl: change.realized,
      realizedValue: valued.realized,
      feeValue: ZERO,
      isUnvalued: rate === null,
      atMs: posting.atMs,
    }
  }

  #openPosition(of: PositionKey): OpenPosition {
    const key = pairKey(of.subAccount, of.instrumentId)
    const known = this.#positions.get(key) ?? openPosition(of)
    this.#positions.set(key, known)
    return known
  }

  /** The valuation asset is its own cost, so only others have a basis. */
  #moveHolding(subAccount: SubAccountId, asset: AssetCode, amount: Decimal, rate: Decimal | null): void {
    if (asset === this.valuationAsset || isZero(amount)) return
    const key = `${subAccount}|${asset}`
    const price = rate ?? ZERO
    const change = applyToBasis(this.#holdings.get(key)?.basis ?? FLAT, amount, multiply(amount, price), price, this.method)
    this.#holdings.set(key, { subAccount, asset, basis: change.basis })
    this.#addTotals(subAccount, { ...NO_TOTALS, holdingRealized: change.realized })
  }

  #addTotals(subAccount: SubAccountId, more: SubTotals): void {
    this.#totals.set(subAccount, plus(this.#totals.get(subAccount) ?? NO_TOTALS, more))
    this.#allTotals = plus(this.#allTotals, more)
  }

  #addFee(trade: TradeDetail, value: Decimal): void {
    if (isZero(trade.feeQuantity)) return
    const { subAccount, instrumentId, feeAsset } = trade
    const key = `${subAccount}|${instrumentId}|${feeAsset}`
    const known = this.#fees.get(key)
    const quantity = add(known?.quantity ?? ZERO, trade.feeQuantity)
    this.#fees.set(key, { subAccount, instrumentId, asset: feeAsset, quantity, value: add(known?.value ?? ZERO, value) })
  }
}

/** Returns empty books that count in `valuationAsset`. */
export function createLedger(valuationAsset: AssetCode, method: CostBasisMethod = 'weightedAverage'): Ledger {
  return new Ledger(valuationAsset, method)
}

/**
 * Returns the ledger that a snapshot was taken of.
 * @throws {AppError} `REPLAY_INVALID` when the JSON is no snapshot of this version.
 */
export function restoreLedger(snapshot: Json): Ledger {
  return Ledger.of(readLedgerSnapshot(snapshot))
}
