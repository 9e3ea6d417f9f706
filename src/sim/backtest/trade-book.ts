import { absolute, add, type Decimal, isGreater, isPositive, isZero, subtract, ZERO } from '#domain/decimal'
import type { Posting, RealizedRecord } from '#domain/posting'
import { type RoundTrip, RoundTripLine } from '#domain/round-trip'

/** One trade, from flat to flat; amounts in quote, prices in quote per base. */
export type TradeRecord = RoundTrip

type FillPosting = Extract<Posting, { kind: 'fill' }>

/** Puts executions together to trades, as the ledger books them. */
export class TradeBook {
  readonly trades: TradeRecord[] = []
  fills = 0
  readonly #line = new RoundTripLine()

  /** Realised so far by the trade that is still open (its fees, and parts that were closed), quote. */
  get pnlOfOpen(): Decimal {
    return this.#line.pnlOfOpen
  }

  /** Takes a booked execution. */
  add({ atMs, trade }: FillPosting, realized: RealizedRecord, netQuantity: Decimal): void {
    this.fills++
    const { side, quantity, price, cost } = trade
    const { closedQuantity, grossPnl: gross, feeQuote: fee } = realized
    const trip = this.#line.add({ atMs, side, quantity, price, cost, fee, closedQuantity, gross, isFlat: isZero(netQuantity) })
    if (trip !== null) this.trades.push(trip)
  }
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
