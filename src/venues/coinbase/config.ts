/** Everything that can be set of the adapter. Durations are ms; every queue, retry and page count has its limit here. */
export interface CoinbaseConfig {
  /** Scheme and host that requests are sent to; tokens are signed for this very host. */
  readonly restUrl: string
  readonly marketStreamUrl: string
  readonly userStreamUrl: string
  /** False reads public data without keys: private questions and commands are refused. */
  readonly usesPrivate: boolean
  readonly userAgent: string
  /** Levels a side of a published book; the whole one is kept. */
  readonly bookDepth: number
  /** How long a request waits for its answer; a command without one is ambiguous. */
  readonly requestTimeoutMs: number
  readonly connectTimeoutMs: number
  /** How long a subscription waits for its acknowledgement, and a book for its snapshot, which has megabytes. */
  readonly subscribeTimeoutMs: number
  readonly subscribeBatch: number
  /** Pause between two messages of one socket. */
  readonly subscribeIntervalMs: number
  /** A socket without a frame for this long is silent. The venue's heart beats once a second. */
  readonly silentAfterMs: number
  readonly muteAfterMs: number
  /** A live frame whose venue stamp is older than this is old data. */
  readonly venueLagMsMax: number
  /** How long old data may keep coming before the stream counts as silent. */
  readonly venueLagRunMs: number
  /** A book whose sides cross for longer is fetched anew. */
  readonly crossedMsMax: number
  /** How long after its end a bar waits for late trades. */
  readonly barGraceMs: number
  /** How long a lost market stream is opened again by itself before it counts as down; 0 leaves that to the session, and with it the user stream. */
  readonly marketRestoreMs: number
  readonly reconnectBaseMs: number
  readonly reconnectMaxMs: number
  /** Pause between two questions for the states of the wanted products, which no stream tells whole. */
  readonly productPollMs: number
  readonly privateCallsPerSec: number
  readonly privateBurst: number
  /** Calls of the burst that only cancels may use. */
  readonly cancelReserve: number
  readonly privateInFlightMax: number
  readonly publicCallsPerSec: number
  readonly publicBurst: number
  readonly publicInFlightMax: number
  readonly queueMax: number
  readonly queueWaitMsMax: number
  /** Calls of a question in all, the first one included. */
  readonly queryAttemptsMax: number
  readonly retryBaseMs: number
  readonly retryMaxMs: number
  /** Windows of 300 candles read for one question, the newest ones. */
  readonly candleWindowsMax: number
  readonly historyPageSize: number
  readonly historyPagesMax: number
  /** Orders younger than this are listed whatever their state, because the list of open ones leaves out those that are not in the book yet. */
  readonly youngOrderMs: number
  /** An order that was handed over less than this ago is not called absent, whatever the lists say: they lag, and no order has a deadline. */
  readonly absentAfterMs: number
  /** How long an accepted amend may take to show before its outcome is ambiguous. */
  readonly amendConfirmMs: number
  /** An accepted order of which the user stream told nothing for so long is asked for. */
  readonly orderConfirmMs: number
  /** Pause before executions that the stream counted and the list lacks are asked for again; it doubles up to the maximum. */
  readonly fillsRetryMs: number
  readonly fillsRetryMaxMs: number
  readonly fillsAttemptsMax: number
  readonly knownOrdersMax: number
  /** Resyncs of one book within a minute before the socket is dropped. */
  readonly bookResyncsMax: number
}

/** The real venue with cautious limits: a burst and a second's calls together stay below 30 private and 10 public ones. */
export const COINBASE_DEFAULTS: CoinbaseConfig = {
  restUrl: 'https://api.coinbase.com',
  marketStreamUrl: 'wss://advanced-trade-ws.coinbase.com',
  userStreamUrl: 'wss://advanced-trade-ws-user.coinbase.com',
  usesPrivate: true,
  userAgent: 'troupe/0.1',
  bookDepth: 50,
  requestTimeoutMs: 5_000,
  connectTimeoutMs: 10_000,
  subscribeTimeoutMs: 10_000,
  subscribeBatch: 50,
  subscribeIntervalMs: 200,
  silentAfterMs: 5_000,
  muteAfterMs: 1_500,
  venueLagMsMax: 5_000,
  venueLagRunMs: 3_000,
  crossedMsMax: 1_000,
  barGraceMs: 2_000,
  marketRestoreMs: 8_000,
  reconnectBaseMs: 250,
  reconnectMaxMs: 2_000,
  productPollMs: 5_000,
  privateCallsPerSec: 25,
  privateBurst: 5,
  cancelReserve: 2,
  privateInFlightMax: 8,
  publicCallsPerSec: 8,
  publicBurst: 2,
  publicInFlightMax: 4,
  queueMax: 1_024,
  queueWaitMsMax: 60_000,
  queryAttemptsMax: 4,
  retryBaseMs: 1_000,
  retryMaxMs: 30_000,
  candleWindowsMax: 50,
  historyPageSize: 100,
  historyPagesMax: 100,
  youngOrderMs: 3_600_000,
  absentAfterMs: 15_000,
  amendConfirmMs: 3_000,
  orderConfirmMs: 5_000,
  fillsRetryMs: 250,
  fillsRetryMaxMs: 5_000,
  fillsAttemptsMax: 30,
  knownOrdersMax: 10_000,
  bookResyncsMax: 10,
}
