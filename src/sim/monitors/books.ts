import { absolute, add, type Decimal, isGreater, isZero, multiply, negate, subtract, toNumber, ZERO } from '#domain/decimal'
import type { Fill } from '#domain/order'
import type { DustDetail, Posting, PostingLine, TradeDetail } from '#domain/posting'
import { externalOf } from '#domain/sub-account'
import { Agreed, orderOf } from './agreed'
import { BoundedMap } from './bounded-map'
import type { MonitoredCompany, MonitoredPosition } from './company'
import type { Exposure } from './exposure'
import { fillIn, postingsOf, type SeenEntry, type SeenFact } from './facts'
import type { Judge } from './judge'

const POSTINGS_MAX = 4_000

/** A line of the books as the journal's fills make it. */
interface Line {
  quantity: Decimal
  /** Quote: what its sells brought less what its buys and fees took; null once a fee was taken in a third asset. */
  cash: Decimal | null
}

/**
 * I5 and I12: each posting balances by asset and says what its fill says, and the fill is of its order; positions, holdings and realised profits are what the journal's
 * postings make them; the sub-accounts add up to the account. Exact, from the ledger's state at the start of the life on.
 */
export class Books {
  readonly #judge: Judge
  readonly #company: MonitoredCompany
  readonly #exposure: Exposure
  readonly #lines = new Map<string, Line>()
  readonly #base = new Map<string, MonitoredPosition>()
  /** By account, sub-account and asset. */
  readonly #held = new Map<string, Decimal>()
  /** By asset. */
  readonly #totals = new Map<string, Decimal>()
  readonly #posted = new BoundedMap<string, number>(POSTINGS_MAX)
  readonly #opened = new Set<string>()
  readonly #agreed: Agreed

  constructor(judge: Judge, company: MonitoredCompany, exposure: Exposure) {
    this.#judge = judge
    this.#company = company
    this.#exposure = exposure
    this.#agreed = new Agreed(company)
    for (const position of company.positions()) {
      const key = lineKey(position)
      this.#base.set(key, position)
      this.#lines.set(key, { quantity: position.netQuantity, cash: ZERO })
    }
    for (const { subAccount, instrumentId, strategyId, netQuantity } of company.gatePositions())
      exposure.hold(subAccount, instrumentId, strategyId, toNumber(netQuantity))
    for (const { accountId, subAccount, asset, quantity } of company.holdings()) this.#hold(accountId, subAccount, asset, quantity)
  }

  onFact({ entry }: SeenFact): void {
    this.#agreed.onFact(entry)
    if (entry.kind === 'ledger.opened') this.#onOpened(String(entry.payload['venueId']), entry)
    for (const posting of postingsOf(entry)) this.#onPosting(posting, entry)
  }

  /** What an account holds of an asset by the journal's postings, all sub-accounts together. */
  heldOf(accountId: string, asset: string): Decimal {
    let sum = ZERO
    for (const [key, quantity] of this.#held) {
      const [account, , held] = key.split('|')
      if (account === accountId && held === asset) sum = add(sum, quantity)
    }
    return sum
  }

  /** What all accounts hold of each asset by the journal's postings. */
  totals(): Iterable<readonly [string, Decimal]> {
    return this.#totals
  }

  /** The assets of an account that any posting named. */
  assetsOf(accountId: string): readonly string[] {
    const assets = new Set<string>()
    for (const key of this.#held.keys()) {
      const [account, , asset = ''] = key.split('|')
      if (account === accountId) assets.add(asset)
    }
    return [...assets]
  }

  sweep(): void {
    this.#judgePositions()
    this.#judgeGatePositions()
    this.#judgeHoldings()
  }

