import { absolute, add, type Decimal, divide, isGreater, isPositive, isZero, multiply, negate, subtract, ZERO } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import type { Posting, RealizedRecord } from '#domain/posting'

/** One trade, from flat to flat. Prices are averages over its executions. */
export interface TradeRecord {
  readonly openedAtMs: number
  readonly closedAtMs: number
  readonly side: 'long' | 'short'
  /** Base, all that was opened. */
  readonly quantity: Decimal
  /** Quote per base. */
  readonly entryPrice: Decimal
  readonly exitPrice: Decimal
  /** Quote. */
  readonly fee: Decimal
  /** Quote, net of fees. */
  readonly pnl: Decimal
}

/** Digits after the point of an average price. */
const PRICE_SCALE = 12

/** Digits after the point of the part of an amount that belongs to the closing part of an execution. */
const SHARE_SCALE = 18

/** What of an execution belongs to one trade: base, and amounts in quote. */
interface Part {
  readonly quantity: Decimal
  readonly cost: Decimal
  readonly fee: Decimal
  readonly pnl: Decimal
}

/** The executions of one direction of a trade. */
interface Leg {
  fills: number
  quantity: Decimal
  cost: Decimal
  /** Of the last execution. */
  price: Decimal
}

interface Running {
  readonly openedAtMs: number
  readonly side: 'long' | 'short'
  readonly entry: Leg
  readonly exit: Leg
  fee: Decimal
  pnl: Decimal
}

type FillPosting = Extract<Posting, { kind: 'fill' }>

/** Puts executions together to trades, as the ledger books them. */
export class TradeBook {
  readonly trades: TradeRecord[] = []
  fills = 0
  #running: Running | null = null
  #pnlOfOpen = ZERO

  /** Realised so far by the trade that is still open (its fees, and parts that were closed), quote. */
  get pnlOfOpen(): Decimal {
    return this.#pnlOfOpen
  }

  /** Takes a booked execution. One that turns the position closes a trade with one part and opens the next with the other. */
  add(posting: FillPosting, realized: RealizedRecord, netQuantity: Decimal): void {
    this.fills++
    const { quantity, cost } = posting.trade
    const { closedQuantity: closed, grossPnl, feeQuote, realizedPnl } = realized
    if (!isPositive(closed) || !isGreater(quantity, closed)) {
      this.#take(posting, isPositive(closed), { quantity, cost, fee: feeQuote, pnl: realizedPnl })
      if (isZero(netQuantity)) this.#close(posting.atMs)
      return
    }
    const shareOf = (amount: Decimal) => divide(multiply(amount, closed), quantity, SHARE_SCALE)
    const closing = { quantity: closed, cost: shareOf(cost), fee: shareOf(feeQuote) }
    this.#take(posting, true, { ...closing, pnl: subtract(grossPnl, closing.fee) })
    this.#close(posting.atMs)
    const fee = subtract(feeQuote, closing.fee)
    const opening = { quantity: subtract(quantity, closed), cost: subtract(cost, closing.cost), fee }
    this.#take(posting, false, { ...opening, pnl: negate(fee) })
  }

  #take({ atMs, trade }: FillPosting, isClosing: boolean, { quantity, cost, fee, pnl }: Part): void {
    this.#running ??= {
      openedAtMs: atMs,
      side: trade.side === 'buy' ? 'long' : 'short',
      entry: { fills: 0, quantity: ZERO, cost: ZERO, price: ZERO },
      exit: { fills: 0, quantity: ZERO, cost: ZERO, price: ZERO },
      fee: ZERO,
      pnl: ZERO,
    }
    const running = this.#running
    const leg = isClosing ? running.exit : running.entry
    leg.fills++
    leg.quantity = add(leg.quantity, quantity)
    leg.cost = add(leg.cost, cost)
    leg.price = trade.price
    running.fee = add(running.fee, fee)
    running.pnl = add(running.pnl, pnl)
    this.#pnlOfOpen = running.pnl
  }

  #close(atMs: number): void {
    const { openedAtMs, side, entry, exit, fee, pnl } = mustExist(this.#running, 'no trade is open')
    this.#running = null
    this.#pnlOfOpen = ZERO
    const prices = { entryPrice: averageOf(entry), exitPrice: averageOf(exit) }
    this.trades.push({ openedAtMs, closedAtMs: atMs, side, quantity: entry.quantity, ...prices, fee, pnl })
  }
}

/** Most legs are one execution, whose price needs no division. */
function averageOf({ fills, quantity, cost, price }: Leg): Decimal {
  return fills === 1 ? price : isZero(quantity) ? ZERO : divide(cost, quantity, PRICE_SCALE)
}

/** Sums that a summary is made of. */
export interface TradeTotals {
  readonly wins: number
  readonly losses: number
  /** Quote: of the winning trades, and of the losing ones as a positive figure. */
  readonly grossProfit: Decimal
  readonly grossLoss: Decimal
  readonly pnl: Decimal
  readonly best: Decimal | null
  readonly worst: Decimal | null
}

/** Returns the sums over closed trades; one that ended even is neither won nor lost. */
export function totalsOf(trades: readonly TradeRecord[]): TradeTotals {
  let [wins, losses] = [0, 0]
  let [grossProfit, grossLoss] = [ZERO, ZERO]
  let best: TradeRecord | null = null
  let worst: TradeRecord | null = null
  for (const trade of trades) {
    if (isPositive(trade.pnl)) {
      wins++
      grossProfit = add(grossProfit, trade.pnl)
    } else if (!isZero(trade.pnl)) {
      losses++
      grossLoss = add(grossLoss, absolute(trade.pnl))
    }
    if (best === null || isGreater(trade.pnl, best.pnl)) best = trade
    if (worst === null || isGreater(worst.pnl, trade.pnl)) worst = trade
  }
  const pnl = subtract(grossProfit, grossLoss)
  return { wins, losses, grossProfit, grossLoss, pnl, best: best?.pnl ?? null, worst: worst?.pnl ?? null }
}
