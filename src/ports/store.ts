import type { InstrumentId } from '#domain/ids'
import type { Json } from '#domain/json'
import type { Bar } from '#domain/market'
import type { PortfolioSnapshot } from '#domain/portfolio-snapshot'
import type { Timeframe } from '#domain/time'

/** Closed bars on disk, columnar, one series an instrument and timeframe (MKT-04). Ascending, without duplicates. */
export interface BarStorePort {
  /** Adds closed bars; one whose open time is stored already is ignored. */
  append(instrumentId: InstrumentId, timeframe: Timeframe, bars: readonly Bar[]): void
  /** Returns the newest `limit` bars with `openAtMs >= sinceMs`, ascending. */
  read(instrumentId: InstrumentId, timeframe: Timeframe, sinceMs: number, limit: number): readonly Bar[]
}

/** Folds of the journal kept on disk, so that start-up replays only what follows. A cache: it may always be thrown away. */
export interface SnapshotPort {
  save(name: string, version: number, seq: number, data: Json): void
  /** Returns the newest snapshot of that name and version, or null. */
  load(name: string, version: number): { readonly seq: number; readonly data: Json } | null
}

/**
 * The portfolio as it stood at moments of the past (PFL-11), one each UTC ms. Views for charts and reports: nothing is computed from them, and
 * pruning them loses nothing that the ledger knows.
 */
export interface PortfolioHistoryPort {
  /** Keeps a snapshot; one of the same moment is replaced. */
  save(snapshot: PortfolioSnapshot): void
  /** Returns the newest `limit` snapshots with `sinceMs <= atMs < untilMs`, ascending. */
  read(sinceMs: number, untilMs: number, limit: number): readonly PortfolioSnapshot[]
  /** Forgets those from before a moment; returns how many. */
  prune(beforeMs: number): number
}

/** Small durable values outside the journal: nonce marks, the data directory's tag. A `put` is on disk when it returns. */
export interface MarkPort {
  get(key: string): string | null
  put(key: string, value: string): void
}