  #onOpened(venueId: string, entry: SeenEntry): void {
    this.#judge.that('I5', this.#opened.has(venueId) ? `the books of ${venueId} were opened a second time` : null, entry)
    this.#opened.add(venueId)
  }

  /** Notes the venues whose books are open already. */
  noteOpened(venueId: string): void {
    this.#opened.add(venueId)
  }

  #onPosting(posting: Posting, entry: SeenEntry): void {
    const what = `posting ${posting.postingId} of entry ${entry.seq}`
    const known = this.#posted.get(posting.postingId)
    this.#posted.set(posting.postingId, entry.seq)
    const wrong =
      (known === undefined ? null : `${what} was booked by entry ${known} already`) ??
      unbalanced(what, posting) ??
      this.#wrongKind(what, posting, entry)
    this.#judge.that('I5', wrong, entry)
    if (known !== undefined) return
    for (const line of posting.lines) if (line.account === 'held') this.#addHeld(line)
    if (posting.kind === 'fill') this.#addTrade(posting.trade)
    if (posting.kind === 'dust') this.#addDust(posting.dust)
  }

  #wrongKind(what: string, posting: Posting, entry: SeenEntry): string | null {
    switch (posting.kind) {
      case 'fill': {
        const fill = fillIn(entry)
        return fill === null
          ? `${what} is of no fill`
          : (misstated(what, posting, fill) ?? this.#wrongOwner(what, posting.trade, fill) ?? this.#agreed.strayed(what, fill))
      }
      case 'flow':
        return isRounding(posting) ? this.#largeAdjustment(what, posting) : null
      case 'dust':
        return this.#wrongDust(what, posting.dust)
      case 'allocation':
      case 'gas':
        return null
    }
  }

  /** An execution of our own order is its bot's; nobody's order is that of whom its number names, else `external`'s. */
  #wrongOwner(what: string, trade: TradeDetail, fill: Fill): string | null {
    const order = orderOf(this.#company, fill)
    const owner: string = order === null || order.isForeign ? externalOf(trade.strategyId) : order.proposal.botId
    return trade.subAccount === owner ? null : `${what} went to ${trade.subAccount}, and its order is ${owner}'s`
  }

  /** Dust is all that is left of a position, and nothing works on it any more. */
  #wrongDust(what: string, dust: DustDetail): string | null {
    const own = this.#lines.get(lineKey(dust))?.quantity ?? ZERO
    if (own !== dust.quantity) return `${what} sweeps ${dust.quantity} of ${lineKey(dust)}, of which the fills sum to ${own}`
    for (const { clientOrderId, proposal } of this.#company.liveOrders())
      if (proposal.botId === dust.botId && proposal.instrumentId === dust.instrumentId)
        return `${what} sweeps ${lineKey(dust)}, on which ${clientOrderId} works`
    return null
  }

  #largeAdjustment(what: string, { lines, rates }: Posting): string | null {
    const { driftTolerance } = this.#company.limits
    for (const { account, asset, amount } of lines) {
      const rate = rates[asset]
      if (account !== 'held' || rate === null || rate === undefined) continue
      const value = Math.abs(toNumber(multiply(amount, rate)))
      if (value > driftTolerance * 1.000001) return `${what} books ${amount} ${asset} away, worth more than ${driftTolerance}`
    }
    return null
  }

  #addHeld({ accountId, subAccount, asset, amount }: PostingLine): void {
    this.#hold(accountId, subAccount, asset, amount)
  }

  #hold(accountId: string, subAccount: string, asset: string, amount: Decimal): void {
    const key = `${accountId}|${subAccount}|${asset}`
    this.#held.set(key, add(this.#held.get(key) ?? ZERO, amount))
    this.#totals.set(asset, add(this.#totals.get(asset) ?? ZERO, amount))
  }

  #addTrade(trade: TradeDetail): void {
    const key = lineKey(trade)
    const line = this.#lines.get(key) ?? { quantity: ZERO, cash: ZERO }
    this.#lines.set(key, line)
    const isBuy = trade.side === 'buy'
    const baseFee = trade.feeAsset === trade.baseAsset ? trade.feeQuantity : ZERO
    line.quantity = subtract(add(line.quantity, isBuy ? trade.quantity : negate(trade.quantity)), baseFee)
    this.#exposure.hold(trade.subAccount, trade.instrumentId, trade.strategyId, toNumber(line.quantity))
    if (trade.feeAsset !== trade.baseAsset && trade.feeAsset !== trade.quoteAsset && !isZero(trade.feeQuantity)) line.cash = null
    if (line.cash === null) return
    const spent = isBuy ? trade.cost : negate(trade.cost)
    line.cash = subtract(subtract(line.cash, spent), trade.feeAsset === trade.quoteAsset ? trade.feeQuantity : ZERO)
  }

  /** The dust leaves its line as if it had been sold at its price. */
  #addDust(dust: DustDetail): void {
    const line = this.#lines.get(lineKey(dust))
    if (line === undefined) return
    line.quantity = subtract(line.quantity, dust.quantity)
    this.#exposure.hold(dust.subAccount, dust.instrumentId, dust.strategyId, toNumber(line.quantity))
    if (line.cash !== null) line.cash = add(line.cash, multiply(dust.quantity, dust.price))
  }

  /** Quantity is the sum of the fills; what was realised is what the trades brought and what the open part cost. */
  #judgePositions(): void {
    const seen = new Set<string>()
    for (const position of this.#company.positions()) {
      const key = lineKey(position)
      seen.add(key)
      const line = this.#lines.get(key)
      const own = line?.quantity ?? ZERO
      const { netQuantity } = position
      this.#judge.that('I5', own === netQuantity ? null : `the position ${key} is ${netQuantity}, and its fills sum to ${own}`)
      if (line === undefined || line.cash === null) continue
      const base = this.#base.get(key)
      const cost = subtract(position.cost, base?.cost ?? ZERO)
      const realized = subtract(position.realizedPnl, base?.realizedPnl ?? ZERO)
      const gap = absolute(subtract(add(line.cash, cost), realized))
      const isEqual = toNumber(gap) <= 1e-9 * (1 + Math.abs(toNumber(position.cost)))
      this.#judge.that('I5', isEqual ? null : `${key} realised ${realized}, and its trades say ${add(line.cash, cost)}`)
    }
    for (const [key, { quantity }] of this.#lines)
      if (!seen.has(key) && !isZero(quantity))
        this.#judge.that('I5', `the ledger lacks the position ${key}, of which the fills sum to ${quantity}`)
  }

  /** What gate and planner read is what the fills sum to. */
  #judgeGatePositions(): void {
    const seen = new Set<string>()
    for (const position of this.#company.gatePositions()) {
      const key = lineKey(position)
      seen.add(key)
      const own = this.#lines.get(key)?.quantity ?? ZERO
      const isEqual = own === position.netQuantity
      this.#judge.that('I5', isEqual ? null : `the gate reads ${position.netQuantity} of ${key}, and its fills sum to ${own}`)
    }
    for (const [key, { quantity }] of this.#lines)
      if (!seen.has(key) && !isZero(quantity)) this.#judge.that('I5', `the gate does not know the position ${key}`)
  }

  #judgeHoldings(): void {
    const accounts = new Map<string, Decimal>()
    for (const { accountId, subAccount, asset, quantity } of this.#company.holdings()) {
      const key = `${accountId}|${subAccount}|${asset}`
      const own = this.#held.get(key) ?? ZERO
      this.#judge.that('I5', own === quantity ? null : `${key} holds ${quantity}, and its postings sum to ${own}`)
      const account = `${accountId}|${asset}`
      accounts.set(account, add(accounts.get(account) ?? ZERO, quantity))
    }
    const own = new Map<string, Decimal>()
    for (const [key, quantity] of this.#held) {
      const [accountId, , asset] = key.split('|')
      const account = `${accountId}|${asset}`
      own.set(account, add(own.get(account) ?? ZERO, quantity))
    }
    for (const [account, quantity] of own) {
      const sum = accounts.get(account) ?? ZERO
      this.#judge.that(
        'I12',
        sum === quantity ? null : `the sub-accounts of ${account} sum to ${sum}, the account's postings to ${quantity}`,
      )
    }
  }
}

