import type { Decimal } from '#domain/decimal'
import type { Fill } from '#domain/order'
import type { Posting } from '#domain/posting'
import type { OrderState } from '#machines/order.machine'
import type { JournalEntry } from '#ports/journal'
import type { MonitoredLimits } from './company'

/** An entry as the journal tells of it, before its commit. */
export type SeenEntry = Omit<JournalEntry, 'previousHash' | 'hash'>

/** A fact of the journal with what stood when it was appended; for facts of an order its state before and after. */
export interface SeenFact {
  readonly entry: SeenEntry
  /** At the moment of the append. */
  readonly equity: Decimal | null
  /** What held then for the bot of a verdict on its venue; null for other facts. */
  readonly limits: MonitoredLimits | null
  readonly before: OrderState | null
  after: OrderState | null
}

/** The terms of an order as its submission or adoption records them. Aliases, not interfaces: all of it is `Json`. */
export type Terms = {
  readonly clientOrderId: string
  readonly accountId: string
  readonly venueId: string
  readonly instrumentId: string
  readonly botId: string
  readonly strategyId: string
  readonly intentId: string
  readonly side: 'buy' | 'sell'
  readonly type: 'market' | 'limit' | 'stop'
  readonly quantity: string
  readonly limitPrice: string | null
  readonly referencePrice: string
  readonly timeInForce: string
  readonly expiresAtMs: number | null
  readonly postOnly: boolean
  readonly reduceOnly: boolean
}

/** What a verdict records; its figures as rows: check, outcome, cap type, current, proposed, limit. */
export type VerdictFacts = {
  readonly clientOrderId: string
  readonly intentId: string
  readonly botId: string
  readonly instrumentId: string
  readonly side: 'buy' | 'sell'
  readonly quantity: string
  readonly limitPrice: string | null
  readonly downsizedFrom: string | null
  readonly figures: readonly (readonly (string | null)[])[]
}

/** Returns the terms that a submission or an adoption records. */
export function termsOf(entry: SeenEntry): Terms {
  return entry.payload['proposal'] as Terms
}

/** Returns what a passing verdict records. */
export function verdictOf(entry: SeenEntry): VerdictFacts {
  return entry.payload as VerdictFacts
}

/** Returns the postings that an entry books; none for most. */
export function postingsOf(entry: SeenEntry): readonly Posting[] {
  const { posting, postings } = entry.payload
  if (posting !== undefined) return [posting as Posting]
  return postings === undefined ? [] : (postings as readonly Posting[])
}

/** Returns the execution that an entry records, or null. */
export function fillIn(entry: SeenEntry): Fill | null {
  const { fill } = entry.payload
  return fill === undefined ? null : (fill as Fill)
}

/** Base and quote asset of `BTC-USD@kraken`. */
export function assetsOf(instrumentId: string): { readonly base: string; readonly quote: string } {
  const dash = instrumentId.indexOf('-')
  return { base: instrumentId.slice(0, dash), quote: instrumentId.slice(dash + 1, instrumentId.indexOf('@')) }
}

/** True for a state in which the order is over. */
export function isOver(state: OrderState | null): boolean {
  return state === 'filled' || state === 'canceled' || state === 'rejected' || state === 'expired' || state === 'error'
}

/** True for UNKNOWN: the venue is being asked, or could not say. */
export function isInDoubt(state: OrderState | null): boolean {
  return state === 'reconciling' || state === 'unresolved'
}
