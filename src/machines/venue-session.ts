import { AppError, type ErrorCode, messageOf } from '#domain/errors'
import type { VenueId } from '#domain/ids'

/** A stream of a venue. `private` is not wanted where we hold no keys. */
export type SessionStream = 'public' | 'private'
/** `unused`: not wanted. `down` until the stream first says that it is up. */
export type StreamState = 'unused' | 'down' | 'silent' | 'up'

export interface VenueInput {
  readonly venueId: VenueId
  readonly streams: readonly SessionStream[]
  /** First delay of the back-off, ms; doubles with each failure in a row. */
  readonly backoffMs: number
  /** Cap of the back-off before jitter, ms. */
  readonly backoffMaxMs: number
  /** Failures in a row after which the session gives up; 0 never does. */
  readonly attemptMax: number
  readonly connectTimeoutMs: number
  readonly syncTimeoutMs: number
  /** How long a stream may stay silent before the session reconnects, ms. */
  readonly silentTimeoutMs: number
  /** How long the session must hold before its failures are forgotten, ms. */
  readonly stableMs: number
  /** In [0, 1), drawn once a session; spreads the delays of several venues. */
  readonly jitter: number
}

/** What a venue session knows of itself. Plain JSON. */
export interface VenueContext extends VenueInput {
  /** Failures in a row. */
  readonly attempt: number
  /** Connections made so far, for health. */
  readonly connects: number
  readonly publicStream: StreamState
  readonly privateStream: StreamState
  /** Instruments that cannot be traded now. */
  readonly productsDown: readonly string[]
  /** Why it is where it is; empty when nothing is to be said. */
  readonly note: string
  readonly error: { readonly code: ErrorCode | 'UNKNOWN'; readonly message: string } | null
  readonly lastEventAtMs: number
}

interface StreamReport<T extends string> {
  readonly type: T
  readonly stream: SessionStream
  readonly reason: string
  readonly atMs: number
}

export type VenueEvent =
  | { readonly type: 'venue.connect'; readonly atMs: number }
  | { readonly type: 'venue.disconnect'; readonly reason: string; readonly atMs: number }
  | { readonly type: 'venue.resync'; readonly reason: string; readonly atMs: number }
  | { readonly type: 'venue.lost'; readonly reason: string; readonly atMs: number }
  | { readonly type: 'venue.refused'; readonly reason: string; readonly atMs: number }
  | StreamReport<'stream.up'>
  | StreamReport<'stream.silent'>
  | StreamReport<'stream.down'>
  | { readonly type: 'product.down'; readonly product: string; readonly reason: string; readonly atMs: number }
  | { readonly type: 'product.up'; readonly product: string; readonly atMs: number }

/** Returns the context of a session that has not connected yet. */
export function initialSession(input: VenueInput): VenueContext {
  return {
    ...input,
    attempt: 0,
    connects: 0,
    ...freshStreams(input.streams),
    productsDown: [],
    note: '',
    error: null,
    lastEventAtMs: 0,
  }
}

/** Every wanted stream is down until it says otherwise. */
export function freshStreams(wanted: readonly SessionStream[]): Pick<VenueContext, 'publicStream' | 'privateStream'> {
  return { publicStream: wanted.includes('public') ? 'down' : 'unused', privateStream: wanted.includes('private') ? 'down' : 'unused' }
}

/** Notes one stream's state. */
export function withStream(session: VenueContext, stream: SessionStream, state: StreamState): VenueContext {
  return stream === 'public' ? { ...session, publicStream: state } : { ...session, privateStream: state }
}

/** Returns one stream's state. */
export function streamOf(session: VenueContext, stream: SessionStream): StreamState {
  return stream === 'public' ? session.publicStream : session.privateStream
}

/** True when one more failure in a row spends the budget. */
export function isLastAttempt(session: Pick<VenueContext, 'attempt' | 'attemptMax'>): boolean {
  return session.attemptMax > 0 && session.attempt + 1 >= session.attemptMax
}

/** True when a wanted stream is not up. */
export function hasStreamTrouble(session: Pick<VenueContext, 'publicStream' | 'privateStream'>): boolean {
  return [session.publicStream, session.privateStream].some((state) => state === 'down' || state === 'silent')
}

/** True when nothing keeps the session from `online`. */
export function isSound(session: Pick<VenueContext, 'publicStream' | 'privateStream' | 'productsDown'>): boolean {
  return !hasStreamTrouble(session) && session.productsDown.length === 0
}

/**
 * Returns the delay before the next attempt: `backoffMs × 2^(attempt − 1)`, capped, plus at most a quarter of it. The jitter of
 * each attempt follows from the session's by the golden ratio, so delays spread without a random source in the chart.
 */
export function backoffDelay(session: Pick<VenueContext, 'backoffMs' | 'backoffMaxMs' | 'attempt' | 'jitter'>): number {
  const delay = Math.min(session.backoffMs * 2 ** Math.max(0, session.attempt - 1), session.backoffMaxMs)
  const jitter = (session.jitter + session.attempt * 0.618_033_988_75) % 1
  return Math.round(delay * (1 + jitter / 4))
}

/** Returns what the context keeps of a failure: its code and text, never the error itself. */
export function failureOf(error: unknown): NonNullable<VenueContext['error']> {
  return { code: error instanceof AppError ? error.code : 'UNKNOWN', message: messageOf(error) }
}

/** True when trying again cannot help: the venue refuses our credentials. */
export function isAuthFailure(error: unknown): boolean {
  return error instanceof AppError && (error.code === 'VENUE_AUTH' || error.code === 'CREDENTIALS_MISSING')
}
