import { BalanceTable } from './balance-table'
import { BookedIds } from './booked-ids'
import { applyToBasis, type Basis, type CostBasisMethod, costOf, entryPriceOf, FLAT, quantityOf } from './cost-basis'
import { absolute, add, type Decimal, divide, isZero, multiply, negate, ONE, subtract, ZERO } from './decimal'
import type { AccountId, AssetCode, InstrumentId, VenueId } from './ids'
import type { Json } from './json'
import { assertBalanced } from './ledger-postings'
import { type LedgerSnapshot, readLedgerSnapshot, SNAPSHOT_VERSION } from './ledger-snapshot'
import { pairKey } from './pair-key'
import type { Posting, RealizedRecord, TradeDetail } from './posting'
import type { SubAccountId } from './sub-account'
import { NO_TOTALS, plus, type SubTotals } from './sub-totals'
import type { AssetAmount } from './valuation'

/** What a posting changed: the trade's record, or null when it was no fill. */
export interface Applied {
  readonly posting: Posting
  readonly realized: RealizedRecord | null
}

/** A position of one sub-account: the signed sum of its fills, less fees taken in base. */
export interface Position {
  readonly subAccount: SubAccountId
  readonly accountId: AccountId
  readonly instrumentId: InstrumentId
  readonly baseAsset: AssetCode
  readonly quoteAsset: AssetCode
  /** Base, long positive. */
  readonly netQuantity: Decimal
  /** Quote, signed like the quantity: what the open part cost. Exact. */
  readonly cost: Decimal
  /** Quote per base, 18 digits; null when flat. */
  readonly entryPrice: Decimal | null
  /** Valuation asset: the cost at the rates of its trades. */
  readonly costValue: Decimal
  /** Quote, net of fees, over all trades. */
  readonly realizedPnl: Decimal
  /** Valuation asset, net of fees. */
  readonly realizedValue: Decimal
  /** Valuation asset. */
  readonly feeValue: Decimal
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

interface OpenPosition {
  readonly trade: Pick<TradeDetail, 'subAccount' | 'accountId' | 'instrumentId' | 'baseAsset' | 'quoteAsset'>
  basis: Basis
  valueBasis: Basis
  realizedPnl: Decimal
  realizedValue: Decimal
  feeValue: Decimal
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
      positions: [...this.#positions.values()].map(({ trade, ...figures }) => ({ ...trade, ...figures })),
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
    for (const { basis, valueBasis, realizedPnl, realizedValue, feeValue, ...trade } of snapshot.positions) {
      const open = { trade, basis, valueBasis, realizedPnl, realizedValue, feeValue }
      ledger.#positions.set(pairKey(trade.subAccount, trade.instrumentId), open)
    }
    for (const holding of snapshot.holdings) ledger.#holdings.set(`${holding.subAccount}|${holding.asset}`, { ...holding })
    for (const { subAccount, ...totals } of snapshot.totals) ledger.#addTotals(subAccount, totals)
    for (const fee of snapshot.fees) ledger.#fees.set(`${fee.subAccount}|${fee.instrumentId}|${fee.asset}`, fee)
    ledger.#booked = BookedIds.of(snapshot.booked)
    return ledger
  }

  #bookTrade(posting: Posting, trade: TradeDetail): RealizedRecord {
    const { price, baseAsset, quoteAsset, feeAsset, feeQuantity, subAccount } = trade
    const quoteRate = this.#rate(posting, quoteAsset)
    const feeRate = feeAsset === baseAsset ? scaled(quoteRate, price) : this.#rate(posting, feeAsset)
    const feeValue = multiply(feeQuantity, feeRate ?? ZERO)
    // A fee in base comes off the quantity: the position holds what arrived, and the fee is realised at the trade's own price.
    const baseFee = feeAsset === baseAsset ? feeQuantity : ZERO
    const bought = trade.side === 'buy'
    const quantity = subtract(bought ? trade.quantity : negate(trade.quantity), baseFee)
    const spent = bought ? trade.cost : negate(trade.cost)
    const cost = subtract(spent, multiply(baseFee, price))

    const position = this.#openPosition(trade)
    const change = applyToBasis(position.basis, quantity, cost, price, this.method)
    const rate = quoteRate ?? ZERO
    const valued =
      quoteAsset === this.valuationAsset
        ? change
        : applyToBasis(position.valueBasis, quantity, multiply(cost, rate), multiply(price, rate), this.method)
    const feeQuote = feeInQuote(trade, feeValue, quoteRate)
    const realizedPnl = subtract(change.realized, feeQuote)
    const realizedValue = valued === change && feeValue === feeQuote ? realizedPnl : subtract(valued.realized, feeValue)
    position.basis = change.basis
    position.valueBasis = valued.basis
    position.realizedPnl = add(position.realizedPnl, realizedPnl)
    position.realizedValue = add(position.realizedValue, realizedValue)
    position.feeValue = add(position.feeValue, feeValue)

    this.#moveHolding(subAccount, quoteAsset, negate(spent), quoteRate)
    if (feeAsset !== baseAsset) this.#moveHolding(subAccount, feeAsset, negate(feeQuantity), feeRate)
    this.#addTotals(subAccount, { flows: ZERO, realized: realizedValue, holdingRealized: ZERO, fees: feeValue })
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
      isUnvalued: quoteRate === null || (feeRate === null && !isZero(feeQuantity)),
      atMs: posting.atMs,
    }
  }

  #bookFlow(posting: Posting): void {
    for (const line of posting.lines) {
      if (line.account !== 'held') continue
      const rate = this.#rate(posting, line.asset)
      this.#moveHolding(line.subAccount, line.asset, line.amount, rate)
      this.#addTotals(line.subAccount, { ...NO_TOTALS, flows: multiply(line.amount, rate ?? ZERO) })
    }
  }

  #rate(posting: Posting, asset: AssetCode): Decimal | null {
    return asset === this.valuationAsset ? ONE : (posting.rates[asset] ?? null)
  }

  #openPosition(trade: TradeDetail): OpenPosition {
    const key = pairKey(trade.subAccount, trade.instrumentId)
    const known = this.#positions.get(key)
    if (known !== undefined) return known
    const { subAccount, accountId, instrumentId, baseAsset, quoteAsset } = trade
    const opened: OpenPosition = {
      trade: { subAccount, accountId, instrumentId, baseAsset, quoteAsset },
      basis: FLAT,
      valueBasis: FLAT,
      realizedPnl: ZERO,
      realizedValue: ZERO,
      feeValue: ZERO,
    }
    this.#positions.set(key, opened)
    return opened
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

function positionOf(open: OpenPosition): Position {
  return {
    ...open.trade,
    netQuantity: quantityOf(open.basis),
    cost: costOf(open.basis),
    entryPrice: entryPriceOf(open.basis),
    costValue: costOf(open.valueBasis),
    realizedPnl: open.realizedPnl,
    realizedValue: open.realizedValue,
    feeValue: open.feeValue,
  }
}

function feeInQuote(trade: TradeDetail, feeValue: Decimal, quoteRate: Decimal | null): Decimal {
  if (trade.feeAsset === trade.quoteAsset) return trade.feeQuantity
  if (trade.feeAsset === trade.baseAsset) return multiply(trade.feeQuantity, trade.price)
  return quoteRate === null || isZero(quoteRate) ? ZERO : divide(feeValue, quoteRate)
}

function scaled(rate: Decimal | null, by: Decimal): Decimal | null {
  return rate === null ? null : multiply(rate, by)
}
