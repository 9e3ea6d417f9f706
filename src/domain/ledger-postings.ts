import { add, type Decimal, isPositive, isZero, negate, subtract, ZERO } from './decimal'
import { InvariantError } from './errors'
import { type AccountId, type AssetCode, assetCode, type BotId, type StrategyId } from './ids'
import type { Instrument } from './instrument'
import type { Fill } from './order'
import type { DustDetail, FlowKind, GasDetail, LedgerAccount, Posting, PostingLine, TradeDetail } from './posting'
import { externalOf, type SubAccountId, subAccountOf, TREASURY } from './sub-account'

/** Returns the valuation asset's amount for one unit of `asset` now, `1` for itself, null when no price is known. */
export type RateOf = (asset: AssetCode) => Decimal | null

/** Whose a fill is. The bot is null for one that carries no id of ours; the strategy too where nobody claims it. */
export interface FillOwner {
  readonly accountId: AccountId
  readonly botId: BotId | null
  readonly strategyId: StrategyId | null
  /** Mid price when its order was planned; null or absent where that was not by us. */
  readonly arrivalMid?: Decimal | null
}

/** A change of balance other than a trade, as the venue's own ledger or a difference of balances shows it. */
export interface Flow {
  /** Unique for ever; the venue's ledger id where it has one. */
  readonly flowId: string
  readonly flow: FlowKind
  readonly accountId: AccountId
  readonly subAccount: SubAccountId
  /** One leg as a rule, two for a conversion. Amounts are signed and before the fee; the fee is positive when paid. */
  readonly legs: readonly { readonly asset: AssetCode; readonly amount: Decimal; readonly fee: Decimal }[]
  readonly atMs: number
}

/** Capital that moves from one sub-account to another of the same venue account. */
export interface Allocation {
  readonly allocationId: string
  readonly accountId: AccountId
  readonly from: SubAccountId
  readonly to: SubAccountId
  readonly asset: AssetCode
  /** Positive. */
  readonly amount: Decimal
  readonly atMs: number
}

/** Returns the id under which a fill is booked: a trade id is unique within its venue only. */
export function fillPostingId(fill: Pick<Fill, 'venueId' | 'tradeId'>): string {
  return `fill:${fill.venueId}:${fill.tradeId}`
}

/** Returns the posting of a fill: base against quote at the venue's own cost, and its fee in whatever asset it was taken. */
export function fillPosting(
  fill: Fill,
  instrument: Pick<Instrument, 'instrumentId' | 'baseAsset' | 'quoteAsset'>,
  owner: FillOwner,
  rateOf: RateOf,
): Posting {
  if (instrument.instrumentId !== fill.instrumentId) {
    throw new InvariantError(`fillPosting(): fill ${fill.tradeId} is of ${fill.instrumentId}, not of ${instrument.instrumentId}`)
  }
  const trade: TradeDetail = {
    tradeId: fill.tradeId,
    venueId: fill.venueId,
    instrumentId: fill.instrumentId,
    baseAsset: instrument.baseAsset,
    quoteAsset: instrument.quoteAsset,
    accountId: owner.accountId,
    subAccount: owner.botId === null ? externalOf(owner.strategyId) : subAccountOf(owner.botId),
    botId: owner.botId,
    strategyId: owner.strategyId,
    clientOrderId: fill.clientOrderId,
    side: fill.side,
    quantity: fill.quantity,
    price: fill.price,
    cost: fill.cost,
    // Some venues leave the asset of a zero fee empty.
    feeAsset: isZero(fill.feeQuantity) ? instrument.quoteAsset : assetCode(fill.feeAsset),
    feeQuantity: fill.feeQuantity,
    arrivalMid: owner.arrivalMid ?? null,
    userref: fill.userref ?? null,
  }
  const bought = fill.side === 'buy'
  const lines = [
    ...move(trade.accountId, trade.subAccount, trade.baseAsset, bought ? fill.quantity : negate(fill.quantity), 'traded'),
    ...move(trade.accountId, trade.subAccount, trade.quoteAsset, bought ? negate(fill.cost) : fill.cost, 'traded'),
    ...move(trade.accountId, trade.subAccount, trade.feeAsset, negate(fill.feeQuantity), 'fees'),
  ]
  const rates = { [trade.quoteAsset]: rateOf(trade.quoteAsset), [trade.feeAsset]: rateOf(trade.feeAsset) }
  return { kind: 'fill', postingId: fillPostingId(fill), atMs: fill.venueAtMs, lines, rates, trade }
}

/** Returns the posting of a deposit, withdrawal, reward, fee credit, conversion or adjustment (PFL-06). */
export function flowPosting(flow: Flow, rateOf: RateOf): Posting {
  const lines = flow.legs.flatMap((leg) => [
    ...move(flow.accountId, flow.subAccount, leg.asset, leg.amount, 'flows'),
    ...move(flow.accountId, flow.subAccount, leg.asset, negate(leg.fee), 'fees'),
  ])
  const rates = Object.fromEntries(flow.legs.map((leg) => [leg.asset, rateOf(leg.asset)]))
  return { kind: 'flow', postingId: `flow:${flow.accountId}:${flow.flowId}`, atMs: flow.atMs, lines, rates, flow: flow.flow }
}

