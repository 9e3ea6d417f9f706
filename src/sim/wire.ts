import type { ClockPort } from '#ports/clock'
import type { RandomPort } from '#ports/random'
import type { SimServer } from './server'

/** One-way travel time in ms: a constant, or drawn for each message. */
export type Latency = number | ((random: RandomPort) => number)

/** A message about to travel, as a fault schedule sees it. Handshakes and closing frames have no text. */
export interface Passage {
  readonly host: string
  /** Of the request, or the one that the socket was opened on. */
  readonly path: string
  readonly carrier: 'http' | 'socket'
  /** `up` goes to the server. */
  readonly direction: 'up' | 'down'
  readonly text: string
}

/** What becomes of a message: carried (later by `extraMs`), swallowed without a sign, carried twice, or the line is cut. */
export type Fate =
  | { readonly kind: 'carry'; readonly extraMs: number }
  | { readonly kind: 'drop' }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'cut' }

/** What a socket needs of the network in memory. */
export interface Wire {
  readonly clock: ClockPort
  /** Returns the server behind a host, or null when the connection is refused. */
  reach(host: string): SimServer | null
  /** Draws the travel time of one message in ms. */
  travelMs(host: string): number
  /** Decides over one message. */
  fateOf(passage: Passage): Fate
}
