import type { SocketDeps, SocketPings } from '#venues/shared/stream-socket'
import { REGION_DEFAULT, type RegionProfile } from './region'

/** Verification level of the account; it decides the venue's rate limits. */
export type KrakenTier = 'starter' | 'intermediate' | 'pro'

/** Everything that can be set of the adapter. Durations are ms; every queue, retry and page count has its limit here. */
export interface KrakenConfig {
  readonly restUrl: string
  readonly publicStreamUrl: string
  readonly privateStreamUrl: string
  readonly tier: KrakenTier
  readonly region: RegionProfile
  /** False reads public data without keys: private questions and commands are refused. */
  readonly usesPrivate: boolean
  /** False opens no private stream and asks for no token, keys or not: orders can be checked, none can be placed. */
  readonly usesPrivateStream: boolean
  readonly userAgent: string
  readonly bookDepth: 10 | 25 | 100 | 500 | 1000
  readonly requestTimeoutMs: number
  /** How long a command waits for its reply before its outcome is ambiguous. */
  readonly commandTimeoutMs: number
  readonly connectTimeoutMs: number
  /** How long a subscription waits for its acknowledgement, and a book for its snapshot. */
  readonly subscribeTimeoutMs: number
  readonly subscribeBatch: number
  /** Pause between two batches of one socket. */
  readonly subscribeIntervalMs: number
  /** A socket without a frame for this long is silent. The venue's heart beats once a second. */
  readonly silentAfterMs: number
  /** A socket that has said nothing for this long since it was last spoken to is not trusted with cancels: they go over REST. */
  readonly muteAfterMs: number
  readonly pingIntervalMs: number
  readonly pongTimeoutMs: number
  /** A live frame whose venue stamp is older than this is old data. */
  readonly venueLagMsMax: number
  /** How long old data may keep coming before the stream counts as silent. */
  readonly venueLagRunMs: number
  /** How long after its end a bar waits for late trades. */
  readonly barGraceMs: number
  /** How far ahead of use nonces are reserved on disk. */
  readonly nonceBlockMs: number
  readonly privateQueueMax: number
  readonly privateQueueWaitMsMax: number
  readonly queryAttemptsMax: number
  readonly retryBaseMs: number
  readonly retryMaxMs: number
  readonly publicCallsPerSec: number
  readonly publicBurst: number
  readonly publicQueueMax: number
  /** Points of the REST counter that only cancels may use. */
  readonly restReserve: number
  /** Share of an engine counter that is kept for cancels at most; 1 lets every open order be canceled at any time. */
  readonly cancelReserveRatio: number
  /** Pages of a history (50 rows each) read for one question. */
  readonly historyPagesMax: number
  readonly knownOrdersMax: number
  /** Resyncs of one book within a minute before the socket is dropped. */
  readonly bookResyncsMax: number
}

/** The real venue with cautious limits. */
export const KRAKEN_DEFAULTS: KrakenConfig = {
  restUrl: 'https://api.kraken.com',
  publicStreamUrl: 'wss://ws.kraken.com/v2',
  privateStreamUrl: 'wss://ws-auth.kraken.com/v2',
  tier: 'intermediate',
  region: REGION_DEFAULT,
  usesPrivate: true,
  usesPrivateStream: true,
  userAgent: 'troupe/0.1',
  bookDepth: 10,
  requestTimeoutMs: 10_000,
  commandTimeoutMs: 5_000,
  connectTimeoutMs: 10_000,
  subscribeTimeoutMs: 4_000,
  subscribeBatch: 50,
  subscribeIntervalMs: 100,
  silentAfterMs: 5_000,
  muteAfterMs: 1_500,
  pingIntervalMs: 30_000,
  pongTimeoutMs: 5_000,
  venueLagMsMax: 5_000,
  venueLagRunMs: 3_000,
  barGraceMs: 2_000,
  nonceBlockMs: 1_000,
  privateQueueMax: 1_024,
  privateQueueWaitMsMax: 60_000,
  queryAttemptsMax: 4,
  retryBaseMs: 500,
  retryMaxMs: 8_000,
  publicCallsPerSec: 1,
  publicBurst: 3,
  publicQueueMax: 1_024,
  restReserve: 3,
  cancelReserveRatio: 1,
  historyPagesMax: 100,
  knownOrdersMax: 10_000,
  bookResyncsMax: 10,
}

/** What a connection of the adapter runs on. */
export interface KrakenSocketDeps extends SocketDeps {
  readonly config: KrakenConfig
}

/** Returns the pings of a connection. */
export function krakenPings(config: KrakenConfig): SocketPings {
  return {
    intervalMs: config.pingIntervalMs,
    timeoutMs: config.pongTimeoutMs,
    frame: (requestId) => `{"method":"ping","req_id":${requestId}}`,
  }
}
