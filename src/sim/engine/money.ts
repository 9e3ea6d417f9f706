import { multiply, roundToScale } from '#domain/decimal'
import { InvariantError, invariant } from '#domain/errors'
import type { JsonObject } from '#domain/json'
import type { Account, Holding } from './account'
import type { Core } from './core'
import { type Grid, VOLUME_SCALE } from './grid'
import { feeAsset, givenAsset, type OrderRecord, remainingOf } from './order-record'
import { fromUnits, larger, rescale, smaller, toUnits } from './scaled'
import type { LedgerEntry, OrderRequest } from './types'

/**
 * Most units of a ledger scale by which rounding one fill by itself can exceed what was reserved for it in one piece with the rest.
 * The venue forgoes them: a balance never falls below what other orders hold.
 */
const DUST = 10n

/** Returns the account's holding of an asset, and marks its row as changed. */
export function touchHolding(core: Core, account: Account, asset: string): Holding {
  const holding = account.holding(asset, core.asset(asset).scale)
  core.changes.put('holding', `${account.accountId} ${asset}`, holding.ordinal, () => holdingRow(account, holding))
  return holding
}

export function holdingRow(account: Account, holding: Holding): JsonObject {
  return { accountId: account.accountId, asset: holding.asset, total: `${holding.total}` }
}

export function volumeRow(account: Account): JsonObject {
  return {
    accountId: account.accountId,
    days: [...account.volumes].map(([day, cost]) => ({ day, cost: `${cost}` })),
  }
}

/** Adds traded cost to the account's 30-day volume. */
export function addVolume(core: Core, account: Account, cost: bigint, costScale: number): void {
  account.addVolume(core.clock.now(), rescale(cost, costScale, VOLUME_SCALE))
  core.changes.put('volume', account.accountId, 0, () => volumeRow(account))
}

export interface Posting {
  readonly kind: LedgerEntry['kind']
  readonly refId: string
  readonly asset: string
  /** Signed, at the asset's scale. */
  readonly amount: bigint
  readonly fee: bigint
}

/**
 * Books one ledger row: balance = balance + amount − fee. The counterpart goes to the house and the fee to the venue, so that
 * money is conserved. A trade's rounding dust that what is not held cannot bear is shaved off the fee, then off the amount.
 */
export function post(core: Core, account: Account, posting: Posting): LedgerEntry {
  const holding = touchHolding(core, account, posting.asset)
  let { amount, fee } = posting
  const short = holding.held - (holding.total + amount - fee)
  if (short > 0n) {
    invariant(posting.kind === 'trade' && short <= DUST, `${account.accountId}: ${posting.asset} would fall below what is held`)
    const offFee = fee > 0n ? smaller(fee, short) : 0n
    fee -= offFee
    amount += short - offFee
  }
  holding.total += amount - fee
  core.addTotal(posting.kind === 'trade' ? core.house : core.paidIn, posting.asset, posting.kind === 'trade' ? -amount : amount)
  if (fee !== 0n) core.addTotal(core.feesTaken, posting.asset, fee)
  const { id, ordinal } = core.id('ledger')
  const entry: LedgerEntry = {
    ledgerId: id,
    ordinal,
    refId: posting.refId,
    accountId: account.accountId,
    kind: posting.kind,
    asset: posting.asset,
    amount: fromUnits(amount, holding.scale),
    fee: fromUnits(fee, holding.scale),
    balance: fromUnits(holding.total, holding.scale),
    atMs: core.clock.now(),
  }
  account.ledger.push(entry)
  core.ledger.set(entry.ledgerId, entry)
  core.changes.put('ledger', entry.ledgerId, entry.ordinal, () => ({ ...entry }))
  return entry
}

/** Returns what `lots` at `units` need of the asset given, up to its scale: base for a sell, cost and fee for a buy. */
export function needFor(grid: Grid, request: OrderRequest, lots: bigint, units: number, rate: bigint): bigint {
  if (request.side === 'sell') {
    const base = grid.toBaseUp(lots)
    return request.feeIn === 'base' ? base + grid.feeUp(base, rate) : base
  }
  const cost = grid.costUp(units, lots)
  return grid.toQuoteUp(request.feeIn === 'quote' ? cost + grid.feeUp(cost, rate) : cost)
}

/**
 * Returns what an order must reserve for its remaining quantity. One without a price (a stop that will go to market) reserves at
 * its trigger, and nothing once it is live, for it ends at once. The protocol sheet does not say what a waiting stop binds: that it
 * binds what it will give (base of a sell, quote and fee of a buy at its limit or trigger) is assumed.
 */
