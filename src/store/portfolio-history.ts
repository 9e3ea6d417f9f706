import type { Database, Statement } from 'bun:sqlite'
import { z } from 'zod'
import { canonicalJson, type Json } from '#domain/json'
import { type PortfolioSnapshot, readPortfolioSnapshot } from '#domain/portfolio-snapshot'
import type { PortfolioHistoryPort } from '#ports/store'
import type { Store } from './open-store'

const dataRows = z.array(z.object({ data: z.string() }))

/** The portfolio's past in the store's file (PFL-11). */
export class SqliteHistory implements PortfolioHistoryPort {
  readonly #database: Database
  readonly #upsert: Statement<unknown, [number, string]>

  constructor(store: Store) {
    this.#database = store.database
    this.#upsert = store.database.query(
      'INSERT INTO portfolio_snapshots (at_ms, data) VALUES (?, ?) ON CONFLICT (at_ms) DO UPDATE SET data = excluded.data',
    )
  }

  save(snapshot: PortfolioSnapshot): void {
    this.#upsert.run(snapshot.atMs, canonicalJson(snapshot))
  }

  read(sinceMs: number, untilMs: number, limit: number): readonly PortfolioSnapshot[] {
    const rows: unknown = this.#database
      .query('SELECT data FROM portfolio_snapshots WHERE at_ms >= ? AND at_ms < ? ORDER BY at_ms DESC LIMIT ?')
      .all(sinceMs, untilMs, Math.max(0, limit))
    return dataRows
      .parse(rows)
      .map(({ data }) => readPortfolioSnapshot(JSON.parse(data) as Json))
      .reverse()
  }

  prune(beforeMs: number): number {
    return this.#database.query('DELETE FROM portfolio_snapshots WHERE at_ms < ?').run(beforeMs).changes
  }
}
