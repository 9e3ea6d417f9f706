import { absolute, add, type Decimal, divide, isGreater, isPositive, isZero, subtract, ZERO } from '#domain/decimal'
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

  /** Takes a booked execution. The plan never crosses zero with one order, so an execution either opens or closes. */
  add(posting: FillPosting, realized: RealizedRecord, netQuantity: Decimal): void {
    this.fills++
    const { trade } = posting
    const isClosing = isPositive(realized.closedQuantity)
    this.#running ??= {
      openedAtMs: posting.atMs,
      side: trade.side === 'buy' ? 'long' : 'short',
      entry: { fills: 0, quantity: ZERO, cost: ZERO, price: ZERO },
      exit: { fills: 0, quantity: ZERO, cost: ZERO, price: ZERO },
      fee: ZERO,
      pnl: ZERO,
    }
    const running = this.#running
    const leg = isClosing ? running.exit : running.entry
    leg.fills++
    leg.quantity = add(leg.quantity, trade.quantity)
    leg.cost = add(leg.cost, trade.cost)
    leg.price = trade.price
    running.fee = add(running.fee, realized.feeQuote)
    running.pnl = add(running.pnl, realized.realizedPnl)
    this.#pnlOfOpen = running.pnl
    if (!isZero(netQuantity)) return
    this.#running = null
    this.#pnlOfOpen = ZERO
    this.trades.push({
      openedAtMs: running.openedAtMs,
      closedAtMs: posting.atMs,
      side: running.side,
      quantity: running.entry.quantity,
      entryPrice: averageOf(running.entry),
      exitPrice: averageOf(running.exit),
      fee: running.fee,
      pnl: running.pnl,
    })
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