export function needOf(record: OrderRecord): bigint {
  const units = record.limitUnits ?? (record.status === 'untriggered' ? record.triggerUnits : null)
  const lots = remainingOf(record)
  if (units === null || lots <= 0n) return 0n
  return needFor(record.grid, record.request, lots, units, larger(record.makerCap, record.takerCap))
}

/** Sets the order's hold; the account's held total follows. */
export function setHold(core: Core, record: OrderRecord, hold: bigint): void {
  if (hold === record.hold) return
  const asset = givenAsset(record)
  const holding = core.account(record.accountId).holding(asset, core.asset(asset).scale)
  holding.held += hold - record.hold
  record.hold = hold
}

export interface FillMoney {
  readonly cost: bigint
  /** At the order's fee scale; zero when it is taken in the venue's token. */
  readonly fee: bigint
  /** The fee in the venue's token, at the token's scale; null when it is not taken in it. */
  readonly token: { readonly asset: string; readonly fee: bigint } | null
  /** Signed amounts and fees of the two ledger rows, at the assets' scales. */
  readonly base: { readonly amount: bigint; readonly fee: bigint }
  readonly quote: { readonly amount: bigint; readonly fee: bigint }
}

/** Works out one fill of an order without booking it. */
export function moneyOf(core: Core, record: OrderRecord, units: number, lots: bigint, liquidity: 'maker' | 'taker'): FillMoney {
  const { grid, request } = record
  const rates = grid.rates(core.account(record.accountId).volume(core.clock.now()))
  const present = liquidity === 'maker' ? rates.maker : rates.taker
  const cap = liquidity === 'maker' ? record.makerCap : record.takerCap
  const rate = smaller(present, cap)
  const cost = grid.cost(units, lots)
  const base = grid.toBase(lots)
  const sign = request.side === 'buy' ? 1n : -1n
  const inQuote = request.feeIn === 'quote'
  const due = inQuote ? grid.fee(cost, rate) : grid.fee(base, rate)
  const token = inQuote ? tokenFeeOf(core, record, due) : null
  const fee = token === null ? due : 0n
  return {
    cost,
    fee,
    token,
    base: { amount: sign * base, fee: inQuote ? 0n : fee },
    quote: { amount: -sign * grid.toQuote(cost), fee: inQuote ? grid.toQuote(fee) : 0n },
  }
}

/** What a fee in quote is in the venue's token, half up; null where the venue has none, or the account not enough of it free. */
function tokenFeeOf(core: Core, { accountId, grid }: OrderRecord, fee: bigint): FillMoney['token'] {
  const { feeToken } = core.options
  const { base, quote, costScale } = grid.instrument
  const perQuote = feeToken?.perQuote[quote]
  if (feeToken === undefined || perQuote === undefined || feeToken.asset === base || feeToken.asset === quote || fee <= 0n) return null
  const { scale } = core.asset(feeToken.asset)
  const tokens = toUnits(roundToScale(multiply(fromUnits(fee, costScale), perQuote), scale, 'halfUp'), scale) ?? 0n
  return tokens <= 0n || core.account(accountId).available(feeToken.asset) < tokens ? null : { asset: feeToken.asset, fee: tokens }
}

/** True when the account can bear a fill of the order out of what is free and what the order holds itself. */
export function canAfford(core: Core, record: OrderRecord, money: FillMoney): boolean {
  const asset = givenAsset(record)
  const given = record.request.side === 'buy' ? money.quote : money.base
  const free = core.account(record.accountId).available(asset) + record.hold
  return given.fee - given.amount <= free + DUST
}

/** Returns the asset and text of a fill's fee. */
export function feeText(
  core: Core,
  record: OrderRecord,
  { fee, token }: FillMoney,
): { readonly asset: string; readonly text: ReturnType<typeof fromUnits> } {
  if (token !== null) return { asset: token.asset, text: fromUnits(token.fee, core.asset(token.asset).scale) }
  const scale = record.request.feeIn === 'quote' ? record.grid.instrument.costScale : record.grid.baseScale
  return { asset: feeAsset(record), text: fromUnits(fee, scale) }
}

/** Throws unless the amount is a positive figure within the asset's digits. */
export function transferUnits(units: bigint | null, asset: string): bigint {
  if (units === null || units <= 0n) throw new InvariantError(`a transfer of ${asset} needs a positive amount within its digits`)
  return units
}
