import type { IntervalMinutes } from '#sim/market/types'
import type { BookFeed } from './book-feed'

/** One live subscription of one socket. `sequence` counts the frames of a private channel, from 1. */
export type Subscription =
  | { readonly kind: 'status' | 'heartbeat' | 'instrument' }
  | { readonly kind: 'ticker'; readonly symbol: string; readonly trigger: 'trades' | 'bbo'; quoteText: string }
  | { readonly kind: 'ohlc'; readonly symbol: string; readonly interval: IntervalMinutes }
  | { readonly kind: 'trade'; readonly symbol: string }
  | { readonly kind: 'book'; readonly symbol: string; readonly depth: number; readonly feed: BookFeed }
  | ExecutionsSubscription
  | { readonly kind: 'balances'; readonly accountId: string; readonly token: string; sequence: number }

export interface ExecutionsSubscription {
  readonly kind: 'executions'
  readonly accountId: string
  readonly token: string
  /** False: only new, filled, canceled, expired, and the fills themselves. */
  readonly showsAllStatuses: boolean
  readonly showsRateCounter: boolean
  sequence: number
}

/** Returns what tells a subscription of one socket from its others: channel, symbol, and depth or interval. */
export function subscriptionKey(kind: Subscription['kind'], symbol: string | null, detail: number | null): string {
  return [kind, symbol ?? '', detail ?? ''].join('|')
}
