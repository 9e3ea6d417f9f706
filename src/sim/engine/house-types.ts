import type { Decimal } from '#domain/decimal'
import type { Side } from '#domain/order'
import type { EngineAsset, EngineIdKind, EngineInstrument, EnginePrint, MatchingEngine } from './types'

/**
 * The agents' way into one instrument. Agents have no account: their quotes are levels that are set, not orders that are kept.
 * Prices are whole counts of 10^−priceScale, quantities of 10^−quantityScale.
 */
export interface HouseDesk {
  readonly instrument: EngineInstrument
  /** The price step in price units, as it is now. */
  readonly tick: number
  /** True when agents may quote and trade: `online`, `limitOnly` or `reduceOnly`. */
  isOpen(): boolean
  /**
   * Makes `lots` the agents' quantity at a price. Less keeps its place in the queue, more goes to the back; a price that crosses an
   * account's order trades with it first; one that crosses agents' own quotes removes those.
   */
  quote(side: Side, units: number, lots: bigint): void
  /** The agents' quantity at a price. */
  quoted(side: Side, units: number): bigint
  /** Withdraws every quote of the agents. */
  clear(): void
  /** Takes at most `lots` at prices no worse than `boundUnits` (null: any); returns what was taken. */
  take(side: Side, lots: bigint, boundUnits: number | null): bigint
  /** Best price of a side, agents' and accounts' orders alike. */
  best(side: Side): number | null
  /** Names the price that counts as the last one until the first trade. */
  setReference(units: number): void
  lastUnits(): number | null
}

/** The engine with the doors that the market uses and a face does not. */
export interface HouseEngine extends MatchingEngine {
  house(symbol: string): HouseDesk
  /** True collects limit orders without matching them; false opens: what crosses trades in time priority at the older order's price. */
  setCollecting(symbol: string, isCollecting: boolean): void
  isCollecting(symbol: string): boolean
  /** Sets the one receiver of public trades beside the listener. */
  onPrint(listener: (print: EnginePrint) => void): void
  /** Runs many house steps as one, so that `book` comes once an instrument. */
  batch(run: () => void): void
  /** Money by asset: what the accounts have, what the agents won from them and the fees taken add up to what was paid in. */
  totals(): readonly EngineTotals[]
}

/** Where the money of one asset is; `accounts + house + fees = paidIn`. */
export interface EngineTotals {
  readonly asset: string
  readonly accounts: Decimal
  readonly house: Decimal
  readonly fees: Decimal
  /** Deposits less withdrawals. */
  readonly paidIn: Decimal
}

/** A token of the venue's own in which it takes fees from whoever holds enough of it. */
export interface FeeToken {
  readonly asset: string
  /** Tokens for one unit of each quote asset; a fee in another one stays as it is. */
  readonly perQuote: Readonly<Record<string, Decimal>>
}

/** What an engine is made from. */
export interface EngineOptions {
  readonly assets: readonly EngineAsset[]
  readonly instruments: readonly EngineInstrument[]
  /** Makes the venue's ids from a kind and its consecutive number; pure. */
  readonly mintId: (kind: EngineIdKind, ordinal: number) => string
  /** A post-only order that would cross is refused, or accepted and at once canceled with reason `postOnly`. */
  readonly postOnlyCross: 'refuse' | 'cancel'
  /** A market order stops this many percent from the best price at its arrival; the rest is canceled. */
  readonly protectionPercent: Decimal
  /** Public trades kept per instrument. */
  readonly printsMax: number
  /** Left out by a venue that takes no fees in a third asset. */
  readonly feeToken?: FeeToken
  /** Closed orders kept per account; fills and ledger rows four times as many. */
  readonly closedOrdersMax: number
}
