/** What a company is to be watched at. */
export interface SoakTask {
  readonly dataDir: string
  /** Market time in all. */
  readonly hours: number
  readonly sampleMinutes: number
  readonly bots: number
  /** A bot decides on each bar, and every `stepMs`: place, amend, cancel or offer. */
  readonly timeframe: '1m' | '15m'
  readonly stepMs: number
  readonly awayBps: number
  readonly marketStepMs: number
  readonly retireAfterMs: number
  /** Every so many ended orders one is watched until it is collected. */
  readonly watchEvery: number
  /** Also counts objects by type. */
  readonly isDetailed: boolean
}

/** What a company holds at an instant, after a full collection. */
export interface SoakSample {
  readonly hour: number
  readonly rssMb: number
  readonly heapMb: number
  readonly objects: number
  /** Charts of orders, and the orders that the desk tracks. */
  readonly actors: number
  readonly tracked: number
  readonly live: number
  readonly timers: number
  readonly sockets: number
  /** Of the watched orders those that must have been retired, and how many of these are still in memory. */
  readonly retired: number
  readonly uncollected: number
  /** Posting ids that the ledger keeps. */
  readonly ids: number
  /** Orders that ended so far, and those of them that were filled. */
  readonly closed: number
  readonly filled: number
  readonly entries: number
  readonly events: number
  readonly state: string
  readonly types: Readonly<Record<string, number>> | null
}