/** Returns the postings that begin a ledger: each balance of the venue as an opening deposit of the treasury. */
export function openingPostings(
  accountId: AccountId,
  balances: readonly { readonly asset: AssetCode; readonly total: Decimal }[],
  atMs: number,
  rateOf: RateOf,
): readonly Posting[] {
  return balances
    .filter((balance) => !isZero(balance.total))
    .map(({ asset, total }) => {
      const legs = [{ asset, amount: total, fee: ZERO }]
      return flowPosting({ flowId: `opening:${asset}`, flow: 'opening', accountId, subAccount: TREASURY, legs, atMs }, rateOf)
    })
}

/** Returns the adjustment that brings the ledger's total of an asset to the venue's; null when they agree. */
export function adjustmentPosting(
  flow: Pick<Flow, 'flowId' | 'accountId' | 'subAccount' | 'atMs'>,
  difference: { readonly asset: AssetCode; readonly ledger: Decimal; readonly venue: Decimal },
  rateOf: RateOf,
): Posting | null {
  const amount = subtract(difference.venue, difference.ledger)
  if (isZero(amount)) return null
  return flowPosting({ ...flow, flow: 'adjustment', legs: [{ asset: difference.asset, amount, fee: ZERO }] }, rateOf)
}

/**
 * Returns the posting that gives a sub-account capital of another. In an asset other than the valuation asset it leaves and enters
 * at the present rate: the giver realises, the taker starts even.
 * @throws {InvariantError} when giver and taker are one.
 */
export function allocationPosting(allocation: Allocation, rateOf: RateOf): Posting {
  const { accountId, from, to, asset, amount } = allocation
  if (from === to) throw new InvariantError(`allocationPosting(): "${from}" cannot allocate to itself`)
  const lines = [...move(accountId, from, asset, negate(amount), 'flows'), ...move(accountId, to, asset, amount, 'flows')]
  const postingId = `allocation:${accountId}:${allocation.allocationId}`
  return { kind: 'allocation', postingId, atMs: allocation.atMs, lines, rates: { [asset]: rateOf(asset) } }
}

/**
 * Returns the posting of a transaction's gas: a cost of the sub-account, in whatever asset it was paid.
 * @throws {InvariantError} for an amount that is not positive.
 */
export function gasPosting(gasId: string, gas: GasDetail, atMs: number, rateOf: RateOf): Posting {
  if (!isPositive(gas.amount)) throw new InvariantError(`gasPosting(): ${gas.amount} ${gas.asset} is nothing that was paid`)
  const lines = move(gas.accountId, gas.subAccount, gas.asset, negate(gas.amount), 'fees')
  return { kind: 'gas', postingId: `gas:${gas.accountId}:${gasId}`, atMs, lines, rates: { [gas.asset]: rateOf(gas.asset) }, gas }
}

/**
 * Returns the posting that closes a position's remainder as dust (PAIN-10): the position realises at `price`, and the coins go to another
 * sub-account of the same venue account, so that no total changes.
 * @throws {InvariantError} for nothing, or when giver and taker are one.
 */
export function dustPosting(dustId: string, dust: DustDetail, atMs: number, rateOf: RateOf): Posting {
  const { accountId, subAccount, to, baseAsset, quoteAsset, quantity } = dust
  if (isZero(quantity)) throw new InvariantError(`dustPosting(): ${dust.instrumentId} of "${subAccount}" is flat`)
  if (subAccount === to) throw new InvariantError(`dustPosting(): "${to}" cannot sweep to itself`)
  const lines = [...move(accountId, subAccount, baseAsset, negate(quantity), 'flows'), ...move(accountId, to, baseAsset, quantity, 'flows')]
  const rates = { [baseAsset]: rateOf(baseAsset), [quoteAsset]: rateOf(quoteAsset) }
  return { kind: 'dust', postingId: `dust:${accountId}:${dustId}`, atMs, lines, rates, dust }
}

/** Two lines that cancel out: `amount` on `held`, its opposite on `against`. None for zero. */
function move(
  accountId: AccountId,
  subAccount: SubAccountId,
  asset: AssetCode,
  amount: Decimal,
  against: Exclude<LedgerAccount, 'held'>,
): readonly PostingLine[] {
  if (isZero(amount)) return []
  return [
    { account: 'held', accountId, subAccount, asset, amount },
    { account: against, accountId, subAccount, asset, amount: negate(amount) },
  ]
}

/**
 * Asserts that the lines sum to zero for each asset (I5).
 * @throws {InvariantError} naming posting, asset and the sum.
 */
export function assertBalanced(posting: Posting): void {
  if (isPaired(posting.lines)) return
  const sums = new Map<AssetCode, Decimal>()
  for (const line of posting.lines) sums.set(line.asset, add(sums.get(line.asset) ?? ZERO, line.amount))
  for (const [asset, total] of sums) {
    if (!isZero(total))
      throw new InvariantError(`posting ${posting.postingId} does not balance: ${total} ${asset} left over`, { asset, total })
  }
}

/** True when each line is followed by its opposite, as our own postings are made: the sums are zero then without adding. */
function isPaired(lines: readonly PostingLine[]): boolean {
  for (let index = 0; index < lines.length; index += 2) {
    const line = lines[index]
    const opposite = lines[index + 1]
    if (line === undefined || opposite === undefined || line.asset !== opposite.asset || line.amount !== negate(opposite.amount))
      return false
  }
  return true
}