function lineKey({ subAccount, instrumentId }: { readonly subAccount: string; readonly instrumentId: string }): string {
  return `${subAccount}|${instrumentId}`
}

/** True for what our own comparison of balances books away; an adjustment that the venue's ledger states is the venue's affair. */
function isRounding({ postingId }: Posting): boolean {
  return postingId.includes(':rounding:')
}

function unbalanced(what: string, { lines }: Posting): string | null {
  const sums = sumsOf(lines)
  for (const [asset, sum] of sums) if (!isZero(sum)) return `${what} leaves ${sum} ${asset}`
  return null
}

function sumsOf(lines: readonly Pick<PostingLine, 'asset' | 'amount'>[]): ReadonlyMap<string, Decimal> {
  const sums = new Map<string, Decimal>()
  for (const { asset, amount } of lines) sums.set(asset, add(sums.get(asset) ?? ZERO, amount))
  return sums
}

/** The posting of a fill, counted again from the fill: base against quote at the venue's cost, and the fee in the asset it was taken in. */
function misstated(what: string, posting: Posting & { kind: 'fill' }, fill: Fill): string | null {
  const { trade } = posting
  const isBuy = fill.side === 'buy'
  const wanted = [
    { asset: trade.baseAsset, amount: isBuy ? fill.quantity : negate(fill.quantity) },
    { asset: trade.quoteAsset, amount: isBuy ? negate(fill.cost) : fill.cost },
    ...(isZero(fill.feeQuantity) ? [] : [{ asset: fill.feeAsset as PostingLine['asset'], amount: negate(fill.feeQuantity) }]),
  ]
  const own = sumsOf(wanted)
  const held = sumsOf(posting.lines.filter((line) => line.account === 'held'))
  for (const asset of new Set([...own.keys(), ...held.keys()])) {
    const gap = subtract(own.get(asset) ?? ZERO, held.get(asset) ?? ZERO)
    if (isGreater(absolute(gap), ZERO))
      return `${what} books ${held.get(asset) ?? ZERO} ${asset}, and its fill says ${own.get(asset) ?? ZERO}`
  }
  const isSame = trade.tradeId === fill.tradeId && trade.instrumentId === fill.instrumentId && trade.side === fill.side
  return isSame && posting.lines.every((line) => line.subAccount === trade.subAccount) ? null : `${what} is of another trade than its fill`
}
